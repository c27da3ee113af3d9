"""提级、县级统筹、哨单会商: when one unit is not enough."""

from __future__ import annotations

from datetime import timedelta

from shaodao.centre.cases.lifecycle import commands as c
from shaodao.centre.cases.lifecycle import events as e
from shaodao.centre.cases.lifecycle.deciding.core import (
    Doing,
    decides,
    in_hand,
    must_avoid,
    need_date,
    need_words,
    undecided,
    waits_for,
)
from shaodao.centre.cases.lifecycle.deciding.giving import dispatch, end_duty, give_tasks
from shaodao.centre.cases.lifecycle.deciding.owner import raise_to_county, to_triage
from shaodao.centre.cases.lifecycle.deciding.verification import verify_when_all_done
from shaodao.centre.cases.lifecycle.model import Case, Council
from shaodao.centre.cases.lifecycle.refusal import Refusal
from shaodao.ground import clocks

MOST_ARRIVALS = 30  # of one unit: whoever holds the code may sign in again and again


@decides(
    c.EscalateTier,
    when=lambda case: (
        in_hand(case)
        and case.tier != "county"
        and not case.waits("coordination")
        and not case.waits("county_ruling")
    ),
)
def _escalate_tier(do: Doing, command: c.EscalateTier) -> None:
    """提级: what a community cannot end goes to a department, what a department cannot end to the county."""
    lead = do.case.lead
    if do.case.tier == "community" and lead and lead.working:
        if command.plan is None:
            raise Refusal("lead_needed")
        if command.plan.tier == "community":
            raise Refusal("higher_tier_needed")
        end_duty(do, command.by, lead, "raised", command.reason, command.words)
        dispatch(do, command.by, command.plan, reason=command.reason, words=command.words)
        return
    raise_to_county(do, command.by, command.reason, command.words)


@decides(c.Coordinate, when=waits_for("coordination", "county_ruling"))
def _coordinate(do: Doing, command: c.Coordinate) -> None:
    """县级统筹: minutes, and each task a duty; a new lead takes the place of the old one."""
    need_words(command.minutes)
    if not (do.case.lead or any(task.role == "lead" for task in command.tasks)):
        raise Refusal("lead_needed")
    do.emit(
        e.Coordinated(
            by=command.by,
            leader=command.leader,
            minutes=command.minutes,
            clocks=do.stop("coordination", "county_ruling"),
        )
    )
    give_tasks(do, command.by, command.tasks, "county", "coordination")


@decides(c.Convene, when=in_hand)
def _convene(do: Doing, command: c.Convene) -> None:
    """哨单: the convening unit owns the case's next step until the conclusions stand."""
    units = tuple(dict.fromkeys(command.units))
    if not units:
        raise Refusal("units_needed")
    if len(units) > (most := do.rules.number("convened_units")):
        raise Refusal("too_many_units", most=most)
    for unit in units:
        if not do.rules.may_own(unit, ""):
            raise Refusal("unknown_unit", unit=unit)
        if must_avoid(do, unit):
            raise Refusal("unit_must_avoid", unit=unit)
    need_date(do, command.by.unit, command.meet_at, do.now - timedelta(seconds=1))
    calendar = do.rules.calendar(command.by.unit)
    latest = calendar.add(do.now, do.rules.limit("council_ahead"))
    if command.meet_at > latest:  # the case waits for nobody else until it is concluded
        raise Refusal("too_far_ahead", before=latest)
    id = len(do.case.councils) + 1
    limit = do.rules.limit("council", emergency=do.case.emergency)
    clock = clocks.start(
        "council",
        f"council:{id}",
        1,
        command.by.unit,
        limit,
        command.meet_at,
        calendar,
    )
    do.emit(
        e.Convened(
            by=command.by,
            council=id,
            units=units,
            meet_at=command.meet_at,
            place=command.place,
            words=command.words,
            clocks=(*do.stop("triage"), clock),
        )
    )


def _council_open(case: Case, council: Council) -> bool:
    return case.open and council.open


@decides(c.Arrive, on="council", when=_council_open)
def _arrive(do: Doing, command: c.Arrive) -> None:
    council = do.case.council(command.council)
    assert council is not None
    if command.unit not in council.units:
        raise Refusal("not_summoned", unit=command.unit)
    if sum(arrival.unit == command.unit for arrival in council.arrivals) >= MOST_ARRIVALS:
        raise Refusal("too_many_persons", most=MOST_ARRIVALS)
    do.emit(e.Arrived(by=command.by, council=council.id, unit=command.unit, person=command.person))


@decides(c.ConcludeCouncil, on="council", when=_council_open)
def _conclude_council(do: Doing, command: c.ConcludeCouncil) -> None:
    council = do.case.council(command.council)
    assert council is not None
    need_words(command.words)
    do.emit(
        e.CouncilConcluded(
            by=command.by,
            council=council.id,
            words=command.words,
            absent=council.absent,
            clocks=do.stop("council", subject=council.subject),
        )
    )
    give_tasks(do, command.by, command.tasks, do.case.tier, "council")
    if not do.case.lead and not undecided(do.case):
        to_triage(do, command.by, "council_without_owner")
    else:
        verify_when_all_done(do, command.by)
