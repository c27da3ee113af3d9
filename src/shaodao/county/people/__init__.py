"""Accounts of staff and the posts they hold."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from .capacity import Capacity

if TYPE_CHECKING:
    from .models import User


def capacities(user: User, now: datetime | None = None) -> tuple[Capacity, ...]:
    """The capacities a user may choose between at a moment: one for each post held, oldest first. One statement."""
    # Tables cannot be imported before Django is ready, and the pure modules beside this one need no Django.
    from shaodao.county.pack import versions

    from .grants import held

    moment = now or datetime.now(UTC)
    pack = versions.current(moment)
    return tuple(
        Capacity(
            user.pk,
            post.pk,
            post.role,
            post.unit,
            pack.capacity_name(post.role, post.unit, post.grid),
            post.grid,
        )
        for post in held(user, moment)
    )


__all__ = ["Capacity", "capacities"]
