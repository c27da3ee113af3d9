"""Writing the rows of shifts, and comparing them with replay. There is no other writer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import connection

from shaodao.centre.cases.lifecycle.codec import from_payload
from shaodao.centre.shifts import models
from shaodao.centre.shifts.shift import EVENTS, Note, Shift, Stint, replay
from shaodao.ground.ledger.events import Recorded, Stream
from shaodao.ground.ledger.projections import Fault, Histories, row_fault

KIND = "shift"


def fold(events: Iterable[Recorded]) -> Shift:
    """The shift that a stream's events make."""
    return replay((from_payload(e.type, e.payload, EVENTS), e.occurred_at) for e in events)


def write(turn: str, shift: Shift) -> None:
    stints = [models.Stint(turn=turn, **row) for row in _stints(shift)]
    models.Stint.objects.bulk_create(
        stints, update_conflicts=True, unique_fields=["turn", "stint"], update_fields=["off_at"]
    )
    models.Note.objects.bulk_create(
        [models.Note(turn=turn, **row) for row in _notes(shift)],
        update_conflicts=True,
        unique_fields=["turn", "note"],
        update_fields=["taken_by", "taken_role", "taken_at"],
    )


def check(histories: Histories) -> Iterable[Fault]:
    """Faults of rows that differ from the replay of their streams."""
    for turn, events in histories:
        shift, stream = fold(events), Stream(KIND, turn)
        for table, wanted, order in (
            (models.Stint, _stints(shift), "stint"),
            (models.Note, _notes(shift), "note"),
        ):
            rows = table.objects.filter(turn=turn).order_by(order).values()
            there = [{name: value for name, value in row.items() if name != "turn"} for row in rows]
            if there != wanted:
                yield row_fault(stream, f"{table._meta.db_table}：与记录不同")


def strays() -> Iterable[Fault]:
    """Rows of shifts that have no stream."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT turn FROM (SELECT turn FROM shifts_stint UNION ALL SELECT turn FROM shifts_note) AS rows "
            "WHERE NOT EXISTS (SELECT 1 FROM ledger_head WHERE kind = 'shift' AND id = rows.turn)"
        )
        for (turn,) in cursor.fetchall():
            yield row_fault(Stream(KIND, turn), "值班有从未记录过的班次")


def _stints(shift: Shift) -> list[dict[str, Any]]:
    return [{"stint": n, **_stint(each)} for n, each in enumerate(shift.stints, 1)]


def _stint(stint: Stint) -> dict[str, Any]:
    return {
        "actor": stint.by.actor,
        "role": stint.by.role,
        "unit": stint.by.unit,
        "seat": stint.seat,
        "on_at": stint.on_at,
        "until": stint.until,
        "off_at": stint.off_at,
    }


def _notes(shift: Shift) -> list[dict[str, Any]]:
    return [_note(each) for each in shift.notes]


def _note(note: Note) -> dict[str, Any]:
    return {
        "note": note.id,
        "actor": note.by.actor,
        "role": note.by.role,
        "unit": note.by.unit,
        "words": note.words,
        "cases": list(note.cases),
        "waiting": [[one.kind, one.count, one.late] for one in note.waiting],
        "left_at": note.left_at,
        "taken_by": note.taken_by,
        "taken_role": note.taken_role,
        "taken_at": note.taken_at,
    }
