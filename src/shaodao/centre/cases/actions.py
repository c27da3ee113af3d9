"""The one door for change: lock, load, permit, decide, append, project, tell; in one transaction.

Faces, API, jobs and imports all come through here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from shaodao.centre.cases import erasure, notices, permissions
from shaodao.centre.cases.compose import Composer, FindPlan, subject_in
from shaodao.centre.cases.lifecycle import Case, Happened, Refusal, decide, evolve
from shaodao.centre.cases.lifecycle import commands as c
from shaodao.centre.cases.lifecycle.codec import to_payload
from shaodao.centre.cases.lifecycle.model import By
from shaodao.centre.cases.projection import CASES
from shaodao.centre.cases.rules import PackRules
from shaodao.county.pack import versions
from shaodao.county.pack.model import Pack
from shaodao.ground.database import together
from shaodao.ground.files import intake as evidence
from shaodao.ground.ledger import store, vault
from shaodao.ground.ledger.store import Context, Draft, Head, Stream

SYSTEM = By("system:sweeper", permissions.SYSTEM)
PARTS = (c.Report, c.Join)  # commands that come only as part of another: filing, merging
RETENTION = By("system:retention", permissions.SYSTEM)


_before_routing: list[FindPlan] = []


def before_routing(find: FindPlan) -> FindPlan:
    """Ask this for a plan when the desk names an item and no lead, before the pack's routing is asked."""
    _before_routing.append(find)
    return find


class NoSuchCase(LookupError):
    """There is no case of this number, or not for this person."""


class Stale(Exception):
    """Somebody else was faster: the case has changed since it was looked at."""

    def __init__(self, version: int) -> None:
        self.version = version
        super().__init__(f"the case is at version {version}")


@dataclass(frozen=True, slots=True)
class Source:
    """By which way a command came in."""

    channel: str = ""
    system: str = ""
    external_id: str = ""
    request_id: str = ""


DIRECT = Source()


def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def load(number: str) -> Case:
    """The case as it stands, without a lock. Raises NoSuchCase."""
    events = store.history(CASES.stream(number))
    if not events:
        raise NoSuchCase(number)
    return CASES.fold(events)


def act(
    number: str,
    command: str,
    said: Mapping[str, Any],
    by: By,
    *,
    source: Source = DIRECT,
    at: datetime | None = None,
    version: int | None = None,
    upload_token: str = "",
) -> Case:
    """Give one command, by name and fields, to a case; return the case after it. `upload_token` is the secret under
    which its `photos` were uploaded.

    Raises NoSuchCase, permissions.Forbidden, Refusal, or Stale if `version` is not the one the case is at.
    """
    cls = c.COMMANDS.get(command)
    if cls is None or cls in PARTS:
        raise Refusal("unknown_command", command=command)
    moment = at or now()
    pack = versions.current(moment)
    if cls is c.Erase:
        _erase_by_case(number, said, by, source, moment, version)
        return load(number)
    with transaction.atomic():
        work = _Work(pack, moment, source)
        into = said.get("into") if cls is c.Merge else None
        others = [into] if into and isinstance(into, str) else []
        work.lock(number, *others)
        case = work.cases[number]
        if version is not None and version != case.version:
            raise Stale(case.version)
        permissions.check(by, cls, case, subject_in(cls, said), pack)
        composer = Composer(case, by, work.rules, *_before_routing)
        made = composer.command(cls, said)
        work.give(number, made)
        if photos := getattr(made, "photos", ()):
            evidence.attach(ids(photos), number, upload_token, subject=composer.subject)
        if isinstance(made, c.Merge):
            if made.into not in work.cases:
                raise NoSuchCase(made.into)
            _check_joining(case, work.cases[made.into], by, work.rules)
            work.give(
                made.into,
                c.Join(
                    by=by,
                    other=number,
                    requester=case.requester,
                    also=case.followers,
                    anonymous=case.anonymous,
                ),
            )
        work.finish(by, composer.secrets)
        return work.cases[number]


def _check_joining(case: Case, into: Case, by: By, rules: PackRules) -> None:
    """Both cases must be the actor's to merge, or the other one open to whoever has seen the same; and a complaint must
    not end up with the unit it is about."""
    if not permissions.may(by, c.SeenToo, into, 0, rules.pack):
        permissions.check(by, c.Merge, into, 0, rules.pack)
    handling = [duty.unit for duty in into.handlers]
    if case.against and any(rules.same_unit(unit, case.against) for unit in handling):
        raise Refusal("unit_must_avoid", unit=case.against)


def open_case(
    report: c.Report, secrets: Sequence[vault.Secret], pack: Pack, *, at: datetime, source: Source
) -> Case:
    """The first event of a new case, inside the caller's transaction. The number must be new."""
    work = _Work(pack, at, source)
    work.begin(report.number)
    work.give(report.number, report)
    work.finish(report.by, secrets)
    return work.cases[report.number]


def erase_person(
    person: str, by: By, *, reason: str = "", source: Source = DIRECT, at: datetime | None = None
) -> list[str]:
    """Erase a person (`person:…`) from everywhere in one transaction, with one event in each of their cases; return the
    numbers of these. Doing it again changes nothing.

    Raises NoSuchCase where the id has no case, permissions.Forbidden unless `by` may erase in each of them, Refusal.
    """
    moment = at or now()
    with transaction.atomic():
        phone_key = erasure.hold(person)
        numbers = erasure.cases_of(person)
        if not numbers:
            raise NoSuchCase(person)
        work = _Work(versions.current(moment), moment, source)
        work.lock(*numbers)
        for number in numbers:
            case = work.cases[number]
            if person not in case.erased_persons:
                permissions.check(by, c.Erase, case, 0, work.pack)
                work.give(number, c.Erase(by=by, subject=person, reason=reason))
        own = tuple(number for number in numbers if work.cases[number].whose == person)
        erasure.destroy(erasure.Leaving(person, phone_key, tuple(numbers), own), moment)
        work.finish(by, ())
    return numbers


def _erase_by_case(
    number: str, said: Mapping[str, Any], by: By, source: Source, at: datetime, version: int | None
) -> None:
    """The command `erase` names a person of one case; whoever is erased is erased everywhere."""
    case = load(number)
    if version is not None and version != case.version:
        raise Stale(case.version)
    rules = PackRules(versions.current(at), at)
    permissions.check(by, c.Erase, case, 0, rules.pack)
    made = Composer(case, by, rules).command(c.Erase, said)
    assert isinstance(made, c.Erase)
    decide(case, made, rules, at)  # refuses a person who is none of this case
    erase_person(made.subject, by, reason=made.reason, source=source, at=at)


def let_time_pass(number: str, at: datetime | None = None) -> Case:
    """Record what time alone has brought about in a case. The sweeper's command; doing it twice changes nothing."""
    return act(number, "tick", {}, SYSTEM, at=at)


def drafts_of(happened: Iterable[tuple[Any, datetime]]) -> list[Draft]:
    """What has happened, as the ledger takes it."""
    return [Draft(type(event).__name__, to_payload(event), at) for event, at in happened]


def context_of(by: By, source: Source) -> Context:
    """Who did it and by which way it came in, as the ledger takes it."""
    return Context(
        actor=by.actor,
        capacity=f"{by.role}@{by.unit}" if by.unit else by.role,
        channel=source.channel,
        system=source.system,
        external_id=source.external_id,
        request_id=source.request_id,
    )


def ids(photos: Iterable[str]) -> list[UUID]:
    """The ids of uploaded pictures. Refuses what is none."""
    try:
        return [UUID(photo) for photo in photos]
    except ValueError:
        raise Refusal("field_wrong", field="photos") from None


@dataclass(slots=True)
class _Work:
    """Cases under change in one transaction."""

    pack: Pack
    at: datetime
    source: Source
    heads: dict[Stream, Head] = field(default_factory=dict)
    before: dict[str, Case] = field(default_factory=dict)
    cases: dict[str, Case] = field(default_factory=dict)
    happened: dict[str, list[Happened]] = field(default_factory=dict)

    @property
    def rules(self) -> PackRules:
        return PackRules(self.pack, self.at)

    def lock(self, *numbers: str) -> None:
        streams = [CASES.stream(number) for number in numbers]
        self.heads = store.lock(*streams)
        for stream in streams:
            events = store.history(stream, self.heads[stream])
            if events:
                self.before[stream.id] = self.cases[stream.id] = CASES.fold(events)
        if numbers[0] not in self.cases:
            raise NoSuchCase(numbers[0])

    def begin(self, number: str) -> None:
        self.before[number] = self.cases[number] = Case()

    def give(self, number: str, command: c.Command) -> None:
        happened = decide(self.cases[number], command, self.rules, self.at)
        self.happened.setdefault(number, []).extend(happened)
        case = self.cases[number]
        for event, moment in happened:
            case = evolve(case, event, moment)
        self.cases[number] = case

    def finish(self, by: By, secrets: Sequence[vault.Secret]) -> None:
        batches = [
            (CASES.stream(number), drafts_of(happened))
            for number, happened in self.happened.items()
            if happened
        ]
        with together():
            vault.insert(secrets, self.at)
            if batches:
                CASES.write((number, self.before[number], self.cases[number]) for number in self.happened)
                notices.post(
                    [
                        notice
                        for number, happened in self.happened.items()
                        for notice in notices.of(self.cases[number], happened)
                    ],
                    self.at,
                    notices.after_quiet(self.at, self.pack),
                )
                store.append(batches, context_of(by, self.source), self.at, self.heads)
