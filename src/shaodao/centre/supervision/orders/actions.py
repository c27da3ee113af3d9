"""The one door for orders: lock, load, permit, decide, append, write the row, tell; in one transaction."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max, Q

from shaodao.centre.cases import permissions, queries
from shaodao.centre.cases.actions import DIRECT, Source, context_of, drafts_of, now
from shaodao.centre.cases.compose import kept, needed_words_of, words_of
from shaodao.centre.cases.lifecycle.codec import from_payload
from shaodao.centre.cases.lifecycle.model import By, Kept
from shaodao.centre.cases.lifecycle.refusal import Refusal, unchanged
from shaodao.centre.supervision import numbers
from shaodao.centre.supervision.models import Order as Row
from shaodao.centre.supervision.orders import order
from shaodao.centre.supervision.orders.facts import facts_of
from shaodao.centre.supervision.orders.order import Event, Happened, Order
from shaodao.centre.supervision.orders.projection import ORDERS
from shaodao.county.pack import versions
from shaodao.county.pack.model import Pack
from shaodao.county.units import Kind
from shaodao.ground.clocks import Limit
from shaodao.ground.ledger import store, vault
from shaodao.ground.ledger.store import Stream
from shaodao.ground.messages import outbox

LEADS = (Kind.DEPARTMENT, Kind.UTILITY, Kind.STREET, Kind.TOWNSHIP, Kind.ZONE)
LIMITS = (1, 3, 5, 10, 15, 20, 30)  # workdays that one chooses from
GRADES = ("general", "key", "listed")
LONGEST_TITLE, LONGEST_LINE, LONGEST_WORDS = 60, 200, 4000
MOST_LISTED = 300
TRIES = 5  # for the next number, when several are drafted or issued at once
BATCH = 100
WORDED: dict[str, Any] = {
    "reply": order.Reply, "return": order.Return, "strike": order.Strike, "withdraw": order.Withdraw, "remind": order.Remind,
}  # fmt: skip
COMMANDS = (*WORDED, "issue", "sign", "sign_reply", "follow")


class NoSuchOrder(LookupError):
    """There is no order of this number, or not for this person."""


@dataclass(frozen=True, slots=True)
class Drafted:
    """What whoever drafts an order says. `workdays`: the limit to reply. `briefing` and `problem`: where it was named;
    without them the order is a direct one, outside the chain of the briefing."""

    lead: str
    title: str
    words: str
    basis: str
    demand: str
    contact: str
    workdays: int
    grade: str = "general"
    cases: Sequence[str] = ()
    assists: Sequence[str] = ()
    briefing: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Opened:
    """An order as one capacity sees it: state, history, words by commitment, the commands it may give."""

    number: str
    order: Order
    history: tuple[Happened, ...]
    words: Mapping[str, str]
    offered: tuple[str, ...]


def draft(said: Drafted, by: By, *, source: Source = DIRECT, at: datetime | None = None) -> str:
    """Draft an order; return its number in the register. The official number comes when it is issued.

    Raises permissions.Forbidden, Refusal."""
    moment = at or now()
    pack = versions.current(moment)
    if said.grade not in GRADES:
        raise Refusal("field_wrong", field="grade")
    if not permissions.may_order(by, "draft", said.lead, said.grade, pack):
        raise permissions.Forbidden("draft_order")
    for unit in (said.lead, *said.assists):
        found = pack.units.get(unit)
        if found is None or found.kind not in LEADS or not found.in_force(pack.day(moment)):
            raise Refusal("unknown_unit", unit=unit)
    if said.workdays not in LIMITS:
        raise Refusal("field_wrong", field="workdays")
    _check_cases(said.cases, (said.lead, *said.assists), by, pack)
    longest = {"title": LONGEST_TITLE, "basis": LONGEST_LINE, "contact": LONGEST_LINE}
    secrets = {
        name: needed_words_of(
            f"order_{name}", getattr(said, name), longest.get(name, LONGEST_WORDS), by.actor
        )
        for name in ("title", "words", "basis", "demand", "contact")
    }
    command = order.Draft(
        by=by,
        grade=said.grade,  # type: ignore[arg-type]
        source="briefing" if said.briefing else "direct",
        briefing=said.briefing,
        problem=said.problem,
        lead=said.lead,
        assists=tuple(said.assists),
        facts=facts_of(said.cases, said.lead, pack, moment),
        limit=Limit(said.workdays, "workday"),
        copies=copied_to(pack),
        **{name: Kept(secret.commitment) for name, secret in secrets.items()},
    )
    for left in reversed(range(TRIES)):
        try:
            with transaction.atomic():
                number = numbers.next_number(Row, moment, pack)  # first: of two at once, one is asked again
                if said.briefing and _demanded(said):
                    raise Refusal("not_now")
                _give(number, Order(), command, list(secrets.values()), pack, moment, source, {})
                return number
        except store.Conflict:
            if not left:
                raise
    raise AssertionError


def _demanded(said: Drafted) -> bool:
    """Whether an order to the unit for what this briefing named stands already."""
    rows = Row.objects.filter(briefing=said.briefing, lead=said.lead)
    return rows.exclude(state="withdrawn").exists()


def copied_to(pack: Pack) -> tuple[str, ...]:
    """Who gets a copy of every order: the discipline commission and the supervision office."""
    return tuple(
        next(u.code for u in pack.units.values() if u.kind is kind)
        for kind in (Kind.DISCIPLINE, Kind.SUPERVISION)
    )


def act(
    number: str,
    command: str,
    words: str,
    by: By,
    *,
    factor: bool = False,
    version: int | None = None,
    source: Source = DIRECT,
    at: datetime | None = None,
) -> Order:
    """Give a command to an order; return it as it stands then. `factor`: a second factor was shown for this very act.
    `version`: of the order as it was looked at.

    Raises NoSuchOrder, permissions.Forbidden, Refusal."""
    moment = at or now()
    pack = versions.current(moment)
    for left in reversed(range(TRIES)):
        try:
            with transaction.atomic():
                return _act(number, command, words, by, factor, version, pack, moment, source)
        except IntegrityError:  # somebody else issued an order with the same number
            if not left or command != "issue":
                raise
    raise AssertionError


def look(number: str, by: By, pack: Pack) -> Opened:
    """An order to look at. Raises NoSuchOrder also where it may not be seen."""
    recorded = store.history(ORDERS.stream(number))
    found = ORDERS.fold(recorded)
    if not recorded or not _sees(by, found, pack):
        raise NoSuchOrder(number)
    history = tuple((_event(each), each.occurred_at) for each in recorded)
    kept = [text for event, _ in history for text in _commitments(event)]
    offered = tuple(
        name
        for name in order.possible(found)
        if permissions.may_order(by, name, found.lead, found.grade, pack) and not _own_issue(by, found, name)
    )
    return Opened(number, found, history, queries.read_words(kept), offered)


def visible(by: By, pack: Pack) -> list[Row]:
    """The orders this capacity may see: open ones first, nearest deadline first. Two statements."""
    found = _visible(by, pack)
    still = found.filter(ended_at=None).order_by("next_due_at", "number")[:MOST_LISTED]
    over = found.exclude(ended_at=None).order_by("-ended_at")[:MOST_LISTED]
    return [*still, *over]


def of_cases(numbers: Sequence[str], by: By, pack: Pack) -> list[Row]:
    """The orders that name one of these cases, as far as they may be seen. One statement."""
    return list(_visible(by, pack).filter(cases__overlap=list(numbers)).order_by("-number"))


def these(numbers: Iterable[str], by: By, pack: Pack) -> dict[str, Row]:
    """Orders by number, as far as they may be seen. One statement."""
    return _visible(by, pack).in_bulk(list(numbers))


def units_of(by: By, pack: Pack) -> list[str]:
    """The units whose orders are this capacity's to answer; none for roles that answer none."""
    if by.role not in permissions.ORDERS["sign"] or by.unit not in pack.units:
        return []
    return [pack.tree.head_unit(by.unit).code]


def sweep(at: datetime | None = None) -> int:
    """Let time pass in the orders whose deadline has passed, or whose calendar was not published yet; return how many."""
    moment = at or now()
    pack = versions.current(moment)
    due = Row.objects.filter(Q(next_due_at__lt=moment) | Q(provisional=True), ended_at=None)
    numbers = list(due.order_by("next_due_at").values_list("number", flat=True)[:BATCH])
    for number in numbers:
        with transaction.atomic():
            found, heads = ORDERS.lock(number)
            _give(number, found, order.Tick(), [], pack, moment, DIRECT, heads)
    return len(numbers)


def tick(stop: threading.Event) -> bool:
    """The loop of the background process."""
    try:
        sweep()
    except versions.NoPack:
        return False
    return False


# --- private -----------------------------------------------------------------------------------------------------


def _act(
    number: str,
    command: str,
    words: str,
    by: By,
    factor: bool,
    version: int | None,
    pack: Pack,
    at: datetime,
    source: Source,
) -> Order:
    found, heads = ORDERS.lock(number)
    if not found.version or not _sees(by, found, pack):
        raise NoSuchOrder(number)
    if command not in COMMANDS:
        raise Refusal("unknown_command", command=command)
    if not permissions.may_order(by, command, found.lead, found.grade, pack):
        raise permissions.Forbidden(command)
    unchanged(version, found.version)
    secret = words_of("order", words, LONGEST_WORDS, by.actor)
    made = _command(command, found, kept(secret), by, factor, pack, at)
    return _give(number, found, made, [secret], pack, at, source, heads)


def _command(
    name: str, found: Order, words: Kept, by: By, factor: bool, pack: Pack, at: datetime
) -> order.Command:
    limits, centre = pack.settings.supervision, _centre(pack)
    match name:
        case "issue":
            year = numbers.year_of(at, pack)
            last = Row.objects.filter(year=year).aggregate(last=Max("serial"))["last"]
            return order.Issue(by, year, (last or 0) + 1, limits.sign)
        case "sign":
            return order.Sign(by)
        case "sign_reply":
            return order.SignReply(by, centre, limits.review, factor)
        case "follow":
            return order.Follow(by, words, centre, limits.look_back)
        case _:
            made: order.Command = WORDED[name](by=by, words=words)
            return made


def _give(
    number: str,
    found: Order,
    command: order.Command,
    secrets: Sequence[vault.Secret | None],
    pack: Pack,
    at: datetime,
    source: Source,
    heads: Mapping[Stream, store.Head],
) -> Order:
    """Decide, and write whatever has happened. Inside the caller's transaction."""
    happened = order.decide(found, command, pack.calendar_of, at)
    if not happened:
        return found
    after = order.replay_on(found, happened)
    vault.insert(secrets, at)
    store.append([(ORDERS.stream(number), drafts_of(happened))], context_of(command.by, source), at, heads)
    ORDERS.write([(number, found, after)])
    outbox.post_many(_notices(number, found, after, happened, pack), at)
    return after


def _notices(
    number: str, before: Order, after: Order, happened: Sequence[Happened], pack: Pack
) -> list[outbox.Message]:
    """The unit and its head learn of what is demanded, whoever issued it of what came of it, and whoever gets copies that it
    was issued, ran out and was struck off."""
    lead = (f"unit:{after.lead}", f"role:{_head_role(after.lead, pack)}@{after.lead}")
    assists = tuple(f"unit:{unit}" for unit in after.assists)
    copies = tuple(f"unit:{unit}" for unit in after.copies)
    issuer = (f"role:{after.issuer.role}@{after.issuer.unit}",)
    reviewers = tuple(dict.fromkeys((*issuer, f"role:centre_deputy@{_centre(pack)}")))
    told: dict[type[Event], tuple[str, tuple[str, ...]]] = {
        order.OrderIssued: ("order_issued", (*lead, *assists, *copies)),
        order.OrderSigned: ("order_signed", issuer),
        order.ReplyWritten: ("order_to_sign", lead[1:]),
        order.ReplySigned: ("order_replied", reviewers),
        order.ReplyReturned: ("order_returned", lead),
        order.OrderFollowed: ("order_followed", lead),
        order.OrderStruck: ("order_struck", (*lead, *assists, *copies)),
        order.OrderReminded: ("order_reminded", lead),
        order.OrderBreached: ("order_overdue", (*lead, *issuer, *copies)),
    }
    if before.issued_at:
        told[order.OrderWithdrawn] = ("order_withdrawn", (*lead, *assists, *copies))

    def of(event: Event) -> tuple[str, tuple[str, ...]]:
        if isinstance(event, order.OrderBreached) and event.kind in ("review", "look_back"):
            return "order_review_overdue", (*reviewers, *copies)
        return told.get(type(event), ("", ()))

    return [
        message
        for seq, (event, _) in enumerate(happened, before.version + 1)
        for template, recipients in [of(event)]
        for message in outbox.to_each(
            template, recipients, {"order": number, "unit": after.lead}, f"order:{number}:{seq}"
        )
    ]


def _head_role(unit: str, pack: Pack) -> str:
    street = pack.units[unit].kind in (Kind.STREET, Kind.TOWNSHIP, Kind.ZONE)
    return "street_head" if street else "unit_head"


def _centre(pack: Pack) -> str:
    return next(unit.code for unit in pack.units.values() if unit.kind is Kind.CENTRE)


def _sees(by: By, found: Order, pack: Pack) -> bool:
    return permissions.may_see_order(
        by, found.state, (found.lead, *found.assists), found.copies, pack
    ) and not (found.state == "withdrawn" and not found.issued_at and by.role not in permissions.OVERSEERS)


def _visible(by: By, pack: Pack) -> Any:
    """The rows that `permissions.may_see_order` allows."""
    if by.role in permissions.OVERSEERS:
        return Row.objects.all()
    issued = Row.objects.exclude(issued_at=None)
    unit = pack.units.get(by.unit)
    if by.role == "inspector" and unit is not None:
        mine = [code for code in (unit.code, unit.parent) if code]
        found = issued.filter(copies__overlap=mine)
        areas = list(unit.areas)
        return found.filter(Q(lead__in=areas) | Q(assists__overlap=areas)) if areas else found
    own = units_of(by, pack)
    return issued.filter(Q(lead__in=own) | Q(assists__overlap=own)) if own else issued.none()


def _own_issue(by: By, found: Order, name: str) -> bool:
    """Whoever issued it does not judge what came of it."""
    return name in ("return", "follow", "strike") and by.actor == found.issuer.actor


def _check_cases(cases: Sequence[str], units: Iterable[str], by: By, pack: Pack) -> None:
    """All may be seen, and none is a complaint about one of the units: it would learn of it."""
    if not cases:
        return
    if len(cases) > order.MOST:
        raise Refusal("too_many", limit=order.MOST)
    if queries.seen_of(cases, by, pack) != set(cases):
        raise Refusal("no_such_case")
    against = queries.complained_of(cases)
    if any(permissions.same_unit(each, unit, pack) for each in against for unit in units):
        raise Refusal("no_plan", why="avoid")


def _event(recorded: store.Recorded) -> Any:
    return from_payload(recorded.type, recorded.payload, order.EVENTS)


def _commitments(event: Event) -> list[str]:
    names = ("title", "words", "basis", "demand", "contact")
    return [text for name in names if (text := getattr(event, name, ""))]
