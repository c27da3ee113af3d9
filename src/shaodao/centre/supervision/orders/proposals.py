"""The source's chain: what the last briefing named and is still not put right, and no order demands yet. Proposed to people;
nothing here issues an order."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from shaodao.centre.briefings.models import Briefing, Problem
from shaodao.centre.cases import permissions
from shaodao.centre.cases.lifecycle.model import By
from shaodao.centre.supervision.models import Order
from shaodao.county.pack.model import Pack
from shaodao.county.units import Kind


@dataclass(frozen=True, slots=True)
class Proposal:
    """What one unit was named for. `briefing` is the month, `issue` its number of the year."""

    briefing: str
    issue: int
    unit: str
    kinds: tuple[str, ...]
    cases: tuple[str, ...]
    days: int  # since the deadline of the worst
    named_at: datetime


def proposals(by: By, pack: Pack, at: datetime) -> list[Proposal]:
    """Worst first; nothing for who drafts no orders. Three statements."""
    if by.role not in permissions.ORDERS["draft"]:
        return []
    last = Briefing.objects.exclude(published_at=None).order_by("-month").first()
    if last is None:
        return []
    named: dict[str, list[Problem]] = defaultdict(list)
    for problem in Problem.objects.filter(briefing=last.month, put_right_at=None):
        if unit := _answering(problem.unit, pack):
            named[unit].append(problem)
    demanded = set(
        Order.objects.filter(briefing=last.month).exclude(state="withdrawn").values_list("lead", flat=True)
    )
    found = [
        Proposal(
            briefing=last.month,
            issue=last.issue,
            unit=unit,
            kinds=tuple(dict.fromkeys(each.kind for each in problems)),
            cases=tuple(dict.fromkeys(each.case_number for each in problems)),
            days=max((at - min(each.due_at for each in problems)).days, 0),
            named_at=min(each.named_at for each in problems),
        )
        for unit, problems in named.items()
        if unit not in demanded and permissions.may_order(by, "draft", unit, "general", pack)
    ]
    return sorted(found, key=lambda each: (-each.days, each.unit))


def _answering(unit: str, pack: Pack) -> str:
    """The unit that is ordered: a section's department, a community's street; "" for units that get no orders."""
    scored = permissions.scored_as(unit, pack)
    return scored if scored and pack.units[scored].kind is not Kind.CENTRE else ""
