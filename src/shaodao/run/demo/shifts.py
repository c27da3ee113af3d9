"""The last night at the desk of the demonstration, and the morning that took over from it; by the same actions as any."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from shaodao.centre.cases.lifecycle.model import By
from shaodao.centre.cases.models import Case
from shaodao.centre.shifts import actions, shift
from shaodao.centre.shifts.models import Note
from shaodao.county.pack.model import Pack

from .people import Cast

NIGHT = "夜里来的应急哨都已签收到场。有两件还在等反映人补充地点，上午请再打一次电话；答应过 9 点前回话。"


def play(pack: Pack, cast: Cast, until: datetime, seed: int) -> None:
    """Whoever is rostered signs on, the night hands over, the morning takes over. Nothing at an hour that has no night
    before it."""
    centre = actions.centre_of(pack)
    morning = (
        shift.running(pack.shifts["office"], until, ZoneInfo(pack.zone)) if "office" in pack.shifts else None
    )
    if morning is None:
        return
    rng = Random(f"{seed}/shifts")
    before = morning.starts_at - timedelta(hours=8)
    night = _sign_on(pack, cast, before, until, rng, only=centre)
    open_ones = Case.objects.filter(ended_at=None, emergency=True).order_by("-number")
    cases = list(open_ones.values_list("number", flat=True)[:2])
    if night:
        actions.hand_over(night[0], NIGHT, cases, at=morning.starts_at - timedelta(minutes=10))
    there = _sign_on(pack, cast, morning.starts_at, until, rng)
    taker = next((by for by in there if by.unit == centre and by not in night), None)
    if taker is None:
        return
    for note in Note.objects.all():
        actions.take_over(note.turn, note.note, taker, at=morning.starts_at + timedelta(minutes=6))


def _sign_on(pack: Pack, cast: Cast, at: datetime, until: datetime, rng: Random, only: str = "") -> list[By]:
    """As many as the roster asks for and there are; the shift leader first."""
    found: list[By] = []
    rows = sorted(
        (each.row for each in actions.seats(pack, at)[0]), key=lambda row: row.role != "shift_leader"
    )
    for row in rows:
        if only and row.unit != only:
            continue
        for _ in range(row.number):
            taken = frozenset(by.actor for by in found)
            by = cast.pick(row.role, row.unit, rng, besides=taken)
            if by is not None:
                actions.sign_on(by, at=min(at + timedelta(minutes=len(found)), until))
                found.append(by)
    return found
