"""The one door for leaders' notes: permit, assign the case, append, write the row, tell; in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from shaodao.centre.briefings import actions as briefings
from shaodao.centre.cases import permissions, queries
from shaodao.centre.cases.actions import DIRECT, Source, context_of, drafts_of, load, now
from shaodao.centre.cases.compose import kept, needed_words_of, words_of
from shaodao.centre.cases.lifecycle.model import By
from shaodao.centre.cases.lifecycle.refusal import Refusal, unchanged
from shaodao.centre.cases.models import Case
from shaodao.centre.intake import filing
from shaodao.centre.scores.models import Month as Scores
from shaodao.centre.supervision import numbers
from shaodao.centre.supervision.models import Note as Row
from shaodao.centre.supervision.notes import note
from shaodao.centre.supervision.notes.projection import NOTES
from shaodao.centre.supervision.orders import actions as orders
from shaodao.county.pack import versions
from shaodao.county.pack.model import Pack
from shaodao.county.units import Kind
from shaodao.ground.clocks import Limit
from shaodao.ground.ledger import store, vault
from shaodao.ground.messages import outbox

LONGEST_WORDS = 2000
LIMITS = (1, 3, 5, 10, 15)  # workdays that one chooses from
MOST_LISTED = 300
LONGEST_KEY = 32
TRIES = 5
Sees = Callable[[str, By, Pack], bool]
_subjects: dict[str, Sees] = {}


def noted_on(about: str) -> Callable[[Sees], Sees]:
    """Says of a kind of thing whether there is one of this name that `by` may see: notes may be written on it."""

    def register(sees: Sees) -> Sees:
        _subjects[about] = sees
        return sees

    return register


@noted_on("case")
def _case(subject: str, by: By, pack: Pack) -> bool:
    return bool(queries.seen_of([subject], by, pack))


@noted_on("order")
def _order(subject: str, by: By, pack: Pack) -> bool:
    try:
        return bool(orders.look(subject, by, pack))
    except orders.NoSuchOrder:
        return False


@noted_on("briefing")
def _briefing(subject: str, by: By, pack: Pack) -> bool:
    try:
        return bool(briefings.look(subject, by, pack).briefing.published_at)
    except briefings.NoSuchBriefing:
        return False


@noted_on("ranking")
def _ranking(subject: str, by: By, pack: Pack) -> bool:
    return permissions.may_see_ranking(by) and Scores.objects.filter(code=subject, state="published").exists()


@dataclass(frozen=True, slots=True)
class Said:
    """A note about something, and for 批示 the words, the unit that is to do it ("" = the centre finds it) and in how many
    workdays (0 = as the pack says). `key`: of the form it was written in; the same form sent twice is one note."""

    about: str
    subject: str
    kind: str = "circled"
    words: str = ""
    unit: str = ""
    workdays: int = 0
    key: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """A note with its words, and the assigned case as it stands."""

    row: Row
    words: str
    case: Case | None


def write(
    said: Said,
    by: By,
    *,
    version: int | None = None,
    source: Source = DIRECT,
    at: datetime | None = None,
) -> Row:
    """Write a note; 批示 opens an assigned case in the same transaction. `version`: how many notes there were on the thing
    when it was looked at (`count`), whoever wrote them: no two leaders assign the same without knowing.

    Raises permissions.Forbidden, LookupError where there is no such thing, Refusal."""
    moment = at or now()
    pack = versions.current(moment)
    if not permissions.may_note(by):
        raise permissions.Forbidden("note")
    if said.about not in _subjects or said.kind not in ("circled", "instructed"):
        raise Refusal("field_wrong", field="about")
    if not _subjects[said.about](said.subject, by, pack):
        raise LookupError(said.subject)
    if said.workdays and said.workdays not in LIMITS:
        raise Refusal("field_wrong", field="workdays")
    if len(said.key) > LONGEST_KEY:
        raise Refusal("field_wrong", field="key")
    committed = needed_words_of if said.kind == "instructed" else words_of
    secret = committed("note", said.words, LONGEST_WORDS, by.actor)
    for left in reversed(range(TRIES)):
        try:
            with transaction.atomic():
                return _write(said, secret, by, version, pack, source, moment)
        except store.Conflict:
            if not left:
                raise
    raise AssertionError


def visible(by: By, pack: Pack) -> list[Listed]:
    """The notes this capacity may see, newest first, with what became of them. Three statements."""
    found = Row.objects.order_by("-written_at")
    if not permissions.may_see_note(by, ""):
        found = found.filter(leader=by.actor)
    return _listed(list(found[:MOST_LISTED]))


def on(about: str, subject: str, by: By) -> list[Listed]:
    """The notes on one thing, as far as they may be seen. At most three statements."""
    found = Row.objects.filter(about=about, subject=subject).order_by("-written_at")
    return _listed([row for row in found if permissions.may_see_note(by, row.leader)])


def count(about: str, subject: str) -> int:
    """How many notes there are on one thing, whoever wrote them. One statement."""
    return Row.objects.filter(about=about, subject=subject).count()


def waiting(by: By) -> int:
    """How many assigned cases have come back to this leader to be rated. One statement."""
    return Case.objects.filter(requester=by.actor, whistler_kind="leader", state="waiting_rating").count()


# --- private -----------------------------------------------------------------------------------------------------


def _write(
    said: Said,
    secret: vault.Secret | None,
    by: By,
    version: int | None,
    pack: Pack,
    source: Source,
    at: datetime,
) -> Row:
    text = str(secret.value) if secret else ""
    number = numbers.next_number(Row, at, pack)  # first: of two at once, one is asked again
    there = count(said.about, said.subject)  # before looking for this very note, which may be among them
    if written := _written(said, text, by):
        return written
    unchanged(version, there)
    case = ""
    if said.kind == "instructed":
        finish = Limit(said.workdays, "workday") if said.workdays else pack.settings.supervision.assigned
        about = load(said.subject) if said.about == "case" else None
        given = filing.Assignment(words=text, unit=said.unit, finish=finish, about=about)
        case = filing.assign(given, by, source=source, at=at).number
    event = note.write(
        note.NoteWritten(
            by=by,
            kind=said.kind,  # type: ignore[arg-type]
            about=said.about,  # type: ignore[arg-type]
            subject=said.subject,
            words=kept(secret),
            unit=said.unit if case else "",
            case=case,
            key=said.key,
        )
    )
    vault.insert([secret], at)
    store.append([(NOTES.stream(number), drafts_of([(event, at)]))], context_of(by, source), at, {})
    NOTES.write([(number, note.Note(), note.evolve(note.Note(), event, at))])
    if case:
        offices = _offices(pack)
        told = outbox.to_each("note_written", offices, {"number": case, "note": number}, f"note:{number}")
        outbox.post_many(told, at)
    return Row.objects.get(number=number)


def _written(said: Said, text: str, by: By) -> Row | None:
    """The note that this very form has become already. Raises Refusal where it said something else then."""
    row = Row.objects.filter(leader=by.actor, key=said.key).first() if said.key else None
    if row is None:
        return None
    words = queries.read_words([row.words]).get(row.words, "") if row.words else ""
    unit = said.unit if row.case else ""
    if (row.about, row.subject, row.kind, row.unit, words) != (
        said.about,
        said.subject,
        said.kind,
        unit,
        text,
    ):
        raise Refusal("same_key")
    return row


def _offices(pack: Pack) -> list[str]:
    """Who sees to what becomes of a leader's words."""
    units = {
        kind: next(u.code for u in pack.units.values() if u.kind is kind)
        for kind in (Kind.CENTRE, Kind.SUPERVISION)
    }
    return [f"role:centre_director@{units[Kind.CENTRE]}", f"unit:{units[Kind.SUPERVISION]}"]


def _listed(found: Sequence[Row]) -> list[Listed]:
    words = queries.read_words(row.words for row in found)
    cases = Case.objects.in_bulk([row.case for row in found if row.case])
    return [Listed(row, words.get(row.words, ""), cases.get(row.case)) for row in found]
