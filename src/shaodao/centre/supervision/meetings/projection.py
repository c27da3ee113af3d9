"""Meetings as a kind of stream, and their rows."""

from __future__ import annotations

from shaodao.centre.cases.lifecycle.codec import from_recorded
from shaodao.centre.supervision.meetings.meeting import EVENTS, Meeting, evolve
from shaodao.ground.ledger.kinds import Kind
from shaodao.ground.ledger.projections import Row, Rows


def _rows(number: str, meeting: Meeting) -> Rows:
    return {"supervision_meeting": {(number,): _row(meeting)}} if meeting.version else {}


def _row(meeting: Meeting) -> Row:
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


MEETINGS = Kind(
    "meeting", {"supervision_meeting": ("number",)}, Meeting(), from_recorded(evolve, EVENTS), _rows
)
