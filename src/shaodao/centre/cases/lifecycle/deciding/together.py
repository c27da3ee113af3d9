"""提级、县级统筹、哨单会商: when one unit is not enough."""

from __future__ import annotations

from shaodao.centre.cases.lifecycle import commands as c
from shaodao.centre.cases.lifecycle import events as e
from shaodao.centre.cases.lifecycle.deciding.core import (
    Doing,
    decides,
    in_hand,
    need_words,
    undecided,
    waits_for,
)
from shaodao.centre.cases.lifecycle.deciding.giving import dispatch, end_duty, give_tasks
from shaodao.centre.cases.lifecycle.deciding.owner import raise_to_county, to_triage
from shaodao.centre.cases.lifecycle.deciding.verification import verify_when_all_done
from shaodao.centre.cases.lifecycle.refusal import Refusal
from shaodao.ground import clocks


@decides(
    c.EscalateTier,
    when=lambda case: in_hand(case) and case.tier != "county" and not case.waits("coordination"),
)
def _escalate_tier(do: Doing, command: c.EscalateTier) -> None:
    lead = do.case.lead
    if do.case.tier == "community" and lead is not None and lead.active:
        if command.plan is None:
            raise Refusal("lead_needed")
        end_duty(do, command.by, lead, "raised", command.reason, command.words)
        dispatch(do, command.by, command.plan, reason=command.reason, words=command.words)
        return
    raise_to_county(do, command.by, command.reason, command.words)


@decides(
    c.Coordinate,
    when=waits_for("coordination", "county_ruling"),
)
def _coordinate(do: Doing, command: c.Coordinate) -> None:
    """县级统筹: minutes, and each task a duty; a new lead takes the place of the old one."""
    need_words(command.minutes)
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
    if not command.units:
        raise Refusal("units_needed")
    if command.meet_at < do.now:
        raise Refusal("date_must_be_later")
    id = len(do.case.councils) + 1
    limit = do.rules.limit("council", emergency=do.case.emergency)
    clock = clocks.start(
        "council",
        f"council:{id}",
        1,
        command.by.unit,
        limit,
        command.meet_at,
        do.rules.calendar(command.by.unit),
    )
    do.emit(
        e.Convened(
            by=command.by,
            council=id,
            units=tuple(dict.fromkeys(command.units)),
            meet_at=command.meet_at,
            place=command.place,
            words=command.words,
            clocks=(*do.stop("triage"), clock),
        )
    )


@decides(c.Arrive, on="council", when=lambda case, council: case.open and council.open)
def _arrive(do: Doing, command: c.Arrive) -> None:
    council = do.case.council(command.council)
    assert council is not None
    if command.unit not in council.units:
        raise Refusal("not_summoned", unit=command.unit)
    do.emit(e.Arrived(by=command.by, council=council.id, unit=command.unit, person=command.person))


@decides(c.ConcludeCouncil, on="council", when=lambda case, council: case.open and council.open)
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
    if not do.case.active_duties and not undecided(do.case):
        to_triage(do, command.by, "council_without_owner")
    else:
        verify_when_all_done(do, command.by)
