"""Writing and reading streams.

    with transaction.atomic():
        heads = store.lock(stream)
        events = store.history(stream, heads[stream])
        store.append([(stream, drafts)], context, now, heads)

A stream that does not exist yet needs no lock: two writers of its first event end in one `Conflict`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, islice
from typing import Any

from django.db import connection, transaction

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
    heads = dict.fromkeys(sorted(streams), Head())
    if not heads:
        return heads
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, _columns(map(_key, heads)))
        for kind, id, seq, hash, first_at, last_at in cursor:
            heads[Stream(kind, id)] = Head(seq, bytes(hash), first_at, last_at)
    return heads


def append(
    batches: Sequence[tuple[Stream, Sequence[Draft]]],
    context: Context,
    now: datetime,
    heads: Mapping[Stream, Head],
) -> list[Recorded]:
    """Write the drafts of one or several streams in one statement; return them as recorded, in the order given.

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


def history(stream: Stream, head: Head | None = None) -> list[Recorded]:
    """All events of a stream in today's versions, oldest first; with a known head only its years are read."""
    if head is not None and head.seq == 0:
        return []
    with connection.cursor() as cursor:
        if head is None:
            cursor.execute(_HISTORY_BY_HEAD, [stream.kind, stream.id])
        else:
            cursor.execute(_HISTORY, [stream.kind, stream.id, head.first_at, head.last_at])
        return [events.read_today(data, bytes(hash)) for data, hash in cursor]


def histories(streams: Iterable[Stream]) -> Iterator[tuple[Stream, list[Recorded]]]:
    """The events of many streams, sorted by stream, in one statement. Streams without events are left out."""
    wanted = {_key(stream) for stream in streams}
    if not wanted:
        return
    with connection.cursor() as cursor:
        cursor.execute(_HISTORIES, _columns(wanted))
        lines = (events.read_today(data, bytes(hash)) for data, hash in cursor)
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
    with connection.cursor() as cursor:
        cursor.execute(
            _APPEND,
            [
                *_columns(map(_event_row, lines)),
                *_columns(_head_row(stream, before[stream], after[stream]) for stream in sorted(after)),
            ],
        )
        (ok,) = cursor.fetchone()
    if not ok:
        transaction.set_rollback(True)
        raise Conflict(sorted(after))
    return [line.event for line in lines]


def _event_row(line: Line) -> tuple[Any, ...]:
    event = line.event
    return (
        *_key(event.stream),
        event.seq,
        event.type,
        event.version,
        event.occurred_at,
        event.recorded_at,
        line.data.decode(),
        event.hash,
    )


def _head_row(stream: Stream, before: Head, after: Head) -> tuple[Any, ...]:
    return *_key(stream), before.seq, before.hash, after.seq, after.hash, after.first_at, after.last_at


def _columns(rows: Iterable[tuple[Any, ...]]) -> list[list[Any]]:
    """Rows as one list for each column, as `unnest` takes them."""
    return [list(column) for column in zip(*rows, strict=True)]


_LOCK = """
SELECT kind, id, seq, hash, first_at, last_at FROM ledger_head
WHERE (kind, id) IN (SELECT * FROM unnest(%s::text[], %s::text[]))
ORDER BY kind, id FOR UPDATE
"""

# Heads, events and queue in one statement. Unless every head moved, no event is written; the caller rolls back.
_APPEND = """
WITH line AS (
    SELECT * FROM unnest(
        %s::text[], %s::text[], %s::int[], %s::text[], %s::smallint[],
        %s::timestamptz[], %s::timestamptz[], %s::text[], %s::bytea[]
    ) WITH ORDINALITY AS line (kind, id, seq, type, version, occurred_at, recorded_at, words, hash, at)
), head AS (
    SELECT * FROM unnest(
        %s::text[], %s::text[], %s::int[], %s::bytea[], %s::int[], %s::bytea[],
        %s::timestamptz[], %s::timestamptz[]
    ) AS head (kind, id, seq_before, hash_before, seq, hash, first_at, last_at)
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
    SELECT kind, id, seq, type, version, occurred_at, recorded_at, convert_to(words, 'UTF8'), hash
    FROM line WHERE (SELECT ok FROM settled)
), queued AS (
    INSERT INTO ledger_pending (kind, id, seq, recorded_at, hash)
    SELECT kind, id, seq, recorded_at, hash FROM line WHERE (SELECT ok FROM settled) ORDER BY at
)
SELECT ok FROM settled
"""

# The bounds let the planner drop the partitions of other years.
_HISTORY = """
SELECT bytes, hash FROM ledger_event
WHERE kind = %s AND id = %s AND recorded_at BETWEEN %s AND %s ORDER BY seq
"""

_HISTORY_BY_HEAD = """
SELECT event.bytes, event.hash
FROM ledger_head AS head JOIN ledger_event AS event USING (kind, id)
WHERE head.kind = %s AND head.id = %s AND event.recorded_at BETWEEN head.first_at AND head.last_at
ORDER BY event.seq
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
