"""What keeps going wrong: breaches, returns refused, and work done again, by unit and item, from the rows that every
figure is made of. No word of anybody is read here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection

from shaodao.centre.assessment.figures import Period
from shaodao.centre.cases import permissions
from shaodao.centre.cases.lifecycle.model import By
from shaodao.county.pack.model import Pack

LEAST = 2  # once is not again and again
MOST = 60
DUTY_CLOCKS = ("sign", "report_in", "make_safe", "milestone", "finish")


@dataclass(frozen=True, slots=True)
class Recurring:
    """One unit and item: how many cases it concerns, and how often each went wrong. `cases`: their numbers, latest first."""

    unit: str
    item: str
    breaches: int
    refused: int
    reworks: int
    cases: tuple[str, ...]

    @property
    def total(self) -> int:
        return self.breaches + self.refused + self.reworks


def recurring(by: By, pack: Pack, period: Period, unit: str = "", item: str = "") -> list[Recurring]:
    """What went wrong at least twice in a period within the scope of a member, the most frequent first; of one unit and
    item, if they are named. Cases left out (剔除) count nowhere. One statement."""
    watched = permissions.watched_by(by, pack)
    given = {
        "since": period.since,
        "until": period.until,
        "kinds": list(DUTY_CLOCKS),
        "everything": watched is None,
        "watched": sorted(watched or ()),
        "unit": unit,
        "item": item,
        "least": LEAST,
        "most": MOST,
    }
    with connection.cursor() as cursor:
        cursor.execute(_RECURRING, given)
        return [Recurring(u, i, b, r, w, tuple(numbers)) for u, i, b, r, w, numbers in cursor]


def units_of(rows: Iterable[Recurring]) -> list[tuple[str, int]]:
    """The units among these with how often something went wrong there, the most first."""
    totals: dict[str, int] = {}
    for row in rows:
        totals[row.unit] = totals.get(row.unit, 0) + row.total
    return sorted(totals.items(), key=lambda each: (-each[1], each[0]))


# A duty's clock names the duty; a request names it too. What was done again is counted on the duty that did it.
_RECURRING = """
WITH wrong AS (
    SELECT d.unit, k.case_number AS number, 'breach' AS what, 1 AS times
    FROM cases_clock AS k
    JOIN cases_duty AS d
        ON d.case_number = k.case_number AND split_part(k.subject, ':', 1) = 'duty'
        AND split_part(k.subject, ':', 2) = d.duty_id::text
    WHERE k.kind = ANY (%(kinds)s) AND k.breached_at >= %(since)s AND k.breached_at < %(until)s AND NOT k.cancelled
    UNION ALL
    SELECT d.unit, q.case_number, 'refused', 1
    FROM cases_request AS q JOIN cases_duty AS d USING (case_number, duty_id)
    WHERE q.kind = 'return' AND q.outcome = 'refused' AND q.asked_at >= %(since)s AND q.asked_at < %(until)s
    UNION ALL
    SELECT d.unit, d.case_number, 'rework', d.reworks
    FROM cases_duty AS d WHERE d.reworks > 0 AND d.given_at >= %(since)s AND d.given_at < %(until)s
)
SELECT w.unit, c.item,
    coalesce(sum(w.times) FILTER (WHERE what = 'breach'), 0)::int,
    coalesce(sum(w.times) FILTER (WHERE what = 'refused'), 0)::int,
    coalesce(sum(w.times) FILTER (WHERE what = 'rework'), 0)::int,
    array_agg(DISTINCT w.number ORDER BY w.number DESC)
FROM wrong AS w JOIN cases_case AS c ON c.number = w.number
WHERE c.excluded = '' AND (%(everything)s OR w.unit = ANY (%(watched)s::text[]))
    AND (%(unit)s = '' OR w.unit = %(unit)s) AND (%(item)s = '' OR c.item = %(item)s)
GROUP BY 1, 2 HAVING sum(w.times) >= %(least)s
ORDER BY sum(w.times) DESC, 1, 2 LIMIT %(most)s
"""
