"""Writing the rows of matters, and comparing them and the keys with replay. There is no other writer of matters."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import connection

from shaodao.centre.cases.lifecycle.codec import from_payload
from shaodao.centre.discipline import models
from shaodao.centre.discipline.matter import EVENTS, Matter, replay
from shaodao.ground.ledger.events import Recorded, Stream
from shaodao.ground.ledger.projections import Fault, Histories, row_fault

KIND = "discipline"  # a matter's stream
KEYS = "discipline_key"  # a member's: which public half is theirs, and who let them in


def fold(events: Iterable[Recorded]) -> Matter:
    """The matter that a stream's events make."""
    return replay((from_payload(e.type, e.payload, EVENTS), e.occurred_at) for e in events)


def row(matter: Matter) -> dict[str, Any]:
    """The columns of a matter besides its number: a function of the state."""
    return {
        "version": matter.version,
        "kind": matter.kind,
        "state": matter.state,
        "giver": matter.giver,
        "holder": matter.holder,
        "readers": list(matter.readers),
        "opened_by": matter.opened_by,
        "opened_at": matter.opened_at,
        "due": matter.due,
        "moved_at": matter.moved_at,
        "closed_at": matter.closed_at,
    }


def write(number: str, matter: Matter) -> None:
    models.Matter.objects.update_or_create(number=number, defaults=row(matter))


def check(histories: Histories) -> Iterable[Fault]:
    """Faults of rows that differ from the replay of their streams."""
    stored = models.Matter.objects.in_bulk([number for number, _ in histories])
    for number, events in histories:
        wanted, there = row(fold(events)), stored.get(number)
        if there is None:
            yield row_fault(Stream(KIND, number), "discipline_matter：行不存在")
            continue
        different = [name for name, value in wanted.items() if getattr(there, name) != value]
        if different:
            yield row_fault(Stream(KIND, number), f"discipline_matter：{'、'.join(different)} 与记录不同")


def strays() -> Iterable[Fault]:
    """Rows of matters that have no stream."""
    yield from _strays(KIND, "number", "discipline_matter")


def check_keys(histories: Histories) -> Iterable[Fault]:
    """Keys that are not the ones on record: somebody else's would be sealed for as well."""
    stored = models.Key.objects.in_bulk([whom for whom, _ in histories])
    for whom, events in histories:
        public, admitted = "", list[str]()
        for event in events:
            match event.type:
                case "KeyMade":
                    public, admitted = event.payload["public"], []
                case "MemberAdmitted" if event.payload["public"] == public:
                    admitted = event.payload["units"]
                case "MemberRemoved":
                    admitted = event.payload["left"]
        there = stored.get(whom)
        said = (public, admitted)
        if there is None or not there.sound or (bytes(there.public).hex(), there.admitted) != said:
            yield row_fault(Stream(KEYS, whom), "discipline_key：与记录不同")


def stray_keys() -> Iterable[Fault]:
    yield from _strays(KEYS, "whom", "discipline_key")


def _strays(kind: str, column: str, table: str) -> Iterable[Fault]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {column} FROM {table} "
            f"WHERE NOT EXISTS (SELECT 1 FROM ledger_head WHERE kind = %s AND id = {table}.{column})",
            [kind],
        )
        for (id,) in cursor.fetchall():
            yield row_fault(Stream(kind, id), f"{table} 有从未记录过的行")
