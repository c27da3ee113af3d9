"""Who deals with it: item, situation, place and moment → lead, assists, local support, and why. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from shaodao.county.places import PLACE_WORDS, Place, PlaceKind
from shaodao.county.units import FIRST_TIER, LOCALS, UnitTree

from .model import LOCAL, OWNER, Item, Owner, Route, Situation, TownshipRole

LOCAL_TIME = ZoneInfo("Asia/Shanghai")


class Manual(Protocol):
    """What routing needs of a pack."""

    @property
    def tree(self) -> UnitTree: ...
    @property
    def routes(self) -> Mapping[str, Sequence[Route]]: ...
    @property
    def owners(self) -> Mapping[str, Owner]: ...


@dataclass(frozen=True, slots=True)
class Routing:
    """The answer. `lead` None means: nobody can be named, a ruling must; `reason` says why in one sentence.

    `lead`, `assists` and `local` are units that get a duty at once; `on_call` may be called in later.
    `rule` is the code of the row that decided, or `item` when the item's own lead did; `spot` the kinds of place that
    made it hold, in words."""

    lead: str | None
    assists: tuple[str, ...]
    local: str | None
    on_call: tuple[str, ...]
    reason: str
    rule: str
    spot: str = ""


def route(
    pack: Manual,
    item: Item,
    situation: Situation | None,
    place: Place | None,
    at: datetime,
    *,
    beside: frozenset[PlaceKind] = frozenset(),
    owner: str | None = None,
) -> Routing:
    """Route one matter reported at `at` (aware).

    `beside` are the kinds of roads and rivers at the point (`Places.near`), `owner` the mark read off a cover,
    pole or cable. Successors act for units that have ended. What the county has taken back (收回) never goes
    to a street, township or community: a row that says so is passed over."""
    kinds = beside | (
        frozenset({place.kind}) if place is not None and place.kind is not None else frozenset()
    )
    local_time = at.astimezone(LOCAL_TIME)
    local = _local(pack, place)
    for row in pack.routes.get(item.code, ()):
        if _matches(row, situation, kinds, local_time):
            return _answer(pack, item, row, kinds, local, local_time, owner)
    whole = Route("item", item.code, None, frozenset(), None, None, item.lead, None, item.assists, False, "")
    return _answer(pack, item, whole, kinds, local, local_time, owner)


def _matches(
    row: Route, situation: Situation | None, kinds: frozenset[PlaceKind], local_time: datetime
) -> bool:
    return (
        (row.situation is None or (situation is not None and row.situation == situation.code))
        and (not row.places or bool(row.places & kinds))
        and (row.season is None or row.season.covers(local_time.date()))
        and (row.hours is None or row.hours.covers(local_time.time()))
    )


def _answer(
    pack: Manual,
    item: Item,
    row: Route,
    kinds: frozenset[PlaceKind],
    local: str | None,
    local_time: datetime,
    owner: str | None,
) -> Routing:
    withdrawn = item.township_role is TownshipRole.WITHDRAWN

    def unit(word: str) -> str | None:
        """The unit in force that a word of the table stands for."""
        if word == LOCAL:
            return None if withdrawn else local
        if word == OWNER:
            if owner is not None and owner in pack.owners:
                return unit(pack.owners[owner].unit)
            return None if row.otherwise is None else unit(row.otherwise)
        try:
            found = pack.tree.successor_of(word, local_time.date())
        except LookupError:  # it has ended, and nobody acts for it
            return None
        return None if withdrawn and found.kind in LOCALS | FIRST_TIER else found.code

    def short(code: str | None) -> str:
        return "" if code is None else pack.tree.units[code].short

    lead = unit(row.lead)
    assists = tuple(
        dict.fromkeys(code for word in row.assists if (code := unit(word)) is not None and code != lead)
    )
    support = local if row.local and not withdrawn and local != lead and local not in assists else None
    on_call = tuple(
        dict.fromkeys(
            code
            for word in item.on_call
            if (code := unit(word)) is not None and code != lead and code not in assists
        )
    )
    if lead is None:
        return Routing(None, (), None, on_call, _why_nobody(item, row), row.code)
    known_owner = row.lead == OWNER and owner is not None and owner in pack.owners
    spot = _spot(row, kinds)
    return Routing(
        lead,
        assists,
        support,
        on_call,
        _reason(
            item,
            row,
            short(lead),
            [short(code) for code in assists if code != local],
            short(local if local in assists else support),
            spot,
            known_owner,
            owner,
        ),
        row.code,
        spot,
    )


def _local(pack: Manual, place: Place | None) -> str | None:
    if place is None or place.unit not in pack.tree.units:
        return None
    unit = pack.tree.local_of(place.unit)
    return None if unit is None else unit.code


def _spot(row: Route, kinds: frozenset[PlaceKind]) -> str:
    """The kinds of place that made the row match, in words."""
    met = row.places & kinds
    return "、".join(PLACE_WORDS[kind] for kind in PlaceKind if kind in met)


def _when(row: Route) -> str:
    """The season or hours that made the row match, in words: …，."""
    said = ""
    if row.season is not None:
        (first_month, first), (last_month, last) = row.season.start, row.season.end
        said = f"正值 {first_month} 月 {first} 日至 {last_month} 月 {last} 日，"
    if row.hours is not None:
        said += f"反映时间在 {row.hours.start:%H:%M} 至 {row.hours.end:%H:%M} 之间，"
    return said


def _why_nobody(item: Item, row: Route) -> str:
    if row.lead == OWNER:
        return f"“{item.name}”按权属派单，权属单位尚不清楚，请中心确权。"
    return f"“{item.name}”由所在街道或乡镇办理，请先确定地点。"


def _reason(
    item: Item,
    row: Route,
    lead: str,
    assists: list[str],
    local: str,
    spot: str,
    known_owner: bool,
    owner: str | None,
) -> str:
    if known_owner:
        sentence = f"设施上写着“{owner}”，由权属单位{lead}主办"
    elif row.reason:
        sentence = row.reason.format(lead=lead, place=spot, local=local, assists="、".join(assists)).rstrip(
            "。"
        )
    else:
        sentence = f"按事项指导手册由{lead}主办"
    sentence = _when(row) + sentence
    if assists and "{assists}" not in row.reason:
        sentence += f"，{'、'.join(assists)}协办"
    if local and "{local}" not in row.reason:
        sentence += f"，{local}属地配合"
    return sentence + "。"
