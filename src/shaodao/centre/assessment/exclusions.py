"""剔除: which cases were to be left out of the rates, why, who asked for it and who else agreed. Read from the events."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from shaodao.centre.cases.lifecycle.model import By, Case
from shaodao.centre.cases.models import Request
from shaodao.centre.cases.projection import CASES
from shaodao.ground.ledger import store

PAGE = 50


@dataclass(frozen=True, slots=True)
class Exclusion:
    """`outcome`: empty while it waits for approval; `words`: a commitment."""

    number: str
    request: int
    unit: str
    reason: str
    words: str
    by: By
    asked_at: datetime
    approvers: tuple[str, ...]
    decided_at: datetime | None
    outcome: str

    @property
    def key(self) -> str:
        """Where the next page begins."""
        return f"{self.number}.{self.request}"


def exclusions(after: str = "", size: int = PAGE) -> list[Exclusion]:
    """All that were ever asked for, latest case first, from below `after` on. Two statements."""
    rows = Request.objects.filter(kind="exclusion")
    number, _, request = after.partition(".")
    if after:
        rows = rows.filter(Q(case__lt=number) | Q(case=number, request_id__lt=int(request or 0)))
    found = list(rows.order_by("-case_id", "-request_id").values_list("case_id", "request_id")[:size])
    cases = {
        stream.id: CASES.fold(events)
        for stream, events in store.histories(CASES.stream(number) for number, _ in found)
    }
    return [_exclusion(cases[number], id) for number, id in found]


def _exclusion(case: Case, id: int) -> Exclusion:
    asked = case.request(id)
    assert asked
    return Exclusion(
        number=case.number,
        request=id,
        unit=case.lead.unit if case.lead else "",
        reason=asked.reason,
        words=asked.words,
        by=asked.by,
        asked_at=asked.asked_at,
        approvers=asked.approvers,
        decided_at=asked.decided_at,
        outcome=asked.outcome,
    )
