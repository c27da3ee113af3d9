"""Units, roles and posts. Pure."""

from .tree import CALLED, FIRST_TIER, KIND_WORDS, LOCALS, PARTS, Kind, Post, Role, Unit, UnitTree

__all__ = [
    "CALLED",
    "FIRST_TIER",
    "KIND_WORDS",
    "LOCALS",
    "PARTS",
    "Kind",
    "Post",
    "Role",
    "Unit",
    "UnitTree",
]
