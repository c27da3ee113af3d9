"""One meeting: called → held or cancelled. Its minutes and tasks become duties of the case (`Coordinate`). Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from shaodao.centre.cases.lifecycle.model import NOTHING, By, Kept
from shaodao.centre.cases.lifecycle.refusal import Refusal

MOST = 40  # units
MOST_PERSONS = 200
NOBODY = By("", "")
State = Literal["", "called", "held", "cancelled"]


@dataclass(frozen=True, slots=True)
class MeetingCalled:
    by: By
    case: str
    leader: str  # user:…
    units: tuple[str, ...]
    meet_at: datetime
    place: Kept
    words: Kept


@dataclass(frozen=True, slots=True)
class MeetingMoved:
    by: By
    meet_at: datetime
    place: Kept


@dataclass(frozen=True, slots=True)
class UnitCame:
    by: By
    unit: str
    person: Kept


@dataclass(frozen=True, slots=True)
class MeetingHeld:
    by: By
    minutes: Kept
    tasks: tuple[str, ...]  # units that were given one


@dataclass(frozen=True, slots=True)
class MeetingCancelled:
    by: By
    words: Kept


Event = MeetingCalled | MeetingMoved | UnitCame | MeetingHeld | MeetingCancelled
EVENTS: dict[str, type[Event]] = {
    cls.__name__: cls for cls in (MeetingCalled, MeetingMoved, UnitCame, MeetingHeld, MeetingCancelled)
}
Happened = tuple[Event, datetime]


@dataclass(frozen=True, slots=True)
class Came:
    unit: str
    person: Kept
    at: datetime


@dataclass(frozen=True, slots=True)
class Meeting:
    version: int = 0
    state: State = ""
    by: By = NOBODY
    case: str = ""
    leader: str = ""
    units: tuple[str, ...] = ()
    meet_at: datetime | None = None
    place: Kept = NOTHING
    words: Kept = NOTHING
    minutes: Kept = NOTHING
    came: tuple[Came, ...] = ()
    called_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def absent(self) -> tuple[str, ...]:
        """Units of which nobody came."""
        present = {each.unit for each in self.came}
        return tuple(unit for unit in self.units if unit not in present)


def evolve(meeting: Meeting, event: Event, at: datetime) -> Meeting:
    """The meeting after an event."""
    meeting = replace(meeting, version=meeting.version + 1)
    match event:
        case MeetingCalled():
            return replace(
                meeting, state="called", by=event.by, case=event.case, leader=event.leader, units=event.units,
                meet_at=event.meet_at, place=event.place, words=event.words, called_at=at,
            )  # fmt: skip
        case MeetingMoved():
            return replace(meeting, meet_at=event.meet_at, place=event.place or meeting.place)
        case UnitCame():
            return replace(meeting, came=(*meeting.came, Came(event.unit, event.person, at)))
        case MeetingHeld():
            return replace(meeting, state="held", minutes=event.minutes, ended_at=at)
        case MeetingCancelled():
            return replace(meeting, state="cancelled", ended_at=at)


def decide(meeting: Meeting, event: Event, now: datetime) -> Event:
    """The event, if it may happen to the meeting now. Raises Refusal."""
    if (meeting.state == "") != isinstance(event, MeetingCalled) or meeting.state in ("held", "cancelled"):
        raise Refusal("not_now")
    if isinstance(event, MeetingCalled):
        event = _called(event)
    if isinstance(event, MeetingCalled | MeetingMoved) and event.meet_at <= now:
        raise Refusal("date_must_be_later", after=now)
    if isinstance(event, UnitCame):
        if event.unit not in meeting.units:
            raise Refusal("not_summoned", unit=event.unit)
        if len(meeting.came) >= MOST_PERSONS:
            raise Refusal("too_many_persons", most=MOST_PERSONS)
        _needed(event.person)
    if isinstance(event, MeetingHeld):
        _needed(event.minutes)
    if isinstance(event, MeetingCancelled) and not event.words:
        raise Refusal("reason_needed")
    return event


def _called(event: MeetingCalled) -> MeetingCalled:
    units = tuple(dict.fromkeys(event.units))
    if not units:
        raise Refusal("units_needed")
    if len(units) > MOST:
        raise Refusal("too_many_units", most=MOST)
    _needed(event.place)
    return replace(event, units=units)


def _needed(words: Kept) -> None:
    if not words:
        raise Refusal("words_needed")
