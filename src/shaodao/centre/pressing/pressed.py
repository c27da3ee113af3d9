"""What has been pressed in one case: rungs told, alarms acknowledged, calls made. Pure; a stream of its own, named like the
case, so that pressing never stands in the way of those who work on it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from shaodao.centre.cases.lifecycle.model import NOTHING, By, Kept

Result = Literal["reached", "no_answer", "refused", "wrong_number"]
RESULTS: tuple[Result, ...] = ("reached", "no_answer", "refused", "wrong_number")
Key = tuple[str, str, int, datetime, str]  # clock, subject, round, deadline, rung: told once


# --- events ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RungReached:
    """Dated at the moment the rung came. `to` are those told (`role:…@…`, `unit:…`, `user:…`)."""

    rung: str
    clock: str
    subject: str
    round: int
    due: datetime
    unit: str  # whose clock it is
    to: tuple[str, ...]
    how: str
    emergency: bool = False


@dataclass(frozen=True, slots=True)
class AlarmAcknowledged:
    by: By
    step: int  # seq of the rung


@dataclass(frozen=True, slots=True)
class CallLogged:
    """Who was called about a rung, and whether they were reached."""

    by: By
    step: int
    whom: str  # `user:…` or `unit:…`
    result: str
    words: Kept = NOTHING


Event = RungReached | AlarmAcknowledged | CallLogged
EVENTS: dict[str, type[Event]] = {cls.__name__: cls for cls in (RungReached, AlarmAcknowledged, CallLogged)}
Happened = tuple[Event, datetime]


# --- state -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Call:
    seq: int
    at: datetime
    by: By
    whom: str
    result: str
    words: Kept


@dataclass(frozen=True, slots=True)
class Step:
    seq: int
    at: datetime
    told: RungReached
    acknowledged_at: datetime | None = None
    acknowledged_by: str = ""
    calls: tuple[Call, ...] = ()

    @property
    def key(self) -> Key:
        told = self.told
        return told.clock, told.subject, told.round, told.due, told.rung


@dataclass(frozen=True, slots=True)
class Pressed:
    version: int = 0
    steps: tuple[Step, ...] = ()

    def step(self, seq: int) -> Step | None:
        return next((step for step in self.steps if step.seq == seq), None)


def evolve(pressed: Pressed, event: Event, at: datetime) -> Pressed:
    """The state after an event."""
    seq = pressed.version + 1
    match event:
        case RungReached():
            return Pressed(seq, (*pressed.steps, Step(seq, at, event)))
        case AlarmAcknowledged():
            steps = (
                replace(step, acknowledged_at=at, acknowledged_by=event.by.actor)
                if step.seq == event.step
                else step
                for step in pressed.steps
            )
            return Pressed(seq, tuple(steps))
        case CallLogged():
            call = Call(seq, at, event.by, event.whom, event.result, event.words)
            steps = (
                replace(step, calls=(*step.calls, call)) if step.seq == event.step else step
                for step in pressed.steps
            )
            return Pressed(seq, tuple(steps))
