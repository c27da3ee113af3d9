"""The one place where figures are defined: id, version, name, and one statement over the rows each.

Every statement gives `(numerator, denominator)`; the denominator is NULL where the figure is a plain count. A period
holds its first moment and not its last. Cases left out (剔除) count in no rate, and nature "ask" in none of
finishing and satisfaction. Over zero a share is nothing, shown as "—".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from django.db import connection


@dataclass(frozen=True, slots=True)
class Period:
    """From `since` up to, not including, `until`."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Definition:
    """`sql` may use %(since)s and %(until)s."""

    id: str
    version: int
    name: str
    sql: str


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure over one period. `denominator` None: a count."""

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
            return f"{self.numerator:,}"
        share = self.share
        shown = "—" if share is None else f"{float(share):.1%}"
        return f"{shown}（{self.numerator:,}/{self.denominator:,}）"


def figures(period: Period, ids: Iterable[str] = ()) -> dict[str, Figure]:
    """These figures (none named: all) over a period, from the rows, by id."""
    wanted = list(ids) or list(FIGURES)
    given = {"since": period.since, "until": period.until}
    found = {}
    with connection.cursor() as cursor:
        for id in wanted:
            one = FIGURES[id]
            cursor.execute(one.sql, given)
            numerator, denominator = cursor.fetchone()
            found[id] = Figure(id, one.version, one.name, int(numerator or 0), denominator)
    return found


# --- populations --------------------------------------------------------------------------------------------------

_REPORTED = "c.reported_at >= %(since)s AND c.reported_at < %(until)s"
# Clocks of duties whose limit (after extension and pause) falls in the period. A duty that left its unit before the
# limit ran out was never due; a cancelled breach does not count.
_DUE = """
FROM cases_clock AS k
JOIN cases_case AS c ON c.number = k.case_number
JOIN cases_duty AS d ON d.case_number = k.case_number AND k.subject = 'duty:' || d.duty_id
WHERE k.kind = '{kind}' AND k.due_at >= %(since)s AND k.due_at < %(until)s AND k.paused_at IS NULL
  AND NOT k.cancelled AND c.excluded = '' AND (k.breached_at IS NOT NULL OR d.ended IN ('', 'done'))
"""
# What the centre took in hand: neither refused, nor somebody else's, nor the same as another case.
_HANDLED = f"""
FROM cases_case AS c WHERE {_REPORTED} AND c.excluded = '' AND c.nature <> 'ask'
  AND c.state NOT IN ('declined', 'merged', 'transferred')
"""
_FINISHED = "c.verified_at IS NOT NULL OR c.state IN ('closed', 'answered')"
# The last judgement of each case by whoever asked: own, by call-back, or the leader's who assigned it.
_RATED = """
FROM (
    SELECT DISTINCT ON (r.case_number) r.* FROM cases_rating AS r JOIN cases_case AS c ON c.number = r.case_number
    WHERE r.kind IN ('own', 'call_back', 'leader') AND r.rated_at >= %(since)s AND r.rated_at < %(until)s
      AND c.excluded = '' AND c.nature <> 'ask'
    ORDER BY r.case_number, r.rating_id DESC
) AS r
"""
_ENDED = "c.ended_at >= %(since)s AND c.ended_at < %(until)s"
_TURNED_OUT = """
FROM cases_duty AS d
WHERE d.reported_in_at >= %(since)s AND d.reported_in_at < %(until)s AND NOT d.report_in_pending
"""


def _count(what: str, rest: str) -> str:
    return f"SELECT {what}, NULL::bigint {rest}"


def _share(condition: str, rest: str, of: str = "*") -> str:
    return f"SELECT count({of}) FILTER (WHERE {condition}), count({of}) {rest}"


def _asked(kind: str) -> str:
    return f"""
    FROM cases_request AS q JOIN cases_case AS c ON c.number = q.case_number
    WHERE q.kind = '{kind}' AND q.asked_at >= %(since)s AND q.asked_at < %(until)s
    """


# --- dispatch -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Share:
    """A share of the cases reported in a period: those for which `counts` holds among those for which `of` does. The same
    two conditions make the figure, its break-down by week or item, and the list of the cases behind it."""

    id: str
    version: int
    name: str
    counts: str
    of: str
    note: str

    @property
    def definition(self) -> Definition:
        rest = f"FROM cases_case AS c WHERE {_REPORTED} AND {self.of}"
        return Definition(self.id, self.version, self.name, _share(self.counts, rest))


_TAKEN = "c.excluded = ''"
_SHARES = (
    Share("at_once", 1, "当场派单率", "c.at_once", _TAKEN, "反映的当时就派给了单位，没有等人"),
    Share(
        "redispatched",
        1,
        "改派率",
        "c.moved",
        f"c.at_once AND {_TAKEN}",
        "当场派单的，后来主办单位或事项改了；提级不算",
    ),
    Share(
        "abstained",
        1,
        "拿不准率",
        "c.unsure = 'unsure'",
        f"c.found_by <> 'named' AND {_TAKEN}",
        "要靠文字判断事项的，系统说拿不准，转人工",
    ),
    Share(
        "returned_after_dispatch",
        1,
        "退单率（按件）",
        "c.returns > 0",
        f"c.routed_by <> '' AND {_TAKEN}",
        "派出去的，有单位退单获准",
    ),
    Share("ruled", 1, "确权率", "c.ruled", _TAKEN, "由中心或县里确权后才派的"),
)
SHARES = {one.id: one for one in _SHARES}
_WEEK = "to_char(date_trunc('week', c.reported_at AT TIME ZONE 'Asia/Shanghai'), 'YYYY-MM-DD')"
_KEYS = {"week": _WEEK, "item": "coalesce(nullif(c.item, ''), nullif(c.guess, ''), '')"}


def broken_down(period: Period, by: str) -> dict[str, dict[str, Figure]]:
    """The shares of dispatch by `week` (the day it begins, in the county) or by `item`: key → id → figure. One statement."""
    columns = ", ".join(
        f"count(*) FILTER (WHERE {one.of} AND {one.counts}), count(*) FILTER (WHERE {one.of})"
        for one in _SHARES
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {_KEYS[by]}, {columns} FROM cases_case AS c WHERE {_REPORTED} GROUP BY 1 ORDER BY 1",
            {"since": period.since, "until": period.until},
        )
        return {
            key: {
                one.id: Figure(one.id, one.version, one.name, counts[2 * at], counts[2 * at + 1])
                for at, one in enumerate(_SHARES)
            }
            for key, *counts in cursor
        }


def cases_behind(
    id: str, period: Period, *, item: str | None = None, after: str = "", size: int = 50
) -> list[str]:
    """The numbers of the cases that a share of dispatch counts, latest first, from below `after` on. One statement."""
    one = SHARES[id]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT c.number FROM cases_case AS c WHERE {_REPORTED} AND {one.of} AND {one.counts} "
            f"AND (%(item)s::text IS NULL OR {_KEYS['item']} = %(item)s) AND (%(after)s = '' OR c.number < %(after)s) "
            "ORDER BY c.number DESC LIMIT %(size)s",
            {"since": period.since, "until": period.until, "item": item, "after": after, "size": size},
        )
        return [number for (number,) in cursor]


_DEFINED = (
    Definition("whistles", 1, "吹哨件数", _count("count(*)", f"FROM cases_case AS c WHERE {_REPORTED}")),
    Definition("report_in_units", 1, "报到单位次", _count("count(*)", _TURNED_OUT)),
    Definition("report_in_persons", 1, "报到人次", _count("coalesce(sum(d.persons), 0)", _TURNED_OUT)),
    Definition(
        "report_in_on_time",
        1,
        "按时报到率",
        _share(
            "k.breached_at IS NULL",
            _DUE.format(kind="report_in") + " AND (k.breached_at IS NOT NULL OR k.stopped_at IS NOT NULL)",
        ),
    ),
    Definition(
        "finish_on_time",
        1,
        "按期办结率",
        _share(
            "k.breached_at IS NULL",
            _DUE.format(kind="finish")
            + " AND c.nature <> 'ask' AND (k.breached_at IS NOT NULL OR k.stopped_at IS NOT NULL)",
        ),
    ),
    Definition("finished", 1, "办结率（含挂账）", _share(_FINISHED, _HANDLED)),
    Definition(
        "finished_without_shelved",
        1,
        "办结率（不含挂账）",
        _share(_FINISHED, f"{_HANDLED} AND c.state <> 'shelved'"),
    ),
    Definition("solved", 1, "解决率", _share("r.solved = 'yes'", _RATED)),
    Definition(
        "satisfied",
        1,
        "满意率",
        "SELECT count(*) FILTER (WHERE level >= 3), count(*) "
        f"FROM (SELECT unnest(r.levels[:][2:2]) AS level {_RATED}) AS given",
    ),
    Definition(
        "rated",
        1,
        "参评率",
        _share(
            "EXISTS (SELECT 1 FROM cases_rating AS r WHERE r.case_number = c.number "
            "AND r.kind IN ('own', 'call_back', 'leader'))",
            f"FROM cases_case AS c WHERE {_ENDED} AND c.state = 'closed' AND NOT c.staff_found "
            "AND c.excluded = '' AND c.nature <> 'ask'",
        ),
    ),
    Definition(
        "reworked",
        1,
        "退回重办率",
        _share(
            "c.reworks > 0", f"FROM cases_case AS c WHERE {_ENDED} AND c.state = 'closed' AND c.excluded = ''"
        ),
    ),
    Definition(
        "returned",
        1,
        "退单率",
        f"SELECT (SELECT count(*) {_asked('return')}), "
        "(SELECT count(*) FROM cases_duty AS d WHERE d.given_at >= %(since)s AND d.given_at < %(until)s)",
    ),
    Definition("returns_refused", 1, "退单未获准", _share("q.outcome = 'refused'", _asked("return"))),
    Definition(
        "community",
        1,
        "基层自办率",
        _share("c.tier = 'community'", f"FROM cases_case AS c WHERE {_ENDED} AND c.state = 'closed'"),
    ),
    Definition(
        "rulings",
        1,
        "确权",
        _count(
            "count(DISTINCT k.case_number)",
            "FROM cases_clock AS k WHERE k.kind IN ('ruling', 'county_ruling') "
            "AND k.started_at >= %(since)s AND k.started_at < %(until)s",
        ),
    ),
    Definition(
        "councils",
        1,
        "哨单会商",
        _count("count(*)", "FROM cases_council WHERE meet_at >= %(since)s AND meet_at < %(until)s"),
    ),
    Definition("extensions", 1, "延期获准", _share("q.outcome = 'granted'", _asked("extension"))),
    Definition("shelvings", 1, "挂账获准", _share("q.outcome = 'granted'", _asked("shelving"))),
    Definition(
        "breaches",
        1,
        "超期（部门、属地）",
        _count(
            "count(*)",
            "FROM cases_clock WHERE breached_at >= %(since)s AND breached_at < %(until)s AND NOT cancelled "
            "AND kind IN ('sign', 'report_in', 'make_safe', 'milestone', 'finish')",
        ),
    ),
    Definition(
        "queue_breaches",
        1,
        "超期（中心、审批、核查）",
        _count(
            "count(*)",
            "FROM cases_clock WHERE breached_at >= %(since)s AND breached_at < %(until)s AND NOT cancelled "
            "AND kind NOT IN ('sign', 'report_in', 'make_safe', 'milestone', 'finish')",
        ),
    ),
    Definition(
        "waited_median",
        1,
        "群众等待时长中位数（分钟）",
        "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM c.verified_at - c.reported_at) / 60), "
        "NULL::bigint FROM cases_case AS c WHERE c.verified_at >= %(since)s AND c.verified_at < %(until)s",
    ),
    *(one.definition for one in _SHARES),
)

FIGURES: dict[str, Definition] = {one.id: one for one in _DEFINED}
