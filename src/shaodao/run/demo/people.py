"""Who there is in the demonstration: staff in their posts, and citizens with numbers that are nobody's. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from random import Random
from uuid import UUID

from shaodao.centre.cases.lifecycle.model import By
from shaodao.county.pack.model import Pack
from shaodao.county.units import Kind

from .wording import SURNAMES, TITLES

# Part of a user name for a role, and for the units whose accounts people try first.
ROLE_NAMES = {
    "grid_chief": "wangge",
    "community_secretary": "shuji",
    "street_clerk": "jingban",
    "street_head": "zhuren",
    "liaison": "lianluo",
    "handler": "jingban",
    "section_head": "fenguan",
    "unit_head": "juzhang",
    "seat": "zuoxi",
    "shift_leader": "zhibanzhang",
    "stationed": "zhutai",
    "caller": "huifang",
    "centre_deputy": "fuzhuren",
    "centre_director": "zhuren",
    "county_leader": "lingdao",
    "deputy": "daibiao",
    "inspector": "jiwei",
    "discipline_head": "jiwei-fuze",
    "village_supervisor": "jianwei",
    "supervisor": "ducha",
    "system_admin": "xitong",
    "security_admin": "anquan",
    "audit_admin": "shenji",
}
UNIT_NAMES = {
    "C00": "zhongxin",
    "L00": "xian",
    "J00": "xian",
    "J04": "paizhu4",
    "J-T06": "huifacheng",
    "V00": "xian",
    "X00": "xian",
    "D01": "zuzhi",
    "C00-1": "zonghe",
    "D05": "gongan",
    "D13": "chengguan",
    "D14": "shichang",
    "D15": "zhujian",
    "D17": "huanbao",
    "U02": "gongshui",
    "U03": "gongre",
    "S01": "dongfeng",
    "D15-2": "zhujian-shizheng",
    "S01-01": "fengming",
    "S02-01": "chenguang",
    "T06": "huifacheng",
    "T06-02": "gucheng",
}
# Units whose people can sign in; elsewhere staff exist and act, but have no password.
OPEN_UNITS = tuple(UNIT_NAMES)
# Small units have one of each; a unit under load has more hands.
HANDS = {"handler": 2, "seat": 4, "shift_leader": 2, "caller": 2, "county_leader": 3, "deputy": 6}
POSTS: Mapping[Kind, tuple[str, ...]] = {
    Kind.DEPARTMENT: ("liaison", "handler", "section_head", "unit_head"),
    Kind.UTILITY: ("liaison", "handler", "section_head", "unit_head"),
    Kind.SECTION: ("handler",),
    Kind.STATION: ("handler",),
    Kind.STREET: ("street_clerk", "street_head"),
    Kind.TOWNSHIP: ("street_clerk", "street_head"),
    Kind.ZONE: ("street_clerk", "street_head"),
    Kind.COMMUNITY: ("community_secretary",),
    Kind.VILLAGE: ("community_secretary",),
    Kind.CENTRE: (
        *("seat", "shift_leader", "caller", "centre_deputy", "centre_director"),
        *("system_admin", "security_admin"),
    ),
    Kind.LEADERS: ("county_leader",),
    Kind.COUNTY: ("deputy",),
    Kind.SUPERVISION: ("supervisor",),
}


@dataclass(frozen=True, slots=True)
class Staff:
    """Somebody in one post; `open`: may sign in."""

    username: str
    name: str
    role: str
    unit: str
    grid: str = ""
    open: bool = False

    @property
    def where(self) -> str:
        """The unit that commands name: a grid chief's grid."""
        return self.grid or self.unit


def staff(pack: Pack) -> list[Staff]:
    """Everybody in post, in a fixed order: each username once, except the one person who holds two posts."""
    found: list[Staff] = []
    for unit in pack.units.values():
        for role in POSTS.get(unit.kind, ()):
            for n in range(1, HANDS.get(role, 1) + 1):
                found.append(_staff(pack, role, unit.code, n))
        if unit.stationed:
            found.append(_staff(pack, "stationed", unit.code, 1))
    for watching in ("J00", "J04", "J-T06"):
        found.append(_staff(pack, "inspector", watching, 1))
    found.append(_staff(pack, "discipline_head", "J00", 1))
    found.append(_staff(pack, "village_supervisor", "T06-02", 1))
    found.append(_staff(pack, "audit_admin", "J00", 1))
    chiefs: dict[str, int] = {}
    for grid in pack.places.grids:
        chiefs[grid.unit] = n = chiefs.get(grid.unit, 0) + 1
        if n <= 2:
            found.append(_staff(pack, "grid_chief", grid.unit, n, grid.code))
    # The secretary of a community is a grid chief there as well: whoever signs in chooses in which capacity.
    secretary = next(s for s in found if s.role == "community_secretary" and s.open)
    chief = next(s for s in found if s.role == "grid_chief" and s.unit == secretary.unit)
    found.append(Staff(secretary.username, secretary.name, chief.role, chief.unit, chief.grid, True))
    return found


def _staff(pack: Pack, role: str, unit: str, n: int, grid: str = "") -> Staff:
    place = UNIT_NAMES.get(unit, unit.lower())
    username = f"{place}.{ROLE_NAMES[role]}{n if n > 1 else ''}"
    name = f"演示·{pack.capacity_name(role, unit, grid)}{n if n > 1 else ''}"
    return Staff(username, name[:40], role, unit, grid, open=unit in OPEN_UNITS and n == 1)


@dataclass(frozen=True, slots=True)
class Cast:
    """Who acts: for each role at a unit (a grid chief's: the grid) the actors who hold it."""

    actors: Mapping[tuple[str, str], tuple[str, ...]]
    chiefs: tuple[tuple[str, str], ...] = field(default=())  # (actor, grid)

    @classmethod
    def of(cls, holders: Iterable[tuple[Staff, str]]) -> Cast:
        """From staff and their actor ids."""
        found: dict[tuple[str, str], list[str]] = {}
        chiefs = []
        for one, actor in holders:
            found.setdefault((one.role, one.where), []).append(actor)
            if one.role == "grid_chief":
                chiefs.append((actor, one.grid))
        return cls({key: tuple(actors) for key, actors in found.items()}, tuple(chiefs))

    def pick(self, role: str, unit: str, rng: Random, besides: frozenset[str] = frozenset()) -> By | None:
        """Somebody in this role at this unit who is not among `besides`; None where there is nobody."""
        able = [actor for actor in self.actors.get((role, unit), ()) if actor not in besides]
        return By(rng.choice(able), role, unit) if able else None


@dataclass(frozen=True, slots=True)
class Citizen:
    """`id` is the person's row; the number lies in a range that is given to nobody; some do not say their name."""

    id: str
    phone: str
    name: str
    grid: str


def citizens(count: int, pack: Pack, rng: Random) -> list[Citizen]:
    """So many citizens, each at home in a grid; more of them where more people live."""
    urban, rural = homes(pack)
    return [
        Citizen(
            id=_uuid(rng),
            phone=f"142{index:08d}",
            name=rng.choice(SURNAMES) + rng.choice(TITLES) if rng.random() < 0.85 else "",
            grid=rng.choice(urban if rng.random() < 0.62 else rural),
        )
        for index in range(1, count + 1)
    ]


def homes(pack: Pack) -> tuple[list[str], list[str]]:
    """Grids of town, and of the villages."""
    urban = [g.code for g in pack.places.grids if g.kind in ("urban", "town")]
    rural = [g.code for g in pack.places.grids if g.kind not in ("urban", "town")]
    return urban, rural or urban


def pseudonym(rng: Random) -> str:
    """A person of whom nothing is known."""
    return _uuid(rng)


def _uuid(rng: Random) -> str:
    return str(UUID(int=rng.getrandbits(128), version=4))
