"""件件有人问: whose it is. The centre holds what has no owner (中心代管) and rules, or it goes up to the county."""

from __future__ import annotations

from dataclasses import replace

from shaodao.centre.cases.lifecycle import commands as c
from shaodao.centre.cases.lifecycle import events as e
from shaodao.centre.cases.lifecycle.deciding.core import RULE, Doing, decides, expires, must_avoid, waits_for
from shaodao.centre.cases.lifecycle.deciding.giving import at_work, dispatch, make_room
from shaodao.centre.cases.lifecycle.model import NOTHING, By, Case, Kept
from shaodao.centre.cases.lifecycle.refusal import Refusal
from shaodao.ground.clocks import Clock


def to_triage(do: Doing, by: By, reason: str) -> None:
    """The centre decides; but never about a complaint against itself."""
    if must_avoid(do, do.rules.centre):
        raise_to_county(do, by, "avoid")
    else:
        do.emit(e.Queued(by=by, reason=reason, clocks=(do.queue("triage", do.rules.centre),)))


def open_ruling(do: Doing, by: By, units: tuple[str, ...], reason: str, words: Kept = NOTHING) -> None:
    """确权: the centre holds the case and rules; the units asked have a clock for their views."""
    if must_avoid(do, do.rules.centre):
        raise_to_county(do, by, "avoid")
        return
    subjects = {f"view:{unit}": unit for unit in units}
    asked = tuple(do.queue("view", unit, s) for s, unit in subjects.items() if not do.case.waits("view", s))
    held = () if do.case.waits("ruling") else (do.queue("ruling", do.rules.centre),)
    moved = (*do.stop("triage"), *held, *asked)
    do.emit(e.SentToRuling(by=by, units=units, reason=reason, words=words, clocks=moved))


def raise_to_county(do: Doing, by: By, reason: str, words: Kept = NOTHING) -> None:
    """Up to the county's leaders: they name the owner, or coordinate the units at work."""
    queue = "coordination" if do.case.lead else "county_ruling"
    if do.case.waits(queue):
        return
    moved = (*do.stop("triage", "ruling"), do.queue(queue, do.rules.leaders))
    do.emit(e.RaisedToCounty(by=by, reason=reason, words=words, clocks=moved))


@expires("ruling")
def _not_ruled_in_time(do: Doing, clock: Clock) -> None:
    """The centre did not rule in time: a leader names the owner."""
    raise_to_county(do, RULE, "ruling_overdue")


@decides(c.SendToRuling, when=waits_for("triage", "ruling"))
def _send_to_ruling(do: Doing, command: c.SendToRuling) -> None:
    """To ask for (further) views; the time to rule runs from the first."""
    for unit in command.units:
        if not do.rules.may_own(unit, ""):
            raise Refusal("unknown_unit", unit=unit)
        if must_avoid(do, unit):
            raise Refusal("unit_must_avoid", unit=unit)
    open_ruling(do, command.by, command.units, "unclear_owner", command.words)


def _views_asked(case: Case) -> tuple[Clock, ...]:
    return tuple(k for k in case.open_clocks if k.kind == "view")


@decides(c.StateView, when=lambda case: case.open and bool(_views_asked(case)))
def _state_view(do: Doing, command: c.StateView) -> None:
    asked = next((k for k in _views_asked(do.case) if do.rules.same_unit(k.unit, command.by.unit)), None)
    if asked is None:
        raise Refusal("view_not_asked", unit=command.by.unit)
    do.emit(
        e.ViewStated(
            by=command.by,
            unit=asked.unit,
            mine=command.mine,
            basis=command.basis,
            words=command.words,
            kind=command.kind or "",
            clocks=do.stop("view", subject=asked.subject),
        )
    )


@decides(c.Rule, when=waits_for("ruling", "county_ruling"))
def _rule(do: Doing, command: c.Rule) -> None:
    if not command.basis:
        raise Refusal("basis_needed")
    lead = next((d for d in command.plan.duties if d.role == "lead"), None)
    if lead is None:
        raise Refusal("lead_needed")
    if command.until and command.until <= do.now:
        raise Refusal("date_must_be_later", after=do.now)
    new = replace(command.plan, why="", duties=tuple(d for d in command.plan.duties if not at_work(do, d)))
    make_room(do, command.by, new)
    do.emit(
        e.Ruled(
            by=command.by,
            owner=lead.unit,
            basis=command.basis,
            words=command.words,
            scope=command.scope,
            precedent=command.precedent,
            kind=command.kind or "",
            reasons=command.reasons,
            until=command.until if command.precedent else None,
        )
    )
    dispatch(do, command.by, new, item=command.item, situation=command.situation, reason="ruling")
