"""Does everything still say what it said? Reads the whole ledger, or what came after an anchor, in constant memory.

Three passes over one snapshot of the database:

1. by stream: each event against its hash, its place in the chain, its columns, its seal; the head; and the
   rows that screens read against a replay;
2. by position: the log without gaps, its root against each anchor in the database and in files outside it;
3. the vault: each value against its commitment.

What an event should be is known from three places (the chain, the seal, the anchors), so a fault can be named
rather than only noticed. An event not yet sealed or anchored is protected by its chain alone.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any, NamedTuple

from django.db import connection, transaction

from . import anchors, canonical, events, merkle, projections, upcasters
from .anchors import Anchor
from .canonical import ZERO, Hash
from .events import Recorded, Stream
from .merkle import Log
from .projections import Fault

__all__ = ["Fault", "Report", "run"]

_STREAMS_AT_ONCE = 200
_ROWS_AT_ONCE = 2000


@dataclass(slots=True)
class Report:
    """What was read and what was wrong. `since` is the position reading began at (0: everything)."""

    since: int = 0
    events: int = 0
    streams: int = 0
    sealed: int = 0
    values: int = 0
    root: bytes = b""
    seconds: float = 0.0
    faults: list[Fault] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def clean(self) -> bool:
        return not self.counts

    @property
    def rate(self) -> float:
        """Events read in a second."""
        return self.events / self.seconds if self.seconds else 0.0


def run(
    outside: Sequence[Anchor] = (),
    since: int | None = None,
    keep: int = 1000,
    progress: Callable[[int], None] = lambda events: None,
) -> Report:
    """Verify against the database's own anchors and those from `outside` it.

    With `since`, reading begins at the last anchor at or before that position, which is then trusted, and
    only streams with later events are read. At most `keep` faults are kept, all are counted.
    """
    started = time.perf_counter()
    with _snapshot():
        algorithm, size, peaks = _one("SELECT algorithm, size, peaks FROM ledger_log")
        hash_ = canonical.hash_named(algorithm)
        report = Report()
        stored = list(_stored_anchors(algorithm))
        start = _start(outside or stored, since, hash_)
        known = {_INSIDE: stored, _OUTSIDE: sorted(outside, key=lambda anchor: anchor.size)}
        report.since = start.size

        def note(faults: Iterable[Fault]) -> None:
            for fault in faults:
                report.counts[fault.code] += 1
                if len(report.faults) < keep:
                    report.faults.append(fault)

        note(_by_stream(report, start.size, hash_, progress))
        note(_by_position(report, start, _Said(size, peaks), known, hash_))
        if since is None:
            for projection in projections.registered().values():
                note(projection.strays() if projection.strays else ())
            note(_vault(report))
    report.seconds = time.perf_counter() - started
    return report


# Pass 1: by stream


class _Row(NamedTuple):
    """An event, its seal and its place in the queue; each may be missing."""

    kind: str
    id: str
    seq: int
    type: str | None
    version: int | None
    occurred_at: datetime | None
    recorded_at: datetime | None
    data: bytes | None
    hash: bytes | None
    position: int | None
    sealed_at: datetime | None
    sealed: bytes | None
    queued: bytes | None
    head_seq: int | None
    head_hash: bytes | None
    head_first: datetime | None
    head_last: datetime | None


def _by_stream(report: Report, since: int, hash_: Hash, progress: Callable[[int], None]) -> Iterator[Fault]:
    waiting: dict[str, list[tuple[str, list[Recorded]]]] = {}
    compared = projections.registered()
    for (kind, id), group in groupby(_rows(since), key=lambda row: row[:2]):
        stream = Stream(kind, id)
        walk = _Walk(stream, hash_)
        for row in group:
            yield from walk.step(row)
        yield from walk.end()
        report.streams += 1
        report.events += walk.events
        progress(report.events)
        if kind in compared and walk.replayable:
            batch = waiting.setdefault(kind, [])
            batch.append((id, walk.history))
            if len(batch) >= _STREAMS_AT_ONCE:
                yield from compared[kind].check(waiting.pop(kind))
    for kind, batch in waiting.items():
        yield from compared[kind].check(batch)


class _Walk:
    """One stream, event by event."""

    def __init__(self, stream: Stream, hash_: Hash) -> None:
        self.stream = stream
        self.hash_ = hash_
        self.events = 0
        self.history: list[Recorded] = []
        self.replayable = True
        self.seq = 0
        self.before = ZERO
        self.last: _Row | None = None
        self.first_at: datetime | None = None
        self.gone: list[_Row] = []
        self.head: _Row | None = None

    def step(self, row: _Row) -> Iterator[Fault]:
        self.head = row
        if row.seq == 0:
            return  # a head alone
        if row.seq > self.seq + 1:
            self.replayable = False
            for seq in range(self.seq + 1, row.seq):
                yield self._fault("event-missing", seq, "事件不存在，也没有封存记录")
        elif row.seq <= self.seq:
            self.replayable = False
            yield self._fault("event-twice", row.seq, "同一序号有两条事件", row.position)
        if row.data is None or row.hash is None:
            self.replayable = False
            self.gone.append(row)
            # The seal still says what the hash was: the next event can be judged by it.
            self.before = row.sealed or row.queued or self.before
        else:
            yield from self._present(row, row.data, row.hash)
        self.seq = row.seq

    def _present(self, row: _Row, data: bytes, stored: bytes) -> Iterator[Fault]:
        self.events += 1
        noted = row.sealed or row.queued
        computed = self.hash_(self.before + data)
        if noted is None:
            yield self._fault("event-unsealed", row.seq, "事件既未封存，也不在待封存队列中")
        elif row.sealed and row.queued:
            yield self._fault("event-queued-again", row.seq, "已封存的事件又在待封存队列中", row.position)
        truth = noted or stored
        if computed != truth:
            self.replayable = False
            yield self._fault("event-changed", row.seq, f"事件（{row.type}）内容与其哈希不符", row.position)
        elif stored != truth:
            yield self._fault("hash-changed", row.seq, "事件的哈希与封存记录不符", row.position)
        self.before = truth
        try:
            event = events.read(data, stored)
        except (ValueError, KeyError, TypeError):
            self.replayable = False
            if computed == truth:
                yield self._fault("event-unreadable", row.seq, "事件字节无法读取", row.position)
        else:
            columns = row.kind, row.id, row.seq, row.type, row.version, row.occurred_at, row.recorded_at
            header = (
                event.stream.kind,
                event.stream.id,
                event.seq,
                event.type,
                event.version,
                event.occurred_at,
                event.recorded_at,
            )
            if columns != header and computed == truth:
                wrong = "、".join(
                    name for name, left, right in zip(_COLUMNS, columns, header, strict=True) if left != right
                )
                yield self._fault("column-changed", row.seq, f"列与事件字节不符：{wrong}", row.position)
            elif row.sealed_at not in {None, row.recorded_at}:
                yield self._fault("seal-differs", row.seq, "封存记录的时间与事件不符", row.position)
            if self.replayable:
                self.history.append(upcasters.upcast(event))
        if (
            self.last
            and row.recorded_at
            and self.last.recorded_at
            and row.recorded_at < self.last.recorded_at
        ):
            yield self._fault("time-backwards", row.seq, "记录时间早于前一事件", row.position)
        self.last = row
        self.first_at = self.first_at or row.recorded_at

    def end(self) -> Iterator[Fault]:
        assert self.head
        if self.last is None:
            self.replayable = False
            positions = [row.position for row in self.gone if row.position is not None]
            detail = f"整条记录不存在：应有 {max(self.seq, self.head.head_seq or 0)} 个事件"
            if positions:
                detail += f"，封存位置 {_spans(positions)}"
            yield Fault("stream-missing", str(self.stream), detail, positions[0] if positions else None)
            return
        for row in self.gone:
            yield self._fault("event-missing", row.seq, "事件已不存在，但有封存记录", row.position)
        head, last = self.head, self.last
        if head.head_seq is None:
            self.replayable = False
            yield Fault("head-missing", str(self.stream), "头记录不存在")
        elif (head.head_seq, head.head_hash, head.head_first, head.head_last) != (
            last.seq,
            last.hash,
            self.first_at,
            last.recorded_at,
        ):
            yield Fault(
                "head-differs",
                str(self.stream),
                f"头记录在第 {head.head_seq} 个事件，最后一个事件是第 {last.seq} 个",
            )

    def _fault(self, code: str, seq: int, detail: str, position: int | None = None) -> Fault:
        return Fault(code, f"{self.stream}#{seq}", detail, position)


_COLUMNS = ("kind", "id", "seq", "type", "version", "occurred_at", "recorded_at")


def _rows(since: int) -> Iterator[_Row]:
    recent, only = _RECENT if since else _ALL
    statement = _BY_STREAM.format(recent=recent, only=only)
    return map(_Row._make, _stream(statement, [since] if since else []))


# Pass 2: by position


_INSIDE, _OUTSIDE = "数据库内", "库外"


class _Said(NamedTuple):
    """What the database says the log is."""

    size: int
    peaks: bytes


class _Witness:
    """The anchors of one place, held against the log as it grows. Only the first that differs is a fault:
    all later ones must."""

    def __init__(self, place: str, known: Iterable[Anchor], start: Log, hash_: Hash) -> None:
        self.place = place
        self.ahead = [anchor for anchor in known if anchor.size >= start.size]
        self.agreed = start.size
        self.differed = False
        self.hash_ = hash_

    def broken(self) -> Iterator[Fault]:
        for anchor in self.ahead:
            if not anchors.sound(anchor, self.hash_):
                yield Fault("anchor-broken", f"{self.place}锚点 {anchor.size}", "锚点的根与其自身的峰值不符")

    def next(self) -> int | None:
        return self.ahead[0].size if self.ahead else None

    def compare(self, log: Log) -> Iterator[Fault]:
        while self.next() == log.size:
            anchor = self.ahead.pop(0)
            if log.root(self.hash_) == anchor.root:
                self.agreed = log.size
            elif not self.differed:
                self.differed = True
                start, stop = self._where(log, anchor)
                detail = f"与{self.place}锚点不符（{anchor.at:%Y-%m-%d %H:%M}Z，共 {anchor.size} 个事件）"
                yield Fault("anchor-differs", f"位置 {_span(start, stop)}", detail, start)

    def _where(self, log: Log, anchor: Anchor) -> tuple[int, int]:
        """The narrowest range of positions in which something was rewritten."""
        for (start, stop), ours, theirs in zip(log.spans(), log.peaks, anchor.log.peaks, strict=True):
            if ours != theirs and stop > self.agreed:
                return max(start, self.agreed), stop
        return min(self.agreed, log.size), log.size

    def unreached(self, size: int) -> Iterator[Fault]:
        if self.ahead:
            longest = self.ahead[-1]
            detail = f"{self.place}锚点记有 {longest.size} 个事件，现在只有 {size} 个"
            yield Fault("log-shorter", f"位置 {_span(size, longest.size)}", detail, size)


def _by_position(
    report: Report, start: Log, said: _Said, known: Mapping[str, Sequence[Anchor]], hash_: Hash
) -> Iterator[Fault]:
    witnesses = [_Witness(place, there, start, hash_) for place, there in known.items()]
    for witness in witnesses:
        yield from witness.broken()
        yield from witness.compare(start)
    log, chunk, expected, dense = start, list[bytes](), start.size, True
    rows = _stream(
        "SELECT position, hash FROM ledger_seal WHERE position >= %s ORDER BY position", [log.size]
    )
    for position, entry in rows:
        if position != expected:
            dense = False
            yield Fault("seal-missing", f"位置 {_span(expected, position)}", "封存记录不存在", expected)
        expected = position + 1
        chunk.append(entry)
        size = log.size + len(chunk)
        if len(chunk) == _ROWS_AT_ONCE or any(witness.next() == size for witness in witnesses):
            log, chunk = log.extend(chunk, hash_), []
            for witness in witnesses:
                yield from witness.compare(log)
    log = log.extend(chunk, hash_)
    report.sealed, report.root = log.size, log.root(hash_)
    for witness in witnesses:
        yield from witness.unreached(log.size)
    if dense and (said.size, said.peaks) != (log.size, merkle.pack(log)):
        yield Fault(
            "log-differs", "日志", f"日志自述有 {said.size} 个事件，由封存记录重算得 {log.size} 个或根不同"
        )


def _start(known: Sequence[Anchor], since: int | None, hash_: Hash) -> Log:
    logs = (anchor.log for anchor in known if anchor.size <= (since or 0) and anchors.sound(anchor, hash_))
    return max(logs, key=lambda log: log.size, default=Log())


def _stored_anchors(algorithm: str) -> Iterator[Anchor]:
    for size, at, root, peaks in _stream("SELECT size, at, root, peaks FROM ledger_anchor ORDER BY size, at"):
        yield Anchor(algorithm, at, root, merkle.unpack(size, peaks))


# Pass 3: the vault


def _vault(report: Report) -> Iterator[Fault]:
    from .vault import commitment

    rows = _stream("SELECT commitment, kind, subject, salt, value FROM ledger_vault WHERE value IS NOT NULL")
    for key, kind, subject, salt, value in rows:
        report.values += 1
        if commitment(salt, value) != key.hex():
            yield Fault("value-changed", f"{subject}:{kind}", f"保险库的值与承诺 {key.hex()} 不符")


# Reading


@contextmanager
def _snapshot() -> Iterator[None]:
    """One unchanging view of the database; nothing may be written through it."""
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def _stream(statement: str, params: Sequence[Any] = ()) -> Iterator[Any]:
    with connection.chunked_cursor() as cursor:
        cursor.execute(statement, params)
        while rows := cursor.fetchmany(_ROWS_AT_ONCE):
            yield from rows


def _one(statement: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()


def _span(start: int, stop: int) -> str:
    """Positions `start` up to, not including, `stop`."""
    return str(start) if stop - start <= 1 else f"{start}–{stop - 1}"


def _spans(positions: Sequence[int]) -> str:
    return "、".join(map(str, positions[:20])) + (" …" if len(positions) > 20 else "")


# Everything, or only streams with an event sealed from a position on or not sealed yet. The sides are filtered
# before they meet: a filter above a full join would read the whole ledger first.
_ALL = ("", "")
_RECENT = (
    """
    WITH recent AS MATERIALIZED (
        SELECT kind, id FROM ledger_seal WHERE position >= %s UNION SELECT kind, id FROM ledger_pending
    )
    """,
    "WHERE (kind, id) IN (SELECT kind, id FROM recent)",
)

_BY_STREAM = """
{recent}
SELECT kind, id, coalesce(seq, 0), event.type, event.version, event.occurred_at, event.recorded_at,
    event.bytes, event.hash, seal.position, seal.recorded_at, seal.hash, pending.hash,
    head.last_seq, head.last_hash, head.first_at, head.last_at
FROM (SELECT * FROM ledger_event {only}) AS event
FULL JOIN (SELECT * FROM ledger_seal {only}) AS seal USING (kind, id, seq)
FULL JOIN (SELECT * FROM ledger_pending {only}) AS pending USING (kind, id, seq)
FULL JOIN (
    SELECT kind, id, seq AS last_seq, hash AS last_hash, first_at, last_at FROM ledger_head {only}
) AS head USING (kind, id)
ORDER BY kind, id, coalesce(seq, 0)
"""
