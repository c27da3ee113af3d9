"""Writing and reading streams.

    with transaction.atomic():
        heads = store.lock(stream)
        events = store.history(stream, heads[stream])
        store.append([(stream, drafts)], context, now, heads)

A stream that does not exist yet needs no lock: two writers of its first event end in one `Conflict`.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, islice
from typing import Any

from django.db import connection, transaction

from shaodao.ground import database

from . import events, keeping
from .events import Context, Draft, Head, Line, Recorded, Stream

__all__ = [
    "Conflict",
    "Context",
    "Draft",
    "Entry",
    "Head",
    "Recorded",
    "Stream",
    "append",
    "append_many",
    "heads_of",
    "histories",
    "history",
    "locate",
    "lock",
]

_BULK = 5000  # events in one statement of `append_many`


class Conflict(Exception):
    """Somebody else wrote to one of the streams since its head was read. Nothing of this transaction remains."""

    def __init__(self, streams: Sequence[Stream]) -> None:
        super().__init__(f"written by another: one of {', '.join(map(str, streams))}")
        self.streams = tuple(streams)


@dataclass(frozen=True, slots=True)
class Entry:
    """One event of a bulk import, with its own context and moment of recording."""

    stream: Stream
    draft: Draft
    context: Context
    recorded_at: datetime


def lock(*streams: Stream) -> dict[Stream, Head]:
    """The heads of these streams, locked in sorted order until the transaction ends. One statement.

    A stream without events has `Head()`; there is nothing to lock yet.
    """
    return _heads(f"{_HEADS} FOR UPDATE", streams)


def append(
    batches: Sequence[tuple[Stream, Sequence[Draft]]],
    context: Context,
    now: datetime,
    heads: Mapping[Stream, Head],
) -> list[Recorded]:
    """Write the drafts of one or several streams in one statement; return them as recorded, in the order given. It sends
    what was written `together` before it.

    `heads` are what `lock` returned; a stream missing there must be new. Needs a transaction. Raises Conflict
    when a head has moved (the transaction is then marked for rollback), NotCanonical for a payload that has
    no canonical bytes, ValueError for an event version that is no longer written.
    """
    entries = [Entry(stream, draft, context, now) for stream, drafts in batches for draft in drafts]
    return _write(entries, heads)


def append_many(entries: Iterable[Entry]) -> int:
    """Write any number of events in the order given, exactly as `append` would; return how many.

    Every few thousand events make one statement; all of them belong to the caller's transaction.
    """
    entries, count = iter(entries), 0
    while chunk := list(islice(entries, _BULK)):
        heads = lock(*{entry.stream for entry in chunk})
        count += len(_write(chunk, heads))
    return count


def heads_of(*streams: Stream) -> dict[Stream, Head]:
    """As `lock`, without locking: for reading."""
    return _heads(_HEADS, streams)


def history(stream: Stream, head: Head | None = None) -> list[Recorded]:
    """The events of a stream up to `head` (default: its present one) in today's versions, oldest first."""
    if head is None:
        head = heads_of(stream)[stream]
    if head.seq == 0:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_HISTORY, [*_key(stream), head.first_at, head.last_at, head.seq])
        return [events.read_today(data, hash) for data, hash in cursor]


def histories(streams: Iterable[Stream]) -> Iterator[tuple[Stream, list[Recorded]]]:
    """The events of many streams, sorted by stream, in one statement. Streams without events are left out."""
    wanted = {_key(stream) for stream in streams}
    if not wanted:
        return
    with connection.cursor() as cursor:
        cursor.execute(_HISTORIES, _columns(wanted))
        lines = (events.read_today(data, hash) for data, hash in cursor)
        for stream, group in groupby(lines, key=lambda event: event.stream):
            yield stream, list(group)


def locate(recorded: Sequence[Recorded]) -> list[int | None]:
    """The sealed position of each of these events; None while it waits for the sealer."""
    if not recorded:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_LOCATE, _columns((*_key(event.stream), event.seq) for event in recorded))
        return [position for (position,) in cursor]


def _key(stream: Stream) -> tuple[str, str]:
    return stream.kind, stream.id


def _heads(statement: str, streams: Iterable[Stream]) -> dict[Stream, Head]:
    heads = dict.fromkeys(sorted(streams), Head())
    if heads:
        with connection.cursor() as cursor:
            cursor.execute(statement, _columns(map(_key, heads)))
            for kind, id, seq, hash, first_at, last_at in cursor:
                heads[Stream(kind, id)] = Head(seq, hash, first_at, last_at)
    return heads


def _write(entries: Sequence[Entry], heads: Mapping[Stream, Head]) -> list[Recorded]:
    if not entries:
        return []
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("events are written inside a transaction")
    hash_ = keeping.hash_()
    before: dict[Stream, Head] = {}
    after: dict[Stream, Head] = {}
    lines: list[Line] = []
    for entry in entries:
        stream = entry.stream
        head = after.get(stream)
        if head is None:
            head = before[stream] = heads.get(stream, Head())
        line = events.follow(stream, head, entry.draft, entry.context, now=entry.recorded_at, hash_=hash_)
        after[stream] = events.advance(head, line.event)
        lines.append(line)
    moves = [_head_row(stream, before[stream], after[stream]) for stream in sorted(after)]
    values = [_rows(map(_event_row, lines)), _rows(moves), len(moves)]
    if database.write(_APPEND, values, "SELECT ok FROM settled") != (True,):
        transaction.set_rollback(True)
        raise Conflict(sorted(after))
    return [line.event for line in lines]


def _event_row(line: Line) -> dict[str, Any]:
    event = line.event
    return {
        "kind": event.stream.kind,
        "id": event.stream.id,
        "seq": event.seq,
        "type": event.type,
        "version": event.version,
        "occurred_at": event.occurred_at.isoformat(),
        "recorded_at": event.recorded_at.isoformat(),
        "words": line.data.decode(),
        "hash": event.hash.hex(),
    }


def _head_row(stream: Stream, before: Head, after: Head) -> dict[str, Any]:
    assert after.first_at
    assert after.last_at
    return {
        "kind": stream.kind,
        "id": stream.id,
        "seq_before": before.seq,
        "hash_before": before.hash.hex(),
        "seq": after.seq,
        "hash": after.hash.hex(),
        "first_at": after.first_at.isoformat(),
        "last_at": after.last_at.isoformat(),
    }


def _rows(rows: Iterable[dict[str, Any]]) -> str:
    # One JSON text is several times cheaper for the driver than an array for each column.
    return json.dumps(list(rows), ensure_ascii=False)


def _columns(rows: Iterable[tuple[Any, ...]]) -> list[list[Any]]:
    """Rows as one list for each column, as `unnest` takes them."""
    return [list(column) for column in zip(*rows, strict=True)]


_HEADS = """
SELECT kind, id, seq, hash, first_at, last_at FROM ledger_head
WHERE (kind, id) IN (SELECT * FROM unnest(%s::text[], %s::text[]))
ORDER BY kind, id
"""

# Heads, events and queue in one statement. Unless every head moved, no event is written; the caller rolls back.
# The LIMIT tells the planner how few heads there are: it guesses 100 and would rather scan them all.
_APPEND = """line AS (
    SELECT kind, id, seq, type, version, occurred_at, recorded_at,
        convert_to(words, 'UTF8') AS bytes, decode(hash, 'hex') AS hash, at
    FROM ROWS FROM (json_to_recordset(%s) AS (
        kind text, id text, seq int, type text, version smallint,
        occurred_at timestamptz, recorded_at timestamptz, words text, hash text
    )) WITH ORDINALITY AS line (kind, id, seq, type, version, occurred_at, recorded_at, words, hash, at)
), head AS (
    SELECT kind, id, seq_before, decode(hash_before, 'hex') AS hash_before, seq, decode(hash, 'hex') AS hash,
        first_at, last_at
    FROM json_to_recordset(%s) AS head (
        kind text, id text, seq_before int, hash_before text, seq int, hash text,
        first_at timestamptz, last_at timestamptz
    ) LIMIT %s
), opened AS (
    INSERT INTO ledger_head (kind, id, seq, hash, first_at, last_at)
    SELECT kind, id, seq, hash, first_at, last_at FROM head WHERE seq_before = 0
    ON CONFLICT (kind, id) DO NOTHING RETURNING 1
), moved AS (
    UPDATE ledger_head SET seq = head.seq, hash = head.hash, last_at = head.last_at FROM head
    WHERE ledger_head.kind = head.kind AND ledger_head.id = head.id
      AND ledger_head.seq = head.seq_before AND ledger_head.hash = head.hash_before
    RETURNING 1
), settled AS (
    SELECT (SELECT count(*) FROM opened) + (SELECT count(*) FROM moved) = (SELECT count(*) FROM head) AS ok
), written AS (
    INSERT INTO ledger_event (kind, id, seq, type, version, occurred_at, recorded_at, bytes, hash)
    SELECT kind, id, seq, type, version, occurred_at, recorded_at, bytes, hash
    FROM line WHERE (SELECT ok FROM settled)
), queued AS (
    INSERT INTO ledger_pending (kind, id, seq, recorded_at, hash)
    SELECT kind, id, seq, recorded_at, hash FROM line WHERE (SELECT ok FROM settled) ORDER BY at
)"""

# The bounds let the planner drop the partitions of other years.
_HISTORY = """
SELECT bytes, hash FROM ledger_event
WHERE kind = %s AND id = %s AND recorded_at BETWEEN %s AND %s AND seq <= %s ORDER BY seq
"""

_HISTORIES = """
SELECT event.bytes, event.hash
FROM ledger_head AS head CROSS JOIN LATERAL (
    SELECT seq, bytes, hash FROM ledger_event
    WHERE kind = head.kind AND id = head.id AND recorded_at BETWEEN head.first_at AND head.last_at
) AS event
WHERE (head.kind, head.id) IN (SELECT * FROM unnest(%s::text[], %s::text[]))
ORDER BY head.kind, head.id, event.seq
"""

_LOCATE = """
SELECT seal.position
FROM unnest(%s::text[], %s::text[], %s::int[]) WITH ORDINALITY AS wanted (kind, id, seq, at)
LEFT JOIN ledger_seal AS seal USING (kind, id, seq)
ORDER BY wanted.at
"""
