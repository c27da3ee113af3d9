"""Giving duties to units, and ending them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from shaodao.centre.cases.lifecycle import events as e
from shaodao.centre.cases.lifecycle.deciding.core import Doing
from shaodao.centre.cases.lifecycle.deciding.ending import lapse
from shaodao.centre.cases.lifecycle.model import (
    DUTY_CLOCKS,
    NOTHING,
    By,
    Duty,
    DutyPlan,
    Kept,
    Nature,
    Place,
    Plan,
    Tier,
)
from shaodao.centre.cases.lifecycle.refusal import Refusal
from shaodao.ground import clocks
from shaodao.ground.clocks import Clock


def _duty_clocks(do: Doing, plan: DutyPlan, subject: str) -> tuple[Clock, ...]:
    limits = {name: getattr(plan.limits, name) for name in DUTY_CLOCKS}
    return tuple(do.start(kind, subject, plan.unit, limit) for kind, limit in limits.items() if limit)


def _given(do: Doing, plans: tuple[DutyPlan, ...]) -> tuple[tuple[Duty, ...], tuple[Clock, ...]]:
    """Duties and their clocks for these plans; refuses a unit that may not have one."""
    duties: list[Duty] = []
    started: list[Clock] = []
    taken = {d.unit for d in do.case.active_duties}
    for plan in plans:
        if plan.unit in taken:
            raise Refusal("already_has_duty", unit=plan.unit)
        if do.case.against and do.rules.same_unit(plan.unit, do.case.against):
            raise Refusal("unit_must_avoid", unit=plan.unit)
        taken.add(plan.unit)
        id = len(do.case.duties) + len(duties) + 1
        duties.append(Duty(id, plan.unit, plan.role, plan.report_in, do.now))
        started += _duty_clocks(do, plan, f"duty:{id}")
    return tuple(duties), tuple(started)


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
    """平台转: duties and their clocks, out of whatever queue the case was in."""
    if not plan.duties:
        raise Refusal("nobody_to_dispatch_to")
    owned = item or do.case.item
    for duty in plan.duties:
        if not do.rules.may_own(duty.unit, owned if duty.role == "lead" else ""):
            raise Refusal("unit_may_not_own", unit=duty.unit, item=owned)
    if not do.case.lead and not any(d.role == "lead" for d in plan.duties):
        raise Refusal("lead_needed")
    facts: dict[str, Any] = {}
    if item and item != do.case.item:
        mode, sensitive, emergency = do.rules.identity(item, situation)
        facts = {"identity_mode": mode, "sensitive": sensitive, "emergency": emergency}
    duties, started = _given(do, plan.duties)
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
            clocks=(
                *do.stop("triage", "ruling", "county_ruling", "coordination"),
                *_views_stopped(do),
                *started,
            ),
            **facts,
        )
    )


def _views_stopped(do: Doing) -> tuple[Clock, ...]:
    return tuple(clocks.stop(k, do.now) for k in do.case.open_clocks if k.kind == "view")


def end_duty(
    do: Doing, by: By, duty: Duty, why: str, reason: str, words: Kept, at: datetime | None = None
) -> None:
    for request in do.case.requests:
        if request.open and request.duty == duty.id:
            lapse(do, by, request)
    stopped = do.stop(*DUTY_CLOCKS, subject=duty.subject, at=at)
    do.emit(e.DutyEnded(by=by, duty=duty.id, why=why, reason=reason, words=words, clocks=stopped))


def give_tasks(do: Doing, by: By, tasks: tuple[DutyPlan, ...], tier: Tier, rule: str) -> None:
    lead = do.case.lead
    if lead and lead.active and any(task.role == "lead" and task.unit != lead.unit for task in tasks):
        end_duty(do, by, lead, "redispatched", rule, NOTHING)
    at_work = {d.unit for d in do.case.active_duties}
    new = tuple(task for task in tasks if task.unit not in at_work)
    if new:
        dispatch(do, by, Plan(new, tier, rule), reason=rule)
