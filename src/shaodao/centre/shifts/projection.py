"""Shifts as a kind of stream, and their rows."""

from __future__ import annotations

from shaodao.centre.cases.lifecycle.codec import from_recorded
from shaodao.centre.shifts.shift import EVENTS, Note, Shift, Stint, evolve
from shaodao.ground.ledger.kinds import Kind
from shaodao.ground.ledger.projections import Row, Rows


def _rows(turn: str, shift: Shift) -> Rows:
    return {
        "shifts_stint": {(turn, n): _stint(each) for n, each in enumerate(shift.stints, 1)},
        "shifts_note": {(turn, each.id): _note(each) for each in shift.notes},
    }


def _stint(stint: Stint) -> Row:
    return {
        "actor": stint.by.actor,
        "role": stint.by.role,
        "unit": stint.by.unit,
        "seat": stint.seat,
        "on_at": stint.on_at,
        "until": stint.until,
        "off_at": stint.off_at,
    }


def _note(note: Note) -> Row:
    return {
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


SHIFTS = Kind(
    "shift",
    {"shifts_stint": ("turn", "stint"), "shifts_note": ("turn", "note")},
    Shift(),
    from_recorded(evolve, EVENTS),
    _rows,
)
