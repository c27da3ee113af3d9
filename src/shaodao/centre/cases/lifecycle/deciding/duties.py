"""部门办: what a unit does in its part of a case."""

from __future__ import annotations

from dataclasses import replace

from shaodao.centre.cases.lifecycle import commands as c
from shaodao.centre.cases.lifecycle import events as e
from shaodao.centre.cases.lifecycle.deciding.approvals import ask, granted
from shaodao.centre.cases.lifecycle.deciding.core import (
    Doing,
    decides,
    duty_of,
    finish_of,
    handling,
    need_date,
    need_words,
    none_open,
    working,
)
from shaodao.centre.cases.lifecycle.deciding.ending import lapse_requests
from shaodao.centre.cases.lifecycle.deciding.giving import dispatch, stop_milestones
from shaodao.centre.cases.lifecycle.deciding.verification import verify_when_all_done
from shaodao.centre.cases.lifecycle.model import By, Case, Duty, Kept, Plan, Request
from shaodao.centre.cases.lifecycle.refusal import Refusal
from shaodao.ground import clocks

MOST_PERSONS = 200  # who turn out together: they are counted in a published figure


@decides(c.Sign, on="duty", when=lambda case, duty: working(case, duty) and not duty.signed_at)
def _sign(do: Doing, command: c.Sign) -> None:
    _sign_first(do, command.by, duty_of(do, command.duty))


def _sign_first(do: Doing, by: By, duty: Duty) -> None:
    """Whoever acts on a duty has seen it."""
    if not duty.signed_at:
        do.emit(e.Signed(by=by, duty=duty.id, clocks=do.stop("sign", subject=duty.subject)))


@decides(c.Assign, on="duty", when=working)
def _assign(do: Doing, command: c.Assign) -> None:
    duty = duty_of(do, command.duty)
    if not (command.section or command.handler):
        raise Refusal("assignee_needed")
    if command.section and not do.rules.same_unit(command.section, duty.unit):
        raise Refusal("not_of_this_unit", unit=command.section)
    _sign_first(do, command.by, duty)
    do.emit(e.Assigned(by=command.by, duty=duty.id, section=command.section, handler=command.handler))


@decides(c.ReportIn, on="duty", when=lambda case, duty: working(case, duty) and not duty.reported_in_at)
def _report_in(do: Doing, command: c.ReportIn) -> None:
    duty = duty_of(do, command.duty)
    if command.mode == "call" and duty.report_in == "site":
        raise Refusal("site_needed")
    if command.persons < 1:
        raise Refusal("persons_needed")
    if command.persons > MOST_PERSONS:
        raise Refusal("too_many_persons", most=MOST_PERSONS, field="persons")
    if command.mode == "call":
        need_words(command.words)
    near = command.distance is not None and command.distance <= do.rules.number("report_in_distance")
    _sign_first(do, command.by, duty)
    do.emit(
        e.ReportedIn(
            by=command.by,
            duty=duty.id,
            mode=command.mode,
            persons=command.persons,
            distance=command.distance,
            pending=command.mode == "site" and not near,
            words=command.words,
            photos=command.photos,
            clocks=do.stop("report_in", subject=duty.subject),
        )
    )


@decides(
    c.ConfirmReportIn,
    on="duty",
    when=lambda case, duty: case.open and not case.shelved_at and duty.active and duty.report_in_pending,
)
def _confirm_report_in(do: Doing, command: c.ConfirmReportIn) -> None:
    """待确认报到 is settled on the spot or by the whistler; if nobody came, the clock has run on."""
    duty = duty_of(do, command.duty)
    clock = do.case.clock("report_in", duty.subject)
    runs_on = () if command.came or clock is None else (clocks.restart(clock),)
    do.emit(e.ReportInConfirmed(by=command.by, duty=duty.id, came=command.came, clocks=runs_on))


@decides(
    c.MakeSafe,
    on="duty",
    when=lambda case, duty: (
        working(case, duty) and case.waits("make_safe", duty.subject) and duty.reported_in_at is not None
    ),
)
def _make_safe(do: Doing, command: c.MakeSafe) -> None:
    duty = duty_of(do, command.duty)
    do.emit(
        e.MadeSafe(
            by=command.by,
            duty=duty.id,
            words=command.words,
            photos=command.photos,
            clocks=do.stop("make_safe", subject=duty.subject),
        )
    )


@decides(
    c.ReachMilestone, on="duty", when=lambda case, duty: working(case, duty) and bool(case.milestones(duty))
)
def _reach_milestone(do: Doing, command: c.ReachMilestone) -> None:
    duty = duty_of(do, command.duty)
    need_words(command.words)
    reached = do.case.milestones(duty)[0]
    do.emit(
        e.MilestoneReached(
            by=command.by,
            duty=duty.id,
            step=reached.subject.removeprefix(duty.step("")),
            words=command.words,
            photos=command.photos,
            clocks=(clocks.stop(reached, do.now),),
        )
    )


@decides(c.CallAssist, when=handling)
def _call_assist(do: Doing, command: c.CallAssist) -> None:
    if not command.reason:
        raise Refusal("reason_needed")
    called = replace(command.to, role="assist" if command.to.role == "lead" else command.to.role)
    plan = Plan((called,), do.case.tier, "called")
    dispatch(do, command.by, plan, reason=command.reason, words=command.words)


def _may_finish(case: Case, duty: Duty) -> bool:
    return (
        working(case, duty)
        and duty.reported_in_at is not None
        and not case.waits("make_safe", duty.subject)
        and none_open(case, "claim", "return", duty=duty.id)
    )


def _may_claim(case: Case, duty: Duty) -> bool:
    return duty.role == "lead" and _may_finish(case, duty)


@decides(c.FinishPart, on="duty", when=lambda case, duty: duty.role != "lead" and _may_finish(case, duty))
def _finish_part(do: Doing, command: c.FinishPart) -> None:
    _part_finished(do, command.by, duty_of(do, command.duty), "part", command.words, command.photos)


@decides(c.FileForPenalty, on="duty", when=lambda case, duty: _may_claim(case, duty) and not duty.filed_until)
def _file_for_penalty(do: Doing, command: c.FileForPenalty) -> None:
    """立案查处: the statutory date takes the place of the limit."""
    duty = duty_of(do, command.duty)
    clock = finish_of(do, duty.id)
    need_date(do, duty.unit, command.until, max(do.now, clock.due_at))
    later = clocks.extend(clock, command.until, do.rules.calendar(clock.unit))
    do.emit(
        e.FiledForPenalty(
            by=command.by, duty=duty.id, until=command.until, words=command.words, clocks=(later,)
        )
    )


@decides(c.ClaimFinished, on="duty", when=_may_claim)
def _claim_finished(do: Doing, command: c.ClaimFinished) -> None:
    duty = duty_of(do, command.duty)
    need_words(command.words)
    if (command.way == "penalty") != (duty.filed_until is not None):
        raise Refusal("file_first" if command.way == "penalty" else "filed_needs_decision")
    if do.rules.steps("claim", do.case, duty, command.by):
        ask(do, command, "claim", duty=duty.id, reason=command.way, claim=command.way, photos=command.photos)
    else:
        _part_finished(do, command.by, duty, command.way, command.words, command.photos)


@granted("claim")
def _claim_granted(do: Doing, command: c.Decide, request: Request) -> None:
    duty = duty_of(do, request.duty)
    if duty.reported_in_at is None:  # meanwhile somebody on the spot said that nobody came
        raise Refusal("report_in_first")
    _part_finished(do, request.by, duty, request.claim, request.words, request.photos)


def _part_finished(do: Doing, by: By, duty: Duty, way: str, words: Kept, photos: tuple[str, ...]) -> None:
    """The unit's own part is done: its clock stops, provisionally, and what it still asked for lapses."""
    if duty.report_in_pending and not photos and not words:
        raise Refusal("evidence_needed")
    lapse_requests(do, by, of_duty=duty.id)
    stopped = (*do.stop("finish", subject=duty.subject), *stop_milestones(do, duty))
    do.emit(e.PartFinished(by=by, duty=duty.id, way=way, words=words, photos=photos, clocks=stopped))
    verify_when_all_done(do, by)
