"""One running clock, and what may happen to it. Each function returns the next clock.

A deadline is a pure function of stored moments and the calendar: it counts from the start, or from the last
resumption with what was left then, plus the extensions granted since. What is done in the very second of
the deadline is in time; the clock has expired after it. A breach is dated at the deadline, once for each
(subject, kind, round), and nothing later moves or repeats it.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any, Self

from .calendar import Calendar, moment, seconds
from .limits import Limit


class ClockError(ValueError):
    """The clock is not in a condition for that: a mistake of the caller, never of a user."""


@dataclass(frozen=True, slots=True)
class Clock:
    kind: str
    subject: str
    round: int
    unit: str  # the responsible unit
    limit: Limit
    started_at: datetime
    due_at: datetime  # while paused: the deadline it had
    provisional: bool = False
    paused_at: datetime | None = None
    left_at_pause: int | None = None  # seconds on the limit's hours, negative when overdue
    stopped_at: datetime | None = None
    breached_at: datetime | None = None
    cancelled: bool = False  # the breach was cancelled; it stays on record and does not count
    # How the present deadline is reckoned, so that a newly published calendar can reckon it again:
    resumed_at: datetime | None = None  # the last resumption, or the deadline set by hand
    resumed_left: int | None = None  # seconds left then; None: the deadline was set by hand
    extensions: tuple[Limit, ...] = ()  # since then

    def as_data(self) -> dict[str, Any]:
        """Integers, strings, booleans, null and lists only: what an event's payload may hold."""
        return {field.name: _plain(getattr(self, field.name)) for field in fields(self)}

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> Self:
        """The inverse of `as_data`."""
        values = dict(data)
        for name in ("started_at", "due_at", "paused_at", "stopped_at", "breached_at", "resumed_at"):
            values[name] = None if values[name] is None else moment(values[name])
        values["limit"] = Limit.parse(values["limit"])
        values["extensions"] = tuple(map(Limit.parse, values["extensions"]))
        return cls(**values)


def start(
    kind: str, subject: str, round: int, unit: str, limit: Limit, at: datetime, calendar: Calendar
) -> Clock:
    at = moment(seconds(at))
    due = calendar.add(at, limit)
    return Clock(kind, subject, round, unit, limit, at, due, calendar.is_provisional(due, limit.calendar))


def pause(clock: Clock, at: datetime, calendar: Calendar) -> Clock:
    """What is left is kept until it resumes."""
    _need(is_running(clock), "is not running")
    return replace(clock, paused_at=moment(seconds(at)), left_at_pause=_left(clock, at, calendar))


def resume(clock: Clock, at: datetime, calendar: Calendar) -> Clock:
    """What was left counts from now on; a deadline that had passed before the pause stays, and none comes earlier."""
    if clock.paused_at is None or clock.left_at_pause is None:
        raise ClockError("the clock is not paused")
    _need(seconds(at) >= seconds(clock.paused_at), "cannot resume before its pause")
    awake = replace(clock, paused_at=None, left_at_pause=None)
    if clock.paused_at > clock.due_at:
        return awake
    left = clock.left_at_pause
    later = _reckoned(
        replace(awake, resumed_at=moment(seconds(at)), resumed_left=left, extensions=()), calendar
    )
    return later if later.due_at > clock.due_at else awake


def stop(clock: Clock, at: datetime) -> Clock:
    """What was asked is done, or claimed to be; a paused clock may stop too."""
    _need(clock.stopped_at is None, "has stopped already")
    return replace(clock, stopped_at=moment(seconds(at)))


def restart(clock: Clock) -> Clock:
    """The claim did not hold: the clock runs on from its original limit, and the time since counts."""
    _need(clock.stopped_at is not None, "has not stopped")
    return replace(clock, stopped_at=None)


def extend(clock: Clock, limit_or_due: Limit | datetime, calendar: Calendar) -> Clock:
    """A later deadline: so much more time after the present one, or a moment set by hand.

    A breach already recorded stays. On a paused clock the time left grows accordingly.
    """
    _need(clock.stopped_at is None, "has stopped already")
    if isinstance(limit_or_due, Limit):
        later = _judged(
            replace(
                clock,
                due_at=calendar.add(clock.due_at, limit_or_due),
                extensions=(*clock.extensions, limit_or_due),
            ),
            calendar,
        )
    else:
        due = moment(seconds(limit_or_due))
        later = _judged(
            replace(clock, due_at=due, resumed_at=due, resumed_left=None, extensions=()), calendar
        )
    _need(later.due_at > clock.due_at, "is not extended by an earlier deadline")
    if later.paused_at is None:
        return later
    return replace(later, left_at_pause=_left(later, later.paused_at, calendar))


def bring_forward(clock: Clock, due: datetime) -> Clock:
    """An earlier deadline, set by hand: what somebody outside has promised."""
    _need(is_running(clock), "is not running")
    due = moment(seconds(due))
    _need(clock.started_at < due < clock.due_at, "is not brought forward by such a deadline")
    return replace(clock, due_at=due, resumed_at=due, resumed_left=None, extensions=(), provisional=False)


def breach(clock: Clock) -> Clock:
    """The deadline passed: recorded once, dated at the deadline."""
    _need(clock.breached_at is None, "was breached already")
    return replace(clock, breached_at=clock.due_at)


def cancel_breach(clock: Clock) -> Clock:
    """The breach does not count (an accepted return); it stays on record, so it cannot happen again."""
    _need(clock.breached_at is not None and not clock.cancelled, "has no breach that counts")
    return replace(clock, cancelled=True)


def recompute(clock: Clock, calendar: Calendar) -> Clock:
    """The same clock under a newly published calendar or roster.

    What is over stays: a clock that has stopped or been breached is returned unchanged, and so is a paused
    one, which is reckoned when it resumes. The caller records a breach that is due before asking.
    """
    if not is_running(clock) or clock.breached_at is not None:
        return clock
    return _reckoned(clock, calendar)


def is_running(clock: Clock) -> bool:
    return clock.paused_at is None and clock.stopped_at is None


def is_expired(clock: Clock, now: datetime) -> bool:
    """Whether its deadline passed before it was paused, was stopped, or now."""
    return seconds(clock.paused_at or clock.stopped_at or now) > seconds(clock.due_at)


def is_breached(clock: Clock) -> bool:
    """Whether it has a breach that counts."""
    return clock.breached_at is not None and not clock.cancelled


def _reckoned(clock: Clock, calendar: Calendar) -> Clock:
    if clock.resumed_at is None:
        due = calendar.add(clock.started_at, clock.limit)
    elif clock.resumed_left is None:
        due = clock.resumed_at
    else:
        due = calendar.after(clock.resumed_at, clock.resumed_left, clock.limit.calendar)
    for extension in clock.extensions:
        due = calendar.add(due, extension)
    return _judged(replace(clock, due_at=due), calendar)


def _judged(clock: Clock, calendar: Calendar) -> Clock:
    """Provisional if any of the hours it was reckoned on may still change before its deadline."""
    if clock.resumed_at is not None and clock.resumed_left is None and not clock.extensions:
        return replace(clock, provisional=False)
    hours = {clock.limit.calendar, *(extension.calendar for extension in clock.extensions)}
    return replace(clock, provisional=any(calendar.is_provisional(clock.due_at, each) for each in hours))


def _left(clock: Clock, at: datetime, calendar: Calendar) -> int:
    hours = clock.limit.calendar
    return calendar.passed(clock.due_at, hours) - calendar.passed(at, hours)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return seconds(value)
    if isinstance(value, Limit):
        return str(value)
    return [str(each) for each in value] if isinstance(value, tuple) else value


def _need(condition: bool, why: str) -> None:
    if not condition:
        raise ClockError(f"the clock {why}")
