"""The rows of cases as they were at a position of the ledger: what was published can be reckoned again, for ever.

    with past() as then:
        then.go(position)
        figures(period)

Inside, tables of the same names stand before those of today (PostgreSQL looks for temporary tables first), filled by
replaying the sealed events below the position. So a published figure is reckoned again by the very definitions that any
screen uses, whatever came after: late ratings, breaches cancelled, persons erased. Going on from position to position
replays each event once; the states of all cases are held in memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from shaodao.centre.cases import projection
from shaodao.centre.cases.lifecycle import Case, evolve
from shaodao.centre.cases.lifecycle.codec import from_payload
from shaodao.centre.cases.rows import KEYS
from shaodao.ground.ledger import events, sealer

AT_ONCE = 20_000  # positions read at a time


class NotSealed(ValueError):
    """A position that the ledger has not reached, or one before where this has come to already."""


class Past:
    """Where the rows stand: as after the events below `position`."""

    def __init__(self) -> None:
        self.position = 0
        self._cases: dict[str, Case] = {}

    def go(self, position: int) -> None:
        """On to a later position. Raises NotSealed."""
        if not self.position <= position <= sealer.size():
            raise NotSealed(f"cannot go from {self.position} to {position}")
        changed: set[str] = set()
        while self.position < position:
            until = min(position, self.position + AT_ONCE)
            changed |= self._replay(self.position, until)
            self.position = until
        self._write(changed)

    def _replay(self, since: int, until: int) -> set[str]:
        changed = set()
        with connection.cursor() as cursor:
            cursor.execute(_SEALED, [since, until])
            for number, data, hash in cursor.fetchall():
                event = events.read_today(data, hash)
                case = self._cases.get(number, _NONE)
                said = from_payload(event.type, event.payload)
                self._cases[number] = evolve(case, said, event.occurred_at)
                changed.add(number)
        return changed

    def _write(self, changed: set[str]) -> None:
        numbers = list(changed)
        with connection.cursor() as cursor:
            for table, keys in KEYS.items():
                cursor.execute(f"DELETE FROM pg_temp.{table} WHERE {keys[0]} = ANY (%s)", [numbers])
        projection.write_new(self._cases[number] for number in numbers)
        with connection.cursor() as cursor:
            for table in KEYS:
                cursor.execute(f"ANALYZE pg_temp.{table}")


@contextmanager
def past() -> Iterator[Past]:
    """Rows of the past, from position 0 on, until the end of the block; nothing of today is read or written in it."""
    with transaction.atomic(), connection.cursor() as cursor:
        for table, keys in KEYS.items():
            cursor.execute(f"CREATE TEMPORARY TABLE {table} (LIKE public.{table} INCLUDING DEFAULTS)")
            cursor.execute(f"CREATE INDEX ON pg_temp.{table} ({', '.join(keys)})")
        cursor.execute("CREATE INDEX ON pg_temp.cases_case (grid, item, ended_at)")
        yield Past()
        for table in KEYS:
            cursor.execute(f"DROP TABLE pg_temp.{table}")


_NONE = Case()
_SEALED = """
SELECT seal.id, event.bytes, event.hash
FROM ledger_seal AS seal JOIN ledger_event AS event USING (kind, id, seq, recorded_at)
WHERE seal.kind = 'case' AND seal.position >= %s AND seal.position < %s ORDER BY seal.position
"""
