"""The content of a month's briefing from the rows, whatever schema these stand in: of today, or of a position that has
passed. Every figure is one of `centre.assessment.figures`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db import connection

from shaodao.centre.assessment.figures import FIGURES, Figure, Period, behind, broken_down, figures
from shaodao.centre.briefings.briefing import MOST_PROBLEMS, Named
from shaodao.centre.briefings.content import (
    COUNTY,
    LISTED,
    OF_PLACES,
    OF_UNITS,
    PAGE_ONE,
    SPANS,
    Behind,
    Compared,
    Content,
    Count,
    Fact,
    Group,
    Hot,
    Line,
    Part,
    Span,
    added,
    ranked,
)
from shaodao.centre.briefings.months import Month
from shaodao.centre.cases.lifecycle.model import By
from shaodao.centre.cases.models import Case
from shaodao.centre.hot_issues import reading
from shaodao.county.pack.model import Pack
from shaodao.county.units import Kind

EVERY = 10_000_000  # no list is longer
MANY_REWORKS = 2
GROUPS: Mapping[Kind, str] = {
    Kind.DEPARTMENT: "department",
    Kind.UTILITY: "utility",
    Kind.STREET: "street",
    Kind.TOWNSHIP: "township",
    Kind.ZONE: "township",
}
PLACES = ("street", "township")
READER = By("system:briefings", "county_leader", "L00")  # for whom it is written


def gather(month: Month, pack: Pack, at: datetime, *, hot: bool = True) -> Content:
    """What the rows say of a month at a moment. A few dozen statements, however many cases."""
    periods = {span: _period(each, pack) for span, each in _months(month).items()}
    now, before = periods["now"], periods["before"]
    late = _late(now, pack, at)
    return Content(
        month=str(month),
        at=at,
        compared=tuple(_compared(span, _months(month)[span], periods[span]) for span in SPANS),
        whistlers=_parts("whistler", now, before),
        channels=_parts("channel", now, before),
        items=_parts("item", now, before)[:LISTED],
        groups=groups(now, pack),
        overdue=tuple(each for each, _ in late if each.kind == "overdue"),
        problems=_gravest(each for each, still in late if still)[:MOST_PROBLEMS],
        hot=_hot(now, pack) if hot else (),
    )


def _months(month: Month) -> dict[Span, Month]:
    return {"now": month, "before": month.before, "year": month.year_before}


def _period(month: Month, pack: Pack) -> Period:
    return Period(month.begins(pack.zone), month.ends(pack.zone))


def _count(figure: Figure) -> Count:
    return Count(figure.id, figure.version, figure.numerator, figure.denominator)


def _compared(span: Span, month: Month, period: Period) -> Compared:
    counted = figures(period, [id for id in COUNTY if id in FIGURES])
    return Compared(
        span,
        str(month),
        tuple(map(_count, counted.values())),
        tuple(Behind(id, tuple(map(str, _facts(id, period)))) for id in PAGE_ONE),
    )


def _facts(id: str, period: Period) -> list[Fact]:
    found = behind(id, period, among=True, size=EVERY)
    return [Fact(each.number, each.unit or "", each.counts) for each in reversed(found)]


def _parts(by: str, now: Period, before: Period) -> tuple[Part, ...]:
    """Whistles by one of their marks, most first."""
    here, earlier = (broken_down(period, by, ["whistles"]) for period in (now, before))
    parts = [
        Part(key or "", row["whistles"].numerator, _whistles(earlier.get(key))) for key, row in here.items()
    ]
    return tuple(sorted(parts, key=lambda part: (-part.whistles, part.key)))


def _whistles(row: Mapping[str, Figure] | None) -> int:
    return row["whistles"].numerator if row else 0


def groups(period: Period, pack: Pack) -> tuple[Group, ...]:
    """Units by group, those parts of them included, best first. A street also has what lies in it, and what its people and
    communities wrongly whistled."""
    found: dict[str, dict[str, list[Count]]] = defaultdict(lambda: defaultdict(list))
    for code, row in broken_down(period, "unit", OF_UNITS).items():
        _add(found, _answering(code, pack), row)
    for code, row in broken_down(period, "unit", ["wrongful"]).items():
        unit = _answering(code, pack)
        if unit and GROUPS[pack.units[unit].kind] in PLACES:
            _add(found, unit, row)
    for code, row in broken_down(period, "street", OF_PLACES).items():
        _add(found, code if code in pack.units else "", row)
    lines: dict[str, list[Line]] = defaultdict(list)
    for unit, counts in found.items():
        if unit and (kind := GROUPS.get(pack.units[unit].kind)):
            lines[kind].append(Line(unit, tuple(added(counts[id]) for id in sorted(counts))))
    return tuple(Group(kind, ranked(lines[kind])) for kind in dict.fromkeys(GROUPS.values()) if kind in lines)


def _add(found: dict[str, dict[str, list[Count]]], unit: str, row: Mapping[str, Figure]) -> None:
    for figure in row.values():
        if figure.numerator or figure.denominator:
            found[unit][figure.id].append(_count(figure))


def _answering(code: str | None, pack: Pack) -> str:
    """The department, utility, street or township that a unit, section, station, community or grid belongs to."""
    place = pack.places.get(code) if code and code not in pack.units else None
    unit = pack.units.get(place.unit if place is not None and place.unit else code or "")
    while unit is not None and unit.kind not in GROUPS:
        unit = pack.units.get(unit.parent or "")
    return unit.code if unit is not None else ""


# --- problems -----------------------------------------------------------------------------------------------------

# Not done when the month ended, nor since; never turned out; sent back again and again and still not right.
_LATE = """
SELECT c.number, 'overdue', k.unit, k.due_at, k.stopped_at IS NULL
FROM cases_clock AS k JOIN cases_case AS c ON c.number = k.case_number
WHERE k.kind = 'finish' AND NOT k.cancelled AND c.excluded = '' AND k.breached_at < %(until)s
    AND (k.stopped_at IS NULL OR k.stopped_at >= %(until)s)
UNION
SELECT c.number, 'unattended', k.unit, k.due_at, true
FROM cases_clock AS k JOIN cases_case AS c ON c.number = k.case_number
JOIN cases_duty AS d ON d.case_number = k.case_number AND k.subject = 'duty:' || d.duty_id
WHERE k.kind = 'report_in' AND NOT k.cancelled AND c.excluded = '' AND k.breached_at >= %(since)s
    AND k.breached_at < %(until)s AND d.reported_in_at IS NULL AND d.ended = '' AND c.ended_at IS NULL
UNION
SELECT c.number, 'reworked', c.lead_unit, k.due_at, true
FROM cases_case AS c JOIN cases_clock AS k ON k.case_number = c.number AND k.kind = 'finish' AND k.unit = c.lead_unit
WHERE c.reworks >= %(reworks)s AND c.excluded = '' AND c.ended_at IS NULL AND c.verified_at IS NULL
    AND k.stopped_at IS NULL AND NOT k.cancelled AND c.reported_at < %(until)s
"""
WEIGHT = {"unattended": 0, "reworked": 1, "overdue": 2}


def _late(period: Period, pack: Pack, at: datetime) -> list[tuple[Named, bool]]:
    """Everything that was late when the month ended, the latest first, and whether it still is; one for each case, unit and
    kind."""
    given = {"since": period.since, "until": period.until, "reworks": MANY_REWORKS}
    with connection.cursor() as cursor:
        cursor.execute(_LATE, given)
        rows = cursor.fetchall()
    found: dict[tuple[str, str, str], tuple[datetime, bool]] = {}
    for number, kind, unit, due_at, still in rows:
        before = found.get((number, kind, unit), (due_at, still))
        found[number, kind, unit] = min(due_at, before[0]), still or before[1]
    late = [
        (Named(number, kind, unit, due_at, max(0, int((at - due_at).total_seconds()))), still)
        for (number, kind, unit), (due_at, still) in found.items()
        if unit in pack.units
    ]
    return sorted(late, key=lambda pair: (-pair[0].late, pair[0].case, WEIGHT[pair[0].kind], pair[0].unit))


def _gravest(late: Iterable[Named]) -> tuple[Named, ...]:
    """One problem for each unit's part in a case: who never turned out is not named for being overdue as well."""
    found: dict[tuple[str, str], Named] = {}
    for each in late:
        before = found.get((each.case, each.unit), each)
        found[each.case, each.unit] = min(before, each, key=lambda named: WEIGHT[named.kind])
    return tuple(sorted(found.values(), key=lambda each: (-each.late, each.case, each.unit)))


def _hot(period: Period, pack: Pack) -> tuple[Hot, ...]:
    found: Sequence[reading.Found] = reading.find(READER, period.since, period.until, pack)[:LISTED]
    return tuple(_issue(each) for each in found)


def _issue(found: reading.Found) -> Hot:
    issue = found.issue
    return Hot(found.key, issue.area, issue.item, issue.counts.people, issue.counts.cases)


def put_right(numbers: Iterable[str]) -> dict[str, datetime]:
    """Of these cases those that are verified or have ended, and when. One statement."""
    rows = Case.objects.filter(number__in=set(numbers)).values_list("number", "verified_at", "ended_at")
    return {number: verified or ended for number, verified, ended in rows if verified or ended}
