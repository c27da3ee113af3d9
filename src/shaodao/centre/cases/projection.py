"""Writing the rows that screens read, and comparing them with replay. There is no other writer."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from shaodao.centre.cases.lifecycle import Case, replay
from shaodao.centre.cases.lifecycle.codec import from_payload
from shaodao.centre.cases.rows import KEYS, Key, Row, Rows, rows
from shaodao.ground import database
from shaodao.ground.ledger.events import Recorded, Stream
from shaodao.ground.ledger.projections import Fault, Histories, row_fault


def write(changes: Sequence[tuple[Case, Case]]) -> None:
    """Write what differs between the rows before and after, for one or several cases, in one statement; `together` with
    others.

    Rows travel as JSON, so the statement depends on which tables changed only and stays prepared.
    """
    pairs = [(rows(before), rows(after)) for before, after in changes]
    parts: list[str] = []
    values: list[str] = []
    for table, keys in KEYS.items():
        changed = [
            dict(zip(keys, key, strict=True)) | row
            for before, after in pairs
            for key, row in after[table].items()
            if before[table].get(key) != row
        ]
        if changed:
            parts.append(f"{table}_rows AS ({_upsert(table, keys, changed[0])})")
            values.append(json.dumps(changed, ensure_ascii=False, default=datetime.isoformat))
    if parts:
        database.write(", ".join(parts), values)


def write_new(cases: Iterable[Case]) -> None:
    """Write all rows of cases that have none yet, exactly as `write` would: in bulk, one COPY for each table."""
    made = [rows(case) for case in cases]
    for table, keys in KEYS.items():
        written = [(key, row) for each in made for key, row in each[table].items()]
        if not written:
            continue
        columns = ", ".join([*keys, *written[0][1]])
        with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
            for key, row in written:
                copy.write_row([*key, *row.values()])


def _upsert(table: str, keys: tuple[str, ...], row: Row) -> str:
    sets = ", ".join(f"{column} = EXCLUDED.{column}" for column in row if column not in keys)
    return (
        f"INSERT INTO {table} SELECT * FROM jsonb_populate_recordset(NULL::{table}, %s::jsonb) "
        f"ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {sets}"
    )


def stored(numbers: Sequence[str]) -> Rows:
    """The rows in the database for these cases, in the form of `rows`."""
    found: Rows = {}
    for table, keys in KEYS.items():
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {table} WHERE {keys[0]} = ANY(%s)", [list(numbers)])
            names = [column.name for column in cursor.description]
            records = [dict(zip(names, record, strict=True)) for record in cursor]
        found[table] = {tuple(r.pop(key) for key in keys): r for r in records}
    return found


# --- comparing with replay ---------------------------------------------------------------------------------------


def check(histories: Histories) -> Iterable[Fault]:
    """Faults of rows that differ from the replay of their streams."""
    expected: Rows = {table: {} for table in KEYS}
    for _, events in histories:
        for table, part in rows(fold(events)).items():
            expected[table].update(part)
    found = stored([number for number, _ in histories])
    for table in KEYS:
        for key in expected[table].keys() | found[table].keys():
            there, wanted = found[table].get(key), expected[table].get(key)
            if there != wanted:
                yield row_fault(Stream("case", key[0]), f"{_row(table, key)}：{_difference(there, wanted)}")


def strays() -> Iterable[Fault]:
    """Rows of cases that have no stream."""
    for table, keys in KEYS.items():
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT DISTINCT {keys[0]} FROM {table} WHERE NOT EXISTS "
                f"(SELECT 1 FROM ledger_head WHERE kind = 'case' AND id = {table}.{keys[0]})"
            )
            for (number,) in cursor.fetchall():
                yield row_fault(Stream("case", number), f"{table} 有从未记录过的哨件的行")


def fold(events: Iterable[Recorded]) -> Case:
    """The case that a stream's events make."""
    return replay((from_payload(event.type, event.payload), event.occurred_at) for event in events)


def _difference(there: Row | None, wanted: Row | None) -> str:
    if there is None or wanted is None:
        return "行不存在" if there is None else "多出的行"
    return "；".join(
        f"{name} 为 {_plain(there.get(name))}，应为 {_plain(wanted.get(name))}"
        for name in wanted
        if there.get(name) != wanted.get(name)
    )


def _row(table: str, key: Key) -> str:
    """The row of a table, beside the number of the case."""
    return f"{table}（{'，'.join(map(str, key[1:]))}）" if len(key) > 1 else table


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else repr(value)
