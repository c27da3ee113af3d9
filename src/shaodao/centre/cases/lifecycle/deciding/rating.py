"""群众评、回访、结案、没修好: the requester judges."""

from __future__ import annotations

from datetime import timedelta

from shaodao.centre.cases.lifecycle import commands as c
from shaodao.centre.cases.lifecycle import events as e
from shaodao.centre.cases.lifecycle.deciding.core import (
    RULE,
    Doing,
    decides,
    duty_of,
    expires,
    must_avoid,
    waits_for,
)
from shaodao.centre.cases.lifecycle.deciding.ending import close
from shaodao.centre.cases.lifecycle.deciding.owner import to_triage
from shaodao.centre.cases.lifecycle.deciding.verification import rework
from shaodao.centre.cases.lifecycle.model import By, Case, Kept, Solved, UnitRating, state_of
from shaodao.centre.cases.lifecycle.refusal import Refusal
from shaodao.ground import clocks
from shaodao.ground.clocks import Clock

DISSATISFIED = 2  # level up to which a unit has to do it again


@expires("rating")
def _rating_window_passed(do: Doing, clock: Clock) -> None:
    """Nobody rated: the centre calls back, unless there is nobody to call or the complaint is about the centre."""
    centre = do.rules.centre
    known = bool(do.case.requester) and not do.case.erased
    calls = known and not do.case.leader and not must_avoid(do, centre)
    called = (do.queue("call_back", centre),) if calls else ()
    do.emit(e.CallBackDue(by=RULE, clocks=(clocks.stop(clock, do.now), *called)))


@expires("closing")
def _closing_window_passed(do: Doing, clock: Clock) -> None:
    close(do, RULE, "unrated")


@decides(c.Rate, when=lambda case: state_of(case) == "waiting_rating")
def _rate(do: Doing, command: c.Rate) -> None:
    kind = "leader" if command.by.actor == do.case.leader else "own"
    _rated(do, command.by, kind, command.solved, command.levels, command.words)


def _rated(do: Doing, by: By, kind: str, solved: Solved, levels: tuple[UnitRating, ...], words: Kept) -> None:
    """Not solved: it goes on at the units the requester was not satisfied with, or at the lead."""
    _check_levels(do.case, levels)
    do.emit(e.Rated(by=by, kind=kind, solved=solved, levels=levels, words=words))
    if solved == "no":
        stopped = do.stop("rating", "call_back", "closing")
        do.emit(e.Reopened(by=by, reason="not_solved", words=words, photos=(), clocks=stopped))
        rework(do, by, tuple(one.duty for one in levels if one.level <= DISSATISFIED), "rating")
    else:
        close(do, by, "rated")


def _check_levels(case: Case, levels: tuple[UnitRating, ...]) -> None:
    """One level from 1 to 5 for each unit that handled the case."""
    rateable = {d.id for d in case.handlers}
    for one in levels:
        if one.duty not in rateable:
            raise Refusal("no_such_duty", duty=one.duty)
        if not 1 <= one.level <= 5:
            raise Refusal("level_out_of_range", level=one.level)
        rateable.remove(one.duty)


@decides(c.CallBack, when=waits_for("call_back"))
def _call_back(do: Doing, command: c.CallBack) -> None:
    """回访: so many tries, hours apart and at different hours of the day, never by a unit that handled the case."""
    gap = timedelta(hours=do.rules.number("call_back_gap_hours"))
    if do.case.calls and do.now < do.case.calls[-1] + gap:
        raise Refusal("call_back_too_soon", after=do.case.calls[-1] + gap)
    if do.now.hour in {call.hour for call in do.case.calls}:
        raise Refusal("call_back_same_hour")
    if any(do.rules.same_unit(command.by.unit, d.unit) for d in do.case.handlers):
        raise Refusal("unit_must_avoid", unit=command.by.unit)
    if command.reached and command.solved is None:
        raise Refusal("solved_needed")
    exhausted = len(do.case.calls) + 1 >= do.rules.number("call_back_tries")
    stopped = do.stop("call_back") if command.reached or exhausted else ()
    do.emit(e.CalledBack(by=command.by, reached=command.reached, words=command.words, clocks=stopped))
    if command.reached and command.solved:
        _rated(do, command.by, "call_back", command.solved, command.levels, command.words)


@decides(
    c.Close,
    when=lambda case: state_of(case) == "waiting_rating" and bool(case.calls) and not case.waits("call_back"),
)
def _close_after_calls(do: Doing, command: c.Close) -> None:
    close(do, command.by, "call_backs_failed", command.words)


def _may_reopen(case: Case) -> bool:
    return state_of(case) == "waiting_rating" or case.outcome in ("closed", "answered")


@decides(c.Reopen, when=_may_reopen)
def _reopen(do: Doing, command: c.Reopen) -> None:
    case = do.case
    days = do.rules.number("reopen_days")
    if case.ended_at and do.now > case.ended_at + timedelta(days=days):
        raise Refusal("too_late_to_reopen", days=days)
    stopped = do.stop("rating", "call_back", "closing")
    do.emit(
        e.Reopened(
            by=command.by, reason=command.reason, words=command.words, photos=command.photos, clocks=stopped
        )
    )
    lead = do.case.lead
    if lead and do.rules.may_own(lead.unit, ""):
        rework(do, command.by, (), "reopened")
    else:  # it was answered by the centre, or the unit does not exist any more
        to_triage(do, command.by, "reopened")


@decides(c.RateUnits, when=lambda case: bool(case.street_rates))
def _rate_units(do: Doing, command: c.RateUnits) -> None:
    """A street rates the units it summoned."""
    if not command.levels:
        raise Refusal("levels_needed")
    _check_levels(do.case, command.levels)
    summoned = {unit for council in do.case.councils for unit in council.units}
    for one in command.levels:
        unit = duty_of(do, one.duty).unit
        if one.duty not in do.case.street_rates:
            raise Refusal("rated_already" if unit in summoned else "not_summoned", unit=unit)
    do.emit(e.Rated(by=command.by, kind="street", solved=None, levels=command.levels, words=command.words))
