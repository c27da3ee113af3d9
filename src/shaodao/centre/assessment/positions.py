"""The rows of cases and orders as they were at a position of the ledger: what was published is reckoned again, for ever.

    with past() as then:
        then.go(position)
        figures(period)

Inside, tables of the same names stand before those of today (PostgreSQL looks for temporary tables first), filled by
replaying the sealed events below the position. So a published figure is reckoned again by the very definitions that any
screen uses, whatever came after: late ratings, breaches cancelled, persons erased. Going on from position to position
replays each event once; the states of all cases and orders are held in memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

from shaodao.centre.cases.projection import CASES
from shaodao.centre.supervision.orders.projection import ORDERS
from shaodao.ground.ledger import events, sealer
from shaodao.ground.ledger.kinds import Kind

AT_ONCE = 20_000  # positions read at a time


class NotSealed(ValueError):
    """A position that the ledger has not reached, or one before where this has come to already."""


KINDS: dict[str, Kind[Any]] = {kind.name: kind for kind in (CASES, ORDERS)}  # what is replayed


class Past:
    """Where the rows stand: as after the events below `position`."""

    def __init__(self) -> None:
        self.position = 0
        self._states: dict[str, dict[str, Any]] = {kind: {} for kind in KINDS}

    def go(self, position: int) -> None:
        """On to a later position. Raises NotSealed."""
        if not self.position <= position <= sealer.size():
            raise NotSealed(f"cannot go from {self.position} to {position}")
        changed: dict[str, set[str]] = {kind: set() for kind in KINDS}
        while self.position < position:
            until = min(position, self.position + AT_ONCE)
            for kind, id in self._replay(self.position, until):
                changed[kind].add(id)
            self.position = until
        for kind, ids in changed.items():
            self._write(kind, ids)

    def _replay(self, since: int, until: int) -> Iterator[tuple[str, str]]:
        """The streams that went on."""
        with connection.cursor() as cursor:
            cursor.execute(_SEALED, [list(KINDS), since, until])
            for kind, id, data, hash in cursor.fetchall():
                before = self._states[kind].get(id, KINDS[kind].nothing)
                self._states[kind][id] = KINDS[kind].evolve(before, events.read_today(data, hash))
                yield kind, id

    def _write(self, kind: str, ids: Iterable[str]) -> None:
        ids = list(ids)
        with connection.cursor() as cursor:
            for table, keys in KINDS[kind].tables.items():
                cursor.execute(f"DELETE FROM pg_temp.{table} WHERE {keys[0]} = ANY (%s)", [ids])
        KINDS[kind].write_new((id, self._states[kind][id]) for id in ids)
        with connection.cursor() as cursor:
            for table in KINDS[kind].tables:
                cursor.execute(f"ANALYZE pg_temp.{table}")


@contextmanager
def past() -> Iterator[Past]:
    """Rows of the past, from position 0 on, until the end of the block; nothing of today is read or written in it."""
    tables = {table: keys for kind in KINDS.values() for table, keys in kind.tables.items()}
    with transaction.atomic(), connection.cursor() as cursor:
        for table, keys in tables.items():
            cursor.execute(f"CREATE TEMPORARY TABLE {table} (LIKE public.{table} INCLUDING DEFAULTS)")
            cursor.execute(f"CREATE INDEX ON pg_temp.{table} ({', '.join(keys)})")
        cursor.execute("CREATE INDEX ON pg_temp.cases_case (grid, item, ended_at)")
        yield Past()
        for table in tables:
            cursor.execute(f"DROP TABLE pg_temp.{table}")


_SEALED = """
SELECT seal.kind, seal.id, event.bytes, event.hash
FROM ledger_seal AS seal JOIN ledger_event AS event USING (kind, id, seq, recorded_at)
WHERE seal.kind = ANY (%s) AND seal.position >= %s AND seal.position < %s ORDER BY seal.position
"""
