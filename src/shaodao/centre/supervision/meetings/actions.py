"""The one door for county meetings. Holding one coordinates its case in the same transaction: each task becomes a duty."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from shaodao.centre.cases import actions as cases
from shaodao.centre.cases import permissions, queries
from shaodao.centre.cases.actions import DIRECT, Source, context_of, drafts_of, now
from shaodao.centre.cases.compose import kept, words_of
from shaodao.centre.cases.lifecycle import commands as c
from shaodao.centre.cases.lifecycle import possible
from shaodao.centre.cases.lifecycle.codec import from_payload
from shaodao.centre.cases.lifecycle.model import By, DutyPlan, Role
from shaodao.centre.cases.lifecycle.refusal import Refusal, unchanged
from shaodao.centre.cases.rules import PackRules
from shaodao.centre.supervision import numbers
from shaodao.centre.supervision.meetings import meeting
from shaodao.centre.supervision.meetings.meeting import Event, Happened, Meeting
from shaodao.centre.supervision.meetings.projection import MEETINGS
from shaodao.centre.supervision.models import Meeting as Row
from shaodao.county.pack import versions
from shaodao.county.pack.model import Pack
from shaodao.ground.clocks import Limit
from shaodao.ground.ledger import store, vault
from shaodao.ground.ledger.store import Stream
from shaodao.ground.messages import outbox

LONGEST_LINE, LONGEST_WORDS = 100, 20_000
LIMITS = (1, 3, 5, 10, 15, 30, 60)  # workdays that one chooses from
MOST_LISTED = 300
TRIES = 5


class NoSuchMeeting(LookupError):
    """There is no meeting of this number, or not for this person."""


@dataclass(frozen=True, slots=True)
class Called:
    """`leader` is `user:…`; `meet_at` aware."""

    leader: str
    units: Sequence[str]
    meet_at: datetime
    place: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """What a unit is to do after the meeting: its part, and in how many workdays (0 = as the item says)."""

    unit: str
    role: str
    workdays: int = 0


@dataclass(frozen=True, slots=True)
class Opened:
    number: str
    meeting: Meeting
    history: tuple[Happened, ...]
    words: Mapping[str, str]
    conducts: bool  # may take attendance, move it, write the minutes


def call(case: str, said: Called, by: By, *, source: Source = DIRECT, at: datetime | None = None) -> str:
    """Call a meeting about a case that waits for the county; return its number.

    Raises cases.NoSuchCase, permissions.Forbidden, Refusal."""
    moment = at or now()
    pack = versions.current(moment)
    found = cases.load(case)
    if not permissions.may_see(by, found, pack):
        raise cases.NoSuchCase(case)
    permissions.check(by, c.Coordinate, found, 0, pack)
    if not possible(found, c.Coordinate):
        raise Refusal("not_now")
    rules = PackRules(pack, moment)
    for unit in said.units:
        if not rules.may_own(unit, ""):
            raise Refusal("unknown_unit", unit=unit)
        if found.against and rules.same_unit(unit, found.against):
            raise Refusal("unit_must_avoid", unit=unit)
    secrets = [
        words_of("meeting", text, longest, by.actor)
        for text, longest in ((said.place, LONGEST_LINE), (said.words, LONGEST_WORDS))
    ]
    place, words = map(kept, secrets)
    event = meeting.MeetingCalled(by, case, said.leader, tuple(said.units), said.meet_at, place, words)
    for left in reversed(range(TRIES)):
        try:
            with transaction.atomic():
                number = numbers.next_number(Row, moment, pack)
                _give(number, Meeting(), event, secrets, source, moment, {})
                return number
        except store.Conflict:
            if not left:
                raise
        except IntegrityError:  # one is called already
            raise Refusal("not_now") from None
    raise AssertionError


def move(
    number: str,
    meet_at: datetime,
    place: str,
    by: By,
    *,
    version: int | None = None,
    source: Source = DIRECT,
    at: datetime | None = None,
) -> Meeting:
    """Another time, and place if one is named. `version`, here and below: of the meeting as it was looked at."""
    secret = words_of("meeting", place, LONGEST_LINE, by.actor)
    event = meeting.MeetingMoved(by, meet_at, kept(secret))
    return _act(number, event, [secret], by, source, at, version)


def came(
    number: str, unit: str, person: str, by: By, *, source: Source = DIRECT, at: datetime | None = None
) -> Meeting:
    """Somebody of a unit is there. Several may take attendance at once: nothing that another wrote is lost."""
    secret = words_of("meeting", person, LONGEST_LINE, by.actor)
    event = meeting.UnitCame(by, unit, kept(secret))
    return _act(number, event, [secret], by, source, at)


def cancel(
    number: str,
    words: str,
    by: By,
    *,
    version: int | None = None,
    source: Source = DIRECT,
    at: datetime | None = None,
) -> Meeting:
    secret = words_of("meeting", words, LONGEST_WORDS, by.actor)
    event = meeting.MeetingCancelled(by, kept(secret))
    return _act(number, event, [secret], by, source, at, version)


def hold(
    number: str,
    minutes: str,
    tasks: Sequence[Task],
    by: By,
    *,
    version: int | None = None,
    source: Source = DIRECT,
    at: datetime | None = None,
) -> Meeting:
    """The minutes, and each task a duty of the case with its limit; the leader is in charge of it from now on."""
    moment = at or now()
    secret = words_of("meeting", minutes, LONGEST_WORDS, by.actor)
    event = meeting.MeetingHeld(by, kept(secret), tuple(task.unit for task in tasks))
    with transaction.atomic():
        held = _act(number, event, [secret], by, source, moment, version)
        case = cases.load(held.case)
        rules = PackRules(versions.current(moment), moment)
        said = {
            "leader": held.leader,
            "minutes": minutes,
            "tasks": [_plan(task, case.item, case.situation, rules) for task in tasks],
        }
        cases.act(held.case, "coordinate", said, by, source=source, at=moment)
        return held


def look(number: str, by: By, pack: Pack) -> Opened:
    """Raises NoSuchMeeting also where it may not be seen."""
    recorded = store.history(MEETINGS.stream(number))
    found = MEETINGS.fold(recorded)
    if not recorded or not permissions.may_see_meeting(by, found.units, pack):
        raise NoSuchMeeting(number)
    history = tuple((from_payload(e.type, e.payload, meeting.EVENTS), e.occurred_at) for e in recorded)
    kept = [
        text
        for event, _ in history
        for name in ("place", "words", "person", "minutes")
        if (text := getattr(event, name, ""))
    ]
    conducts = found.state == "called" and permissions.may(by, c.Coordinate, cases.load(found.case), 0, pack)
    return Opened(number, found, history, queries.read_words(kept), conducts)


def visible(by: By, pack: Pack) -> list[Row]:
    """The meetings this capacity may see: those to come first. One statement."""
    found = Row.objects.all()
    if not permissions.may_see_meeting(by, (), pack):
        unit = pack.units.get(by.unit)
        own = pack.tree.head_unit(unit.code).code if unit else ""
        found = (
            found.filter(units__contains=[own])
            if by.role in permissions.UNIT_HANDS | permissions.STREET
            else found.none()
        )
    rows = list(found.order_by("-meet_at")[:MOST_LISTED])
    return sorted(rows, key=lambda row: row.ended_at is not None)


def of_case(case: str, by: By, pack: Pack) -> list[Row]:
    """The meetings about a case, as far as they may be seen. One statement."""
    rows = Row.objects.filter(case=case).order_by("-number")
    return [row for row in rows if permissions.may_see_meeting(by, row.units, pack)]


# --- private -----------------------------------------------------------------------------------------------------


def _act(
    number: str,
    event: Event,
    secrets: Sequence[vault.Secret | None],
    by: By,
    source: Source,
    at: datetime | None,
    version: int | None = None,
) -> Meeting:
    moment = at or now()
    pack = versions.current(moment)
    with transaction.atomic():
        found, heads = MEETINGS.lock(number)
        if not found.version or not permissions.may_see_meeting(by, found.units, pack):
            raise NoSuchMeeting(number)
        permissions.check(by, c.Coordinate, cases.load(found.case), 0, pack)
        unchanged(version, found.version)
        return _give(number, found, event, secrets, source, moment, heads)


def _give(
    number: str,
    found: Meeting,
    event: Event,
    secrets: Sequence[vault.Secret | None],
    source: Source,
    at: datetime,
    heads: Mapping[Stream, store.Head],
) -> Meeting:
    event = meeting.decide(found, event, at)
    after = meeting.evolve(found, event, at)
    vault.insert(secrets, at)
    store.append(
        [(MEETINGS.stream(number), drafts_of([(event, at)]))], context_of(event.by, source), at, heads
    )
    MEETINGS.write([(number, found, after)])
    outbox.post_many(_notices(number, after, event), at)
    return after


def _notices(number: str, after: Meeting, event: Event) -> list[outbox.Message]:
    template = {
        meeting.MeetingCalled: "meeting_called",
        meeting.MeetingMoved: "meeting_moved",
        meeting.MeetingCancelled: "meeting_cancelled",
    }.get(type(event))
    if template is None:
        return []
    recipients = (*(f"unit:{unit}" for unit in after.units), after.leader)
    return outbox.to_each(template, recipients, {"meeting": number}, f"meeting:{number}:{after.version}")


def _plan(task: Task, item: str, situation: str, rules: PackRules) -> DutyPlan:
    if task.workdays and task.workdays not in LIMITS:
        raise Refusal("field_wrong", field="workdays")
    finish = Limit(task.workdays, "workday") if task.workdays else None
    role: Role = "lead" if task.role == "lead" else "assist"
    return rules.duty_plan(task.unit, role, item, situation, finish)
