"""Giving and taking posts: the only way to a role. Each step is one event on the stream of the post.

Who may grant is decided where all permissions are; here stand the rules nobody can be exempt from."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from shaodao.county.pack.model import Pack
from shaodao.ground.ledger import store
from shaodao.ground.ledger.events import Context, Draft, Stream

from .models import Post, User

STREAM = "post"
# Roles held without an account's post: residents and the machine.
WITHOUT_POST = frozenset({"resident"})


class GrantRefused(Exception):
    """The post cannot be given or taken; `code` says why, `params` fill its words."""

    def __init__(self, code: str, **params: str) -> None:
        self.code, self.params = code, params
        super().__init__(f"{code} {params}" if params else code)


def held(user: User, now: datetime) -> QuerySet[Post]:
    """The posts a user holds at a moment."""
    return user.posts.filter(Q(until=None) | Q(until__gt=now), since__lte=now).order_by("id")


@transaction.atomic
def grant(
    user: User,
    role: str,
    unit: str,
    *,
    pack: Pack,
    by: Context,
    now: datetime,
    grid: str = "",
    until: datetime | None = None,
) -> Post:
    """Give a user a role at a unit from now on. Raises GrantRefused."""
    User.objects.select_for_update().get(pk=user.pk)  # two grants at once must see each other
    _check(user, role, unit, grid, pack, by, now)
    if until is not None and until <= now:
        raise GrantRefused("already_over")
    post = Post.objects.create(
        user=user,
        role=role,
        unit=unit,
        grid=grid,
        since=now,
        until=until,
        granted_by=by.actor,
        granted_event="",
    )
    payload = {
        "user": user.pk,
        "role": role,
        "unit": unit,
        "grid": grid,
        "until": None if until is None else int(until.timestamp()),
    }
    post.granted_event = _record(post, "PostGranted", payload, by, now)
    post.save(update_fields=["granted_event"])
    return post


@transaction.atomic
def revoke(post: Post, *, by: Context, now: datetime) -> Post:
    """End a post now. Raises GrantRefused where it is over already."""
    post = Post.objects.select_for_update().get(pk=post.pk)
    if post.until is not None and post.until <= now:
        raise GrantRefused("already_over")
    post.until = max(now, post.since)
    post.save(update_fields=["until"])
    _record(post, "PostRevoked", {"user": post.user_id, "role": post.role, "unit": post.unit}, by, now)
    return post


def _check(user: User, role: str, unit: str, grid: str, pack: Pack, by: Context, now: datetime) -> None:
    if by.actor == f"user:{user.pk}":
        raise GrantRefused("own_post")
    if role not in pack.roles or role in WITHOUT_POST:
        raise GrantRefused("unknown_role", role=role)
    if unit not in pack.units or not pack.units[unit].in_force(pack.day(now)):
        raise GrantRefused("unknown_unit", unit=unit)
    if grid and (grid not in pack.places or pack.places[grid].unit != unit):
        raise GrantRefused("unknown_grid", grid=grid)
    if role == "grid_chief" and not grid:
        raise GrantRefused("grid_missing")
    ahead = user.posts.filter(Q(until=None) | Q(until__gt=now))
    for post in ahead:
        if (post.role, post.unit, post.grid) == (role, unit, grid):
            raise GrantRefused("held_already")
        other = pack.roles.get(post.role)
        if post.role in pack.roles[role].excludes or (other is not None and role in other.excludes):
            raise GrantRefused("excludes", role=role, other=post.role)


def _record(post: Post, type: str, payload: dict[str, object], by: Context, now: datetime) -> str:
    stream = Stream(STREAM, str(post.pk))
    heads = store.lock(stream)
    (event,) = store.append([(stream, [Draft(type, payload, now)])], by, now, heads)
    return event.hash.hex()
