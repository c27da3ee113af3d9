"""File a whistle: one transaction from what was said to a case with its duties, or in the centre's triage.

The same for every channel: app and H5, grid, desk phone and walk-in, deputies, transfers from other systems, import, API.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from shaodao.centre.cases import actions, permissions
from shaodao.centre.cases.compose import readable, subject_of
from shaodao.centre.cases.lifecycle import Case, Refusal
from shaodao.centre.cases.lifecycle import commands as c
from shaodao.centre.cases.lifecycle.model import By, Kept, Nature, Place, Plan
from shaodao.centre.cases.models import Case as CaseRow
from shaodao.centre.cases.rules import PackRules
from shaodao.centre.dispatch import Guess, classifier, precedents
from shaodao.centre.dispatch import words as reading
from shaodao.centre.dispatch.models import Precedent
from shaodao.centre.intake import gate, placing
from shaodao.centre.intake.gate import Caller
from shaodao.county.pack import versions
from shaodao.county.pack.model import Pack
from shaodao.county.people import persons, phones
from shaodao.ground.clocks import Limit
from shaodao.ground.files import intake as evidence
from shaodao.ground.ledger import vault

CLOCKS_WRONG_BY = timedelta(minutes=10)  # of the caller
LONGEST_NAME, LONGEST_ADDRESS, LONGEST_CODE, LONGEST_MARK = 64, 500, 64, 40  # characters
LONGEST_TRANSFER = 20_000  # characters: what other systems send was written under other limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Whistle:
    """What somebody says. `place` is `{lon, lat, crs}`, `{grid}`, `{address}` or None; `on_behalf_of` `{name, phone}`.

    `occurred_at` is when it was said or seen, if that was earlier: clocks begin when it reaches us.
    """

    text: str
    place: Mapping[str, Any] | None = None
    mark: str = ""  # what is written on the cover, pole or cable
    item: str = ""
    situation: str = ""
    nature: Nature | None = None
    phone: str = ""
    name: str = ""
    anonymous: bool = False
    on_behalf_of: Mapping[str, str] | None = None
    channel: str = "web"
    system: str = ""
    external_id: str = ""
    external_due: datetime | None = None
    occurred_at: datetime | None = None
    photos: Sequence[str] = ()
    upload_token: str = ""
    against: str = ""
    staff_found: bool = False
    own: bool = False  # a grid or community keeps what is the first tier's to do, instead of whistling


@dataclass(frozen=True, slots=True)
class Filed:
    """The case, the secret to follow it by, and how it was dispatched (`reason`: one sentence)."""

    case: Case
    token: str
    guess: Guess | None
    reason: str
    again: bool = False


def file(
    whistle: Whistle,
    caller: Caller,
    *,
    by: By | None = None,
    request_id: str = "",
    at: datetime | None = None,
) -> Filed:
    """File it. `by` is the capacity of a signed-in person; None = the public.

    Raises Refusal, gate.KeyReused, permissions.Forbidden. The same key or foreign number with the same words gives
    the same case again.
    """
    moment = at or actions.now()
    pack = versions.current(moment)
    kind = permissions.whistler_kind(by)
    if kind is None:
        raise permissions.Forbidden("report")
    whistle = _as_kept(whistle)
    _check(whistle, caller, pack, moment)
    source = replace(
        caller,
        phone=whistle.phone or caller.phone,
        system=whistle.system,
        external_id=whistle.external_id,
    )
    try:
        return _file(whistle, source, kind, by, pack, moment, request_id)
    except IntegrityError:
        if not whistle.external_id:
            raise
        # A twin with the same foreign number was faster by a hair: now it is known.
        return _file(whistle, source, kind, by, pack, moment, request_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """What a county leader has written, and who is to do it by when; no `unit`: the centre finds it. `about`: the case it
    was written on, which lends item and place."""

    words: str
    unit: str = ""
    finish: Limit | None = None
    about: Case | None = None


def assign(given: Assignment, by: By, *, source: actions.Source, at: datetime) -> Case:
    """领导交办件: a leader's words as a case that returns to that leader. Inside the caller's transaction.

    Raises Refusal, permissions.Forbidden."""
    if permissions.whistler_kind(by) != "leader":
        raise permissions.Forbidden("assign")
    pack = versions.current(at)
    rules, about = PackRules(pack, at), given.about or Case()
    item = about.item if rules.in_manual(about.item) else ""
    situation = about.situation if item else ""
    if about.against and given.unit and rules.same_unit(given.unit, about.against):
        raise Refusal("unit_must_avoid", unit=given.unit)
    if given.unit and not rules.may_own(given.unit, item):
        raise Refusal("unit_may_not_own", unit=given.unit, item=item)
    plan = (
        rules.plan_by_hand(given.unit, item=item, situation=situation, finish=given.finish, rule="assigned")
        if given.unit
        else None
    )
    words = vault.commit("words", given.words, subject_of(by.actor))
    caller = Caller(client="assigned", key=words.commitment[:32], trusted=True)
    report = c.Report(
        by=by,
        number=gate.admit(caller, bytes.fromhex(words.commitment), pack.settings.rates, at).number,
        channel="note",
        whistler_kind="leader",
        whistler=by.actor,
        whistler_unit=by.unit,
        requester=by.actor,
        leader=by.actor,
        item=item,
        situation=situation,
        place=about.place,
        against=about.against,
        sensitive=about.sensitive,
        words=Kept(words.commitment),
        plan=plan,
        unsure="" if plan else "assigned",
    )
    return actions.open_case(report, [words], pack, at=at, source=source)


@transaction.atomic
def _file(
    whistle: Whistle, caller: Caller, kind: str, by: By | None, pack: Pack, at: datetime, request_id: str
) -> Filed:
    admitted = gate.admit(caller, hash_of(whistle), pack.settings.rates, at)
    if admitted.again:
        case = actions.load(admitted.number)
        return Filed(case, gate.token_of(case.number), _guess(whistle, pack, at), "", True)
    return _open(whistle, admitted.number, kind, by, pack, at, request_id)


def _open(
    whistle: Whistle, number: str, kind: str, by: By | None, pack: Pack, at: datetime, request_id: str
) -> Filed:
    people = _people(whistle, by, at)

    def earlier(requester: str, item: str, place: Place) -> str:
        return _earlier(requester, item, place, pack, at)

    made = compose(
        whistle, number, kind, by, people, pack, at, find_precedent=precedents.find, find_earlier=earlier
    )
    if whistle.photos:
        evidence.attach(
            actions.ids(whistle.photos), number, whistle.upload_token, subject=subject_of(people.whose)
        )
    source = actions.Source(whistle.channel, whistle.system, whistle.external_id, request_id)
    case = actions.open_case(made.report, made.secrets, pack, at=at, source=source)
    return Filed(case, gate.token_of(number), made.guess, made.reason)


@dataclass(frozen=True, slots=True)
class People:
    """Actor ids of whistler and requester, what the vault must keep of them, and whether we met the requester before."""

    whistler: str
    requester: str
    secrets: list[vault.Secret]
    known: bool
    on_behalf: bool = False

    @property
    def whose(self) -> str:
        """The person whose words they are."""
        return self.requester or self.whistler


@dataclass(frozen=True, slots=True)
class Composed:
    """A report ready to be given, with what the vault must keep, the guess, and why it goes where it goes."""

    report: c.Report
    secrets: list[vault.Secret]
    guess: Guess
    reason: str


FindItem = Callable[[Whistle, Pack, datetime], Guess]
FindPrecedent = Callable[[str, str, Place, str], Precedent | None]  # item, situation, place, text
FindEarlier = Callable[[str, str, Place], str]  # requester, item, place


def compose(
    whistle: Whistle,
    number: str,
    kind: str,
    by: By | None,
    people: People,
    pack: Pack,
    at: datetime,
    *,
    find_precedent: FindPrecedent,
    find_earlier: FindEarlier,
    find_item: FindItem | None = None,
) -> Composed:
    """From what was said to a report: placed, classified, routed. Asks the database nothing; only salts are random.

    `find_item`: who reads the words; None: the classifier that is served.
    """
    rules = PackRules(pack, at)
    place = placing.place_of(whistle.place, whistle.text, pack)
    guess = (find_item or _guess)(whistle, pack, at)
    item = guess.item or ""
    against = whistle.against or reading.unit_complained_of(
        whistle.text, pack, near=(place.community, place.township)
    )
    situation = (whistle.situation or reading.situation(whistle.text, item, pack)) if item else ""
    anonymous = whistle.anonymous or (by is None and not whistle.phone)
    earlier = find_earlier(people.whose, item, place) if people.known and not anonymous else ""
    precedent = find_precedent(item, situation, place, whistle.text)
    blower = by.unit if by and not whistle.own else ""
    owner = reading.owner(whistle.mark, pack, alone=True) or reading.owner(whistle.text, pack)
    plan, why = _plan(guess, situation, place, owner, blower, against, precedent, int(bool(earlier)), rules)
    words = vault.commit("words", _said(whistle), subject_of(people.whose))
    report = c.Report(
        by=by or By(people.whistler, permissions.WHISTLER),
        number=number,
        channel=whistle.channel,
        whistler_kind=kind,
        whistler=people.whistler,
        whistler_unit=by.unit if by else "",
        requester=people.requester,
        on_behalf=people.on_behalf,
        anonymous=anonymous,
        nature=whistle.nature or reading.nature(whistle.text),
        item=item,
        situation=situation,
        confidence=round(guess.confidence * 1000),
        why=guess.by,
        place=place,
        words=Kept(words.commitment),
        photos=tuple(whistle.photos),
        against=against,
        external_system=whistle.system,
        external_id=whistle.external_id,
        external_due=whistle.external_due,
        occurred_at=whistle.occurred_at,
        repeat_of=earlier,
        level=1 if earlier else 0,
        staff_found=whistle.staff_found,
        guess=item or next((code for code, _ in guess.top), ""),
        margin=guess.margin,
        plan=plan,
        unsure="" if plan else why,
    )
    return Composed(report, [*people.secrets, words], guess, why)


def _plan(
    guess: Guess,
    situation: str,
    place: Place,
    owner: str | None,
    whistler_unit: str,
    against: str,
    precedent: Precedent | None,
    level: int,
    rules: PackRules,
) -> tuple[Plan | None, str]:
    """Who gets it and why: by precedent, else by the pack's routing; None and the reason where a person must decide."""
    item = guess.item or ""
    if precedent:
        plan = precedents.plan_by(precedent, item, situation, place, rules, against=against, level=level)
        if plan:
            return plan, plan.why
    if not item:
        return None, "off_manual" if guess.none_of_these else "unsure"
    return rules.route(
        item,
        situation,
        place,
        whistler_unit=whistler_unit,
        against=against,
        owner=owner,
        level=level,
    )


def _said(whistle: Whistle) -> str:
    """The words as they are kept: what stands on the thing belongs to them."""
    return f"{whistle.text}\n设施上写的字：{whistle.mark}" if whistle.mark else whistle.text


def _as_kept(whistle: Whistle) -> Whistle:
    """What was said as it will be kept: texts that can be read, numbers in one form. Refuses what cannot be kept."""

    def kept(said: Mapping[str, Any]) -> dict[str, Any]:
        return {name: readable(value) if isinstance(value, str) else value for name, value in said.items()}

    texts = {f.name: value for f in fields(whistle) if isinstance(value := getattr(whistle, f.name), str)}
    made = replace(whistle, **kept(texts), place=kept(whistle.place) if whistle.place else None)
    if made.phone:
        made = replace(made, phone=_phone(made.phone))
    if other := whistle.on_behalf_of:
        name, phone = (kept(other).get(part) or "" for part in ("name", "phone"))
        made = replace(made, on_behalf_of={"name": name.strip(), "phone": _phone(phone) if phone else ""})
    return made


def _phone(said: str) -> str:
    try:
        return phones.normal(said)
    except phones.NotAPhone:
        raise Refusal("not_a_phone", field="phone") from None


def _check(whistle: Whistle, caller: Caller, pack: Pack, at: datetime) -> None:
    longest = max(pack.settings.numbers.words, LONGEST_TRANSFER if caller.trusted else 0)
    if not whistle.text.strip() and not whistle.photos:
        raise Refusal("words_needed")
    address = str((whistle.place or {}).get("address") or "")
    other = whistle.on_behalf_of
    for name, text, most in (
        ("text", whistle.text, longest),
        ("name", whistle.name, LONGEST_NAME),
        ("name", other["name"] if other else "", LONGEST_NAME),
        ("address", address, LONGEST_ADDRESS),
        ("external_id", whistle.external_id, LONGEST_CODE),
        ("mark", whistle.mark, LONGEST_MARK),
    ):
        if len(text) > most:
            raise Refusal("too_long", longest=most, field=name)
    if other is not None and not any(other.values()) and not whistle.anonymous:
        raise Refusal("contact_needed", field="phone")
    if len(whistle.photos) > pack.settings.numbers.photos:
        raise Refusal("too_many_photos", most=pack.settings.numbers.photos, field="photos")
    if whistle.occurred_at and whistle.occurred_at > at + CLOCKS_WRONG_BY:
        raise Refusal("in_the_future", field="occurred_at")


def hash_of(whistle: Whistle) -> bytes:
    """What the same request sent twice has in common, under a key that is not in the database: it covers a number."""
    said = asdict(whistle)
    said["photos"] = len(whistle.photos)  # sent again, the same pictures have other ids
    del said["upload_token"]
    body = json.dumps(said, ensure_ascii=False, sort_keys=True, default=str)
    return hmac.new(settings.PHONE_HASH_KEY.encode(), body.encode(), hashlib.sha256).digest()


def _guess(whistle: Whistle, pack: Pack, at: datetime) -> Guess:
    """The item the whistler named, else what the words say; doubtful guesses are left to triage."""
    items = pack.items_on(pack.day(at))
    if whistle.item:
        if whistle.item not in items:
            raise Refusal("unknown_item", item=whistle.item)
        return Guess.named(whistle.item)
    return classifier.current(pack).classify(whistle.text, items, pack.settings.dispatch)


def _people(whistle: Whistle, by: By | None, at: datetime) -> People:
    """Whoever files for another is not the one who rates; so is staff who gives the name or number of a caller."""
    secrets: list[vault.Secret] = []
    other = whistle.on_behalf_of
    if by and other is None and (whistle.phone or whistle.name):
        other = {"name": whistle.name, "phone": whistle.phone}
    own = (whistle.phone, whistle.name)
    whose = (other.get("phone") or "", other.get("name") or "") if other is not None else None
    asked = {each for each in (None if by else own, whose) if each is not None}
    # In one order for all: the row of each person is locked, and two neighbours may report for each other.
    met = {each: _person(*each, secrets, at) for each in sorted(asked)}
    whistler, known = (by.actor, True) if by else met[own]
    if whose is None:
        return People(whistler, "" if whistle.staff_found else whistler, secrets, known)
    requester, known = met[whose]
    return People(whistler, requester, secrets, known, on_behalf=True)


def _person(phone: str, name: str, secrets: list[vault.Secret], at: datetime) -> tuple[str, bool]:
    """Actor id, and whether they were known. Somebody without a phone gets a pseudonym of this case alone."""
    if phone:
        person, new = persons.meet(phone, name, at)
        secrets += new
        return f"person:{person}", all(secret.kind != "phone" for secret in new)
    pseudonym = str(uuid.uuid4())
    if name:
        secrets.append(vault.commit("name", name, pseudonym))
    return f"person:{pseudonym}", False


def _earlier(requester: str, item: str, place: Place, pack: Pack, at: datetime) -> str:
    """重复诉求: the same person's case about the same item and grid that ended a short while ago."""
    if not (requester and item and place.grid):
        return ""
    since = at - timedelta(days=pack.settings.numbers.repeat_days)
    found = (
        CaseRow.objects.filter(
            requester=requester, item=item, grid=place.grid, state="closed", ended_at__gte=since
        )
        .order_by("-ended_at")
        .values_list("number", flat=True)
        .first()
    )
    return found or ""
