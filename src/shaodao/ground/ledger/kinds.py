"""A kind of stream: what its events make, and the tables that follow from it.

    TOPICS = Kind("topic", {"topics_topic": ("number",)}, Topic(), from_recorded(evolve, EVENTS), rows)

    found, heads = TOPICS.lock(number)
    store.append(…)
    TOPICS.write([(number, found, after)])   # in the same transaction

What a kind has of its own is two pure functions: `evolve` takes a state one event further, `rows` says how a state stands in
tables. Rows hold codes, ids, commitments and moments only; the words themselves are in the vault. They are written here and
nowhere else, and `shaodao ledger verify` compares them with a replay. A row once written may change and never goes.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, reduce
from typing import Any, Generic, TypeVar

from django.db import connection

from .. import database
from . import projections, store
from .events import Recorded, Stream
from .projections import Fault, Histories, Key, Row, Rows, row_fault

State = TypeVar("State")

JSONB = 3802  # the type's number in PostgreSQL; the connection hands its values over as text


@dataclass(frozen=True)
class Kind(Generic[State]):
    """`tables`: for each the columns of its key, the stream's id first. `nothing`: the state before any event, which has no
    rows. `rows`: of a stream's id and its state. `replay`: as `evolve` one after the other, where there is a faster way.
    `open`: a fault may say values of rows."""

    name: str
    tables: Mapping[str, tuple[str, ...]]
    nothing: State
    evolve: Callable[[State, Recorded], State]
    rows: Callable[[str, State], Rows]
    replay: Callable[[Iterable[Recorded]], State] | None = None
    open: bool = True

    def stream(self, id: str) -> Stream:
        return Stream(self.name, id)

    def fold(self, events: Iterable[Recorded]) -> State:
        """What the events of a stream make."""
        return self.replay(events) if self.replay else reduce(self.evolve, events, self.nothing)

    def read(self, id: str) -> State:
        """What a stream makes as it stands; `nothing` where it does not exist."""
        return self.fold(store.history(self.stream(id)))

    def lock(self, id: str, *also: Stream) -> tuple[State, dict[Stream, store.Head]]:
        """The same, for who is going to append to it: nobody else does, to it and to `also`, until the transaction ends."""
        stream = self.stream(id)
        heads = store.lock(stream, *also)
        return self.fold(store.history(stream, heads[stream])), heads

    def register(self) -> None:
        """Compare its rows with a replay whenever the ledger is verified."""
        projections.register(self.name, self.check, self.strays)

    def write(self, changes: Iterable[tuple[str, State, State]]) -> None:
        """Write what differs between the rows of the states before and after, by id of the stream, for one or several
        streams in one statement; `database.together` with others.

        Rows travel as JSON, so the statement depends on which tables changed only and stays prepared.
        """
        pairs = [(self.rows(id, before), self.rows(id, after)) for id, before, after in changes]
        parts: list[str] = []
        values: list[str] = []
        for table, keys in self.tables.items():
            changed = [
                dict(zip(keys, key, strict=True)) | row
                for before, after in pairs
                for key, row in after.get(table, {}).items()
                if before.get(table, {}).get(key) != row
            ]
            if changed:
                parts.append(_upsert(table, keys, tuple(changed[0])))
                values.append(json.dumps(changed, ensure_ascii=False, default=_iso))
        if parts:
            database.write(", ".join(parts), values)

    def write_new(self, states: Iterable[tuple[str, State]]) -> None:
        """Write all rows of streams that have none yet, exactly as `write` would: in bulk, one COPY for each table. Not for
        columns of JSON."""
        made = [self.rows(id, state) for id, state in states]
        for table, keys in self.tables.items():
            written = [(key, row) for each in made for key, row in each.get(table, {}).items()]
            if not written:
                continue
            columns = ", ".join([*keys, *written[0][1]])
            with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                for key, row in written:
                    copy.write_row([*key, *row.values()])

    def stored(self, ids: Sequence[str]) -> Rows:
        """The rows in the database for these streams, in the form of `rows`."""
        return {table: dict(_stored(table, keys, ids)) for table, keys in self.tables.items()}

    def check(self, histories: Histories) -> Iterable[Fault]:
        """Faults of rows that differ from the replay of their streams."""
        wanted: Rows = {table: {} for table in self.tables}
        for id, events in histories:
            for table, part in self.rows(id, self.fold(events)).items():
                wanted[table].update(part)
        there = self.stored([id for id, _ in histories])
        for table in self.tables:
            for key in sorted(wanted[table].keys() | there[table].keys()):
                found, expected = there[table].get(key), wanted[table].get(key)
                if found != expected:
                    told = _difference(found, expected, values=self.open)
                    yield row_fault(Stream(self.name, key[0]), f"{_named(table, key)}：{told}")

    def strays(self) -> Iterable[Fault]:
        """Rows that have no stream."""
        for table, keys in self.tables.items():
            yield from strays(self.name, table, keys[0])


def strays(kind: str, table: str, column: str) -> Iterable[Fault]:
    """Rows of a table whose stream, named by `column`, does not exist."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT {column} FROM {table} WHERE NOT EXISTS "
            f"(SELECT 1 FROM ledger_head WHERE kind = %s AND id = {table}.{column})",
            [kind],
        )
        for (id,) in cursor.fetchall():
            yield row_fault(Stream(kind, id), f"{table} 有从未记录过的行")


@cache
def _upsert(table: str, keys: tuple[str, ...], columns: tuple[str, ...]) -> str:
    names = ", ".join(f'"{column}"' for column in columns)
    sets = ", ".join(f'"{column}" = EXCLUDED."{column}"' for column in columns if column not in keys)
    return (
        f"{table}_rows AS (INSERT INTO {table} ({names}) "
        f"SELECT {names} FROM jsonb_populate_recordset(NULL::{table}, %s::jsonb) "
        f"ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {sets})"
    )


def _stored(table: str, keys: tuple[str, ...], ids: Sequence[str]) -> Iterable[tuple[Key, Row]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table} WHERE {keys[0]} = ANY(%s)", [list(ids)])
        described = [(column.name, column.type_code == JSONB) for column in cursor.description]
        for record in cursor:
            row = {
                name: json.loads(value) if is_json else value
                for (name, is_json), value in zip(described, record, strict=True)
            }
            yield tuple(row.pop(key) for key in keys), row


def _difference(there: Row | None, wanted: Row | None, *, values: bool) -> str:
    if there is None or wanted is None:
        return "行不存在" if there is None else "多出的行"
    different = [name for name in wanted if there.get(name) != wanted.get(name)]
    if not values:
        return f"{'、'.join(different)} 与记录不同"
    return "；".join(
        f"{name} 为 {_plain(there.get(name))}，应为 {_plain(wanted.get(name))}" for name in different
    )


def _named(table: str, key: Key) -> str:
    """A row of a table, beside the id of its stream."""
    return f"{table}（{'，'.join(map(str, key[1:]))}）" if len(key) > 1 else table


def _iso(value: Any) -> str:
    if isinstance(value, date):  # moments are dates too
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} cannot stand in a row")


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else repr(value)
