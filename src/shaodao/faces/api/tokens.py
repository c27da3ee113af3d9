"""Bearer tokens: made, found, revoked."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q

from shaodao.county.pack.model import Pack
from shaodao.county.people.capacity import Capacity, excluded
from shaodao.county.people.models import Post
from shaodao.faces.api.models import Token

PREFIX = "shaodao_"  # so that a leaked token is recognised as one


@dataclass(frozen=True, slots=True)
class Holder:
    """Whom a token stands for; `system` is the registered system that speaks through it, empty for a person's own."""

    capacity: Capacity
    system: str


def create(post: Post, name: str, now: datetime, *, lasts: timedelta, system: str = "") -> str:
    """Make a token for a post and return it: it is shown once and cannot be read again."""
    token = PREFIX + secrets.token_urlsafe(32)
    Token.objects.create(
        hash=_hashed(token), name=name, post=post, system=system, created_at=now, expires_at=now + lasts
    )
    return token


def find(token: str, pack: Pack, now: datetime) -> Holder | None:
    """Whom a token stands for; None where it is unknown, over or revoked, or its post no longer held. One statement."""
    held = Q(until=None) | Q(until__gt=now)
    roles = Post.objects.filter(held, user=OuterRef("post__user"), since__lte=now).values("role")
    found = (
        Token.objects.select_related("post__user")
        .annotate(roles=ArraySubquery(roles))
        .filter(Q(post__until=None) | Q(post__until__gt=now), hash=_hashed(token), revoked_at=None)
        .filter(expires_at__gt=now, post__since__lte=now, post__user__is_active=True)
        .first()
    )
    if found is None:
        return None
    post = found.post
    if post.role in excluded(found.roles, {code: role.excludes for code, role in pack.roles.items()}):
        return None
    name = pack.capacity_name(post.role, post.unit, post.grid)
    return Holder(Capacity(post.user_id, post.pk, post.role, post.unit, name, post.grid), found.system)


def revoke(name: str, now: datetime) -> int:
    """Revoke every token of a name; returns how many."""
    return Token.objects.filter(name=name, revoked_at=None).update(revoked_at=now)


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode(errors="surrogateescape")).hexdigest()
