"""Writing the rows of notes, and comparing them with replay. There is no other writer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from shaodao.centre.cases.lifecycle.codec import from_payload
from shaodao.centre.supervision import models, rows
from shaodao.centre.supervision.notes.note import EVENTS, Note, replay
from shaodao.ground.ledger.events import Recorded
from shaodao.ground.ledger.projections import Fault, Histories

KIND = "note"


def fold(events: Iterable[Recorded]) -> Note:
    return replay((from_payload(e.type, e.payload, EVENTS), e.occurred_at) for e in events)


def row(note: Note) -> dict[str, Any]:
    """The columns of a note besides its number."""
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


def write(number: str, note: Note) -> None:
    models.Note.objects.update_or_create(number=number, defaults=row(note))


def check(histories: Histories) -> Iterable[Fault]:
    """Faults of rows that differ from the replay of their streams."""
    return rows.check(KIND, models.Note, histories, lambda events: row(fold(events)))


def strays() -> Iterable[Fault]:
    """Rows of notes that have no stream."""
    return rows.strays(KIND, models.Note)
