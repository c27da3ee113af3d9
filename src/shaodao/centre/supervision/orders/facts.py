"""The facts of an order: which cases of a unit are or were late, at which stage, by how many days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import F

from shaodao.centre.cases.models import Clock
from shaodao.centre.supervision.orders.order import Fact
from shaodao.county.pack.model import Pack
from shaodao.county.units import PARTS

STAGES = ("sign", "report_in", "make_safe", "finish")
MOST_OFFERED = 60


def facts_of(cases: Sequence[str], unit: str, pack: Pack, at: datetime) -> tuple[Fact, ...]:
    """Of each case the unit's worst lateness, worst first; a case in which it was never late is named without. One
    statement."""
    worst = {case: Fact(case, "", 0) for case in dict.fromkeys(cases)}
    rows = Clock.objects.filter(case_id__in=list(worst), unit__in=_family(unit, pack), kind__in=STAGES)
    for clock in rows.exclude(breached_at=None).filter(cancelled=False):
        days = max(0, (min(clock.stopped_at or at, at) - clock.due_at).days)
        known = worst[clock.case_id]
        if not known.kind or days > known.days:
            worst[clock.case_id] = Fact(clock.case_id, clock.kind, days)
    return tuple(sorted(worst.values(), key=lambda fact: (-fact.days, not fact.kind, fact.case)))


def still_late(unit: str, pack: Pack) -> list[str]:
    """Cases in which the unit is late now, longest first: what a direct order may name. One statement."""
    rows = Clock.objects.filter(
        unit__in=_family(unit, pack), kind__in=STAGES, stopped_at=None, paused_at=None, cancelled=False
    ).exclude(breached_at=None)
    numbers = rows.order_by(F("due_at").asc()).values_list("case_id", flat=True)[: 4 * MOST_OFFERED]
    return list(dict.fromkeys(numbers))[:MOST_OFFERED]


def _family(unit: str, pack: Pack) -> list[str]:
    """The unit with its sections and stations."""
    return [unit, *(part.code for part in pack.tree.below(unit) if part.kind in PARTS)]
