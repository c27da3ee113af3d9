"""Does everything still say what it said? Reads the whole ledger, or what came after an anchor, in constant memory.

Three passes over one snapshot of the database:

1. by stream: each event against its hash, its place in the chain, its columns, its seal; the head; and the
   rows that screens read against a replay;
2. by position: the log without gaps, its root against each anchor in the database and in files outside it;
3. the vault: each value against its commitment.

What an event should be is known from three places (the chain, the seal, the anchors), so a fault can be named
rather than only noticed. An event not yet sealed or anchored is protected by its chain alone.
"""

import heapq
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from django.db import connection, transaction

from . import anchors, canonical, events, merkle, projections
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


class _Head(NamedTuple):
    """Moments are microseconds since 1970, as in the bytes of an event."""

    kind: str
    id: str
    none: int
    source: int
    seq: int
    hash: bytes
    first_at: int
    last_at: int


class _Event(NamedTuple):
    kind: str
    id: str
    seq: int
    source: int
    type: str
    version: int
    occurred_at: int
    recorded_at: int
    data: bytes
    hash: bytes


class _Seal(NamedTuple):
    kind: str
    id: str
    seq: int
    source: int
    position: int
    recorded_at: int
    hash: bytes


class _Queued(NamedTuple):
    kind: str
    id: str
    seq: int
    source: int
    hash: bytes


def _by_stream(report: Report, since: int, hash_: Hash, progress: Callable[[int], None]) -> Iterator[Fault]:
    waiting: dict[str, list[tuple[str, list[Recorded]]]] = {}
    compared = projections.registered()
    for (kind, id), rows in groupby(_rows(since), key=itemgetter(0, 1)):
        walk = _Walk(Stream(kind, id), hash_, replay=kind in compared)
        for seq, found in groupby(rows, key=itemgetter(2)):
            yield from walk.step(seq, list(found))
        yield from walk.end()
        report.streams += 1
        report.events += walk.events
        progress(report.events)
        if walk.replay:
            batch = waiting.setdefault(kind, [])
            batch.append((id, walk.history))
            if len(batch) >= _STREAMS_AT_ONCE:
                yield from _replayed(kind, compared[kind].check, waiting.pop(kind))
    for kind, batch in waiting.items():
        yield from _replayed(kind, compared[kind].check, batch)


def _replayed(kind: str, check: projections.Check, batch: projections.Histories) -> list[Fault]:
    """The faults of a batch. Events that cannot even be replayed are a fault of their stream, not the end."""
    try:
        return list(check(batch))
    except Exception as error:
        if len(batch) > 1:
            return [fault for one in batch for fault in _replayed(kind, check, [one])]
        return [
            Fault(
                "replay-failed", f"{kind}/{batch[0][0]}", f"无法重放：{type(error).__name__}: {error}"[:300]
            )
        ]


class _Walk:
    """One stream, event by event."""

    def __init__(self, stream: Stream, hash_: Hash, replay: bool) -> None:
        self.stream = stream
        self.hash_ = hash_
        self.replay = replay  # until something is found that makes a replay meaningless
        self.history: list[Recorded] = []
        self.events = 0
        self.seq = 0
        self.before = ZERO
        self.head: _Head | None = None
        self.first: _Event | None = None
        self.last: _Event | None = None
        self.gone: list[
            tuple[int, int | None]
        ] = []  # seq and position of events of which only a trace is left

    def step(self, seq: int, rows: list[tuple[Any, ...]]) -> Iterator[Fault]:
        """All there is of one `seq`: the event, its seal, its place in the queue; the head comes as number 0."""
        event: _Event | None = None
        seal: _Seal | None = None
        queued: _Queued | None = None
        for row in rows:
            match row[3]:
                case 0:
                    self.head = _Head._make(row)
                    return
                case 1 if event is not None:
                    self.replay = False
                    yield self._fault("event-twice", seq, "同一序号有两条事件")
                case 1:
                    event = _Event._make(row)
                case 2:
                    seal = _Seal._make(row)
                case 3:
                    queued = _Queued._make(row)
        for lost in range(self.seq + 1, seq):
            self.gone.append((lost, None))
        self.seq = seq
        if event:
            yield from self._present(event, seal, queued)
        else:
            self.gone.append((seq, seal.position if seal else None))
            # What is left of it still says what its hash was: the next event can be judged by that.
            trace = seal or queued
            self.before = trace.hash if trace else self.before

    def _present(self, event: _Event, seal: _Seal | None, queued: _Queued | None) -> Iterator[Fault]:
        self.events += 1
        seq, position = event.seq, seal.position if seal else None
        noted = seal or queued
        if noted is None:
            yield self._fault("event-unsealed", seq, "事件既未封存，也不在待封存队列中")
        elif seal and queued:
            yield self._fault("event-queued-again", seq, "已封存的事件又在待封存队列中", position)
        truth = noted.hash if noted else event.hash
        if self.hash_(self.before + event.data) != truth:
            self.replay = False
            yield self._fault("event-changed", seq, f"事件（{event.type}）内容与其哈希不符", position)
        else:
            if event.hash != truth:
                yield self._fault("hash-changed", seq, "事件的哈希与封存记录不符", position)
            if seal and seal.recorded_at != event.recorded_at:
                yield self._fault("seal-differs", seq, "封存记录的时间与事件不符", position)
            yield from self._says_the_same(event, position)
        if self.last and event.recorded_at < self.last.recorded_at:
            yield self._fault("time-backwards", seq, "记录时间早于前一事件", position)
        self.before = truth
        self.first = self.first or event
        self.last = event

    def _says_the_same(self, event: _Event, position: int | None) -> Iterator[Fault]:
        """The columns are what the bytes say."""
        try:
            header = canonical.decode(event.data)
            wrong = [column for column, name in _COLUMNS.items() if getattr(event, column) != header[name]]
        except (ValueError, KeyError, TypeError):
            self.replay = False
            yield self._fault("event-unreadable", event.seq, "事件字节无法读取", position)
            return
        if wrong:
            yield self._fault("column-changed", event.seq, f"列与事件字节不符：{'、'.join(wrong)}", position)
        if self.replay:
            self.history.append(events.today(header, event.hash))

    def end(self) -> Iterator[Fault]:
        """What can only be said once the whole stream was read."""
        if self.gone or self.head is None or self.last is None:
            self.replay = False
        if self.last is None:
            positions = [position for _, position in self.gone if position is not None]
            count = max(self.seq, self.head.seq if self.head else 0)
            where = f"，封存位置 {_list(positions)}" if positions else ""
            detail = f"整条记录不存在：应有 {count} 个事件{where}"
            yield Fault("stream-missing", str(self.stream), detail, positions[0] if positions else None)
            return
        for seq, position in self.gone:
            trace = "事件已不存在，但有封存记录" if position is not None else "事件不存在，也没有封存记录"
            yield self._fault("event-missing", seq, trace, position)
        if self.head is None:
            yield Fault("head-missing", str(self.stream), "头记录不存在")
            return
        assert self.first
        said = self.head[4:]
        true = (self.last.seq, self.last.hash, self.first.recorded_at, self.last.recorded_at)
        if said != true:
            detail = f"头记录停在第 {self.head.seq} 个事件，与最后一个事件（第 {self.last.seq} 个）不符"
            yield Fault("head-differs", str(self.stream), detail)

    def _fault(self, code: str, seq: int, detail: str, position: int | None = None) -> Fault:
        return Fault(code, f"{self.stream}#{seq}", detail, position)


_COLUMNS = {
    "kind": "kind",
    "id": "id",
    "seq": "seq",
    "type": "type",
    "version": "schema_version",
    "occurred_at": "occurred_at",
    "recorded_at": "recorded_at",
}


def _rows(since: int) -> Iterator[tuple[Any, ...]]:
    """Heads, events, seals and queue merged by stream and seq. Each comes in the order of an index."""
    only = _RECENT if since else ""
    return heapq.merge(*(_stream(source.format(only=only), [since] if since else []) for source in _SOURCES))


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


def _list(positions: Sequence[int]) -> str:
    return "、".join(map(str, positions[:20])) + (" …" if len(positions) > 20 else "")


_RECENT = """
WHERE (kind, id) IN (
    SELECT kind, id FROM ledger_seal WHERE position >= %s UNION SELECT kind, id FROM ledger_pending
)
"""


def _micros(column: str) -> str:
    return f"(extract(epoch FROM {column}) * 1000000)::bigint"


_SOURCES = (
    f"""
    SELECT kind, id, 0, 0, seq, hash, {_micros("first_at")}, {_micros("last_at")}
    FROM ledger_head {{only}} ORDER BY kind, id
    """,
    f"""
    SELECT kind, id, seq, 1, type, version, {_micros("occurred_at")}, {_micros("recorded_at")}, bytes, hash
    FROM ledger_event {{only}} ORDER BY kind, id, seq
    """,
    f"""
    SELECT kind, id, seq, 2, position, {_micros("recorded_at")}, hash
    FROM ledger_seal {{only}} ORDER BY kind, id, seq
    """,
    """
    SELECT kind, id, seq, 3, hash FROM ledger_pending {only} ORDER BY kind, id, seq
    """,
)
