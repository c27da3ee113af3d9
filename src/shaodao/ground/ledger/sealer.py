"""The sealer gives committed events their position and extends the Merkle log over them.

Any number of processes may call it: the row of the log is the lock, and who does not get it does nothing.
Positions count from 0 without gaps; the events of a stream keep their order.
"""

from datetime import datetime
from pathlib import Path

from django.db import connection, transaction

from . import anchors, canonical, keeping, merkle
from .anchors import Anchor
from .merkle import Log

BATCH = 1000  # events sealed in one transaction
ANCHOR_EVERY = 10_000  # positions; bounds what an incremental verification reads again


class WrongAlgorithm(RuntimeError):
    """The setting LEDGER_HASH is not what this ledger was begun with."""


def seal_batch(now: datetime, limit: int = BATCH) -> int:
    """Seal up to `limit` waiting events; return how many. 0: nothing waits, or another process is sealing."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"{_LOG} FOR UPDATE SKIP LOCKED")
        row = cursor.fetchone()
        if row is None:
            return 0
        algorithm, log = _log(row)
        cursor.execute(_TAKE, [limit])
        waiting = sorted(cursor.fetchall())
        if not waiting:
            return 0
        _, kinds, ids, seqs, moments, hashes = map(list, zip(*waiting, strict=True))
        hash_ = canonical.hash_named(algorithm)
        longer = log.extend(hashes, hash_)
        cursor.execute(_SEAL, [log.size, kinds, ids, seqs, moments, hashes])
        cursor.execute("UPDATE ledger_log SET size = %s, peaks = %s", [longer.size, merkle.pack(longer)])
        if longer.size // ANCHOR_EVERY > log.size // ANCHOR_EVERY:
            _store(anchors.of(longer, algorithm, now))
    return len(waiting)


def seal_all(now: datetime) -> int:
    """Seal until nothing waits; return how many."""
    total = 0
    while sealed := seal_batch(now, limit=5000):
        total += sealed
    return total


def anchor(now: datetime, file: Path | None = None) -> Anchor:
    """Write the present root to the database and to a file outside it (default: the data folder's)."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_LOG)
        algorithm, log = _log(cursor.fetchone())
        made = anchors.of(log, algorithm, now)
        _store(made)
        anchors.write(file or keeping.anchor_file(), made)
    return made


def root(now: datetime) -> Anchor:
    """The present root, written nowhere."""
    with connection.cursor() as cursor:
        cursor.execute(_LOG)
        algorithm, log = _log(cursor.fetchone())
    return anchors.of(log, algorithm, now)


def waiting() -> int:
    """How many committed events have no position yet."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM ledger_pending")
        return cursor.fetchone()[0]


def size() -> int:
    """How many events are sealed; the next position."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT size FROM ledger_log")
        return cursor.fetchone()[0]


def _log(row: tuple[str, int, bytes]) -> tuple[str, Log]:
    algorithm, size, peaks = row
    if algorithm != keeping.algorithm():
        raise WrongAlgorithm(
            f"this ledger was begun with {algorithm}; the setting LEDGER_HASH says {keeping.algorithm()}"
        )
    return algorithm, merkle.unpack(size, peaks)


def _store(anchor: Anchor) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_ANCHOR, [anchor.size, anchor.at, anchor.root, merkle.pack(anchor.log)])


_LOG = "SELECT algorithm, size, peaks FROM ledger_log"
_TAKE = """
DELETE FROM ledger_pending WHERE number IN (SELECT number FROM ledger_pending ORDER BY number LIMIT %s)
RETURNING number, kind, id, seq, recorded_at, hash
"""
_SEAL = """
INSERT INTO ledger_seal (position, kind, id, seq, recorded_at, hash)
SELECT %s + at - 1, kind, id, seq, recorded_at, hash
FROM unnest(%s::text[], %s::text[], %s::int[], %s::timestamptz[], %s::bytea[])
    WITH ORDINALITY AS seal (kind, id, seq, recorded_at, hash, at)
"""
_ANCHOR = "INSERT INTO ledger_anchor (size, at, root, peaks) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING"
