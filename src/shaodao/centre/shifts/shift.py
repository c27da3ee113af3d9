"""One shift of the centre's desk: who came and went, and what was handed over. Pure.

A shift is one turn of the pack's shifts on one day. Whoever did not sign off was there until it ended. What is handed over
belongs to a unit: the centre's to the centre, that of a stationed officer to the own department's next one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo
from datetime import time as clock_time
from typing import Protocol

from shaodao.centre.cases.lifecycle.model import NOTHING, By, Kept
from shaodao.centre.cases.lifecycle.refusal import Refusal

SEATS = 99
MOST_CASES = 30
LATE_NOTE = timedelta(hours=12)  # after the shift's end


class Times(Protocol):
    """A shift of the pack: `end` earlier than or equal to `start` is on the next day."""

    @property
    def code(self) -> str: ...
    @property
    def start(self) -> clock_time: ...
    @property
    def end(self) -> clock_time: ...


@dataclass(frozen=True, slots=True)
class Turn:
    """One shift on one day."""

    shift: str
    day: date
    starts_at: datetime
    ends_at: datetime

    @property
    def code(self) -> str:
        return f"{self.day.isoformat()}-{self.shift}"


def running(shift: Times, at: datetime, zone: tzinfo) -> Turn | None:
    """The turn of a shift that runs at a moment: today's, or last night's."""
    today = at.astimezone(zone).date()
    for day in (today, today - timedelta(days=1)):
        starts = datetime.combine(day, shift.start, zone)
        over = day if shift.start < shift.end else day + timedelta(days=1)
        ends = datetime.combine(over, shift.end, zone)
        if starts <= at < ends:
            return Turn(shift.code, day, starts, ends)
    return None


# --- events ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SignedOn:
    by: By
    seat: int
    until: datetime  # the end of the shift


@dataclass(frozen=True, slots=True)
class SignedOff:
    by: By


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many waited in a queue when the note was written, and how many of these were late."""

    kind: str
    count: int
    late: int


@dataclass(frozen=True, slots=True)
class HandedOver:
    by: By
    note: int
    words: Kept
    cases: tuple[str, ...]  # to keep an eye on
    waiting: tuple[Waiting, ...]


@dataclass(frozen=True, slots=True)
class TakenOver:
    by: By
    note: int


Event = SignedOn | SignedOff | HandedOver | TakenOver
EVENTS: dict[str, type[Event]] = {cls.__name__: cls for cls in (SignedOn, SignedOff, HandedOver, TakenOver)}
Happened = tuple[Event, datetime]


# --- state -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Stint:
    """`off_at` None: still there, or until the shift ended."""

    by: By
    seat: int
    on_at: datetime
    until: datetime
    off_at: datetime | None = None

    def at(self, moment: datetime) -> bool:
        return self.off_at is None and moment < self.until


@dataclass(frozen=True, slots=True)
class Note:
    id: int
    by: By
    words: Kept
    cases: tuple[str, ...]
    waiting: tuple[Waiting, ...]
    left_at: datetime
    taken_by: str = ""
    taken_role: str = ""
    taken_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Shift:
    version: int = 0
    stints: tuple[Stint, ...] = ()
    notes: tuple[Note, ...] = ()

    def there(self, actor: str, at: datetime) -> Stint | None:
        """Where somebody sits at a moment."""
        return next((s for s in self.stints if s.by.actor == actor and s.at(at)), None)

    def note(self, id: int) -> Note | None:
        return next((each for each in self.notes if each.id == id), None)


def evolve(shift: Shift, event: Event, at: datetime) -> Shift:
    """The shift after an event."""
    shift = replace(shift, version=shift.version + 1)
    match event:
        case SignedOn():
            return replace(shift, stints=(*shift.stints, Stint(event.by, event.seat, at, event.until)))
        case SignedOff():
            return replace(shift, stints=tuple(_gone(each, event.by.actor, at) for each in shift.stints))
        case HandedOver():
            note = Note(event.note, event.by, event.words, event.cases, event.waiting, at)
            return replace(shift, notes=(*shift.notes, note))
        case TakenOver():
            return replace(shift, notes=tuple(_taken(each, event, at) for each in shift.notes))


def _gone(stint: Stint, actor: str, at: datetime) -> Stint:
    return replace(stint, off_at=at) if stint.by.actor == actor and stint.at(at) else stint


def _taken(note: Note, event: TakenOver, at: datetime) -> Note:
    if note.id != event.note:
        return note
    return replace(note, taken_by=event.by.actor, taken_role=event.by.role, taken_at=at)


# --- decisions ---------------------------------------------------------------------------------------------------


def sign_on(shift: Shift, by: By, turn: Turn, seat: int, elsewhere: Iterable[int], now: datetime) -> SignedOn:
    """`seat` 0: the first that is free; `elsewhere`: seats where people of other shifts sit. Raises Refusal, as all of
    these."""
    if shift.there(by.actor, now):
        raise Refusal("on_already")
    used = {each.seat for each in shift.stints if each.at(now)} | set(elsewhere)
    if seat in used:
        raise Refusal("seat_taken", seat=seat)
    free = seat or next((one for one in range(1, SEATS + 1) if one not in used), 0)
    if not 1 <= free <= SEATS:
        raise Refusal("field_wrong", field="seat")
    return SignedOn(by, free, turn.ends_at)


def sign_off(shift: Shift, by: By, now: datetime) -> SignedOff:
    if shift.there(by.actor, now) is None:
        raise Refusal("not_on")
    return SignedOff(by)


def hand_over(
    shift: Shift, by: By, words: Kept, cases: Iterable[str], waiting: Iterable[Waiting], now: datetime
) -> HandedOver:
    """Whoever was there hands over, until some hours after the end."""
    mine = [each for each in shift.stints if each.by.actor == by.actor]
    if not any(now <= each.until + LATE_NOTE for each in mine):
        raise Refusal("not_on")
    if words == NOTHING:
        raise Refusal("words_needed")
    named = tuple(dict.fromkeys(cases))
    if len(named) > MOST_CASES:
        raise Refusal("too_many", limit=MOST_CASES)
    return HandedOver(by, len(shift.notes) + 1, words, named, tuple(waiting))


def take_over(shift: Shift, by: By, note: int) -> TakenOver:
    found = shift.note(note)
    if found is None or found.taken_at:
        raise Refusal("not_now")
    if found.by.actor == by.actor:
        raise Refusal("second_person_needed")
    return TakenOver(by, note)
