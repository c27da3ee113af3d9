"""The county of these pages: its pack in force, by the names the faces need."""

from collections.abc import Mapping

from django.utils import timezone

from shaodao.county.pack import versions
from shaodao.county.pack.model import Pack
from shaodao.county.units import Role


def pack() -> Pack | None:
    """The pack in force now; None before `shaodao init` has loaded one."""
    try:
        return versions.current(timezone.now())
    except versions.NoPack:
        return None


def name() -> str:
    loaded = pack()
    return loaded.name if loaded else ""


def roles() -> Mapping[str, Role]:
    loaded = pack()
    return loaded.roles if loaded else {}


def unit_name(code: str) -> str:
    """The unit's name; its code where the pack no longer knows it."""
    loaded = pack()
    unit = loaded.units.get(code) if loaded else None
    return unit.name if unit else code
