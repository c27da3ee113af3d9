"""Who stands behind a reference: the persons (`user:…`) that `role:…@…`, `unit:…` or `user:…` means at a moment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from .models import Post, User

# Who opens what is sent to a unit as a whole; where it has none of these, everybody there is told.
DOOR = ("liaison", "street_clerk", "community_secretary", "shift_leader", "supervisor")
# Whom one calls in a unit, in this order.
RANKS = (
    "liaison", "handler", "street_clerk", "community_secretary", "section_head", "unit_head", "street_head",
    "shift_leader",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Holder:
    actor: str
    role: str

    @property
    def rank(self) -> int:
        return RANKS.index(self.role) if self.role in RANKS else len(RANKS)


def of(reference: str, at: datetime) -> list[str]:
    """The persons behind a reference, oldest post first; none for residents and foreign systems. One statement."""
    kind, _, name = reference.partition(":")
    if kind == "user":
        return _actors(User.objects.filter(pk=name, is_active=True).values_list("pk"))
    if kind == "role":
        role, _, unit = name.partition("@")
        posts = _held(at).filter(role=role)
        return _actors((posts.filter(_at(unit)) if unit else posts).values_list("user_id"))
    if kind == "unit":
        rows = list(_held(at).filter(_at(name)).values_list("user_id", "role"))
        door = [user for user, role in rows if role in DOOR]
        return _actors((user,) for user in door or [user for user, _ in rows])
    return []


def called(actors: Iterable[str]) -> dict[str, str]:
    """What members of staff (`user:…`) are called, by actor. One statement."""
    ids = {
        int(id)
        for actor in actors
        for kind, _, id in [actor.partition(":")]
        if kind == "user" and id.isdigit()
    }
    rows = User.objects.filter(pk__in=ids).values_list("pk", "name") if ids else ()
    return {f"user:{pk}": name for pk, name in rows}


def names_of(user: int, at: datetime) -> list[str]:
    """Under which references a person is told things, in all their posts. One statement."""
    names = [f"user:{user}"]
    for role, unit, grid in _held(at).filter(user_id=user).values_list("role", "unit", "grid"):
        names += [f"role:{role}@{grid or unit}", f"role:{role}@{unit}", f"role:{role}"]
        names += [f"unit:{grid or unit}", f"unit:{unit}"]
    return list(dict.fromkeys(names))


def at_unit(unit: str, at: datetime) -> list[Holder]:
    """Those of a unit who may be called, each once, by rank. One statement."""
    rows = _held(at).filter(unit=unit, role__in=RANKS).values_list("user_id", "role")
    found = sorted((Holder(f"user:{user}", role) for user, role in rows), key=lambda one: one.rank)
    return list({one.actor: one for one in reversed(found)}.values())[::-1]


def seats(at: datetime) -> dict[tuple[str, str], set[str]]:
    """Every post that is held at a moment, by role and unit (or grid), with who holds it. One statement."""
    found: dict[tuple[str, str], set[str]] = {}
    for role, unit, grid, user in _held(at).values_list("role", "unit", "grid", "user_id"):
        for place in {unit, grid or unit}:
            found.setdefault((role, place), set()).add(f"user:{user}")
    return found


def _held(at: datetime) -> QuerySet[Post]:
    posts = Post.objects.filter(Q(until=None) | Q(until__gt=at), since__lte=at, user__is_active=True)
    return posts.order_by("id")


def _at(unit: str) -> Q:
    return Q(unit=unit) | Q(grid=unit)


def _actors(rows: Iterable[tuple[int, ...]]) -> list[str]:
    return list(dict.fromkeys(f"user:{pk}" for (pk,) in rows))
