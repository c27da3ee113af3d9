"""The one place where figures are defined: id, version, name, what is counted, and the facts it is made of.

Facts are rows of one shape: the case they belong to, the unit, street, item, whistler and channel they stand under, the
moment that puts them into a period, whether they count, and how much. From the same facts come the figure (those that
count, among all), its break-down, and the list of the cases behind it; so the three can never disagree. A period holds its
first moment and not its last. Cases left out (剔除) count in no rate, and nature "ask" in none of finishing and
satisfaction. Over zero a share is nothing, shown as "—".

They are read from the rows of cases, and for scores of orders, whatever schema these stand in: of today, or as they were
at a position of the ledger (`centre.assessment.positions`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Literal

from django.db import connection

Measure = Literal["count", "share", "median", "ninety"]
PAGE = 50


@dataclass(frozen=True, slots=True)
class Period:
    """From `since` up to, not including, `until`."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Definition:
    """`facts` may use %(since)s and %(until)s. `count`: how many (or how much) counts; `share`: of all; `median` and
    `ninety`: the middle and the 90th percentile of how much. `of`: what the numbers of its facts are."""

    id: str
    version: int
    name: str
    note: str
    facts: str
    measure: Measure = "count"
    of: Literal["case", "order"] = "case"


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure over one period. `denominator` None: a count, or minutes."""

    id: str
    version: int
    name: str
    numerator: int
    denominator: int | None = None

    @property
    def share(self) -> Fraction | None:
        """None for a count, and over zero."""
        return Fraction(self.numerator, self.denominator) if self.denominator else None

    def __str__(self) -> str:
        if self.denominator is None:
            return f"{self.numerator:,}{' 分钟' if FIGURES[self.id].measure in ('median', 'ninety') else ''}"
        share = self.share
        shown = "—" if share is None else f"{float(share):.1%}"
        return f"{shown}（{self.numerator:,}/{self.denominator:,}）"


@dataclass(frozen=True, slots=True)
class Behind:
    """One fact behind a figure: `weight` of a case or order, under `unit`; `part` tells several of one case apart."""

    number: str
    part: int
    unit: str
    counts: bool
    weight: int
    at: datetime

    @property
    def key(self) -> str:
        """Where the next page begins."""
        return f"{self.number}.{self.part}"


@dataclass(frozen=True, slots=True)
class Standing:
    """How much counts under one key, and since when the first of it."""

    count: int
    since: datetime


Under = Mapping[str, str]  # only what stands under this unit, this street …


def figures(period: Period, ids: Iterable[str] = (), under: Under | None = None) -> dict[str, Figure]:
    """These figures (none named: all) over a period, from the rows, by id. One statement."""
    wanted = list(ids) or list(FIGURES)
    conditions, given = _asked_for(period, under)
    parts = (
        f"SELECT '{id}', {_measured(FIGURES[id])} FROM ({FIGURES[id].facts}) AS fact WHERE {conditions}"
        for id in wanted
    )
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), given)
        found = {id: _figure(id, counted, of) for id, counted, of in cursor}
    return {id: found[id] for id in wanted}


def broken_down(
    period: Period, by: str, ids: Iterable[str], under: Under | None = None
) -> dict[str, dict[str, Figure]]:
    """These figures by day, week (the day it begins, in the county), item, unit, street, whistler or channel: key → id →
    figure; a key stands there if any of them has facts under it. One statement."""
    wanted = list(ids)
    conditions, given = _asked_for(period, under)
    parts = (
        f"SELECT {KEYS[by]}, '{id}', {_measured(FIGURES[id])} FROM ({FIGURES[id].facts}) AS fact "
        f"WHERE {conditions} GROUP BY 1"
        for id in wanted
    )
    found: dict[str, dict[str, Figure]] = {}
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts) + " ORDER BY 1", given)
        for key, id, counted, of in cursor:
            found.setdefault(key, {})[id] = _figure(id, counted, of)
    nothing = {id: _figure(id, 0, 0) for id in wanted}
    return {key: nothing | row for key, row in found.items()}


def standing(id: str, period: Period, by: str, under: Under | None = None) -> dict[str, Standing]:
    """What a figure counts, by unit, item …, the most first: how much, and the earliest moment. One statement."""
    conditions, given = _asked_for(period, under)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {KEYS[by]}, sum(weight)::bigint, min(at) FROM ({FIGURES[id].facts}) AS fact "
            f"WHERE {conditions} AND counts GROUP BY 1 ORDER BY 2 DESC, 3",
            given,
        )
        return {key: Standing(count, since) for key, count, since in cursor}


def behind(
    id: str,
    period: Period,
    under: Under | None = None,
    *,
    among: bool = False,
    after: str = "",
    size: int = PAGE,
) -> list[Behind]:
    """The facts that a figure counts (or with `among` those it counts among), latest case first, from below `after` on.
    One statement."""
    conditions, given = _asked_for(period, under)
    number, _, part = after.partition(".")
    given |= {"number": number, "part": int(part or 0), "size": size}
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT number, part, unit, counts, weight, at FROM ({FIGURES[id].facts}) AS fact WHERE {conditions} "
            f"{'' if among else 'AND counts'} {'AND (number, part) < (%(number)s, %(part)s)' if after else ''} "
            "ORDER BY number DESC, part DESC LIMIT %(size)s",
            given,
        )
        return [Behind(*row) for row in cursor]


def _asked_for(period: Period, under: Under | None) -> tuple[str, dict[str, object]]:
    """What holds for facts of which it is asked, and the values named there."""
    asked = dict(under or {})
    conditions = " AND ".join([f"{KEYS[by]} = %({by})s" for by in asked] or ["true"])
    return conditions, {"since": period.since, "until": period.until, **asked}


def _measured(one: Definition) -> str:
    """Two columns: what counts, and among how much."""
    counted = "coalesce(sum(weight) FILTER (WHERE counts), 0)::bigint"
    if one.measure == "share":
        return f"{counted}, coalesce(sum(weight), 0)::bigint"
    if one.measure == "count":
        return f"{counted}, NULL::bigint"
    at = {"median": 0.5, "ninety": 0.9}[one.measure]
    return f"coalesce(percentile_cont({at}) WITHIN GROUP (ORDER BY weight), 0)::bigint, NULL::bigint"


def _figure(id: str, counted: int, of: int | None) -> Figure:
    one = FIGURES[id]
    return Figure(id, one.version, one.name, counted, of if one.measure == "share" else None)


KEYS = {
    "day": "to_char(at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD')",
    "week": "to_char(date_trunc('week', at AT TIME ZONE 'Asia/Shanghai'), 'YYYY-MM-DD')",
    "item": "item",
    "unit": "unit",
    "street": "street",
    "community": "(SELECT c.community FROM cases_case AS c WHERE c.number = fact.number)",
    "whistler": "whistler",
    "channel": "channel",
}


# --- facts --------------------------------------------------------------------------------------------------------


def _facts(
    rest: str,
    at: str,
    *,
    counts: str = "true",
    weight: str = "1",
    unit: str = "c.lead_unit",
    part: str = "0",
    item: str = "c.item",
) -> str:
    """Facts of cases `c` with the moment `at` in the period; `rest` begins with FROM and has a WHERE."""
    return f"""
    SELECT c.number, {part} AS part, {unit} AS unit, c.township AS street, {item} AS item,
        c.whistler_kind AS whistler, c.channel, {at} AS at, {counts} AS counts, {weight} AS weight
    {rest} AND {at} >= %(since)s AND {at} < %(until)s
    """


_CASES = "FROM cases_case AS c WHERE true"
_TAKEN = "c.excluded = ''"
_FROM_CLOCKS = "FROM cases_clock AS k JOIN cases_case AS c ON c.number = k.case_number"
_THE_DUTY = "JOIN cases_duty AS d ON d.case_number = k.case_number AND k.subject = 'duty:' || d.duty_id"
_DUTIES = "FROM cases_duty AS d JOIN cases_case AS c ON c.number = d.case_number WHERE true"
_REQUESTS = "FROM cases_request AS q JOIN cases_case AS c ON c.number = q.case_number WHERE q.kind = '{kind}'"
_DUTY_CLOCKS = "('sign', 'report_in', 'make_safe', 'milestone', 'finish')"
_JUDGES = "('own', 'call_back', 'leader')"
# A clock stands under its unit; several of one case are told apart by kind, subject and round.
_CLOCK = {"unit": "k.unit", "part": "hashtext(k.kind || k.subject) # k.round"}


def _due(kind: str, more: str = "") -> str:
    """Clocks of duties whose limit (after extension and pause) falls in the period. A duty that left its unit before the
    limit ran out was never due; a cancelled breach does not count; what is neither stopped nor breached is not over."""
    rest = f"""
    {_FROM_CLOCKS} {_THE_DUTY}
    WHERE k.kind = '{kind}' AND k.paused_at IS NULL AND NOT k.cancelled AND {_TAKEN} {more}
        AND (k.breached_at IS NOT NULL OR (k.stopped_at IS NOT NULL AND d.ended IN ('', 'done')))
    """
    return _facts(rest, "k.due_at", counts="k.breached_at IS NULL", **_CLOCK)


def _breaches(condition: str) -> str:
    return _facts(f"{_FROM_CLOCKS} WHERE NOT k.cancelled AND {condition}", "k.breached_at", **_CLOCK)


def _turned_out(weight: str) -> str:
    rest = f"{_DUTIES} AND NOT d.report_in_pending"
    return _facts(rest, "d.reported_in_at", weight=weight, unit="d.unit", part="d.duty_id")


def _handled(more: str = "") -> str:
    """What the centre took in hand: neither refused, nor somebody else's, nor the same as another case."""
    rest = f"""{_CASES} AND {_TAKEN} AND c.nature <> 'ask'
    AND c.state NOT IN ('declined', 'merged', 'transferred') {more}"""
    return _facts(
        rest, "c.reported_at", counts="(c.verified_at IS NOT NULL OR c.state IN ('closed', 'answered'))"
    )


def _judged(counts: str, *, each_unit: bool = False) -> str:
    """The last judgement of each case in the period by whoever asked: own, by call-back, or the leader's who assigned it.
    With `each_unit` one fact for each unit that was rated."""
    units = """
    CROSS JOIN LATERAL generate_subscripts(r.levels, 1) AS i
    JOIN cases_duty AS d ON d.case_number = r.case_number AND d.duty_id = r.levels[i][1]
    """
    rest = f"""
    FROM (
        SELECT DISTINCT ON (case_number) * FROM cases_rating
        WHERE kind IN {_JUDGES} AND rated_at >= %(since)s AND rated_at < %(until)s
        ORDER BY case_number, rating_id DESC
    ) AS r JOIN cases_case AS c ON c.number = r.case_number {units if each_unit else ""}
    WHERE {_TAKEN} AND c.nature <> 'ask'
    """
    own = {"unit": "d.unit", "part": "d.duty_id"} if each_unit else {}
    return _facts(rest, "r.rated_at", counts=counts, **own)


def _closed(counts: str = "true", more: str = "") -> str:
    return _facts(f"{_CASES} AND c.state = 'closed' {more}", "c.ended_at", counts=counts)


def _asked(kind: str, counts: str = "true", weight: str = "1") -> str:
    return _facts(
        _REQUESTS.format(kind=kind),
        "q.asked_at",
        counts=counts,
        weight=weight,
        unit="coalesce((SELECT d.unit FROM cases_duty AS d WHERE d.case_number = q.case_number "
        "AND d.duty_id = q.duty_id), c.lead_unit)",
        part="q.request_id",
    )


def _waited() -> str:
    minutes = "(extract(epoch FROM c.verified_at - c.reported_at) / 60)::bigint"
    return _facts(f"{_CASES} AND {_TAKEN}", "c.verified_at", weight=minutes)


_DEFINED = (
    Definition("whistles", 1, "吹哨件数", "期内反映的哨件", _facts(_CASES, "c.reported_at")),
    Definition(
        "open",
        1,
        "期末未结",
        "期末之前反映、到期末还没有办结的哨件",
        """
        SELECT c.number, 0 AS part, c.lead_unit AS unit, c.township AS street, c.item, c.whistler_kind AS whistler,
            c.channel, c.reported_at AS at, true AS counts, 1 AS weight
        FROM cases_case AS c
        WHERE c.reported_at < %(until)s AND (c.ended_at IS NULL OR c.ended_at >= %(until)s)
        """,
    ),
    Definition(
        "overdue",
        1,
        "期末超期未办",
        "办结时限在期末之前已过、到期末还没有办完的办件",
        f"""
        SELECT c.number, {_CLOCK["part"]} AS part, k.unit, c.township AS street, c.item, c.whistler_kind AS whistler,
            c.channel, k.breached_at AS at, true AS counts, 1 AS weight
        {_FROM_CLOCKS}
        WHERE k.kind = 'finish' AND NOT k.cancelled AND {_TAKEN} AND k.breached_at < %(until)s
            AND (k.stopped_at IS NULL OR k.stopped_at >= %(until)s)
        """,
    ),
    Definition("report_in_units", 1, "报到单位次", "期内到场或联系报到并得到确认的办件", _turned_out("1")),
    Definition("report_in_persons", 1, "报到人次", "这些报到的人数", _turned_out("d.persons")),
    Definition("signed_on_time", 1, "按时签收率", "签收时限在期内的办件，按时签收的", _due("sign"), "share"),
    Definition(
        "report_in_on_time", 1, "按时报到率", "报到时限在期内的办件，按时报到的", _due("report_in"), "share"
    ),
    Definition(
        "finish_on_time",
        1,
        "按期办结率",
        "办结时限在期内的办件，按期办结的；咨询不算",
        _due("finish", "AND c.nature <> 'ask'"),
        "share",
    ),
    Definition(
        "verified", 1, "办结件数", "期内通过核查的哨件", _facts(f"{_CASES} AND {_TAKEN}", "c.verified_at")
    ),
    Definition(
        "finished",
        1,
        "办结率（含挂账）",
        "期内反映、由中心办理的哨件，已通过核查或结案的；咨询不算",
        _handled(),
        "share",
    ),
    Definition(
        "finished_without_shelved",
        1,
        "办结率（不含挂账）",
        "同上，挂账的不计入",
        _handled("AND c.state <> 'shelved'"),
        "share",
    ),
    Definition(
        "solved", 1, "解决率", "期内有效评价的哨件，评为已解决的", _judged("r.solved = 'yes'"), "share"
    ),
    Definition(
        "satisfied",
        1,
        "满意率",
        "期内有效评价中对各单位的满意度，基本满意及以上的",
        _judged("r.levels[i][2] >= 3", each_unit=True),
        "share",
    ),
    Definition(
        "rated",
        1,
        "参评率",
        "期内结案的哨件，有有效评价的；自查发现的、咨询的不算",
        _closed(
            f"EXISTS (SELECT 1 FROM cases_rating AS r WHERE r.case_number = c.number AND r.kind IN {_JUDGES})",
            f"AND NOT c.staff_found AND {_TAKEN} AND c.nature <> 'ask'",
        ),
        "share",
    ),
    Definition(
        "reworked",
        1,
        "退回重办率",
        "期内结案的哨件，退回重办过的",
        _closed("c.reworks > 0", f"AND {_TAKEN}"),
        "share",
    ),
    Definition(
        "returned",
        2,
        "退单率",
        "期内派出的办件，申请过退单的",
        _facts(
            _DUTIES,
            "d.given_at",
            unit="d.unit",
            part="d.duty_id",
            counts="EXISTS (SELECT 1 FROM cases_request AS q WHERE q.case_number = d.case_number "
            "AND q.duty_id = d.duty_id AND q.kind = 'return')",
        ),
        "share",
    ),
    Definition(
        "returns_refused",
        1,
        "退单未获准",
        "期内申请的退单，没有获准的",
        _asked("return", "q.outcome = 'refused'"),
        "share",
    ),
    Definition(
        "recurred",
        1,
        "点位复发率",
        "期内反映的哨件，同一网格同一事项 90 天内办结过的",
        _facts(
            f"{_CASES} AND {_TAKEN} AND c.item <> '' AND c.grid <> ''",
            "c.reported_at",
            counts="EXISTS (SELECT 1 FROM cases_case AS b WHERE b.grid = c.grid AND b.item = c.item "
            "AND b.ended_at < c.reported_at AND b.ended_at >= c.reported_at - interval '90 days')",
        ),
        "share",
    ),
    Definition(
        "repeated",
        1,
        "重复诉求率",
        "期内反映的哨件，同一人同一事办结后又来反映的",
        _facts(f"{_CASES} AND {_TAKEN}", "c.reported_at", counts="c.repeat_of <> ''"),
        "share",
    ),
    Definition(
        "community",
        1,
        "基层自办率",
        "期内结案的哨件，社区（村）自己办结的",
        _closed("c.tier = 'community'"),
        "share",
    ),
    Definition(
        "wrongful",
        1,
        "乱吹哨认定",
        "期内反映、认定为乱吹哨的哨件",
        _facts(
            f"{_CASES} AND c.wrongful IN ('judged', 'appealed', 'upheld')",
            "c.reported_at",
            unit="c.whistler_unit",
        ),
    ),
    Definition(
        "excluded",
        1,
        "剔除",
        "期内反映、批准剔除的哨件",
        _facts(f"{_CASES} AND c.excluded <> ''", "c.reported_at"),
    ),
    Definition(
        "rulings",
        2,
        "确权",
        "期内进入确权的哨件，每进一次算一次",
        _facts(
            f"{_FROM_CLOCKS} WHERE k.kind IN ('ruling', 'county_ruling')", "k.started_at", part=_CLOCK["part"]
        ),
    ),
    Definition(
        "councils",
        1,
        "哨单会商",
        "期内的现场会商",
        _facts(
            "FROM cases_council AS m JOIN cases_case AS c ON c.number = m.case_number WHERE true",
            "m.meet_at",
            unit="m.unit",
            part="m.council_id",
        ),
    ),
    Definition(
        "extensions",
        1,
        "延期获准",
        "期内申请的延期，获准的",
        _asked("extension", "q.outcome = 'granted'"),
        "share",
    ),
    Definition(
        "shelvings",
        1,
        "挂账获准",
        "期内申请的挂账，获准的",
        _asked("shelving", "q.outcome = 'granted'"),
        "share",
    ),
    Definition(
        "breaches", 1, "超期（部门、属地）", "期内超期的办件时限", _breaches(f"k.kind IN {_DUTY_CLOCKS}")
    ),
    Definition(
        "queue_breaches",
        1,
        "超期（中心、审批、核查）",
        "期内超期的受理、确权、审批、核查、回访",
        _breaches(f"k.kind NOT IN {_DUTY_CLOCKS}"),
    ),
    Definition(
        "waited_median",
        1,
        "群众等待时长中位数",
        "期内通过核查的哨件，从首次反映算起",
        _waited(),
        "median",
    ),
    Definition(
        "waited_ninety",
        1,
        "群众等待时长九成以内",
        "同上，九成的哨件不超过这么久",
        _waited(),
        "ninety",
    ),
)

# --- facts of the scores: each stands under the unit that is scored; `weight` counts what a rule's points are for ----

# What county leaders assigned counts double.
_DOUBLE = "CASE WHEN c.whistler_kind = 'leader' THEN 2 ELSE 1 END"
_DONE = "d.part_done_at IS NOT NULL AND d.ended IN ('', 'done')"
_HANDS_OF_CENTRE = (
    "('triage', 'ruling', 'approval', 'verification', 'call_back', 'summary', 'decline_review')"
)


def _late(condition: str, weight: str) -> str:
    rest = f"{_FROM_CLOCKS} {_THE_DUTY} WHERE NOT k.cancelled AND {_TAKEN} AND {condition}"
    return _facts(rest, "k.breached_at", weight=f"({weight}) * {_DOUBLE}", **_CLOCK)


def _orders(at: str) -> str:
    """Orders to the unit that leads; one that was withdrawn says nothing against it."""
    return f"""
    SELECT o.number, 0 AS part, o.lead AS unit, '' AS street, '' AS item, '' AS whistler, '' AS channel, {at} AS at,
        true AS counts, 1 AS weight
    FROM supervision_order AS o
    WHERE o.issued_at IS NOT NULL AND o.state <> 'withdrawn' AND {at} >= %(since)s AND {at} < %(until)s
    """


_DAYS_LATE = "ceil(extract(epoch FROM least(coalesce(k.stopped_at, %(until)s), %(until)s) - k.breached_at) / 86400)::int"
_PARTS = {"unit": "d.unit", "part": "d.duty_id"}
_SCORED = (
    Definition(
        "evidence_shown",
        1,
        "办结附照片率",
        "期内申请办结的主办件，附了照片的",
        _facts(
            f"{_DUTIES} AND d.role = 'lead' AND {_DONE}", "d.part_done_at", counts="d.shown > 0", **_PARTS
        ),
        "share",
    ),
    Definition(
        "community_share",
        1,
        "基层自办率（按街道乡镇）",
        "期内辖区结案的哨件，社区（村）自己办结的",
        _facts(
            f"{_CASES} AND c.state = 'closed'", "c.ended_at", counts="c.tier = 'community'", unit="c.township"
        ),
        "share",
    ),
    Definition(
        "centre_on_time",
        1,
        "中心按时率",
        "时限在期内的受理、确权、审批、核查、回访，按时办的",
        _facts(
            f"{_FROM_CLOCKS} WHERE k.kind IN {_HANDS_OF_CENTRE} AND NOT k.cancelled "
            "AND (k.breached_at IS NOT NULL OR k.stopped_at IS NOT NULL)",
            "k.due_at",
            counts="k.breached_at IS NULL",
            **_CLOCK,
        ),
        "share",
    ),
    Definition(
        "centre_late",
        1,
        "中心超期",
        "期内超期的受理、确权、审批、核查、回访",
        _breaches(f"k.kind IN {_HANDS_OF_CENTRE}"),
    ),
    Definition(
        "late_report_in",
        1,
        "逾期报到",
        "期内逾期报到的办件，应急的、县领导交办的加倍",
        _late("k.kind = 'report_in'", "CASE WHEN c.emergency THEN 2 ELSE 1 END"),
    ),
    Definition(
        "never_turned_out",
        1,
        "到期没有报到",
        "期内办结超期、一直没有报到的办件",
        _late("k.kind = 'finish' AND d.reported_in_at IS NULL", "1"),
    ),
    Definition(
        "late_finish",
        1,
        "超期办结",
        "期内办结超期的办件；每件 50，每晚一天再加 10，最多 200",
        _late("k.kind = 'finish'", f"least(50 + 10 * {_DAYS_LATE}, 200)"),
    ),
    Definition(
        "refused_returns",
        2,
        "退单未获准（计分）",
        "期内申请的退单，没有获准的；县领导交办的加倍",
        _asked("return", "q.outcome = 'refused'", _DOUBLE),
    ),
    Definition(
        "bucks_passed",
        1,
        "推诿",
        "期内退了单、经确权后仍由该单位主办的办件",
        _facts(
            f"{_DUTIES} AND c.ruled AND d.ended = 'returned' AND EXISTS (SELECT 1 FROM cases_duty AS again "
            "WHERE again.case_number = d.case_number AND again.duty_id > d.duty_id AND again.unit = d.unit "
            "AND again.role = 'lead')",
            "d.ended_at",
            weight=_DOUBLE,
            **_PARTS,
        ),
    ),
    Definition(
        "reworked_duties",
        1,
        "退回重办（计分）",
        "期内结案的办件，退回重办每次 20，第三次起每次 50",
        _facts(
            f"{_DUTIES} AND d.reworks > 0 AND c.state = 'closed' AND {_TAKEN}",
            "c.ended_at",
            weight=f"(20 * least(d.reworks, 2) + 50 * greatest(d.reworks - 2, 0)) * {_DOUBLE}",
            **_PARTS,
        ),
    ),
    Definition(
        "found_oneself",
        1,
        "自查自办",
        "期内结案、本单位自己发现的哨件",
        _facts(
            f"{_CASES} AND c.state = 'closed' AND c.staff_found AND c.whistler_unit <> '' "
            "AND c.whistler_unit = c.lead_unit",
            "c.ended_at",
        ),
    ),
    Definition(
        "assists_rated_good",
        1,
        "协办获好评",
        "期内有效评价中，协办单位得到满意及以上的",
        _judged("d.role <> 'lead' AND r.levels[i][2] >= 4", each_unit=True),
    ),
    Definition(
        "wrongful_whistles",
        1,
        "乱吹哨（计分）",
        "期内反映、认定为乱吹哨的哨件",
        _facts(f"{_CASES} AND c.wrongful IN ('judged', 'upheld')", "c.reported_at", unit="c.whistler_unit"),
    ),
    Definition(
        "whistles_lacking",
        1,
        "吹哨信息不足",
        "期内因信息不足获准的退单，记在吹哨单位",
        _facts(
            f"{_REQUESTS.format(kind='return')} AND q.outcome = 'granted' AND q.reason = 'too_little' "
            "AND c.whistler_unit <> ''",
            "q.asked_at",
            unit="c.whistler_unit",
            part="q.request_id",
        ),
    ),
    Definition(
        "orders_received",
        1,
        "督办单",
        "期内印发给该单位的督办单，撤销的不算",
        _orders("o.issued_at"),
        of="order",
    ),
    Definition(
        "orders_unanswered",
        1,
        "督办后仍未整改",
        "回复时限在期内已过、仍没有签字报送整改情况的督办单，撤销的不算",
        _orders("o.breached_at"),
        of="order",
    ),
    Definition("duties_given", 1, "办件", "期内派出的办件", _facts(_DUTIES, "d.given_at", **_PARTS)),
)

# How well dispatch does, by the cases reported; an item that nobody named yet is the one that was guessed.
_GUESSED = "coalesce(nullif(c.item, ''), nullif(c.guess, ''), '')"


def _dispatched(counts: str, of: str = "true") -> str:
    return _facts(f"{_CASES} AND {_TAKEN} AND {of}", "c.reported_at", counts=counts, item=_GUESSED)


SHARES: dict[str, Definition] = {
    one.id: one
    for one in (
        Definition(
            "at_once", 1, "当场派单率", "反映的当时就派给了单位，没有等人", _dispatched("c.at_once"), "share"
        ),
        Definition(
            "redispatched",
            1,
            "改派率",
            "当场派单的，后来主办单位或事项改了；提级不算",
            _dispatched("c.moved", "c.at_once"),
            "share",
        ),
        Definition(
            "abstained",
            1,
            "拿不准率",
            "要靠文字判断事项的，系统说拿不准，转人工",
            _dispatched("c.unsure = 'unsure'", "c.found_by <> 'named'"),
            "share",
        ),
        Definition(
            "returned_after_dispatch",
            1,
            "退单率（按件）",
            "派出去的，有单位退单获准",
            _dispatched("c.returns > 0", "c.routed_by <> ''"),
            "share",
        ),
        Definition("ruled", 1, "确权率", "由中心或县里确权后才派的", _dispatched("c.ruled"), "share"),
    )
}

FIGURES: dict[str, Definition] = {one.id: one for one in (*_DEFINED, *_SCORED)} | SHARES
