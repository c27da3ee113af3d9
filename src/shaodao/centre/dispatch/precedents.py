"""A ruling teaches the next case: it is kept as a precedent, and a new case like it is dispatched by it, naming it.

Alike is: the same item (and situation, if the precedent has one) in its area and kind of place; or, for matters that are no
item, mostly the same words and few others. Of several the narrowest and latest decides. Each process keeps the precedents
in memory for a few seconds, so intake asks the database nothing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from shaodao.centre.cases import erasure, projection
from shaodao.centre.cases.grams import grams
from shaodao.centre.cases.lifecycle import Case
from shaodao.centre.cases.lifecycle.codec import from_payload
from shaodao.centre.cases.lifecycle.events import Ruled
from shaodao.centre.cases.lifecycle.model import Place
from shaodao.centre.dispatch.models import Precedent
from shaodao.county.pack.model import Pack
from shaodao.ground.ledger import store, vault
from shaodao.ground.ledger.events import Context, Draft, Recorded, Stream
from shaodao.ground.ledger.subscriptions import subscriber

LOOK_AGAIN = 3.0  # seconds
ALIKE = (
    0.7  # share of the bigrams of either that both must hold: one asks about anything in the same few words
)
ENOUGH = 6  # bigrams: shorter words decide nothing

_lock = threading.Lock()
_held: tuple[float, tuple[Precedent, ...]] | None = None


def find(item: str, situation: str, place: Place, text: str) -> Precedent | None:
    """The precedent that decides a new case, if there is one."""
    return best(_in_force(), item, situation, place, grams(text))


def best(
    known: Iterable[Precedent], item: str, situation: str, place: Place, words: Sequence[str]
) -> Precedent | None:
    """Of the precedents that fit, the narrowest and latest. Pure."""
    fitting = [p for p in known if _fits(p, item, situation, place, frozenset(words))]
    areas = ("", place.township, place.community)  # from wide to narrow
    return max(
        fitting,
        key=lambda p: (areas.index(p.area), bool(p.place_kind), bool(p.situation), p.ruled_at),
        default=None,
    )


def _fits(p: Precedent, item: str, situation: str, place: Place, words: frozenset[str]) -> bool:
    if p.area and p.area not in (place.township, place.community):
        return False
    if p.place_kind and p.place_kind != place.kind:
        return False
    if p.item or item:
        return p.item == item and p.situation in ("", situation)
    return len(p.grams) >= ENOUGH and len(words.intersection(p.grams)) >= ALIKE * len(words.union(p.grams))


def _in_force() -> tuple[Precedent, ...]:
    global _held  # noqa: PLW0603
    held = _held
    if held is not None and time.monotonic() - held[0] < LOOK_AGAIN:
        return held[1]
    found = tuple(Precedent.objects.filter(ended_at=None))
    with _lock:
        _held = (time.monotonic(), found)
    return found


def end(id: int, by: Context, at: datetime) -> None:
    """A precedent no longer binds, from now on; an event on its own stream says who ended it."""
    with transaction.atomic():
        found = Precedent.objects.select_for_update().get(pk=id)
        if found.ended_at is not None:
            return
        stream = Stream("precedent", f"{found.number}/{found.seq}")
        store.append([(stream, [Draft("PrecedentEnded", {}, at)])], by, at, store.lock(stream))
        found.ended_at = at
        found.save(update_fields=["ended_at"])
    forget()


def conflicts(pack: Pack) -> list[tuple[Precedent, Precedent]]:
    """Pairs in force that say different things about the same matter in overlapping scope."""
    known = _in_force()
    return [
        (one, other)
        for index, one in enumerate(known)
        for other in known[index + 1 :]
        if one.item == other.item != "" and one.lead != other.lead and _overlap(one, other, pack)
    ]


def _overlap(one: Precedent, other: Precedent, pack: Pack) -> bool:
    def alike(mine: str, yours: str) -> bool:
        return not mine or not yours or mine == yours

    def within(area: str, wider: str) -> bool:
        above = pack.places.ancestors(area) if area in pack.places else ()
        return alike(area, wider) or any(place.code == wider for place in above)

    return (
        alike(one.situation, other.situation)
        and alike(one.place_kind, other.place_kind)
        and (within(one.area, other.area) or within(other.area, one.area))
    )


def forget() -> None:
    """Ask the database at the next question."""
    global _held  # noqa: PLW0603
    with _lock:
        _held = None


@erasure.forgets
def forget_words(leaving: erasure.Leaving) -> None:
    """A precedent that knew its matter by the person's words alone decides nothing any more."""
    Precedent.objects.filter(number__in=leaving.own).update(grams=[])
    transaction.on_commit(forget)


@subscriber("precedents", types={"Ruled"})
def learn(recorded: Recorded, position: int) -> None:
    """Keep what a ruling decided; an older precedent for exactly the same is superseded."""
    ruled = from_payload(recorded.type, recorded.payload)
    if not isinstance(ruled, Ruled):
        return
    head = store.lock(recorded.stream)[recorded.stream]  # an erasure comes wholly before this or wholly after
    case = projection.fold(e for e in store.history(recorded.stream, head) if e.seq <= recorded.seq + 1)
    if not binds(ruled, case):
        return
    text = vault.read([case.words]).get(case.words) if case.words else ""
    made = made_by(ruled, case, recorded.occurred_at, text if isinstance(text, str) else "")
    same = Q(item=made.item, situation=made.situation, place_kind=made.place_kind, area=made.area)
    with transaction.atomic():
        older = Precedent.objects.filter(same, ended_at=None, ruled_at__lt=made.ruled_at)
        if made.item:
            older.update(ended_at=made.ruled_at)
        Precedent.objects.bulk_create([made], ignore_conflicts=True)
    transaction.on_commit(forget)


def binds(ruled: Ruled, case: Case) -> bool:
    """Whether a ruling is one for others too. Whose a complaint is follows from whom it must not go to: it binds nobody."""
    return bool(ruled.precedent) and not case.against


def made_by(ruled: Ruled, case: Case, at: datetime, text: str) -> Precedent:
    """The precedent of a ruling; `case` is as the ruling and the dispatch after it have left it. Not yet stored.

    `scope`: county · township · community · kind (this kind of place)."""
    areas = {"township": case.place.township, "community": case.place.community}
    return Precedent(
        number=case.number,
        seq=case.version - 1,
        item=case.item,
        situation=case.situation,
        place_kind=case.place.kind if ruled.scope == "kind" else "",
        area=areas.get(ruled.scope, ""),
        grams=grams(text),
        lead=ruled.owner,
        assists=[d.unit for d in case.active_duties if d.role == "assist"],
        basis=ruled.basis,
        ruled_at=at,
    )
