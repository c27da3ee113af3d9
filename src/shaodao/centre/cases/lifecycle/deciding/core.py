"""How deciding works: one decision under way, who handles which command, and time, which is let pass first.

The chapters beside this file say what each command does; they register themselves with `decides` and `expires`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal, NamedTuple, TypeVar

from shaodao.centre.cases.lifecycle import commands as c
from shaodao.centre.cases.lifecycle import events as e
from shaodao.centre.cases.lifecycle.evolve import evolve
from shaodao.centre.cases.lifecycle.model import (
    TIMERS,
    WHOLE_CASE,
    By,
    Case,
    Council,
    Duty,
    Kept,
    Request,
    is_open,
    state_of,
)
from shaodao.centre.cases.lifecycle.refusal import Refusal
from shaodao.centre.cases.lifecycle.rules import Rules
from shaodao.ground import clocks
from shaodao.ground.clocks import Clock, Limit, OutOfCalendar

RULE = By("system:rule", "system")

C = TypeVar("C", bound=c.Command)
Expiry = Callable[["Doing", Clock], None]


class Happened(NamedTuple):
    event: e.Event
    at: datetime


class Doing:
    """One decision under way: the case so far and what has happened to it."""

    def __init__(self, case: Case, rules: Rules, now: datetime) -> None:
        self.case = case
        self.rules = rules
        self.now = now
        self.happened: list[Happened] = []

    def emit(self, event: e.Event) -> None:
        self.happened.append(Happened(event, self.now))
        self.case = evolve(self.case, event, self.now)

    def start(self, kind: str, subject: str, unit: str, limit: Limit) -> Clock:
        """A new round of a clock of this kind and subject."""
        before = self.case.clock(kind, subject)
        round = before.round + 1 if before else 1
        return clocks.start(kind, subject, round, unit, limit, self.now, self.rules.calendar(unit))

    def queue(self, kind: str, unit: str, subject: str = WHOLE_CASE) -> Clock:
        return self.start(kind, subject, unit, self.rules.limit(kind, emergency=self.case.emergency))

    def stop(self, *kinds: str, subject: str = WHOLE_CASE, at: datetime | None = None) -> tuple[Clock, ...]:
        """The open clocks of these kinds, stopped."""
        found = (self.case.clock(kind, subject) for kind in kinds)
        return tuple(clocks.stop(clock, at or self.now) for clock in found if clock and is_open(clock))


def decide(case: Case, command: c.Command, rules: Rules, now: datetime) -> tuple[Happened, ...]:
    """Events that follow, in order, each with its moment. Raises `Refusal`."""
    do = Doing(case, rules, now)
    let_time_pass(do)
    if not isinstance(command, c.Tick):
        handler = _handlers[type(command)]
        if not handler.allows(do.case, command):
            raise Refusal("not_now", command=c.name_of(type(command)), state=state_of(do.case))
        if must_avoid(do, command.by.unit) and not isinstance(command, c.Erase):
            raise Refusal("unit_must_avoid", unit=command.by.unit)
        handler.run(do, command)
        let_time_pass(do)  # a clock that runs on from its original limit may be over already
    return tuple(do.happened)


def possible(case: Case, command: type[c.Command]) -> tuple[int, ...]:
    """The subjects (duty, request or council ids; 0 = the case) for which the state allows this command."""
    return _handlers[command].subjects(case)


# --- who handles what -------------------------------------------------------------------------------------------


class _Handler(NamedTuple):
    run: Callable[[Doing, Any], None]
    subject: Literal["case", "duty", "request", "council"]
    when: Callable[..., bool]

    def subjects(self, case: Case) -> tuple[int, ...]:
        if self.subject == "case":
            return (0,) if self.when(case) else ()
        pools: dict[str, tuple[Duty | Request | Council, ...]] = {
            "duty": case.duties,
            "request": case.requests,
            "council": case.councils,
        }
        return tuple(one.id for one in pools[self.subject] if self.when(case, one))

    def allows(self, case: Case, command: c.Command) -> bool:
        wanted = 0 if self.subject == "case" else getattr(command, self.subject)
        return wanted in self.subjects(case)


_handlers: dict[type[c.Command], _Handler] = {}
_expiries: dict[str, Expiry] = {}


def decides(
    cls: type[C], when: Callable[..., bool], on: Literal["case", "duty", "request", "council"] = "case"
) -> Callable[[Callable[[Doing, C], None]], Callable[[Doing, C], None]]:
    """The handler of a command; `when` says in which states (of the case, or of the subject in it) it may come."""

    def register(run: Callable[[Doing, C], None]) -> Callable[[Doing, C], None]:
        _handlers[cls] = _Handler(run, on, when)
        return run

    return register


def expires(kind: str) -> Callable[[Expiry], Expiry]:
    """What the expiry of a clock of this kind brings about; for a timer instead of a breach, else after it."""

    def register(run: Expiry) -> Expiry:
        _expiries[kind] = run
        return run

    return register


# --- time -------------------------------------------------------------------------------------------------------


def let_time_pass(do: Doing) -> None:
    """Everything that time alone has brought about since, in order, each dated at its deadline."""
    arrived = do.now
    while due := _next_expired(do.case, arrived):
        do.now = due.due_at
        if due.kind not in TIMERS:
            _record_breach(do, due)
        if due.kind in _expiries:
            _expiries[due.kind](do, due)
    do.now = arrived


def _next_expired(case: Case, now: datetime) -> Clock | None:
    expired = (
        k
        for k in case.clocks
        if is_open(k) and k.breached_at is None and clocks.is_running(k) and clocks.is_expired(k, now)
    )
    return min(expired, key=lambda k: (k.due_at, k.kind, k.subject), default=None)


def _record_breach(do: Doing, clock: Clock) -> None:
    do.emit(
        e.Breached(
            by=RULE,
            kind=clock.kind,
            subject=clock.subject,
            round=clock.round,
            unit=clock.unit,
            clocks=(clocks.breach(clock),),
        )
    )


# --- what chapters ask of a case --------------------------------------------------------------------------------


def is_known(case: Case) -> bool:
    return bool(case.number)


def in_hand(case: Case) -> bool:
    """Open, not shelved, and not yet waiting for verification or rating."""
    return state_of(case) in ("in_triage", "in_ruling", "dispatched")


def handling(case: Case) -> bool:
    return state_of(case) == "dispatched"


def undecided(case: Case) -> bool:
    return state_of(case) in ("in_triage", "in_ruling")


def waits_for(*queues: str) -> Callable[[Case], bool]:
    return lambda case: case.open and any(case.waits(queue) for queue in queues)


def none_open(case: Case, *kinds: str, duty: int | None = None) -> bool:
    """No request of these kinds (about this duty) is still undecided."""
    return not any(r.open and r.kind in kinds and duty in (None, r.duty) for r in case.requests)


def working(case: Case, duty: Duty) -> bool:
    """A unit goes on with its own part while the owner of another part is being found."""
    return in_hand(case) and duty.working


def duty_of(do: Doing, id: int) -> Duty:
    """A duty that the command's `when` has found."""
    duty = do.case.duty(id)
    assert duty is not None
    return duty


def finish_of(do: Doing, duty: int) -> Clock:
    """Every duty has an end."""
    clock = do.case.clock("finish", f"duty:{duty}")
    assert clock is not None
    return clock


def must_avoid(do: Doing, unit: str) -> bool:
    """回避: whether the complaint is about this unit."""
    return bool(do.case.against) and do.rules.same_unit(unit, do.case.against)


def need_date(do: Doing, unit: str, date: datetime, after: datetime) -> None:
    """A date asked for comes after the one in force, and within the years the calendar can reckon with."""
    if date <= after:
        raise Refusal("date_must_be_later", after=after)
    try:
        do.rules.calendar(unit).passed(date, "working")
    except OutOfCalendar:
        raise Refusal("date_too_far") from None


def need_words(words: Kept) -> None:
    if not words:
        raise Refusal("words_needed")
