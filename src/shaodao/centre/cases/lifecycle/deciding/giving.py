"""Giving duties to units, and ending them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from shaodao.centre.cases.lifecycle import events as e
from shaodao.centre.cases.lifecycle.deciding.core import Doing, must_avoid
from shaodao.centre.cases.lifecycle.deciding.ending import lapse_requests
from shaodao.centre.cases.lifecycle.model import (
    DUTY_CLOCKS,
    MILESTONE,
    NOTHING,
    By,
    Duty,
    DutyPlan,
    IdentityMode,
    Kept,
    Nature,
    Place,
    Plan,
    Tier,
)
from shaodao.centre.cases.lifecycle.refusal import Refusal
from shaodao.ground import clocks
from shaodao.ground.clocks import Clock, Limit


def dispatch(
    do: Doing,
    by: By,
    plan: Plan,
    *,
    item: str = "",
    situation: str = "",
    place: Place | None = None,
    nature: Nature | None = None,
    reason: str = "",
    words: Kept = NOTHING,
) -> None:
    """平台转: duties and their clocks. A plan with a lead takes the case out of whatever queue it was in."""
    _check(do, plan, item or do.case.item)
    facts: dict[str, Any] = {}
    if item and item != do.case.item:
        mode, sensitive, emergency = do.rules.identity(item, situation)
        facts = {"identity_mode": mode, "sensitive": sensitive, "emergency": emergency}
    make_room(do, by, plan)
    moved = _summary_clock(do, facts.get("identity_mode", do.case.identity_mode))
    if _lead_of(plan):
        lapse_requests(do, by, of_kind="decline")
        views = tuple(clocks.stop(k, do.now) for k in do.case.open_clocks if k.kind == "view")
        moved += (*do.stop("triage", "ruling", "county_ruling"), *views)
    first = len(do.case.duties) + 1
    duties = tuple(
        Duty(id, given.unit, given.role, given.report_in, do.now)
        for id, given in enumerate(plan.duties, first)
    )
    started = (
        clock
        for id, given in enumerate(plan.duties, first)
        for clock in _duty_clocks(do, given, f"duty:{id}")
    )
    do.emit(
        e.Dispatched(
            by=by,
            duties=duties,
            tier=plan.tier,
            rule=plan.rule,
            reason=reason,
            item=item,
            situation=situation,
            place=place,
            nature=nature,
            words=words,
            why=plan.why
            or do.rules.explain(
                plan, item or do.case.item, situation or do.case.situation, place or do.case.place, reason
            ),
            clocks=(*moved, *started),
            **facts,
        )
    )


def _summary_clock(do: Doing, mode: IdentityMode) -> tuple[Clock, ...]:
    """Of a protected case the units read a summary, which the centre (of itself: the leaders) must write and check."""
    case = do.case
    if mode != "protected":
        return do.stop("summary")
    if case.summary or case.erased or case.waits("summary"):
        return ()
    centre = do.rules.centre
    return (do.queue("summary", do.rules.leaders if must_avoid(do, centre) else centre),)


def make_room(do: Doing, by: By, plan: Plan) -> None:
    """A new lead takes the place of the old one, and gives up the smaller part it had."""
    lead = _lead_of(plan)
    for duty in do.case.active_duties:
        if lead and duty.role == "lead":
            end_duty(do, by, duty, "redispatched", plan.rule)
        elif lead and duty.unit == lead.unit and duty.working:
            end_duty(do, by, duty, "withdrawn", plan.rule)


def at_work(do: Doing, given: DutyPlan) -> bool:
    """Whether the unit has this part, or a greater one, already."""
    return any(
        d.unit == given.unit and d.working and (d.role == "lead" or given.role != "lead")
        for d in do.case.duties
    )


def give_tasks(do: Doing, by: By, tasks: tuple[DutyPlan, ...], tier: Tier, rule: str) -> None:
    """Each task a duty; a unit that is at work on its part goes on with it."""
    new = tuple(task for task in tasks if not at_work(do, task))
    if new:
        dispatch(do, by, Plan(new, tier, rule), reason=rule)


def move(do: Doing, by: By, duty: Duty, to: DutyPlan, rule: str, reason: str) -> None:
    """The part of a duty that has ended goes to another unit, with full limits."""
    if do.rules.same_unit(to.unit, duty.unit):
        raise Refusal("already_has_duty", unit=to.unit)
    plan = Plan((replace(to, role=duty.role),), do.case.tier, rule)
    _check(do, plan, do.case.item)
    if duty.role == "lead" and do.case.tier != "county":
        plan = replace(plan, tier=do.rules.tier_of(to.unit))
    dispatch(do, by, plan, reason=reason)


def end_duty(
    do: Doing, by: By, duty: Duty, why: str, reason: str, words: Kept = NOTHING, at: datetime | None = None
) -> None:
    """The duty leaves its unit; its clocks stop now, or `at` an earlier moment."""
    lapse_requests(do, by, of_duty=duty.id)
    stopped = (*do.stop(*DUTY_CLOCKS, subject=duty.subject, at=at), *stop_milestones(do, duty, at))
    do.emit(e.DutyEnded(by=by, duty=duty.id, why=why, reason=reason, words=words, clocks=stopped))


def stop_milestones(do: Doing, duty: Duty, at: datetime | None = None) -> tuple[Clock, ...]:
    """What is done, or gone to another unit, has no steps before it."""
    return tuple(clocks.stop(clock, at or do.now) for clock in do.case.milestones(duty))


def duty_clock(do: Doing, kind: str, subject: str, unit: str, limit: Limit) -> Clock:
    """A clock of a duty. A transfer's own deadline holds where it comes before ours."""
    clock = do.start(kind, subject, unit, limit)
    foreign = do.case.external_due
    if kind == "finish" and foreign and do.now < foreign < clock.due_at:
        return clocks.bring_forward(clock, foreign)
    return clock


def _duty_clocks(do: Doing, given: DutyPlan, subject: str) -> tuple[Clock, ...]:
    limits = {kind: getattr(given.limits, kind) for kind in DUTY_CLOCKS}
    steps = (do.start(MILESTONE, f"{subject}:{name}", given.unit, by) for name, by in given.limits.milestones)
    own = (duty_clock(do, kind, subject, given.unit, limit) for kind, limit in limits.items() if limit)
    return (*own, *steps)


def _lead_of(plan: Plan) -> DutyPlan | None:
    return next((d for d in plan.duties if d.role == "lead"), None)


def _check(do: Doing, plan: Plan, item: str) -> None:
    """Refuses a plan that gives a duty to a unit that may not have one, or leaves the case without a lead, in force or about
    to be ruled."""
    if not plan.duties:
        raise Refusal("nobody_to_dispatch_to")
    leads = sum(d.role == "lead" for d in plan.duties)
    if leads > 1:
        raise Refusal("one_lead")
    led = do.case.lead or do.case.waits("ruling") or do.case.waits("county_ruling")
    if not leads and not led:
        raise Refusal("lead_needed")
    taken: set[str] = set()
    for given in plan.duties:
        owned = item if given.role == "lead" else ""
        if not do.rules.may_own(given.unit, owned):
            raise Refusal("unit_may_not_own", unit=given.unit, item=owned)
        if must_avoid(do, given.unit):
            raise Refusal("unit_must_avoid", unit=given.unit)
        if given.unit in taken or at_work(do, given):
            raise Refusal("already_has_duty", unit=given.unit)
        taken.add(given.unit)
