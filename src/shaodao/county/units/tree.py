"""The unit tree: who exists, under whom, and since when. Pure; a tree is a mapping of unit code to `Unit`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class Kind(StrEnum):
    """What a unit is. The words are the pack's own vocabulary (`units.csv`, column `kind`)."""

    COUNTY = "county"
    LEADERS = "leaders"
    CENTRE = "centre"
    STREET = "street"
    TOWNSHIP = "township"
    ZONE = "zone"
    COMMUNITY = "community"
    VILLAGE = "village"
    DEPARTMENT = "department"
    UTILITY = "utility"
    SECTION = "section"
    STATION = "station"
    DISCIPLINE = "discipline"
    SUPERVISION = "supervision"


KIND_WORDS: Mapping[Kind, str] = {
    Kind.COUNTY: "县",
    Kind.LEADERS: "县领导",
    Kind.CENTRE: "治理服务中心",
    Kind.STREET: "街道",
    Kind.TOWNSHIP: "乡镇",
    Kind.ZONE: "开发区",
    Kind.COMMUNITY: "社区",
    Kind.VILLAGE: "村",
    Kind.DEPARTMENT: "部门",
    Kind.UTILITY: "公共服务企业",
    Kind.SECTION: "内设股室",
    Kind.STATION: "派出机构",
    Kind.DISCIPLINE: "纪检监察",
    Kind.SUPERVISION: "督查",
}

# Streets, townships and the zone: the level that whistles and that gives local support.
LOCALS = frozenset({Kind.STREET, Kind.TOWNSHIP, Kind.ZONE})
# Communities and villages: the first tier.
FIRST_TIER = frozenset({Kind.COMMUNITY, Kind.VILLAGE})
# Units that are called to report in.
CALLED = frozenset({Kind.DEPARTMENT, Kind.UTILITY})
# Parts of a unit: duties go to the head unit, which assigns them inside.
PARTS = frozenset({Kind.SECTION, Kind.STATION})


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit over its days of effect: from `valid_from` up to, not including, `valid_until` (None: still)."""

    code: str
    name: str
    short: str
    kind: Kind
    parent: str | None
    valid_from: date
    valid_until: date | None = None
    successor: str | None = None
    platform: str | None = None
    second_platform: str | None = None
    level: int = 0  # depth below the county, set by the reader
    stationed: bool = False  # keeps staff at the centre's desk
    data_port: bool = False  # delivers data to the centre
    areas: tuple[str, ...] = ()  # of a station: the streets and townships it serves; empty: everywhere
    code_nbs: str | None = None
    code_mca: str | None = None
    demonstration: bool = False

    def in_force(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_until is None or day < self.valid_until)


@dataclass(frozen=True, slots=True)
class Role:
    """A capacity in which a person may act."""

    code: str
    name: str
    level: str  # public | grid | community | street | unit | centre | county | supervision | administration
    second_factor: bool
    excludes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Post:
    """A place for a person: a role at a unit (and, for grid chiefs, a grid). Persons are granted posts."""

    code: str
    unit: str
    role: str
    title: str
    number: int
    capacity: str  # the words under which the person acts, as screens show them
    grid: str | None = None


@dataclass(frozen=True, slots=True)
class UnitTree:
    """Answers about a set of units. Unknown codes raise KeyError."""

    units: Mapping[str, Unit]
    _children: Mapping[str, tuple[str, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        children: dict[str, list[str]] = {}
        for unit in self.units.values():
            if unit.parent is not None:
                children.setdefault(unit.parent, []).append(unit.code)
        object.__setattr__(self, "_children", {parent: tuple(codes) for parent, codes in children.items()})

    def ancestors(self, code: str) -> Iterator[Unit]:
        """The units above `code`, nearest first."""
        parent = self.units[code].parent
        while parent is not None:
            unit = self.units[parent]
            yield unit
            parent = unit.parent

    def children(self, code: str) -> tuple[Unit, ...]:
        return tuple(self.units[child] for child in self._children.get(code, ()))

    def below(self, code: str) -> Iterator[Unit]:
        """Every unit below `code`, parents before children."""
        for child in self.children(code):
            yield child
            yield from self.below(child.code)

    def is_within(self, code: str, other: str) -> bool:
        """True if `code` is `other` or lies below it."""
        return code == other or any(unit.code == other for unit in self.ancestors(code))

    def head_unit(self, code: str) -> Unit:
        """The unit that answers for `code`: a section's or station's department; any other unit itself."""
        unit = self.units[code]
        while unit.kind in PARTS and unit.parent is not None:
            unit = self.units[unit.parent]
        return unit

    def local_of(self, code: str) -> Unit | None:
        """The street, township or zone that `code` is or lies in; None for county-level units."""
        unit = self.units[code]
        if unit.kind in LOCALS:
            return unit
        return next((above for above in self.ancestors(code) if above.kind in LOCALS), None)

    def in_force(self, day: date) -> tuple[Unit, ...]:
        return tuple(unit for unit in self.units.values() if unit.in_force(day))

    def successor_of(self, code: str, day: date) -> Unit:
        """The unit that acts for `code` on `day`, following successors. LookupError if nobody does."""
        unit = self.units[code]
        while not unit.in_force(day):
            if unit.successor is None or day < unit.valid_from:
                raise LookupError(f"no unit acts for {code} on {day}")
            unit = self.units[unit.successor]
        return unit

    def part_serving(self, head: str, local: str, day: date) -> Unit | None:
        """The station of `head` whose area covers the street or township `local`; None if there is none."""
        return next(
            (
                unit
                for unit in self.below(head)
                if unit.kind is Kind.STATION and local in unit.areas and unit.in_force(day)
            ),
            None,
        )
