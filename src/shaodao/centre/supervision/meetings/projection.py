"""Writing the rows of meetings, and comparing them with replay. There is no other writer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from shaodao.centre.cases.lifecycle.codec import from_payload
from shaodao.centre.supervision import models, rows
from shaodao.centre.supervision.meetings.meeting import EVENTS, Meeting, replay
from shaodao.ground.ledger.events import Recorded
from shaodao.ground.ledger.projections import Fault, Histories

KIND = "meeting"


def fold(events: Iterable[Recorded]) -> Meeting:
    return replay((from_payload(e.type, e.payload, EVENTS), e.occurred_at) for e in events)


def row(meeting: Meeting) -> dict[str, Any]:
    """The columns of a meeting besides its number."""
    return {
        "version": meeting.version,
        "state": meeting.state,
        "case": meeting.case,
        "leader": meeting.leader,
        "units": list(meeting.units),
        "came": list(dict.fromkeys(each.unit for each in meeting.came)),
        "meet_at": meeting.meet_at,
        "called_at": meeting.called_at,
        "ended_at": meeting.ended_at,
    }


def write(number: str, meeting: Meeting) -> None:
    models.Meeting.objects.update_or_create(number=number, defaults=row(meeting))


def check(histories: Histories) -> Iterable[Fault]:
    """Faults of rows that differ from the replay of their streams."""
    return rows.check(KIND, models.Meeting, histories, lambda events: row(fold(events)))


def strays() -> Iterable[Fault]:
    """Rows of meetings that have no stream."""
    return rows.strays(KIND, models.Meeting)
