"""The one door for briefings: lock, load, permit, decide, append, write the rows, tell; in one transaction."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Count, Q

from shaodao.centre.briefings import briefing, following, gathering
from shaodao.centre.briefings.briefing import Briefing, Happened
from shaodao.centre.briefings.content import Content, decode, encode, same_figures
from shaodao.centre.briefings.models import Briefing as Row
from shaodao.centre.briefings.models import Content as ContentRow
from shaodao.centre.briefings.months import Month
from shaodao.centre.briefings.projection import BRIEFINGS
from shaodao.centre.cases import permissions, queries
from shaodao.centre.cases.actions import DIRECT, Source, context_of, drafts_of, now
from shaodao.centre.cases.compose import kept, needed_words_of
from shaodao.centre.cases.lifecycle.codec import from_payload
from shaodao.centre.cases.lifecycle.model import By, Kept
from shaodao.centre.cases.lifecycle.refusal import Refusal, unchanged
from shaodao.county.pack import versions
from shaodao.county.pack.model import Pack
from shaodao.county.units import Kind
from shaodao.ground.ledger import keeping, still, store, vault
from shaodao.ground.messages import outbox

LONGEST_WORDS = 6000
PROPOSED_WITHIN = 5  # days: the draft of a month is proposed on one of the first days of the next
PROPOSER = By("system:briefings", permissions.SYSTEM)
SIMPLE: Mapping[str, type[Any]] = {
    "submit": briefing.Submit,
    "check": briefing.Check,
    "sign": briefing.Sign,
    "read": briefing.Read,
}


class NoSuchBriefing(LookupError):
    """There is no briefing of this month, or not for this person."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A briefing as one capacity sees it: state, content, history, words by commitment, the commands it may give.
    `outdated`: the figures were taken again after opinions and next steps had been written, and are others now."""

    briefing: Briefing
    content: Content
    history: tuple[Happened, ...]
    words: Mapping[str, str]
    offered: tuple[str, ...]
    outdated: bool

    @property
    def opinions(self) -> str:
        """As a person wrote or took them over; "" while nobody has."""
        return self.words.get(self.briefing.opinions, "")

    @property
    def steps(self) -> str:
        return self.words.get(self.briefing.steps, "")


# --- commands -----------------------------------------------------------------------------------------------------


def draft(
    month: Month,
    by: By,
    *,
    version: int | None = None,
    source: Source = DIRECT,
    at: datetime | None = None,
) -> Briefing:
    """Begin the briefing of a month that is over, with its figures as they stand; where one is drafted already, take the
    figures again. `version`, here and below: of the briefing as it was looked at. Raises permissions.Forbidden, Refusal."""
    moment = at or now()
    pack = versions.current(moment)
    _permit(by, "draft", pack)
    if month.ends(pack.zone) > moment:
        raise Refusal("not_now")
    freeze, data = _frozen(month, by, pack, moment)
    digest = freeze.digest

    def commands(found: Briefing) -> list[briefing.Command]:
        begin = [] if found.version else [briefing.Draft(by, str(month))]
        return [*begin, freeze]

    try:
        with transaction.atomic():
            ContentRow.objects.get_or_create(digest=digest, defaults={"data": data})
            return _give(str(month), commands, by, [], moment, source, version)
    except store.Conflict:  # somebody else began it at this moment
        raise Refusal("not_now") from None


def preview(month: Month, at: datetime | None = None) -> tuple[Briefing, Content]:
    """What the briefing of a month would be now; recorded nowhere. Raises Refusal."""
    moment = at or now()
    pack = versions.current(moment)
    freeze, data = _frozen(month, PROPOSER, pack, moment)
    begun = briefing.replay(briefing.decide(Briefing(), briefing.Draft(PROPOSER, str(month)), moment))
    return briefing.replay(briefing.decide(begun, freeze, moment), begun), decode(data)


def _frozen(month: Month, by: By, pack: Pack, at: datetime) -> tuple[briefing.Freeze, bytes]:
    """The figures as they stand at a position, and their bytes."""
    try:
        anchor, content = still.read(lambda: gathering.gather(month, pack, at), at)
    except still.NeverStill:
        raise Refusal("figures_moving") from None
    data = encode(content)
    digest = keeping.hash_()(data).hex()
    return briefing.Freeze(by, anchor.size, anchor.root.hex(), digest, content.problems), data


def act(
    month: str,
    command: str,
    by: By,
    *,
    words: str = "",
    version: int | None = None,
    source: Source = DIRECT,
    at: datetime | None = None,
) -> Briefing:
    """Give a command without a subject (submit, check, return, sign, publish, read); return the briefing after it.

    Raises NoSuchBriefing, permissions.Forbidden, Refusal."""
    moment = at or now()
    _permit(by, command, versions.current(moment))
    if command in SIMPLE:
        made: briefing.Command = SIMPLE[command](by)
        return _give(month, lambda _: [made], by, [], moment, source, version)
    if command == "return":
        secret = needed_words_of("briefing", words, LONGEST_WORDS, by.actor)
        back = briefing.Return(by, Kept(secret.commitment))
        return _give(month, lambda _: [back], by, [secret], moment, source, version)
    if command == "publish":
        return _publish(month, by, moment, source, version)
    raise Refusal("unknown_command", command=command)


def write(
    month: str,
    opinions: str,
    steps: str,
    by: By,
    *,
    version: int | None = None,
    source: Source = DIRECT,
    at: datetime | None = None,
) -> Briefing:
    """Opinions and next steps, as a person writes them or takes them over from the draft."""
    moment = at or now()
    _permit(by, "write", versions.current(moment))
    secrets = [
        needed_words_of("briefing", opinions, LONGEST_WORDS, by.actor),
        needed_words_of("briefing", steps, LONGEST_WORDS, by.actor),
    ]
    made = briefing.Write(by, *map(kept, secrets))
    return _give(month, lambda _: [made], by, secrets, moment, source, version)


def pick(
    month: str,
    case: str,
    kind: str,
    unit: str,
    by: By,
    *,
    leave_out: str = "",
    version: int | None = None,
    source: Source = DIRECT,
    at: datetime | None = None,
) -> Briefing:
    """Leave a problem out, for the reason `leave_out`; without one, name it after all."""
    moment = at or now()
    _permit(by, "leave_out", versions.current(moment))
    if not leave_out.strip():
        back = briefing.TakeBack(by, case, kind, unit)
        return _give(month, lambda _: [back], by, [], moment, source, version)
    secret = needed_words_of("briefing", leave_out, LONGEST_WORDS, by.actor)
    made = briefing.LeaveOut(by, case, kind, unit, Kept(secret.commitment))
    return _give(month, lambda _: [made], by, [secret], moment, source, version)


def _publish(month: str, by: By, at: datetime, source: Source, version: int | None) -> Briefing:
    """Give it its numbers, and say at once what has been put right since the figures were frozen."""

    def commands(_: Briefing) -> list[briefing.Command]:
        list(Row.objects.select_for_update().order_by("month"))  # two at once would get the same number
        return [briefing.Publish(by, *next_numbers(month))]

    with transaction.atomic():
        found = _give(month, commands, by, [], at, source, version)
        right = gathering.put_right(each.named.case for each in found.named)
        following.put_right(
            month,
            [briefing.PutRight(*each.named.key, at) for each in found.named if each.named.case in right],
        )
        return found


def next_numbers(month: str) -> tuple[int, int]:
    """第N期 of the month's year and 总第N期 that it would get now. One statement."""
    found = Row.objects.exclude(published_at=None).aggregate(
        issue=Count("month", filter=Q(month__startswith=month[:4])), total=Count("month")
    )
    return found["issue"] + 1, found["total"] + 1


# --- looking ------------------------------------------------------------------------------------------------------


def look(month: str, by: By, pack: Pack) -> Opened:
    """A briefing to look at. Raises NoSuchBriefing also where it may not be seen."""
    recorded = store.history(BRIEFINGS.stream(month))
    found = BRIEFINGS.fold(recorded)
    if not recorded or not _may_see(found, by, pack):
        raise NoSuchBriefing(month)
    history = tuple((_event(each), each.occurred_at) for each in recorded)
    kept = [text for event, _ in history for text in _commitments(event)]
    offered = (
        name
        for name in briefing.POSSIBLE[found.state]
        if name != "put_right" and permissions.may_brief(by, name, pack)
    )
    content = content_of(found.digest)
    outdated = (
        bool(found.opinions)
        and found.written_for != found.digest
        and not same_figures(content_of(found.written_for), content)
    )
    return Opened(found, content, history, queries.read_words(kept), tuple(offered), outdated)


def content_of(digest: str) -> Content:
    """What was computed, by the hash that the event keeps. Raises NoSuchBriefing where the bytes are not those."""
    row = ContentRow.objects.filter(digest=digest).first()
    if row is None or keeping.hash_()(bytes(row.data)).hex() != digest:
        raise NoSuchBriefing(digest)
    return _decoded(bytes(row.data))


_decoded = lru_cache(maxsize=8)(decode)


@dataclass(frozen=True, slots=True)
class Listed:
    """A briefing in the list: its row, how many problems it names and how many of them are put right, whether this person
    has read it."""

    row: Row
    named: int
    right: int
    read: bool


def visible(by: By, pack: Pack) -> list[Listed]:
    """The briefings this capacity may see, newest first. Two statements."""
    rows = Row.objects.annotate(
        named=Count("problems"), right=Count("problems", filter=~Q(problems__put_right_at=None))
    )
    if not permissions.may_prepare_briefings(by, pack):
        rows = rows.exclude(published_at=None)
    read = set(Row.objects.filter(readings__actor=by.actor).values_list("month", flat=True))
    return [Listed(row, row.named, row.right, row.month in read) for row in rows.order_by("-month")]


def _may_see(found: Briefing, by: By, pack: Pack) -> bool:
    published = found.published_at is not None and permissions.may_read_briefings(by, pack)
    return published or permissions.may_prepare_briefings(by, pack)


# --- by itself ----------------------------------------------------------------------------------------------------


def propose(at: datetime | None = None) -> bool:
    """On the first days of a month, begin the draft of the month before if nobody has; return whether it did. Nothing is
    ever checked, signed or published by itself."""
    moment = at or now()
    pack = versions.current(moment)
    if moment.astimezone(ZoneInfo(pack.zone)).day > PROPOSED_WITHIN:
        return False
    month = Month.of(moment, pack.zone).before
    if Row.objects.filter(month=str(month)).exists():
        return False
    draft(month, PROPOSER, at=moment)
    return True


def tick(stop: threading.Event) -> bool:
    """The loop of the background process."""
    try:
        propose()
    except (versions.NoPack, Refusal):
        return False
    return False


# --- private ------------------------------------------------------------------------------------------------------


def _permit(by: By, command: str, pack: Pack) -> None:
    if by != PROPOSER and not permissions.may_brief(by, command, pack):
        raise permissions.Forbidden(command)


def _give(
    month: str,
    commands: Callable[[Briefing], Sequence[briefing.Command]],
    by: By,
    secrets: Sequence[vault.Secret],
    at: datetime,
    source: Source,
    version: int | None = None,
) -> Briefing:
    """Decide, and write whatever has happened."""
    with transaction.atomic():
        before, heads = BRIEFINGS.lock(month)
        after = before
        unchanged(version, before.version)
        happened: list[Happened] = []
        for command in commands(before):
            if not after.version and not isinstance(command, briefing.Draft):
                raise NoSuchBriefing(month)
            said = briefing.decide(after, command, at)
            after = briefing.replay(said, after)
            happened += said
        if not happened:
            return after
        vault.insert(secrets, at)
        store.append([(BRIEFINGS.stream(month), drafts_of(happened))], context_of(by, source), at, heads)
        BRIEFINGS.write([(month, before, after)])
        outbox.post_many(_notices(before, after, happened, versions.current(at)), at)
        return after


def _notices(
    before: Briefing, after: Briefing, happened: Sequence[Happened], pack: Pack
) -> list[outbox.Message]:
    """Whoever is next learns of it; of a published one the county's leaders."""
    centre = next(unit for unit in pack.units.values() if unit.kind is Kind.CENTRE)
    desk = f"role:centre_deputy@{centre.code}"
    leaders = [unit.code for unit in pack.units.values() if unit.kind is Kind.LEADERS]
    told: dict[type[briefing.Event], tuple[str, tuple[str, ...]]] = {
        briefing.BriefingDrafted: ("briefing_drafted", (desk,)),
        briefing.BriefingSubmitted: ("briefing_to_check", (f"role:centre_director@{centre.code}",)),
        briefing.BriefingChecked: ("briefing_to_sign", (f"role:unit_head@{centre.parent}",)),
        briefing.BriefingReturned: ("briefing_returned", (desk,)),
        briefing.BriefingSigned: ("briefing_signed", (desk,)),
        briefing.BriefingPublished: (
            "briefing_published",
            tuple(f"role:county_leader@{code}" for code in leaders),
        ),
    }
    params = {"briefing": after.month, "name": Month.parse(after.month).name}
    return [
        message
        for seq, (event, _) in enumerate(happened, before.version + 1)
        for template, recipients in [told.get(type(event), ("", ()))]
        for message in outbox.to_each(template, recipients, params, f"briefing:{after.month}:{seq}")
    ]


def _event(recorded: store.Recorded) -> Any:
    return from_payload(recorded.type, recorded.payload, briefing.EVENTS)


def _commitments(event: briefing.Event) -> list[str]:
    return [text for name in ("words", "opinions", "steps") if (text := getattr(event, name, ""))]
