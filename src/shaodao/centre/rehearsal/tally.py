"""What a rehearsal found, counted: plain numbers, codes and case numbers, ready for JSON. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from statistics import median_low
from typing import Any

from shaodao.centre.cases.lifecycle.model import DUTY_CLOCKS
from shaodao.centre.rehearsal.again import Compared
from shaodao.centre.rehearsal.clocks import Shown, Timed
from shaodao.centre.rehearsal.facts import Outcome

EXAMPLES = 5  # case numbers shown for each finding

# How a whistle gets through the door, in the order shown. What is none of these was dispatched and refused the duty.
FATES = ("at_once", "unsure", "no_place", "off_manual", "ownerless", "avoid", "refused")
WAITING = {*FATES} - {"at_once"}
NOBODY = {"triage", "ruling"}  # where no unit is named yet: a person decides


@dataclass(slots=True)
class Found:
    """A number of cases, with the first few of them."""

    count: int = 0
    examples: list[str] = field(default_factory=list)

    def add(self, number: str) -> None:
        self.count += 1
        if len(self.examples) < EXAMPLES:
            self.examples.append(number)


@dataclass(slots=True)
class Move:
    """Whistles that would go from one unit to another, or to or from where a person decides (`NOBODY`)."""

    origin: str
    to: str
    found: Found = field(default_factory=Found)
    items: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class OfItem:
    """The whistles of an item, and those of them that would go elsewhere."""

    item: str
    whistles: int = 0
    elsewhere: Found = field(default_factory=Found)


@dataclass(slots=True)
class Fate:
    """How many whistles get through the door in one way: really, before and after."""

    really: int = 0
    before: int = 0
    after: int = 0


@dataclass(slots=True)
class Rate:
    """In time, of those judged, and the minutes that were given to each."""

    in_time: int = 0
    judged: int = 0
    given: list[int] = field(default_factory=list)

    def add(self, shown: Shown) -> None:
        if shown.counts:
            self.judged += 1
            self.in_time += not shown.late
            self.given.append(shown.given)

    @property
    def median(self) -> int | None:
        return median_low(self.given) if self.given else None


@dataclass(slots=True)
class Kept:
    """Limits kept, of one kind of clock: before and after."""

    before: Rate = field(default_factory=Rate)
    after: Rate = field(default_factory=Rate)

    def add(self, one: Timed) -> None:
        self.before.add(one.before)
        if one.after is not None:
            self.after.add(one.after)


@dataclass(slots=True)
class Tally:
    """Everything counted. `units` keeps kinds of clocks by unit."""

    cases: int = 0
    erased: Found = field(default_factory=Found)
    place_lost: Found = field(default_factory=Found)
    item_lost: Found = field(default_factory=Found)
    known: Counter[str] = field(default_factory=Counter)  # by whom the item was named
    fates: dict[str, Fate] = field(default_factory=lambda: {fate: Fate() for fate in FATES})
    elsewhere: Found = field(default_factory=Found)
    ways: Counter[str] = field(
        default_factory=Counter
    )  # of going elsewhere: to_unit · to_person · from_person
    helpers: Found = field(default_factory=Found)  # the same lead, others beside it
    precedents: Fate = field(default_factory=Fate)  # dispatched by precedent, whatever the routing says
    unlike: Found = field(
        default_factory=Found
    )  # recomputed under its own pack, it went otherwise than it did
    moves: dict[tuple[str, str], Move] = field(default_factory=dict)
    items: dict[str, OfItem] = field(default_factory=dict)
    clocks: dict[str, Kept] = field(default_factory=lambda: defaultdict(Kept))
    units: dict[str, dict[str, Kept]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(Kept)))
    now_late: dict[str, Found] = field(default_factory=lambda: defaultdict(Found))
    now_in_time: dict[str, Found] = field(default_factory=lambda: defaultdict(Found))

    def add(self, one: Compared, clocks: Sequence[Timed]) -> None:
        """Count one case."""
        number = one.heard.number
        self.cases += 1
        for clock in clocks:
            self._clock(number, clock)
        if one.before is None or one.after is None:
            self.erased.add(number)
            return
        self.known[one.heard.known] += 1
        if one.place_lost:
            self.place_lost.add(number)
        if one.item_lost:
            self.item_lost.add(number)
        for name, made in (("really", one.heard.became), ("before", one.before), ("after", one.after)):
            for counted in (self.fates[fate_of(made)], *([self.precedents] if _by_precedent(made) else [])):
                setattr(counted, name, getattr(counted, name) + 1)
        if where(one.heard.became) != where(one.before):
            self.unlike.add(number)
        self._move(number, one.before, one.after)

    def _move(self, number: str, before: Outcome, after: Outcome) -> None:
        of_item = self.items.setdefault(before.item, OfItem(before.item))
        of_item.whistles += 1
        origin, to = where(before), where(after)
        if origin != to:
            self.elsewhere.add(number)
            self.ways["to_person" if to in NOBODY else "from_person" if origin in NOBODY else "to_unit"] += 1
            of_item.elsewhere.add(number)
            move = self.moves.setdefault((origin, to), Move(origin, to))
            move.found.add(number)
            move.items[before.item] += 1
        elif before.helpers != after.helpers:
            self.helpers.add(number)

    def _clock(self, number: str, one: Timed) -> None:
        self.clocks[one.kind].add(one)
        self.units[one.unit][one.kind].add(one)
        before, after = one.before, one.after
        if after is None or not (before.counts or after.counts):
            return
        if after.late and after.counts and not before.late:
            self.now_late[one.kind].add(number)
        if before.late and before.counts and not after.late:
            self.now_in_time[one.kind].add(number)


def fate_of(made: Outcome) -> str:
    """How it got through the door: one of `FATES`."""
    if made.door == "at_once":
        return "at_once"
    if made.door == "ruling":
        return "ownerless"
    return made.why if made.why in WAITING else "refused"


def where(made: Outcome) -> str:
    """The lead; where nobody is named yet, where a person decides."""
    return made.lead or made.door


def _by_precedent(made: Outcome) -> bool:
    return made.door == "at_once" and made.why.startswith("precedent:")


# --- as data ------------------------------------------------------------------------------------------------------


def as_data(counted: Tally) -> dict[str, Any]:
    """Numbers, codes and case numbers only: what a table keeps and JSON says. Lists begin with what is most."""
    moves = sorted(counted.moves.values(), key=lambda move: (-move.found.count, move.origin, move.to))
    items = sorted(counted.items.values(), key=lambda one: (-one.elsewhere.count, -one.whistles, one.item))
    units = sorted(counted.units.items(), key=lambda unit: (-_judged(unit[1]), unit[0]))
    return {
        "cases": counted.cases,
        "known": dict(counted.known),
        "ways": dict(counted.ways),
        **{
            name: asdict(getattr(counted, name))
            for name in ("elsewhere", "helpers", "unlike", "erased", "place_lost", "item_lost", "precedents")
        },
        "fates": {fate: asdict(counted.fates[fate]) for fate in FATES},
        "moves": [
            {"from": m.origin, "to": m.to, **asdict(m.found), "items": dict(m.items.most_common())}
            for m in moves
        ],
        "items": [
            {"item": one.item, "whistles": one.whistles, "elsewhere": asdict(one.elsewhere)} for one in items
        ],
        "clocks": _clocks(counted.clocks),
        "units": [{"unit": unit, "clocks": _clocks(kept)} for unit, kept in units],
        "now_late": {kind: asdict(found) for kind, found in counted.now_late.items()},
        "now_in_time": {kind: asdict(found) for kind, found in counted.now_in_time.items()},
    }


def _clocks(kept: dict[str, Kept]) -> dict[str, Any]:
    """By kind, in the order in which they run."""
    return {
        kind: {"before": _rate(kept[kind].before), "after": _rate(kept[kind].after)}
        for kind in DUTY_CLOCKS
        if kind in kept
    }


def _rate(rate: Rate) -> dict[str, int | None]:
    return {"in_time": rate.in_time, "judged": rate.judged, "given_minutes": rate.median}


def _judged(kept: dict[str, Kept]) -> int:
    return sum(one.before.judged for one in kept.values())
