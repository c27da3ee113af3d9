"""One topic: what may be asked of it, what has happened, how it stands. Pure.

given → signed → reported → closed; whoever gave it may return a report, and the limit runs on as if nothing had been
claimed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from shaodao.centre.cases.lifecycle.model import NOTHING, By, Kept
from shaodao.centre.cases.lifecycle.refusal import Refusal
from shaodao.ground import clocks
from shaodao.ground.clocks import Calendar, Clock, Limit

MOST = 500  # cases
Change = Callable[[Clock], Clock]
State = Literal["", "given", "signed", "reported", "closed"]


# --- events ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TopicOpened:
    by: By
    title: Kept
    words: Kept  # what is asked of the lead unit
    lead: str
    cases: tuple[str, ...]
    clocks: tuple[Clock, ...]  # sign, finish


@dataclass(frozen=True, slots=True)
class TopicSigned:
    by: By


@dataclass(frozen=True, slots=True)
class MeasuresReported:
    by: By
    words: Kept


@dataclass(frozen=True, slots=True)
class TopicReturned:
    by: By
    words: Kept


@dataclass(frozen=True, slots=True)
class TopicClosed:
    by: By
    words: Kept = NOTHING


@dataclass(frozen=True, slots=True)
class TopicBreached:
    """A clock ran out; dated at its deadline."""

    kind: str
    unit: str


@dataclass(frozen=True, slots=True)
class TopicRecomputed:
    """The clock's deadline on a newly published calendar."""

    clock: Clock


Event = (
    TopicOpened
    | TopicSigned
    | MeasuresReported
    | TopicReturned
    | TopicClosed
    | TopicBreached
    | TopicRecomputed
)
EVENTS: dict[str, type[Event]] = {
    cls.__name__: cls
    for cls in (
        TopicOpened,
        TopicSigned,
        MeasuresReported,
        TopicReturned,
        TopicClosed,
        TopicBreached,
        TopicRecomputed,
    )
}
Happened = tuple[Event, datetime]


# --- state -------------------------------------------------------------------------------------------------------


NOBODY = By("", "")


@dataclass(frozen=True, slots=True)
class Topic:
    version: int = 0
    by: By = NOBODY
    title: Kept = NOTHING
    words: Kept = NOTHING
    lead: str = ""
    cases: tuple[str, ...] = ()
    opened_at: datetime | None = None
    clocks: tuple[Clock, ...] = ()
    reports: int = 0
    closed_at: datetime | None = None

    def clock(self, kind: str) -> Clock | None:
        return next((clock for clock in self.clocks if clock.kind == kind), None)

    @property
    def state(self) -> State:
        sign, finish = self.clock("sign"), self.clock("finish")
        if sign is None or finish is None:
            return ""
        if self.closed_at:
            return "closed"
        if finish.stopped_at:
            return "reported"
        return "signed" if sign.stopped_at else "given"


def evolve(topic: Topic, event: Event, at: datetime) -> Topic:
    """The topic after an event."""
    topic = replace(topic, version=topic.version + 1)
    match event:
        case TopicOpened():
            return replace(
                topic, by=event.by, title=event.title, words=event.words, lead=event.lead, cases=event.cases,
                opened_at=at, clocks=event.clocks,
            )  # fmt: skip
        case TopicSigned():
            return _with(topic, "sign", lambda clock: clocks.stop(clock, at))
        case MeasuresReported():
            return replace(
                _with(topic, "finish", lambda clock: clocks.stop(clock, at)), reports=topic.reports + 1
            )
        case TopicReturned():
            return _with(topic, "finish", clocks.restart)
        case TopicClosed():
            return replace(topic, closed_at=at)
        case TopicBreached():
            return _with(topic, event.kind, clocks.breach)
        case TopicRecomputed():
            return _with(topic, event.clock.kind, lambda _: event.clock)


def _with(topic: Topic, kind: str, change: Change) -> Topic:
    return replace(
        topic, clocks=tuple(change(clock) if clock.kind == kind else clock for clock in topic.clocks)
    )


# --- commands ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Open:
    by: By
    title: Kept
    words: Kept
    lead: str
    cases: tuple[str, ...]
    sign: Limit
    finish: Limit


@dataclass(frozen=True, slots=True)
class Sign:
    by: By


@dataclass(frozen=True, slots=True)
class Report:
    by: By
    words: Kept


@dataclass(frozen=True, slots=True)
class Return:
    by: By
    words: Kept


@dataclass(frozen=True, slots=True)
class Close:
    by: By
    words: Kept = NOTHING


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed; nobody asks for anything."""

    by: By = field(default=By("system:sweeper", "system"))


Command = Open | Sign | Report | Return | Close | Tick
POSSIBLE: dict[State, tuple[str, ...]] = {
    "": ("open",),
    "given": ("sign", "close"),
    "signed": ("report", "close"),
    "reported": ("close", "return"),
    "closed": (),
}


def decide(topic: Topic, command: Command, calendar: Calendar, now: datetime) -> Sequence[Happened]:
    """What comes of a command. A deadline that has passed is recorded first, whatever is asked. Raises Refusal."""
    late = list(_late(topic, now))
    if isinstance(command, Tick):
        return [*late, *_reckoned(replay_on(topic, late), calendar, now)]
    name = type(command).__name__.lower()
    if name not in POSSIBLE[topic.state]:
        raise Refusal("not_now")
    return [*late, (_event(topic, command, calendar, now), now)]


def replay_on(topic: Topic, happened: Iterable[Happened]) -> Topic:
    for event, at in happened:
        topic = evolve(topic, event, at)
    return topic


def _event(topic: Topic, command: Command, calendar: Calendar, now: datetime) -> Event:
    match command:
        case Open():
            return _opened(command, calendar, now)
        case Sign():
            return TopicSigned(command.by)
        case Report():
            return MeasuresReported(command.by, _needed(command.words, "words_needed"))
        case Return():
            return TopicReturned(command.by, _needed(command.words, "reason_needed"))
        case Close():
            if topic.state != "reported" and not command.words:  # ended before anything was reported
                raise Refusal("reason_needed")
            return TopicClosed(command.by, command.words)
        case _:
            raise TypeError(command)


def _opened(command: Open, calendar: Calendar, now: datetime) -> TopicOpened:
    _needed(command.title, "words_needed")
    _needed(command.words, "words_needed")
    cases = tuple(dict.fromkeys(command.cases))
    if not cases:
        raise Refusal("field_needed", field="cases")
    if len(cases) > MOST:
        raise Refusal("too_many", limit=MOST)
    started = tuple(
        clocks.start(kind, "topic", 1, command.lead, limit, now, calendar)
        for kind, limit in (("sign", command.sign), ("finish", command.finish))
    )
    return TopicOpened(command.by, command.title, command.words, command.lead, cases, started)


def _needed(words: Kept, code: str) -> Kept:
    if not words:
        raise Refusal(code)
    return words


def _late(topic: Topic, now: datetime) -> Iterable[Happened]:
    if topic.state == "closed":
        return
    for clock in sorted(topic.clocks, key=lambda clock: clock.due_at):
        if clocks.is_running(clock) and clock.breached_at is None and clocks.is_expired(clock, now):
            yield TopicBreached(clock.kind, clock.unit), clock.due_at


def _reckoned(topic: Topic, calendar: Calendar, now: datetime) -> Iterable[Happened]:
    if topic.state == "closed":
        return
    for clock in topic.clocks:
        if clock.provisional and (again := clocks.recompute(clock, calendar)) != clock:
            yield TopicRecomputed(again), now
