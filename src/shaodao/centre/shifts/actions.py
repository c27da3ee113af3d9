"""The one door for shifts: lock, load, permit, decide, append, write the rows; in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Count, Q, QuerySet

from shaodao.centre.cases import permissions, queries
from shaodao.centre.cases.actions import DIRECT, Source, context_of, drafts_of, now
from shaodao.centre.cases.compose import kept, words_of
from shaodao.centre.cases.lifecycle.model import By
from shaodao.centre.cases.lifecycle.refusal import Refusal
from shaodao.centre.cases.models import Clock
from shaodao.centre.shifts import shift
from shaodao.centre.shifts.models import Note, Stint
from shaodao.centre.shifts.projection import SHIFTS
from shaodao.centre.shifts.shift import Event, Shift, Turn, Waiting
from shaodao.county.pack import versions
from shaodao.county.pack.model import Pack, Roster
from shaodao.county.units import Kind
from shaodao.ground.ledger import store, vault

LONGEST_WORDS = 2000
KEPT = timedelta(days=7)  # how far back notes are shown
MOST_LISTED = 100
CENTRE_QUEUES = ("triage", "ruling", "summary", "verification", "call_back", "approval")


class NoSuchNote(LookupError):
    """There is no such note, or not for this person."""


@dataclass(frozen=True, slots=True)
class Seats:
    """What the roster asks for now, and who is there."""

    row: Roster
    turn: Turn
    there: tuple[Stint, ...]

    @property
    def missing(self) -> int:
        return max(self.row.number - len(self.there), 0)


def sign_on(by: By, seat: int = 0, *, source: Source = DIRECT, at: datetime | None = None) -> Turn:
    """Take a seat, on the shift one is rostered for now, else on the centre's. Raises permissions.Forbidden, Refusal."""
    moment = at or now()
    pack = versions.current(moment)
    if not permissions.may_sit_at_desk(by):
        raise permissions.Forbidden("sign_on")
    there = list(_there(moment))
    if any(each.actor == by.actor for each in there):
        raise Refusal("on_already")
    turn = turn_for(by, pack, moment)
    if turn is None:
        raise Refusal("no_shift")
    used = {each.seat for each in there}
    _give(turn.code, lambda found: shift.sign_on(found, by, turn, seat, used, moment), by, [], source, moment)
    return turn


def sign_off(by: By, *, source: Source = DIRECT, at: datetime | None = None) -> None:
    """Leave the seat one has. Raises Refusal."""
    moment = at or now()
    mine = where_is(by.actor, moment)
    if mine is None:
        raise Refusal("not_on")
    _give(mine.turn, lambda found: shift.sign_off(found, by, moment), by, [], source, moment)


def hand_over(
    by: By, words: str, cases: Sequence[str], *, source: Source = DIRECT, at: datetime | None = None
) -> None:
    """Leave a note about the shift one is on, or was on last. Cases must be such as `by` may see. Raises
    permissions.Forbidden, Refusal."""
    moment = at or now()
    pack = versions.current(moment)
    if not permissions.may_sit_at_desk(by):
        raise permissions.Forbidden("hand_over")
    last = Stint.objects.filter(actor=by.actor, unit=by.unit, on_at__lte=moment).order_by("-on_at").first()
    if last is None:
        raise Refusal("not_on")
    if cases and queries.seen_of(cases, by, pack) != set(cases):
        raise Refusal("no_such_case")
    said = words_of("hand_over", words, LONGEST_WORDS, by.actor)
    waiting = waiting_for(by.unit, moment)
    _give(
        last.turn,
        lambda found: shift.hand_over(found, by, kept(said), cases, waiting, moment),
        by,
        [said],
        source,
        moment,
    )


def take_over(turn: str, note: int, by: By, *, source: Source = DIRECT, at: datetime | None = None) -> None:
    """Say that one has read it and goes on from there. Raises NoSuchNote, permissions.Forbidden, Refusal."""
    moment = at or now()
    pack = versions.current(moment)
    row = Note.objects.filter(turn=turn, note=note).first()
    if row is None or not permissions.may_read_hand_over(by, row.unit, pack):
        raise NoSuchNote(turn)
    if not permissions.may_take_over(by, row.unit, pack):
        raise permissions.Forbidden("take_over")
    _give(turn, lambda found: shift.take_over(found, by, note), by, [], source, moment)


# --- reading -----------------------------------------------------------------------------------------------------


def where_is(actor: str, at: datetime) -> Stint | None:
    """Where somebody sits now. One statement."""
    return _there(at).filter(actor=actor).first()


def on_duty(unit: str, role: str, at: datetime) -> list[str]:
    """Who was at the desk in this post at a moment, the first to come first. One statement."""
    there = Stint.objects.filter(
        Q(off_at=None) | Q(off_at__gt=at), unit=unit, role=role, on_at__lte=at, until__gt=at
    )
    return list(there.order_by("on_at").values_list("actor", flat=True))


def turn_for(by: By, pack: Pack, at: datetime) -> Turn | None:
    """The shift one is rostered for now; without one that of the centre, which one then helps."""
    zone = ZoneInfo(pack.zone)
    centre = centre_of(pack)
    mine = [row.shift for row, _ in pack.on_duty(by.unit, at) if row.role == by.role]
    everyones = [row.shift for row, _ in pack.on_duty(centre, at)]
    for code in (*mine, *everyones):
        if turn := shift.running(pack.shifts[code], at, zone):
            return turn
    return None


def seats(pack: Pack, at: datetime) -> tuple[list[Seats], list[Stint]]:
    """What the roster asks for at the desk now with who is there, and whoever is there beside it. One statement."""
    zone = ZoneInfo(pack.zone)
    there = list(_there(at).order_by("seat", "on_at"))
    found: list[Seats] = []
    for unit in dict.fromkeys(row.unit for row in pack.rosters):
        for row, times in pack.on_duty(unit, at):
            if row.role not in permissions.DESK_HANDS:
                continue
            turn = shift.running(times, at, zone)
            assert turn
            here = [s for s in there if s.turn == turn.code and (s.role, s.unit) == (row.role, row.unit)]
            found.append(Seats(row, turn, tuple(here)))
            there = [s for s in there if s not in here]
    return found, there


def notes(by: By, pack: Pack, at: datetime) -> list[Note]:
    """The notes of the last days that may be read, those nobody has taken first, newest first. One statement."""
    rows = Note.objects.filter(left_at__gte=at - KEPT, left_at__lte=at).order_by("-left_at")
    if by.role == "stationed":
        rows = rows.filter(unit=by.unit)
    readable = [row for row in rows[:MOST_LISTED] if permissions.may_read_hand_over(by, row.unit, pack)]
    return sorted(readable, key=lambda row: row.taken_at is not None)


def waiting_for(unit: str, at: datetime) -> list[Waiting]:
    """How much waits for a unit: for the centre its queues, for a department what it has to finish. One statement."""
    pack = versions.current(at)
    kinds = CENTRE_QUEUES if unit == centre_of(pack) else ("finish",)
    rows = (
        Clock.objects.filter(kind__in=kinds, unit=unit, stopped_at=None, cancelled=False, paused_at=None)
        .values("kind")
        .annotate(count=Count("*"), late=Count("due_at", filter=Q(due_at__lt=at)))
    )
    found = {row["kind"]: Waiting(row["kind"], row["count"], row["late"]) for row in rows}
    return [found[kind] for kind in kinds if kind in found]


def centre_of(pack: Pack) -> str:
    return next(unit.code for unit in pack.units.values() if unit.kind is Kind.CENTRE)


# --- private -----------------------------------------------------------------------------------------------------


def _there(at: datetime) -> QuerySet[Stint]:
    return Stint.objects.filter(until__gt=at, on_at__lte=at, off_at=None)


def _give(
    turn: str,
    decide: Callable[[Shift], Event],
    by: By,
    secrets: Sequence[vault.Secret | None],
    source: Source,
    at: datetime,
) -> None:
    """Decide, and write what has happened."""
    with transaction.atomic():
        found, heads = SHIFTS.lock(turn)
        happened = [(decide(found), at)]
        vault.insert(secrets, at)
        store.append([(SHIFTS.stream(turn), drafts_of(happened))], context_of(by, source), at, heads)
        SHIFTS.write([(turn, found, shift.evolve(found, *happened[0]))])
