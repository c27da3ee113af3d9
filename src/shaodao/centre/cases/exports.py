"""Who took which list away, and when: one event for each, in a stream of its own for each kind of list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from shaodao.centre.cases.actions import Source, context_of, now
from shaodao.centre.cases.lifecycle.model import By
from shaodao.ground.ledger import store
from shaodao.ground.ledger.events import Draft, Stream

KIND = "export"


@dataclass(frozen=True, slots=True)
class Export:
    """A list that was taken away: the event's number among those of its kind, who, when, how many rows."""

    number: int
    actor: str
    capacity: str
    at: datetime
    rows: int


def record(
    table: str, rows: int, by: By, source: Source, at: datetime | None = None, *, file: int | None = None
) -> Export:
    """Record it before the file is handed out. `table` names the kind of list: register …; `file` is the number that the
    file bears, where it bears one of its own."""
    moment = at or now()
    stream = Stream(KIND, table)
    with transaction.atomic():
        draft = Draft("ListExported", {"rows": rows} | ({} if file is None else {"file": file}), moment)
        store.append([(stream, [draft])], context_of(by, source), moment, store.lock(stream))
        return of(table)[-1]


def of(table: str) -> list[Export]:
    """Every time a kind of list was taken away, the earliest first."""
    return [
        Export(
            each.seq, each.context.actor, each.context.capacity, each.occurred_at, int(each.payload["rows"])
        )
        for each in store.history(Stream(KIND, table))
    ]
