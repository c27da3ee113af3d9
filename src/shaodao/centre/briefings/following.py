"""The follow-up of named problems: put right when the case behind one is verified or ends."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from shaodao.centre.briefings import briefing
from shaodao.centre.briefings.models import Problem
from shaodao.centre.briefings.projection import BRIEFINGS
from shaodao.centre.cases.actions import DIRECT, context_of, drafts_of
from shaodao.centre.cases.lifecycle.codec import from_payload
from shaodao.centre.cases.lifecycle.events import Verified
from shaodao.centre.cases.lifecycle.model import By
from shaodao.ground.ledger import store
from shaodao.ground.ledger.events import Recorded
from shaodao.ground.ledger.subscriptions import subscriber_of_many

FOLLOWER = By("system:briefings", "system")
ENDS = frozenset({"Verified", "Closed", "Answered", "Transferred", "Declined", "Merged"})


@subscriber_of_many("briefings", types=ENDS)
def follow(events: Sequence[Recorded]) -> None:
    """Record what these events put right, dated when it was. What had happened before the figures were taken says nothing
    of a problem that they showed."""
    ended: dict[str, list[datetime]] = {}
    for event in events:
        if _ends(event):
            ended.setdefault(event.stream.id, []).append(event.occurred_at)
    rows = Problem.objects.filter(case_number__in=ended, put_right_at=None).select_related("briefing")
    found: dict[str, list[briefing.PutRight]] = {}
    for row in rows.order_by("briefing_id", "case_number"):
        at = min((at for at in ended[row.case_number] if at > row.briefing.frozen_at), default=None)
        if at is not None:
            command = briefing.PutRight(row.case_number, row.kind, row.unit, at)
            found.setdefault(row.briefing_id, []).append(command)
    for month, commands in found.items():
        put_right(month, commands)


def put_right(month: str, commands: Sequence[briefing.PutRight]) -> None:
    """Write what has been put right of one briefing, inside the caller's transaction."""
    before, heads = BRIEFINGS.lock(month)
    after = before
    happened: list[briefing.Happened] = []
    for command in commands:
        said = briefing.decide(after, command, command.at)
        after = briefing.replay(said, after)
        happened += said
    if happened:
        at = max(moment for _, moment in happened)
        store.append(
            [(BRIEFINGS.stream(month), drafts_of(happened))], context_of(FOLLOWER, DIRECT), at, heads
        )
        BRIEFINGS.write([(month, before, after)])


def _ends(event: Recorded) -> bool:
    if event.type != Verified.__name__:
        return True
    said = from_payload(event.type, event.payload)
    return bool(said.passed)
