"""点位复发: the same item in the same grid again, within so many days of closing, whoever reports it. A computed fact."""

from __future__ import annotations

from datetime import timedelta

from shaodao.centre.cases.lifecycle.model import Case
from shaodao.centre.cases.models import Case as CaseRow
from shaodao.county.pack.model import Pack

MOST = 5


def before(case: Case, pack: Pack) -> list[CaseRow]:
    """The cases of this item and grid that were closed within `recurrence_days` before this one, latest first. One
    statement; none where item or grid is unknown."""
    if not (case.item and case.place.grid and case.reported_at):
        return []
    since = case.reported_at - timedelta(days=pack.settings.numbers.recurrence_days)
    rows = CaseRow.objects.filter(
        grid=case.place.grid, item=case.item, state="closed", ended_at__range=(since, case.reported_at)
    )
    return list(rows.exclude(number=case.number).order_by("-ended_at")[:MOST])
