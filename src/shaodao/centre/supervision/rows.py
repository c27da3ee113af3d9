"""What the projections of supervision share: rows compared with the replay of their streams, numbers of a year."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, models

from shaodao.county.pack.model import Pack
from shaodao.ground.ledger.events import Recorded, Stream
from shaodao.ground.ledger.projections import Fault, Histories, row_fault

Columns = Callable[[Iterable[Recorded]], dict[str, Any]]


def check(kind: str, model: type[models.Model], histories: Histories, columns: Columns) -> Iterable[Fault]:
    """Faults of rows that differ from `columns` of their streams."""
    table = model._meta.db_table
    stored = model._default_manager.in_bulk([number for number, _ in histories])
    for number, events in histories:
        there = stored.get(number)
        if there is None:
            yield row_fault(Stream(kind, number), f"{table}：行不存在")
            continue
        different = [name for name, value in columns(events).items() if getattr(there, name) != value]
        if different:
            yield row_fault(Stream(kind, number), f"{table}：{'、'.join(different)} 与记录不同")


def strays(kind: str, model: type[models.Model]) -> Iterable[Fault]:
    """Rows that have no stream."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT number FROM {table} WHERE NOT EXISTS "
            f"(SELECT 1 FROM ledger_head WHERE kind = %s AND id = {table}.number)",
            [kind],
        )
        for (number,) in cursor.fetchall():
            yield row_fault(Stream(kind, number), f"{table} 有从未记录过的行")


def year_of(at: datetime, pack: Pack) -> int:
    return at.astimezone(ZoneInfo(pack.zone)).year


def next_number(model: type[models.Model], at: datetime, pack: Pack) -> str:
    """The next number of the year; a unique key settles it where several are asked for at once."""
    year = year_of(at, pack)
    rows = model._default_manager.filter(number__startswith=f"{year}-").order_by("-number")
    last = rows.values_list("number", flat=True).first()
    return f"{year}-{int(last.partition('-')[2]) + 1 if last else 1:04}"
