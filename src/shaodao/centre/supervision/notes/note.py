"""One note. 圈阅 says that the leader has read it; 批示 says what is to be done, and becomes an assigned case. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from shaodao.centre.cases.lifecycle.model import NOTHING, By, Kept
from shaodao.centre.cases.lifecycle.refusal import Refusal

About = Literal["case", "order", "briefing", "ranking"]
Which = Literal["circled", "instructed"]


@dataclass(frozen=True, slots=True)
class NoteWritten:
    by: By
    kind: Which
    about: About
    subject: str  # number of the case, order or briefing, month of the ranking
    words: Kept = NOTHING
    unit: str = ""  # who is to do it; empty: the centre finds out, or nothing is to be done
    case: str = ""  # the assigned case
    key: str = ""  # of the form it was written in: the same form sent twice is one note


EVENTS: dict[str, type[NoteWritten]] = {"NoteWritten": NoteWritten}
Happened = tuple[NoteWritten, datetime]


@dataclass(frozen=True, slots=True)
class Note:
    version: int = 0
    written: NoteWritten | None = None
    at: datetime | None = None


def evolve(note: Note, event: NoteWritten, at: datetime) -> Note:
    return Note(note.version + 1, event, at)


def write(event: NoteWritten) -> NoteWritten:
    """The note, if it may be written so. Raises Refusal."""
    if not event.subject:
        raise Refusal("field_needed", field="subject")
    if event.kind == "instructed" and not (event.words and event.case):
        raise Refusal("words_needed")
    return event
