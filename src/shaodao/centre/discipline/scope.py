"""Who supervises whom: the county's commission everything, a stationed group its departments, committees of streets and
townships and the supervisors of villages their area. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable

from shaodao.centre.cases.lifecycle.model import By
from shaodao.centre.cases.permissions import DISCIPLINE
from shaodao.county.pack.model import Pack
from shaodao.county.units import Kind, Unit

HEADS = frozenset({"discipline_head"})
# Whom one may complain of; the discipline side itself is complained of elsewhere (12388).
COMPLAINED_OF = (
    Kind.DEPARTMENT, Kind.UTILITY, Kind.STREET, Kind.TOWNSHIP, Kind.ZONE, Kind.COMMUNITY, Kind.VILLAGE, Kind.CENTRE,
)  # fmt: skip


def is_member(by: By, pack: Pack) -> bool:
    """Whether the workspace exists for this capacity."""
    return by.role in DISCIPLINE and level_of(by.unit, pack) != ""


def may_set_up(by: By, pack: Pack) -> bool:
    """Whether somebody may make the recovery key and print its shares: the head of the county's commission."""
    return by.role in HEADS and level_of(by.unit, pack) == "county"


def level_of(unit: str, pack: Pack) -> str:
    """`county`, `group` (stationed), `local` (street or township), `village`; empty for any other unit."""
    found = pack.units.get(unit)
    if found is None:
        return ""
    if found.kind is Kind.VILLAGE:
        return "village"
    if found.kind is not Kind.DISCIPLINE:
        return ""
    if found.code == county_of(pack):
        return "county"
    areas = [pack.units[area] for area in found.areas]
    return "local" if areas and all(pack.tree.local_of(area.code) == area for area in areas) else "group"


def roles_of(unit: str, pack: Pack) -> tuple[str, ...]:
    """Whom to tell at a discipline unit."""
    return ("village_supervisor",) if level_of(unit, pack) == "village" else ("inspector", "discipline_head")


def county_of(pack: Pack) -> str:
    """The county's commission: the discipline unit that is under no other."""
    return next(
        unit.code
        for unit in pack.units.values()
        if unit.kind is Kind.DISCIPLINE
        and (unit.parent is None or pack.units[unit.parent].kind is not Kind.DISCIPLINE)
    )


def above(unit: str, pack: Pack) -> str:
    """Whom a unit asks: a village its street's committee, every other one the county's commission."""
    if level_of(unit, pack) == "village" and (local := pack.tree.local_of(unit)) is not None:
        return watcher_of(local.code, pack)
    return county_of(pack)


def below(unit: str, pack: Pack) -> list[Unit]:
    """Whom a unit may give a task: the county its groups and committees, a committee its villages."""
    level = level_of(unit, pack)
    if level == "county":
        return [u for u in pack.units.values() if level_of(u.code, pack) in ("group", "local")]
    if level == "local":
        areas = pack.units[unit].areas
        return [u for area in areas for u in pack.tree.below(area) if u.kind is Kind.VILLAGE]
    return []


def watcher_of(unit: str, pack: Pack) -> str:
    """The discipline unit nearest to a unit; the county's commission where it has none of its own."""
    tree = pack.tree
    chain = [unit, *(above.code for above in tree.ancestors(unit))]
    for code in chain:
        for one in pack.units.values():
            if one.kind is Kind.DISCIPLINE and code in one.areas:
                return one.code
    return county_of(pack)


def receiver_of(unit: str, pack: Pack) -> str:
    """Who receives a complaint about a unit. A committee sits in its street's or township's own house: what is said of the
    street itself goes to the county."""
    found = pack.tree.head_unit(unit)
    return county_of(pack) if pack.tree.local_of(found.code) == found else watcher_of(found.code, pack)


def readers(pack: Pack, *units: str) -> tuple[str, ...]:
    """The units whose members may read a matter of these: they, and the county's commission."""
    return tuple(dict.fromkeys([*(unit for unit in units if unit), county_of(pack)]))


def reads(unit: str, readers: Iterable[str]) -> bool:
    return unit in readers
