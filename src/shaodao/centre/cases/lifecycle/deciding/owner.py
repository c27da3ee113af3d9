"""件件有人问: whose it is. The centre holds what has no owner (中心代管), rules, or it goes up to the county."""

from __future__ import annotations

from shaodao.centre.cases.lifecycle import commands as c
from shaodao.centre.cases.lifecycle import events as e
from shaodao.centre.cases.lifecycle.deciding.core import RULE, Doing, decides, expires, waits_for
from shaodao.centre.cases.lifecycle.deciding.giving import dispatch
from shaodao.centre.cases.lifecycle.model import NOTHING, By, Kept, state_of
from shaodao.centre.cases.lifecycle.refusal import Refusal
from shaodao.ground.clocks import Clock


@decides(c.SendToRuling, when=waits_for("triage"))
def _send_to_ruling(do: Doing, command: c.SendToRuling) -> None:
    open_ruling(do, command.by, command.units, "unclear_owner", command.words)


def to_triage(do: Doing, by: By, reason: str) -> None:
    do.emit(e.Queued(by=by, reason=reason, clocks=(do.queue("triage", do.rules.centre),)))


def open_ruling(do: Doing, by: By, units: tuple[str, ...], reason: str, words: Kept = NOTHING) -> None:
    """确权: the centre holds the case and rules; the units asked have a clock for their views."""
    asked = tuple(do.queue("view", unit, f"view:{unit}") for unit in dict.fromkeys(units))
    moved = (*do.stop("triage"), do.queue("ruling", do.rules.centre), *asked)
    do.emit(e.SentToRuling(by=by, units=units, reason=reason, words=words, clocks=moved))


@decides(c.StateView, when=lambda case: state_of(case) == "in_ruling" and not case.waits("triage"))
def _state_view(do: Doing, command: c.StateView) -> None:
    if not command.by.unit:
        raise Refusal("unit_needed")
    stopped = do.stop("view", subject=f"view:{command.by.unit}")
    do.emit(
        e.ViewStated(
            by=command.by,
            unit=command.by.unit,
            mine=command.mine,
            basis=command.basis,
            words=command.words,
            clocks=stopped,
        )
    )


@decides(c.Rule, when=waits_for("ruling", "county_ruling"))
def _rule(do: Doing, command: c.Rule) -> None:
    if not command.basis:
        raise Refusal("basis_needed")
    lead = next((d for d in command.plan.duties if d.role == "lead"), None)
    if lead is None:
        raise Refusal("lead_needed")
    do.emit(
        e.Ruled(
            by=command.by,
            owner=lead.unit,
            basis=command.basis,
            words=command.words,
            scope=command.scope,
            precedent=command.precedent,
        )
    )
    dispatch(do, command.by, command.plan, item=command.item, situation=command.situation, reason="ruling")


def raise_to_county(do: Doing, by: By, reason: str, words: Kept = NOTHING) -> None:
    queue = "county_ruling" if not do.case.active_duties else "coordination"
    moved = (*do.stop("triage", "ruling"), do.queue(queue, do.rules.leaders))
    do.emit(e.RaisedToCounty(by=by, reason=reason, words=words, clocks=moved))


@expires("ruling")
def _not_ruled_in_time(do: Doing, clock: Clock) -> None:
    """The centre did not rule in time: a leader names the owner."""
    raise_to_county(do, RULE, "ruling_overdue")
