"""One supervision order: what may be asked of it, what has happened, how it stands. Pure.

drafted → issued → signed → replied → followed → struck. The head of the unit signs the reply, and only a signed reply
stops the limit. Somebody other than the issuer reviews it: returns it, and the limit runs on as if nothing had been
replied; follows it up until the result can be looked at; or strikes it off (销号), which alone says that it is put right.
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

MOST = 100  # facts
Grade = Literal["general", "key", "listed"]  # 一般 · 重点 · 挂牌
Source = Literal["briefing", "direct"]
State = Literal["", "drafted", "issued", "signed", "replied", "followed", "struck", "withdrawn"]
OVER = ("struck", "withdrawn")
Change = Callable[[Clock], Clock]
Calendars = Callable[[str], Calendar]


@dataclass(frozen=True, slots=True)
class Fact:
    """One case in the order: which stage was or is late, and by how many whole days (0: less than one)."""

    case: str
    kind: str
    days: int


# --- events ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OrderDrafted:
    by: By
    grade: Grade
    source: Source
    lead: str
    assists: tuple[str, ...]
    facts: tuple[Fact, ...]
    title: Kept
    words: Kept  # the problem in words
    basis: Kept
    demand: Kept
    contact: Kept
    copies: tuple[str, ...]
    limit: Limit
    briefing: str = ""  # the 专报 in which the problem was named
    problem: str = ""  # which of its problems


@dataclass(frozen=True, slots=True)
class OrderIssued:
    by: By
    year: int
    serial: int  # 辉督〔year〕serial号
    clocks: tuple[Clock, ...]  # sign, reply


@dataclass(frozen=True, slots=True)
class OrderSigned:
    by: By


@dataclass(frozen=True, slots=True)
class ReplyWritten:
    """What the unit answers; it waits for the head's signature."""

    by: By
    words: Kept


@dataclass(frozen=True, slots=True)
class ReplySigned:
    """The head of the unit stands for the reply. `factor`: shown a second factor for this very act."""

    by: By
    factor: bool
    clocks: tuple[Clock, ...]  # review


@dataclass(frozen=True, slots=True)
class ReplyReturned:
    by: By
    words: Kept


@dataclass(frozen=True, slots=True)
class OrderFollowed:
    """The measures will do; whether they last is looked at when the clock is over."""

    by: By
    words: Kept
    clocks: tuple[Clock, ...]  # look_back


@dataclass(frozen=True, slots=True)
class OrderStruck:
    """销号: put right."""

    by: By
    words: Kept


@dataclass(frozen=True, slots=True)
class OrderWithdrawn:
    by: By
    words: Kept


@dataclass(frozen=True, slots=True)
class OrderReminded:
    """催办."""

    by: By
    words: Kept = NOTHING


@dataclass(frozen=True, slots=True)
class OrderBreached:
    """A clock ran out; dated at its deadline. `reply` is what counts in the unit's scores."""

    kind: str
    unit: str
    round: int


@dataclass(frozen=True, slots=True)
class OrderRecomputed:
    """The clock's deadline on a newly published calendar."""

    clock: Clock


Event = (
    OrderDrafted
    | OrderIssued
    | OrderSigned
    | ReplyWritten
    | ReplySigned
    | ReplyReturned
    | OrderFollowed
    | OrderStruck
    | OrderWithdrawn
    | OrderReminded
    | OrderBreached
    | OrderRecomputed
)
EVENTS: dict[str, type[Event]] = {
    cls.__name__: cls
    for cls in (
        OrderDrafted,
        OrderIssued,
        OrderSigned,
        ReplyWritten,
        ReplySigned,
        ReplyReturned,
        OrderFollowed,
        OrderStruck,
        OrderWithdrawn,
        OrderReminded,
        OrderBreached,
        OrderRecomputed,
    )
}
Happened = tuple[Event, datetime]


# --- state -------------------------------------------------------------------------------------------------------


NOBODY = By("", "")


@dataclass(frozen=True, slots=True)
class Order:
    version: int = 0
    state: State = ""
    drafter: By = NOBODY
    issuer: By = NOBODY
    signer: By = NOBODY  # of the reply
    reviewer: By = NOBODY
    grade: Grade = "general"
    source: Source = "direct"
    briefing: str = ""
    problem: str = ""
    lead: str = ""
    assists: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()
    title: Kept = NOTHING
    words: Kept = NOTHING
    basis: Kept = NOTHING
    demand: Kept = NOTHING
    contact: Kept = NOTHING
    copies: tuple[str, ...] = ()
    limit: Limit | None = None  # to reply
    year: int = 0
    serial: int = 0
    reply: Kept = NOTHING
    replies: int = 0
    returns: int = 0
    reminders: int = 0
    drafted_at: datetime | None = None
    issued_at: datetime | None = None
    signed_at: datetime | None = None
    replied_at: datetime | None = None
    ended_at: datetime | None = None
    clocks: tuple[Clock, ...] = ()

    def clock(self, kind: str) -> Clock | None:
        """The latest round of a clock."""
        return next((clock for clock in reversed(self.clocks) if clock.kind == kind), None)

    @property
    def over(self) -> bool:
        return self.state in OVER

    @property
    def put_right(self) -> bool:
        return self.state == "struck"


def evolve(order: Order, event: Event, at: datetime) -> Order:
    """The order after an event."""
    order = replace(order, version=order.version + 1)
    match event:
        case OrderDrafted():
            taken = (
                "grade",
                "source",
                "lead",
                "assists",
                "facts",
                "title",
                "words",
                "basis",
                "demand",
                "contact",
            )
            also = ("copies", "limit", "briefing", "problem")
            facts = {name: getattr(event, name) for name in (*taken, *also)}
            return replace(order, state="drafted", drafter=event.by, drafted_at=at, **facts)
        case OrderIssued():
            return replace(
                order, state="issued", issuer=event.by, issued_at=at, year=event.year, serial=event.serial,
                clocks=event.clocks,
            )  # fmt: skip
        case OrderSigned():
            signed = _with(order, "sign", lambda clock: clocks.stop(clock, at))
            return replace(signed, state="signed", signed_at=at)
        case ReplyWritten():
            return replace(order, reply=event.words)
        case ReplySigned():
            order = _with(order, "reply", lambda clock: clocks.stop(clock, at))
            return replace(
                order, state="replied", signer=event.by, replied_at=at, replies=order.replies + 1,
                clocks=(*order.clocks, *event.clocks),
            )  # fmt: skip
        case ReplyReturned():
            order = _with(_ended(order, at, "review", "look_back"), "reply", clocks.restart)
            return replace(
                order,
                state="signed",
                reviewer=event.by,
                returns=order.returns + 1,
                reply=NOTHING,
                replied_at=None,
            )
        case OrderFollowed():
            order = _ended(order, at, "review", "look_back")
            return replace(order, state="followed", reviewer=event.by, clocks=(*order.clocks, *event.clocks))
        case OrderStruck():
            return replace(_ended(order, at), state="struck", reviewer=event.by, ended_at=at)
        case OrderWithdrawn():
            return replace(_ended(order, at), state="withdrawn", ended_at=at)
        case OrderReminded():
            return replace(order, reminders=order.reminders + 1)
        case OrderBreached():
            return _with(order, event.kind, clocks.breach)
        case OrderRecomputed():
            return _with(order, event.clock.kind, lambda _: event.clock)


def replay_on(order: Order, happened: Iterable[Happened]) -> Order:
    for event, at in happened:
        order = evolve(order, event, at)
    return order


def _with(order: Order, kind: str, change: Change) -> Order:
    """With the latest round of a clock changed."""
    latest = order.clock(kind)
    return replace(order, clocks=tuple(change(each) if each is latest else each for each in order.clocks))


def _ended(order: Order, at: datetime, *kinds: str) -> Order:
    """With the running clocks (of these kinds) stopped."""
    return replace(
        order,
        clocks=tuple(
            clocks.stop(each, at) if clocks.is_running(each) and (not kinds or each.kind in kinds) else each
            for each in order.clocks
        ),
    )


# --- commands ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Draft:
    by: By
    grade: Grade
    lead: str
    facts: tuple[Fact, ...]
    title: Kept
    words: Kept
    basis: Kept
    demand: Kept
    contact: Kept
    limit: Limit
    copies: tuple[str, ...]
    assists: tuple[str, ...] = ()
    source: Source = "direct"
    briefing: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Issue:
    by: By
    year: int
    serial: int
    sign: Limit


@dataclass(frozen=True, slots=True)
class Sign:
    by: By


@dataclass(frozen=True, slots=True)
class Reply:
    by: By
    words: Kept


@dataclass(frozen=True, slots=True)
class SignReply:
    by: By
    centre: str  # whose clock the review is
    review: Limit
    factor: bool = False


@dataclass(frozen=True, slots=True)
class Return:
    by: By
    words: Kept


@dataclass(frozen=True, slots=True)
class Follow:
    by: By
    words: Kept
    centre: str
    look_back: Limit


@dataclass(frozen=True, slots=True)
class Strike:
    by: By
    words: Kept


@dataclass(frozen=True, slots=True)
class Withdraw:
    by: By
    words: Kept


@dataclass(frozen=True, slots=True)
class Remind:
    by: By
    words: Kept = NOTHING


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed; nobody asks for anything."""

    by: By = field(default=By("system:sweeper", "system"))


Command = Draft | Issue | Sign | Reply | SignReply | Return | Follow | Strike | Withdraw | Remind | Tick
NAMES: dict[type[Command], str] = {
    Draft: "draft",
    Issue: "issue",
    Sign: "sign",
    Reply: "reply",
    SignReply: "sign_reply",
    Return: "return",
    Follow: "follow",
    Strike: "strike",
    Withdraw: "withdraw",
    Remind: "remind",
}
POSSIBLE: dict[State, tuple[str, ...]] = {
    "": ("draft",),
    "drafted": ("issue", "withdraw"),
    "issued": ("sign", "remind", "withdraw"),
    "signed": ("sign_reply", "reply", "remind", "withdraw"),
    "replied": ("strike", "follow", "return", "withdraw"),
    "followed": ("strike", "return", "withdraw"),
    "struck": (),
    "withdrawn": (),
}


def possible(order: Order) -> tuple[str, ...]:
    """What the state allows: a reply can be signed once it is written."""
    return tuple(name for name in POSSIBLE[order.state] if name != "sign_reply" or order.reply)


def decide(order: Order, command: Command, calendar: Calendars, now: datetime) -> Sequence[Happened]:
    """What comes of a command. A deadline that has passed is recorded first, whatever is asked. Raises Refusal.

    `calendar` gives the one of a unit: the lead's limits run on its own, the review on the centre's."""
    late = list(_late(order, now))
    if isinstance(command, Tick):
        return [*late, *_reckoned(replay_on(order, late), calendar, now)]
    if NAMES[type(command)] not in possible(order):
        raise Refusal("not_now")
    return [*late, (_event(order, command, calendar, now), now)]


def _event(order: Order, command: Command, calendar: Calendars, now: datetime) -> Event:
    def start(kind: str, unit: str, limit: Limit) -> Clock:
        before = order.clock(kind)
        return clocks.start(
            kind, "order", before.round + 1 if before else 1, unit, limit, now, calendar(unit)
        )

    match command:
        case Draft():
            return _drafted(command)
        case Issue():
            limit = order.limit
            assert limit is not None
            started = (start("sign", order.lead, command.sign), start("reply", order.lead, limit))
            return OrderIssued(command.by, command.year, command.serial, started)
        case Sign():
            return OrderSigned(command.by)
        case Reply():
            return ReplyWritten(command.by, _needed(command.words, "words_needed"))
        case SignReply():
            if not command.factor:
                raise Refusal("second_factor_needed")
            return ReplySigned(command.by, command.factor, (start("review", command.centre, command.review),))
        case Return():
            _somebody_else(order, command.by)
            return ReplyReturned(command.by, _needed(command.words, "reason_needed"))
        case Follow():
            _somebody_else(order, command.by)
            words = _needed(command.words, "words_needed")
            return OrderFollowed(command.by, words, (start("look_back", command.centre, command.look_back),))
        case Strike():
            _somebody_else(order, command.by)
            return OrderStruck(command.by, _needed(command.words, "words_needed"))
        case Withdraw():
            return OrderWithdrawn(command.by, _needed(command.words, "reason_needed"))
        case Remind():
            return OrderReminded(command.by, command.words)
        case _:
            raise TypeError(command)


def _drafted(command: Draft) -> OrderDrafted:
    for words in (command.title, command.words, command.basis, command.demand, command.contact):
        _needed(words, "words_needed")
    if not command.lead:
        raise Refusal("lead_needed")
    if len(command.facts) > MOST:
        raise Refusal("too_many", limit=MOST)
    if command.source == "briefing" and not command.briefing:
        raise Refusal("field_needed", field="briefing")
    return OrderDrafted(
        by=command.by,
        grade=command.grade,
        source=command.source,
        lead=command.lead,
        assists=tuple(unit for unit in dict.fromkeys(command.assists) if unit != command.lead),
        facts=tuple({fact.case: fact for fact in command.facts}.values()),
        title=command.title,
        words=command.words,
        basis=command.basis,
        demand=command.demand,
        contact=command.contact,
        copies=tuple(dict.fromkeys(command.copies)),
        limit=command.limit,
        briefing=command.briefing,
        problem=command.problem,
    )


def _needed(words: Kept, code: str) -> Kept:
    if not words:
        raise Refusal(code)
    return words


def _somebody_else(order: Order, by: By) -> None:
    """Whoever issued it does not judge what came of it."""
    if by.actor == order.issuer.actor:
        raise Refusal("second_person_needed")


def _late(order: Order, now: datetime) -> Iterable[Happened]:
    for clock in sorted(order.clocks, key=lambda clock: clock.due_at):
        if clocks.is_running(clock) and clock.breached_at is None and clocks.is_expired(clock, now):
            yield OrderBreached(clock.kind, clock.unit, clock.round), clock.due_at


def _reckoned(order: Order, calendar: Calendars, now: datetime) -> Iterable[Happened]:
    for clock in order.clocks:
        if clock.provisional and clock is order.clock(clock.kind):
            again = clocks.recompute(clock, calendar(clock.unit))
            if again != clock:
                yield OrderRecomputed(again), now
