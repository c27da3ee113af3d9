"""The addresses of walls: put up by the centre, shown once, taken down by the centre. Whoever has one sees the figures and
does nothing else, so a wall needs neither a person's account nor a session that idles out. The ledger says who put one up
and who took it down."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from shaodao.centre.cases.actions import DIRECT, Source, context_of
from shaodao.centre.cases.lifecycle.model import By
from shaodao.centre.cases.permissions import Forbidden, may_put_up_walls
from shaodao.faces.models import Wall
from shaodao.ground.ledger import store
from shaodao.ground.ledger.events import Draft, Stream

KIND = "wall"  # a stream for each, named by the hash of its secret
NOTED_EVERY = timedelta(minutes=1)
LONGEST_NAME = 32


@transaction.atomic
def put_up(name: str, by: By, now: datetime, source: Source = DIRECT) -> str:
    """Make a wall and return its secret, which cannot be read again. Raises Forbidden."""
    _permit(by)
    secret = secrets.token_urlsafe(24)
    hash = _hashed(secret)
    Wall.objects.create(hash=hash, name=name[:LONGEST_NAME], put_up_by=by.actor, put_up_at=now)
    _record("WallPutUp", hash, by, now, source)
    return secret


@transaction.atomic
def take_down(id: int, by: By, now: datetime, source: Source = DIRECT) -> bool:
    """From now on its address shows nothing; whether it was up. Raises Forbidden."""
    _permit(by)
    wall = Wall.objects.select_for_update().filter(pk=id, taken_down_at=None).first()
    if wall is None:
        return False
    wall.taken_down_at, wall.taken_down_by = now, by.actor
    wall.save(update_fields=["taken_down_at", "taken_down_by"])
    _record("WallTakenDown", wall.hash, by, now, source)
    return True


def find(secret: str, now: datetime) -> Wall | None:
    """The wall that is up under a secret; that it asked is noted at most once a minute. One statement, or two."""
    found = Wall.objects.filter(hash=_hashed(secret), taken_down_at=None).first()
    if found is not None and (found.seen_at is None or now - found.seen_at >= NOTED_EVERY):
        Wall.objects.filter(pk=found.pk).update(seen_at=now)
    return found


def listed() -> list[Wall]:
    """Those that are up, then those that were, the latest first."""
    return list(Wall.objects.order_by(F("taken_down_at").desc(nulls_first=True), "-put_up_at")[:100])


def _record(type: str, hash: str, by: By, now: datetime, source: Source) -> None:
    stream = Stream(KIND, hash)
    store.append([(stream, [Draft(type, {}, now)])], context_of(by, source), now, store.lock(stream))


def _permit(by: By) -> None:
    if not may_put_up_walls(by):
        raise Forbidden("put_up_wall")


def _hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="surrogateescape")).hexdigest()
