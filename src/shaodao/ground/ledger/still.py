"""A moment in which nothing waits to be sealed: the rows that screens read say exactly what the sealed events say.

    anchor, content = still.read(compute, now)

`compute` sees the rows as after the events below `anchor.size`, so its answer can be reckoned again at that position for
ever, and the anchor's root stands for everything it was reckoned from.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from django.db import connection, transaction

from . import sealer
from .anchors import Anchor

TRIES = 20
T = TypeVar("T")


class NeverStill(RuntimeError):
    """Something was recorded at every try."""


def read(compute: Callable[[], T], now: datetime) -> tuple[Anchor, T]:
    """Seal what waits, then compute in one snapshot of the database. Raises NeverStill."""
    for _ in range(TRIES):
        sealer.seal_all(now)
        outermost = not connection.in_atomic_block
        with transaction.atomic():
            if outermost:  # inside a transaction one looks again afterwards whether anything has come
                with connection.cursor() as cursor:
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            if sealer.waiting():
                continue
            anchor = sealer.root(now)
            found = compute()
            if sealer.size() == anchor.size and not sealer.waiting():
                return anchor, found
    raise NeverStill
