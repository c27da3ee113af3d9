"""The one door for publishing: lock, load, permit, decide, append, write the row; in one transaction."""

from __future__ import annotations

import secrets as random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from shaodao.centre.cases import erasure, permissions, queries
from shaodao.centre.cases.actions import DIRECT, NoSuchCase, Source, context_of, drafts_of, now
from shaodao.centre.cases.compose import kept, words_of
from shaodao.centre.cases.lifecycle import Case, state_of
from shaodao.centre.cases.lifecycle.events import Requested
from shaodao.centre.cases.lifecycle.model import By, Kept
from shaodao.centre.cases.lifecycle.refusal import Refusal
from shaodao.centre.cases.models import Case as CaseRow
from shaodao.centre.cases.projection import CASES
from shaodao.centre.publishing import publication
from shaodao.centre.publishing.masking import masked
from shaodao.centre.publishing.models import Publication as Row
from shaodao.centre.publishing.models import Ranking
from shaodao.centre.publishing.projection import PUBLICATIONS, RANKING, RANKINGS
from shaodao.centre.publishing.publication import ENDED, Event, Publication
from shaodao.county.pack import versions
from shaodao.county.pack.model import Pack
from shaodao.county.people import persons
from shaodao.county.people.models import Person
from shaodao.county.places import Level
from shaodao.ground.files import intake
from shaodao.ground.files.boxes import Box
from shaodao.ground.files.refusals import Refusal as FileRefusal
from shaodao.ground.ledger import store, vault
from shaodao.ground.ledger.events import Stream

LONGEST_WORDS = 1000
PAGE = 30
SYSTEM = By("system:erasure", "system")
# What nobody but the centre may know of stays so, whatever was decided before it became known.
SHOWABLE = (
    Q(state__in=ENDED, sensitive=False, against="") & ~Q(identity_mode="protected") & ~Q(nature="denounce")
)
_SHOWN = (
    Q(case__state__in=ENDED, case__sensitive=False, case__against="")
    & ~Q(case__identity_mode="protected")
    & ~Q(case__nature="denounce")
)


@dataclass(frozen=True, slots=True)
class Shown:
    """A case as everybody may read it: no number, no person, no place below the street."""

    token: str
    item: str
    street: str
    unit: str
    reported_at: datetime
    published_at: datetime
    words: str
    result: str
    photos: tuple[str, ...]


# --- deciding ----------------------------------------------------------------------------------------------------


def publish(
    number: str,
    words: str,
    result: str,
    photos: Mapping[str, Sequence[Box]],
    by: By,
    *,
    source: Source = DIRECT,
    at: datetime | None = None,
) -> Publication:
    """Show a case in these words, masked once more. `photos`: of the case's own, those that were ticked, each with what of
    it is painted over; none that the search for faces has still to look at.

    Raises NoSuchCase, permissions.Forbidden, Refusal."""

    def decide(
        one: Publication, case: Case, opened: queries.Opened
    ) -> tuple[Event, list[vault.Secret | None]]:
        if not may_be_shown(case):
            raise Refusal("not_public")
        if not photos.keys() <= photos_of(opened):
            raise Refusal("no_such_file")
        if intake.unseen(photos):
            raise Refusal("not_looked_at")
        pack = versions.current(at or now())
        said = [
            words_of("publication", text, LONGEST_WORDS, case.whose or by.actor)
            for text in masked_of(case, pack, words, result)
        ]
        keys = list(map(kept, said))
        open_ = [publication.Photo(id, tuple(map(str, boxes))) for id, boxes in photos.items()]
        made = publication.publish(one, by, random.token_hex(6), keys[0], keys[1], open_)
        for id, boxes in photos.items():  # last: what is refused changes nothing that everybody sees
            _make_open(id, boxes)
        return made, said

    return _give(number, "publish", by, decide, source, at)


def decline(
    number: str, reason: str, by: By, *, source: Source = DIRECT, at: datetime | None = None
) -> Publication:
    """Decide that a case is not shown. Raises NoSuchCase, permissions.Forbidden, Refusal."""
    return _with_reason(number, "decline", publication.decline, reason, by, source, at)


def withdraw(
    number: str, reason: str, by: By, *, source: Source = DIRECT, at: datetime | None = None
) -> Publication:
    """Take a case off the public pages. Raises NoSuchCase, permissions.Forbidden, Refusal."""
    return _with_reason(number, "withdraw", publication.withdraw, reason, by, source, at)


def switch_ranking(
    on: bool, reason: str, by: By, *, source: Source = DIRECT, at: datetime | None = None
) -> None:
    """Rank units in public, or no more: the county leader's to say. Raises permissions.Forbidden, Refusal."""
    moment = at or now()
    if not permissions.may_publish(by, "rank"):
        raise permissions.Forbidden("switch_ranking")
    with transaction.atomic():
        before, heads = RANKINGS.lock(RANKING)
        secret = words_of("publication", reason, LONGEST_WORDS, by.actor)
        made = publication.switch_ranking(before, on, by, kept(secret))
        vault.insert([secret], moment)
        drafts = drafts_of([(made, moment)])
        store.append([(RANKINGS.stream(RANKING), drafts)], context_of(by, source), moment, heads)
        after = publication.evolve_ranking(before, made, moment)
        RANKINGS.write([(RANKING, before, after)])


@erasure.forgets
def forget(leaving: erasure.Leaving) -> None:
    """What was published of an erased person's cases is withdrawn; its words went with the vault's."""
    own = Q(case__whistler=leaving.actor) | Q(case__requester=leaving.actor)
    numbers = Row.objects.filter(own, state="published").order_by("pk").values_list("pk", flat=True)
    for number in list(numbers):
        one, heads = PUBLICATIONS.lock(number)
        if one.state == "published":
            _write(number, one, publication.Withdrawn(SYSTEM, erased=True), SYSTEM, DIRECT, now(), heads)


# --- looking -----------------------------------------------------------------------------------------------------


def may_be_shown(case: Case) -> bool:
    """Whether a person may decide to publish it: it has ended, and is nothing that only the centre may know."""
    return state_of(case) in ENDED and permissions.is_for_all(case)


def look(number: str, by: By, pack: Pack) -> tuple[queries.Opened, Publication]:
    """A case and what was decided about it. Raises NoSuchCase also where it may not be seen or never be shown, and
    permissions.Forbidden."""
    if not permissions.may_publish(by, "read"):
        raise permissions.Forbidden("read_publication")
    opened = queries.open_case(number, by, pack)
    one = PUBLICATIONS.read(number)
    if not one.version and not may_be_shown(opened.case):
        raise NoSuchCase(number)
    return opened, one


def waiting(by: By, pack: Pack) -> QuerySet[CaseRow]:
    """Cases that may be published and of which nobody has decided yet, as far as they may be seen; the latest first."""
    rows = queries.seen(by, queries.Filters(), pack).filter(SHOWABLE)
    return rows.exclude(number__in=Row.objects.values("case_id")).order_by("-ended_at", "-number")


def decided(state: str) -> QuerySet[Row]:
    """What was published, declined or withdrawn, the latest first."""
    return Row.objects.filter(state=state).select_related("case").order_by("-changed_at", "-pk")


def shown(street: str = "", *, after: str = "", size: int = PAGE, tokens: Iterable[str] = ()) -> list[Shown]:
    """Published cases for everybody, the latest first, from below the token `after` on. Two statements, three from `after`
    on."""
    rows = Row.objects.filter(_SHOWN, state="published").select_related("case")
    if street:
        rows = rows.filter(case__township=street)
    if wanted := list(tokens):
        rows = rows.filter(token__in=wanted)
    if after:
        last = Row.objects.filter(token=after).first()
        if last is not None:
            rows = rows.filter(
                Q(published_at__lt=last.published_at) | Q(published_at=last.published_at, token__lt=after)
            )
    found = list(rows.order_by("-published_at", "-token")[:size])
    said = queries.read_words(key for row in found for key in (row.words, row.result) if key)
    return [_shown(row, said) for row in found]


def ranking_shown() -> bool:
    """Whether units are ranked in public. One statement."""
    return Ranking.objects.filter(pk=RANKING, shown=True).exists()


def photos_of(opened: queries.Opened) -> set[str]:
    """The pictures of a case that could be ticked."""
    found = set(opened.case.photos)
    for step in opened.steps:
        said = step.event.request if isinstance(step.event, Requested) else step.event
        found.update(getattr(said, "photos", ()))
    return found


def masked_of(case: Case, pack: Pack, *texts: str) -> list[str]:
    """Texts about a case, masked: also the names of those who had part in it, and of communities, villages and grids. A few
    statements."""
    names, places = _names_of(case), below_the_street(pack)
    return [masked(text, names, places) for text in texts]


def below_the_street(pack: Pack) -> list[str]:
    """The names of communities, villages and grids."""
    return [place.name for place in pack.places if place.level in (Level.COMMUNITY, Level.GRID)]


# --- private -----------------------------------------------------------------------------------------------------


def _names_of(case: Case) -> list[str]:
    found = []
    for actor in {case.whistler, case.requester, *case.persons}:
        try:
            found.append(persons.contact(UUID(actor.removeprefix("person:")))[1])
        except (ValueError, Person.DoesNotExist):
            continue
    return [name for name in found if name]


Decide = Callable[[Publication, Case, queries.Opened], tuple[Event, list[vault.Secret | None]]]


def _with_reason(
    number: str,
    command: str,
    made_by: Callable[[Publication, By, Kept], Event],
    reason: str,
    by: By,
    source: Source,
    at: datetime | None,
) -> Publication:
    def decide(
        one: Publication, case: Case, opened: queries.Opened
    ) -> tuple[Event, list[vault.Secret | None]]:
        secret = words_of(
            "publication", reason, LONGEST_WORDS, case.whose or by.actor
        )  # it may speak of them
        made = made_by(one, by, kept(secret))
        return made, [secret]

    return _give(number, command, by, decide, source, at)


def _give(
    number: str, command: str, by: By, decide: Decide, source: Source, at: datetime | None
) -> Publication:
    """The case is locked too: an erasure comes wholly before this or wholly after."""
    moment = at or now()
    pack = versions.current(moment)
    if not permissions.may_publish(by, command):
        raise permissions.Forbidden(command)
    with transaction.atomic():
        _, heads = PUBLICATIONS.lock(number, CASES.stream(number))
        opened, one = look(number, by, pack)
        made, kept = decide(one, opened.case, opened)
        vault.insert(kept, moment)
        return _write(number, one, made, by, source, moment, heads)


def _make_open(id: str, boxes: Sequence[Box]) -> None:
    try:
        intake.open_copies(UUID(id), boxes)
    except FileRefusal:
        raise Refusal("no_such_file") from None


def _write(
    number: str,
    one: Publication,
    made: Event,
    by: By,
    source: Source,
    at: datetime,
    heads: Mapping[Stream, store.Head],
) -> Publication:
    after = publication.evolve(one, made, at)
    store.append([(PUBLICATIONS.stream(number), drafts_of([(made, at)]))], context_of(by, source), at, heads)
    PUBLICATIONS.write([(number, one, after)])
    if one.photos and not after.photos:
        intake.close_copies(photo.id for photo in one.photos)
    return after


def _shown(row: Row, said: Mapping[str, str]) -> Shown:
    case = row.case
    return Shown(
        row.token, case.item, case.township, case.lead_unit, case.reported_at, row.published_at or datetime.now(UTC),
        said.get(row.words, ""), said.get(row.result, ""), tuple(row.photos),
    )  # fmt: skip
