"""The one capacity a person acts in. Pure: pages, API, jobs and the permission table all speak of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Capacity:
    """A person in one of their posts: `post_id` is the row of the post held, `role` and `unit` are codes of the
    pack, `name` says it as screens do (县市场监督管理局 值班员)."""

    user_id: int
    post_id: int
    role: str
    unit: str
    name: str
    grid: str = ""

    @property
    def actor(self) -> str:
        """The actor as events name it."""
        return f"user:{self.user_id}"


def excluded(roles: Iterable[str], excludes: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """The roles among `roles` that may not be held together: the three administrators are three persons.
    `excludes` names, for each role, the roles its holder may not hold as well."""
    held = set(roles)
    return frozenset(role for role in held if held & excludes.get(role, frozenset()) - {role})
