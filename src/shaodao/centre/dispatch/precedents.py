"""A ruling teaches the next case: it is kept as a precedent, and a new case like it is dispatched by it, naming it.

Alike is: the same item (and situation, if the precedent has one) in its area and kind of place; or, for matters that are no
item, mostly the same words and few others. Of several the narrowest and latest decides. Each process keeps the precedents
in memory for a few seconds, so intake asks the database nothing.

The life of each is a stream of its own, `("precedent", "<number>/<seq>")`: PrecedentMade, then PrecedentLimited (narrower,
or until a day), PrecedentSuperseded (by a later one) and PrecedentEnded. The row is what its stream folds to, and `verify`
compares them.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Q

from shaodao.centre.cases import actions, erasure, explaining
from shaodao.centre.cases.grams import grams
from shaodao.centre.cases.lifecycle import Case, Refusal
from shaodao.centre.cases.lifecycle.codec import from_payload
from shaodao.centre.cases.lifecycle.events import Ruled
from shaodao.centre.cases.lifecycle.model import Place, Plan
from shaodao.centre.cases.projection import CASES
from shaodao.centre.cases.rules import PackRules
from shaodao.centre.dispatch.models import Precedent
from shaodao.county.pack.model import Pack
from shaodao.ground.ledger import projections, store, vault
from shaodao.ground.ledger.events import Context, Draft, Recorded, Stream
from shaodao.ground.ledger.subscriptions import subscriber

LOOK_AGAIN = 3.0  # seconds
ALIKE = (
    0.7  # share of the bigrams of either that both must hold: one asks about anything in the same few words
)
ENOUGH = 6  # bigrams: shorter words decide nothing
OFTEN = 2  # cases that came back: a precedent to look at again
BY_ITSELF = Context(actor="system:precedents", capacity="system")

_lock = threading.Lock()
_held: tuple[float, tuple[Precedent, ...]] | None = None


# --- deciding ---------------------------------------------------------------------------------------------------


def find(item: str, situation: str, place: Place, text: str) -> Precedent | None:
    """The precedent that decides a new case, if there is one."""
    return best(_in_force(), item, situation, place, grams(text))


def best(
    known: Iterable[Precedent], item: str, situation: str, place: Place, words: Sequence[str]
) -> Precedent | None:
    """Of the precedents that fit, the narrowest and latest. Pure."""
    areas = ("", place.township, place.community)  # from wide to narrow
    return max(
        fitting(known, item, situation, place, words),
        key=lambda p: (areas.index(p.area), bool(p.place_kind), bool(p.situation), p.ruled_at),
        default=None,
    )


def fitting(
    known: Iterable[Precedent], item: str, situation: str, place: Place, words: Sequence[str]
) -> list[Precedent]:
    """All that fit a case. Pure."""
    return [p for p in known if _fits(p, item, situation, place, frozenset(words))]


def _fits(p: Precedent, item: str, situation: str, place: Place, words: frozenset[str]) -> bool:
    if p.area and p.area not in (place.township, place.community):
        return False
    if p.place_kind and p.place_kind != place.kind:
        return False
    if p.item or item:
        return p.item == item and p.situation in ("", situation)
    return _alike(words, frozenset(p.grams))


def _alike(mine: frozenset[str], yours: frozenset[str]) -> bool:
    return len(yours) >= ENOUGH and len(mine & yours) >= ALIKE * len(mine | yours)


def plan_by(
    precedent: Precedent,
    item: str,
    situation: str,
    place: Place,
    rules: PackRules,
    *,
    against: str = "",
    level: int = 0,
) -> Plan | None:
    """The plan of a precedent, with the units that act for its units now; None where its lead may not have it (any more)."""

    def fit(unit: str, owned: str = "") -> bool:
        return rules.may_own(unit, owned) and not (against and rules.same_unit(unit, against))

    lead, *assists = (rules.acting(unit) for unit in (precedent.lead, *precedent.assists))
    if not fit(lead, item):
        return None
    others = [unit for unit in dict.fromkeys(assists) if fit(unit) and not rules.same_unit(unit, lead)]
    plan = rules.plan_by_hand(lead, others, item=item, situation=situation, rule=precedent.name)
    why = explaining.by_precedent(rules.pack, plan, precedent.number, item, situation, place)
    tier = "county" if level and plan.tier == "department" else plan.tier
    return replace(plan, why=why, tier=tier)


@actions.before_routing
def plan_for(case: Case, item: str, situation: str, place: Place, rules: PackRules) -> Plan | None:
    """A case whose item the desk has found is dispatched by the precedent for it, before the manual is asked."""
    found = best(_in_force(), item, situation, place, ())
    if found is None:
        return None
    return plan_by(found, item, situation, place, rules, against=case.against, level=case.level)


def _in_force() -> tuple[Precedent, ...]:
    global _held  # noqa: PLW0603
    held = _held
    if held is not None and time.monotonic() - held[0] < LOOK_AGAIN:
        return held[1]
    bound = Q(until=None) | Q(until__gt=actions.now())
    found = tuple(Precedent.objects.filter(bound, ended_at=None))
    with _lock:
        _held = (time.monotonic(), found)
    return found


def forget() -> None:
    """Ask the database at the next question."""
    global _held  # noqa: PLW0603
    with _lock:
        _held = None


# --- what the centre sees ---------------------------------------------------------------------------------------


def similar(case: Case, text: str) -> list[Precedent]:
    """What was decided about cases like this one, whether it still binds or not, latest first: for a ruling to look at."""
    words = frozenset(grams(text))
    same = Q(item=case.item) if case.item else Q(item="", grams__overlap=sorted(words))
    known = Precedent.objects.filter(same).order_by("-ruled_at")[:200]
    return [p for p in known if p.number != case.number and (case.item or _alike(words, frozenset(p.grams)))][
        :6
    ]


@dataclass(frozen=True, slots=True)
class Use:
    """How many cases a precedent has dispatched, and how many of them came back or had to move on."""

    cases: int = 0
    returned: int = 0

    @property
    def doubtful(self) -> bool:
        return self.returned >= OFTEN


def uses(known: Iterable[Precedent]) -> Mapping[str, Use]:
    """By the precedent's name. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_USES, [[p.name for p in known]])
        return {name: Use(cases, returned) for name, cases, returned in cursor}


def conflicts(pack: Pack) -> list[tuple[Precedent, Precedent]]:
    """Pairs in force that say different things about the same matter in overlapping scope."""
    known = _in_force()
    return [
        (one, other)
        for index, one in enumerate(known)
        for other in known[index + 1 :]
        if one.lead != other.lead and _same_matter(one, other) and _overlap(one, other, pack)
    ]


def _same_matter(one: Precedent, other: Precedent) -> bool:
    if one.item or other.item:
        return one.item == other.item
    return _alike(frozenset(one.grams), frozenset(other.grams))


def _overlap(one: Precedent, other: Precedent, pack: Pack) -> bool:
    def alike(mine: str, yours: str) -> bool:
        return not mine or not yours or mine == yours

    return (
        alike(one.situation, other.situation)
        and alike(one.place_kind, other.place_kind)
        and (_within(one.area, other.area, pack) or _within(other.area, one.area, pack))
    )


def _within(area: str, wider: str, pack: Pack) -> bool:
    """Whether an area is another or lies in it; "" is the county."""
    if not wider or area == wider:
        return True
    return area in pack.places and any(place.code == wider for place in pack.places.ancestors(area))


# --- changing ---------------------------------------------------------------------------------------------------


def limit(
    id: int, by: Context, at: datetime, pack: Pack, *, reason: str,
    area: str = "", place_kind: str = "", until: datetime | None = None,
) -> None:  # fmt: skip
    """It binds less from now on: in a part of its area, for one kind of place, or until a moment.

    Raises Precedent.DoesNotExist; Refusal where it binds no more, nothing gets narrower, or no reason is given."""
    with _changing(id, at) as found:
        area, place_kind, until = area or found.area, place_kind or found.place_kind, until or found.until
        narrower = (area, place_kind, until) != (found.area, found.place_kind, found.until)
        within = area == found.area or (area in pack.places and _within(area, found.area, pack))
        if not (narrower and within and (not found.place_kind or place_kind == found.place_kind)):
            raise Refusal("nothing_narrower", field="area")
        if until and (until <= at or (found.until and until > found.until)):
            raise Refusal("date_must_be_later" if until <= at else "nothing_narrower", field="until")
        payload = {"area": area, "place_kind": place_kind, "until": int(until.timestamp()) if until else None}
        _record(found, "PrecedentLimited", payload, by, at, reason)


def end(id: int, by: Context, at: datetime, *, reason: str = "") -> None:
    """It binds no more. Doing it again changes nothing. Raises Precedent.DoesNotExist."""
    with transaction.atomic():
        if Precedent.objects.get(pk=id).ended_at is None:
            with _changing(id, at, also_expired=True) as found:
                _record(found, "PrecedentEnded", {}, by, at, reason, reason_needed=False)


def settle(stays: int, yields: int, by: Context, at: datetime, *, reason: str) -> None:
    """Of two that contradict each other one stays; the other is superseded by it.

    Raises Precedent.DoesNotExist, Refusal."""
    with _changing(yields, at) as found:
        keeps = Precedent.objects.get(pk=stays)
        if not keeps.binds(at) or not _same_matter(keeps, found):
            raise Refusal("not_now")
        _record(found, "PrecedentSuperseded", {"by": keeps.code}, by, at, reason)


class _changing:
    """A precedent that still binds, locked, in one transaction; afterwards every process asks again."""

    def __init__(self, id: int, at: datetime, *, also_expired: bool = False) -> None:
        self.id, self.at, self.also_expired = id, at, also_expired
        self.atomic = transaction.atomic()

    def __enter__(self) -> Precedent:
        self.atomic.__enter__()
        try:
            found = Precedent.objects.select_for_update().get(pk=self.id)
            if not (found.binds(self.at) or (self.also_expired and found.ended_at is None)):
                raise Refusal("not_now")
        except BaseException as error:
            self.atomic.__exit__(type(error), error, error.__traceback__)
            raise
        return found

    def __exit__(self, *raised: Any) -> None:
        transaction.on_commit(forget)
        self.atomic.__exit__(*raised)


def _record(
    found: Precedent,
    type: str,
    payload: dict[str, Any],
    by: Context,
    at: datetime,
    reason: str,
    *,
    reason_needed: bool = True,
) -> None:
    """One event on its stream, and the row as the stream folds then."""
    if reason_needed and not reason.strip():
        raise Refusal("words_needed", field="reason")
    if reason.strip():
        secret = vault.commit("words", reason.strip(), by.actor)
        vault.insert([secret], at)
        payload = {**payload, "reason": secret.commitment}
    _append([(found, Draft(type, payload, at))], by, at)


def _append(drafts: Sequence[tuple[Precedent, Draft]], by: Context, now: datetime) -> None:
    heads = store.lock(*(stream_of(p) for p, _ in drafts))
    store.append([(stream_of(p), [draft]) for p, draft in drafts], by, now, heads)
    for p, draft in drafts:
        for name, value in _CHANGES[draft.type](draft.payload, draft.occurred_at).items():
            setattr(p, name, value)
        p.save()


def stream_of(p: Precedent) -> Stream:
    return Stream("precedent", p.code)


def _moment(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


# What an event of a precedent changes of its row.
_CHANGES: dict[str, Any] = {
    "PrecedentMade": lambda said, at: {
        **{
            name: said[name]
            for name in ("item", "situation", "place_kind", "area", "lead", "assists", "kind", "basis")
        },
        "ruled_at": at,
        "until": _moment(said["until"]),
    },
    "PrecedentLimited": lambda said, at: {
        "area": said["area"],
        "place_kind": said["place_kind"],
        "until": _moment(said["until"]),
    },
    "PrecedentSuperseded": lambda said, at: {"superseded_by": said["by"], "ended_at": at},
    "PrecedentEnded": lambda said, at: {"ended_at": at},
}


def history(p: Precedent) -> list[Recorded]:
    """Its life, oldest first."""
    return store.history(stream_of(p))


def _check(histories: projections.Histories) -> Iterator[projections.Fault]:
    """Rows that differ from what their streams fold to."""
    rows = {
        p.code: p for p in Precedent.objects.filter(number__in=[id.partition("/")[0] for id, _ in histories])
    }
    for id, events in histories:
        wanted: dict[str, Any] = {"ended_at": None, "superseded_by": ""}
        for event in events:
            wanted |= _CHANGES[event.type](event.payload, event.occurred_at)
        row = rows.get(id)
        if wrong := [name for name, value in wanted.items() if row is None or getattr(row, name) != value]:
            yield projections.row_fault(Stream("precedent", id), f"判例的 {'、'.join(wrong)} 与台账不符")


def _strays() -> Iterator[projections.Fault]:
    for p in Precedent.objects.only("number", "seq"):
        if store.heads_of(stream_of(p))[stream_of(p)].seq == 0:
            yield projections.row_fault(stream_of(p), "判例表有从未记录过的判例")


# --- learning ---------------------------------------------------------------------------------------------------


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
    case = CASES.fold(e for e in store.history(recorded.stream, head) if e.seq <= recorded.seq + 1)
    if not binds(ruled, case):
        return
    text = vault.read([case.words]).get(case.words) if case.words else ""
    made = made_by(ruled, case, recorded.occurred_at, text if isinstance(text, str) else "")
    same = Q(situation=made.situation, place_kind=made.place_kind, area=made.area, item=made.item)
    with transaction.atomic():
        older = Precedent.objects.select_for_update().filter(same, ended_at=None, ruled_at__lte=made.ruled_at)
        superseded = Draft("PrecedentSuperseded", {"by": made.code}, made.ruled_at)
        known = [(p, superseded) for p in older if _same_matter(p, made)]
        _append(
            [(made, Draft("PrecedentMade", _payload(made), made.ruled_at)), *known], BY_ITSELF, actions.now()
        )
    transaction.on_commit(forget)


def _payload(made: Precedent) -> dict[str, Any]:
    names = ("item", "situation", "place_kind", "area", "lead", "assists", "kind", "basis")
    until = int(made.until.timestamp()) if made.until else None
    return {name: getattr(made, name) for name in names} | {"until": until}


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
        kind=ruled.kind,
        basis=ruled.basis,
        ruled_at=at,
        until=ruled.until,
    )


projections.register("precedent", _check, _strays)

_USES = """
SELECT routed_by, count(*), count(*) FILTER (WHERE returns > 0 OR moved)
FROM cases_case WHERE routed_by LIKE 'precedent:%%' AND routed_by = ANY (%s) GROUP BY routed_by
"""
