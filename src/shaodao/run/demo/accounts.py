"""The staff of the demonstration as accounts: everybody exists and holds a post; some can sign in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.contrib.auth.hashers import make_password

from shaodao.county.pack.model import Pack
from shaodao.county.people import grants
from shaodao.county.people.models import User
from shaodao.faces.accounts import second_factor
from shaodao.ground.ledger.events import Context

from .people import Staff

FOUNDER = Context(actor="system:demo")


def make(staff: Sequence[Staff], pack: Pack, password: str, since: datetime) -> dict[str, str]:
    """Make accounts and posts, held since then; return actor ids by user name. All share one password."""
    hashed = make_password(password)
    made: dict[str, User] = {}
    for one in staff:
        user = made.get(one.username)
        if user is None:
            user = made[one.username] = User(username=one.username, name=one.name, created_at=since)
            user.password = hashed if one.open else make_password(None)
    User.objects.bulk_create(made.values())
    for one in staff:
        grants.grant(made[one.username], one.role, one.unit, pack=pack, by=FOUNDER, now=since, grid=one.grid)
    for username in dict.fromkeys(one.username for one in staff if one.open):
        second_factor.set_up(made[username], second_factor.new_secret())
    return {username: f"user:{user.pk}" for username, user in made.items()}


def set_password(staff: Sequence[Staff], password: str) -> None:
    """Give all accounts that can sign in this password."""
    names = {one.username for one in staff if one.open}
    User.objects.filter(username__in=names).update(password=make_password(password))
