"""Notes as a kind of stream, and their rows."""

from __future__ import annotations

from shaodao.centre.cases.lifecycle.codec import from_recorded
from shaodao.centre.supervision.notes.note import EVENTS, Note, evolve
from shaodao.ground.ledger.kinds import Kind
from shaodao.ground.ledger.projections import Row, Rows


def _rows(number: str, note: Note) -> Rows:
    return {"supervision_note": {(number,): _row(note)}} if note.written else {}


def _row(note: Note) -> Row:
    written = note.written
    assert written is not None
    return {
        "version": note.version,
        "kind": written.kind,
        "about": written.about,
        "subject": written.subject,
        "words": written.words,
        "leader": written.by.actor,
        "unit": written.unit,
        "case": written.case,
        "key": written.key,
        "written_at": note.at,
    }


NOTES = Kind("note", {"supervision_note": ("number",)}, Note(), from_recorded(evolve, EVENTS), _rows)
