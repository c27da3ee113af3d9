"""疑似重复: as cases come in, the pairs that may be one are kept for the centre, with the evidence. A machine proposes;
whoever merges them is a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import Q

from shaodao.centre.cases import erasure
from shaodao.centre.cases.lifecycle.codec import from_payload
from shaodao.centre.cases.lifecycle.events import Dispatched, Event
from shaodao.centre.cases.lifecycle.model import Place
from shaodao.centre.cases.models import Case as CaseRow
from shaodao.centre.cases.models import Words
from shaodao.centre.likeness import near, words
from shaodao.centre.likeness.light import light_of
from shaodao.centre.likeness.models import Band, Pair
from shaodao.centre.likeness.near import Found, Matter
from shaodao.county.pack import versions
from shaodao.county.pack.model import Pack
from shaodao.ground.ledger import store, vault
from shaodao.ground.ledger.events import Recorded
from shaodao.ground.ledger.subscriptions import subscriber_of_many

MOST = 8  # likely ones kept for each case: among a hundred copies each still leads to the others
PAGE = 30


@dataclass(frozen=True, slots=True)
class Page:
    """Pairs, likeliest first, and the key of the next page."""

    pairs: list[Pair]
    after: str | None = None


@subscriber_of_many("likeness", types={"Reported", "Dispatched"}, patient=True)
def watch(events: Sequence[Recorded]) -> None:
    """Compare what has just been reported, or found its item and place, with what is open. The lock lets an erasure come
    wholly before this or wholly after."""
    news = {each.stream for each in events if _is_news(from_payload(each.type, each.payload))}
    rows = list(CaseRow.objects.filter(number__in=[stream.id for stream in news], ended_at=None))
    if not rows:
        return
    known = {row.number for row in rows}
    store.lock(*(stream for stream in news if stream.id in known))
    pack = versions.current()
    light = light_of(pack)
    texts = vault.read(row.words for row in rows if row.words)
    grams = {
        row.number: words.read(text if isinstance(text := texts.get(row.words), str) else "", light)
        for row in rows
    }
    _keep_words(grams)
    pictures = near.pictures_of(sorted(known))
    for row in rows:
        place = Place(row.grid, row.community, row.township, "", row.lon, row.lat)
        asked = Matter(
            row.number, row.item, place, row.reported_at, grams[row.number], pictures.get(row.number, ())
        )
        keep(asked, near.like(asked, pack)[:MOST], pack)


def _is_news(event: Event) -> bool:
    """A report, or a dispatch that says of what, or where."""
    return not isinstance(event, Dispatched) or event.place is not None or bool(event.item)


def _keep_words(grams: dict[str, words.Words]) -> None:
    """What cases are found and compared by; the search may not have come to them yet."""
    bands = [(band, number) for number, made in grams.items() for band in words.sketch(made.grams)]
    with connection.cursor() as cursor:
        cursor.execute(_KEEP_BANDS, [[band for band, _ in bands], [number for _, number in bands]])
    rows = [Words(number=number, grams=sorted(made.grams)) for number, made in grams.items()]
    Words.objects.bulk_create(rows, ignore_conflicts=True)


def keep(asked: Matter, found: Sequence[Found], pack: Pack) -> None:
    """Keep these pairs of a case; what somebody has said of them already stays."""
    pairs = [_pair(asked, each, pack) for each in found]
    Pair.objects.bulk_create(
        pairs,
        update_conflicts=True,
        unique_fields=["earlier", "later"],
        update_fields=["score", "words", "metres", "minutes", "same_grid", "same_item", "one", "other"],
    )


def _pair(asked: Matter, found: Found, pack: Pack) -> Pair:
    first = (asked.at, asked.number) < (found.reported_at, found.number)
    numbers, pictures = (asked.number, found.number), (found.own, found.theirs)
    evidence = found.evidence
    return Pair(
        earlier=numbers[not first],
        later=numbers[first],
        score=evidence.score(pack.settings.numbers.duplicate_metres),
        words=round(evidence.words * 1000),
        metres=evidence.metres,
        minutes=evidence.minutes,
        same_grid=evidence.same_grid,
        same_item=evidence.same_item,
        one=pictures[not first],
        other=pictures[first],
    )


def of_case(number: str) -> list[Pair]:
    """The pairs of one case whose other half is open too, likeliest first. One statement."""
    mine = Pair.objects.filter(Q(earlier=number) | Q(later=number), apart_by="")
    return list(_open(mine).order_by("-score", "-later", "-earlier")[:MOST])


def all_open(after: str = "", size: int = PAGE) -> Page:
    """All pairs of open cases, likeliest first. One statement."""
    rows = _open(Pair.objects.filter(apart_by=""))
    if after:
        score, later, earlier = after.split(".")
        rows = rows.filter(
            Q(score__lt=int(score))
            | Q(score=int(score), later__lt=later)
            | Q(score=int(score), later=later, earlier__lt=earlier)
        )
    found = list(rows.order_by("-score", "-later", "-earlier")[: size + 1])
    last = found[size - 1] if len(found) > size else None
    return Page(found[:size], f"{last.score}.{last.later}.{last.earlier}" if last else None)


def _open(rows):
    still = CaseRow.objects.filter(state__in=near.OPEN).values("number")
    return rows.filter(earlier__in=still, later__in=still)


def set_apart(earlier: str, later: str, actor: str) -> bool:
    """Somebody has looked: these are two matters. False where nothing was proposed."""
    return bool(Pair.objects.filter(earlier=earlier, later=later, apart_by="").update(apart_by=actor))


@erasure.forgets
def forget_likeness(leaving: erasure.Leaving) -> None:
    """What the words and pictures of a person were like."""
    own = leaving.own
    Band.objects.filter(number__in=own).delete()
    Pair.objects.filter(Q(earlier__in=own) | Q(later__in=own)).delete()


def prune() -> int:
    """Forget the likeness of cases that have ended; returns of how many."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_PRUNE_PAIRS)
        cursor.execute(_PRUNE)
        return cursor.rowcount


_PRUNE_PAIRS = """
DELETE FROM likeness_pair USING cases_case
WHERE number IN (earlier, later) AND ended_at < now() - interval '90 days'
"""
_PRUNE = """
DELETE FROM likeness_band USING cases_case
WHERE cases_case.number = likeness_band.number AND ended_at IS NOT NULL
"""
_KEEP_BANDS = """
INSERT INTO likeness_band (band, number) SELECT * FROM unnest(%s::int[], %s::text[]) ON CONFLICT DO NOTHING
"""
