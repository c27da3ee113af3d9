"""The one door for topics: lock, load, permit, decide, append, write the row, tell; in one transaction."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q

from shaodao.centre.cases import permissions, queries
from shaodao.centre.cases.actions import DIRECT, Source, context_of, drafts_of, now
from shaodao.centre.cases.compose import kept, needed_words_of, words_of
from shaodao.centre.cases.lifecycle.codec import from_payload
from shaodao.centre.cases.lifecycle.model import By
from shaodao.centre.cases.lifecycle.refusal import Refusal
from shaodao.centre.topics import topic
from shaodao.centre.topics.models import Topic as Row
from shaodao.centre.topics.projection import TOPICS
from shaodao.centre.topics.topic import Event, Happened, Topic
from shaodao.county.pack import versions
from shaodao.county.pack.model import Pack
from shaodao.county.units import Kind
from shaodao.ground.clocks import Limit
from shaodao.ground.ledger import store, vault
from shaodao.ground.ledger.store import Stream
from shaodao.ground.messages import outbox

LEADS = (Kind.DEPARTMENT, Kind.UTILITY, Kind.STREET, Kind.TOWNSHIP, Kind.ZONE)
LIMITS = (5, 10, 15, 20, 30)  # workdays that one chooses from
LONGEST_TITLE, LONGEST_WORDS = 60, 2000
MOST_LISTED = 200
TRIES = 5  # for the next number, when several are opened at once
BATCH = 100
COMMANDS = {"sign": topic.Sign, "report": topic.Report, "return": topic.Return, "close": topic.Close}


class NoSuchTopic(LookupError):
    """There is no topic of this number, or not for this person."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A topic as one capacity sees it: state, history, words by commitment, the commands it may give."""

    number: str
    topic: Topic
    history: tuple[Happened, ...]
    words: Mapping[str, str]
    offered: tuple[str, ...]


def open_topic(
    title: str,
    words: str,
    lead: str,
    cases: Sequence[str],
    workdays: int,
    by: By,
    *,
    source: Source = DIRECT,
    at: datetime | None = None,
) -> str:
    """Give a topic to a lead unit; return its number. The cases must be such as `by` may see.

    Raises permissions.Forbidden, Refusal."""
    moment = at or now()
    pack = versions.current(moment)
    if not permissions.may_topic(by, "open", lead, pack):
        raise permissions.Forbidden("open_topic")
    unit = pack.units.get(lead)
    if unit is None or unit.kind not in LEADS or not unit.in_force(pack.day(moment)):
        raise Refusal("unknown_unit", unit=lead)
    if workdays not in LIMITS:
        raise Refusal("field_wrong", field="workdays")
    _check_cases(cases, lead, by, pack)
    secrets = [
        needed_words_of("topic_title", title, LONGEST_TITLE, by.actor),
        needed_words_of("topic", words, LONGEST_WORDS, by.actor),
    ]
    command = topic.Open(
        by=by,
        title=kept(secrets[0]),
        words=kept(secrets[1]),
        lead=lead,
        cases=tuple(cases),
        sign=pack.settings.ordinary.sign,
        finish=Limit(workdays, "workday"),
    )
    for left in reversed(range(TRIES)):
        try:
            with transaction.atomic():
                number = _next(moment, pack)
                _give(number, Topic(), command, secrets, pack, moment, source, {})
                return number
        except store.Conflict:
            if not left:
                raise
    raise AssertionError


def act(
    number: str, command: str, words: str, by: By, *, source: Source = DIRECT, at: datetime | None = None
) -> Topic:
    """Give a command (sign, report, return, close) to a topic; return it as it stands then.

    Raises NoSuchTopic, permissions.Forbidden, Refusal."""
    moment = at or now()
    pack = versions.current(moment)
    with transaction.atomic():
        found, heads = TOPICS.lock(number)
        if not found.version or not permissions.may_see_topic(by, found.lead, pack):
            raise NoSuchTopic(number)
        if not permissions.may_topic(by, command, found.lead, pack):
            raise permissions.Forbidden(command)
        secret = words_of("topic", words, LONGEST_WORDS, by.actor)
        said = {"words": kept(secret)} if command != "sign" else {}
        made: topic.Command = COMMANDS[command](by=by, **said)
        return _give(number, found, made, [secret], pack, moment, source, heads)


def look(number: str, by: By, pack: Pack) -> Opened:
    """A topic to look at. Raises NoSuchTopic also where it may not be seen."""
    recorded = store.history(TOPICS.stream(number))
    found = TOPICS.fold(recorded)
    if not recorded or not permissions.may_see_topic(by, found.lead, pack):
        raise NoSuchTopic(number)
    history = tuple((_event(each), each.occurred_at) for each in recorded)
    kept = [text for event, _ in history for text in _commitments(event)]
    offered = (
        name
        for name in topic.POSSIBLE[found.state]
        if name in COMMANDS and permissions.may_topic(by, name, found.lead, pack)
    )
    return Opened(number, found, history, queries.read_words(kept), tuple(offered))


def visible(by: By, pack: Pack) -> list[Row]:
    """The topics this capacity may see: open ones first, nearest deadline first. Two statements."""
    rows = Row.objects.all()
    if by.role not in permissions.SEES_TOPICS:
        rows = rows.filter(lead__in=leads_of(by, pack))
    still = rows.filter(closed_at=None).order_by("due_at", "number")[:MOST_LISTED]
    over = rows.exclude(closed_at=None).order_by("-closed_at")[:MOST_LISTED]
    return [*still, *over]


def leads_of(by: By, pack: Pack) -> list[str]:
    """The units whose topics are this capacity's to work on; none for roles that work on none."""
    if by.role not in permissions.TOPICS["sign"] or by.unit not in pack.units:
        return []
    return [pack.tree.head_unit(by.unit).code]


def of_cases(numbers: Sequence[str], by: By, pack: Pack) -> list[Row]:
    """The topics that one of these cases belongs to, as far as they may be seen. One statement."""
    rows = Row.objects.filter(cases__overlap=list(numbers)).order_by("-number")
    return [row for row in rows if permissions.may_see_topic(by, row.lead, pack)]


def sweep(at: datetime | None = None) -> int:
    """Let time pass in the topics whose deadline has passed, or whose calendar was not published yet; return how many."""
    moment = at or now()
    pack = versions.current(moment)
    rows = Row.objects.filter(Q(next_due_at__lt=moment) | Q(provisional=True), closed_at=None)
    numbers = list(rows.order_by("next_due_at").values_list("number", flat=True)[:BATCH])
    for number in numbers:
        with transaction.atomic():
            found, heads = TOPICS.lock(number)
            _give(number, found, topic.Tick(), [], pack, moment, DIRECT, heads)
    return len(numbers)


def tick(stop: threading.Event) -> bool:
    """The loop of the background process."""
    try:
        sweep()
    except versions.NoPack:
        return False
    return False


# --- private -----------------------------------------------------------------------------------------------------


def _give(
    number: str,
    found: Topic,
    command: topic.Command,
    secrets: Sequence[vault.Secret | None],
    pack: Pack,
    at: datetime,
    source: Source,
    heads: Mapping[Stream, store.Head],
) -> Topic:
    """Decide, and write whatever has happened. Inside the caller's transaction."""
    lead = command.lead if isinstance(command, topic.Open) else found.lead
    happened = topic.decide(found, command, pack.calendar_of(lead), at)
    if not happened:
        return found
    after = topic.replay_on(found, happened)
    vault.insert(secrets, at)
    store.append([(TOPICS.stream(number), drafts_of(happened))], context_of(command.by, source), at, heads)
    TOPICS.write([(number, found, after)])
    outbox.post_many(_notices(number, found, after, happened), at)
    return after


def _notices(number: str, before: Topic, after: Topic, happened: Sequence[Happened]) -> list[outbox.Message]:
    """The lead unit learns of what is asked, whoever gave it of what was done."""
    lead, giver = f"unit:{after.lead}", f"role:{after.by.role}@{after.by.unit}"
    told: dict[type[Event], tuple[str, tuple[str, ...]]] = {
        topic.TopicOpened: ("topic_given", (lead,)),
        topic.TopicSigned: ("topic_signed", (giver,)),
        topic.MeasuresReported: ("topic_reported", (giver,)),
        topic.TopicReturned: ("topic_returned", (lead,)),
        topic.TopicClosed: ("topic_closed", (lead,)),
        topic.TopicBreached: ("topic_overdue", (lead, giver)),
    }
    return [
        message
        for seq, (event, _) in enumerate(happened, before.version + 1)
        for template, recipients in [told.get(type(event), ("", ()))]
        for message in outbox.to_each(
            template, recipients, {"topic": number, "unit": after.lead}, f"topic:{number}:{seq}"
        )
    ]


def _check_cases(cases: Sequence[str], lead: str, by: By, pack: Pack) -> None:
    """All may be seen, and none is a complaint about the lead unit: it would learn of it, and judge itself."""
    if not cases:
        raise Refusal("field_needed", field="cases")
    if len(cases) > topic.MOST:
        raise Refusal("too_many", limit=topic.MOST)
    if queries.seen_of(cases, by, pack) != set(cases):
        raise Refusal("no_such_case")
    against = queries.complained_of(cases)
    if any(permissions.same_unit(unit, lead, pack) for unit in against):
        raise Refusal("no_plan", why="avoid")


def _next(at: datetime, pack: Pack) -> str:
    year = at.astimezone(ZoneInfo(pack.zone)).year
    last = Row.objects.filter(number__startswith=f"{year}-").order_by("-number").first()
    return f"{year}-{int(last.number.partition('-')[2]) + 1 if last else 1:04}"


def _event(recorded: store.Recorded) -> Any:
    return from_payload(recorded.type, recorded.payload, topic.EVENTS)


def _commitments(event: Event) -> list[str]:
    return [text for name in ("title", "words") if (text := getattr(event, name, ""))]
