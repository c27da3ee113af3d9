"""Decide: what follows from a command in a case, as events; or a typed refusal.

Pure: the same case, command, rules and moment give the same events. Time is let pass first, so a command that comes
late records the breach before anything else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple, TypeVar

from shaodao.centre.cases.lifecycle import commands as c
from shaodao.centre.cases.lifecycle import events as e
from shaodao.centre.cases.lifecycle.evolve import evolve
from shaodao.centre.cases.lifecycle.model import (
    DUTY_CLOCKS,
    NOTHING,
    TIMERS,
    WHOLE_CASE,
    By,
    Case,
    Council,
    Duty,
    DutyPlan,
    Kept,
    Plan,
    Request,
    Solved,
    Step,
    UnitRating,
    is_open,
    state_of,
)
from shaodao.centre.cases.lifecycle.refusal import Refusal
from shaodao.centre.cases.lifecycle.rules import Rules
from shaodao.ground import clocks
from shaodao.ground.clocks import Clock, Limit

RULE = By("system:rule", "system")


class Happened(NamedTuple):
    event: e.Event
    at: datetime


class Doing:
    """One decision under way: the case so far and what has happened to it."""

    def __init__(self, case: Case, rules: Rules, now: datetime) -> None:
        self.case = case
        self.rules = rules
        self.now = now
        self.happened: list[Happened] = []

    def emit(self, event: e.Event) -> None:
        self.happened.append(Happened(event, self.now))
        self.case = evolve(self.case, event, self.now)

    def start(self, kind: str, subject: str, unit: str, limit: Limit) -> Clock:
        """A new round of a clock of this kind and subject."""
        before = self.case.clock(kind, subject)
        round = before.round + 1 if before else 1
        return clocks.start(kind, subject, round, unit, limit, self.now, self.rules.calendar(unit))

    def queue(self, kind: str, unit: str, subject: str = WHOLE_CASE) -> Clock:
        return self.start(kind, subject, unit, self.rules.limit(kind, emergency=self.case.emergency))

    def stop(self, *kinds: str, subject: str = WHOLE_CASE, at: datetime | None = None) -> tuple[Clock, ...]:
        """The open clocks of these kinds, stopped."""
        found = (self.case.clock(kind, subject) for kind in kinds)
        return tuple(clocks.stop(clock, at or self.now) for clock in found if clock and is_open(clock))


def decide(case: Case, command: c.Command, rules: Rules, now: datetime) -> tuple[Happened, ...]:
    """Events that follow, in order, each with its moment. Raises `Refusal`."""
    do = Doing(case, rules, now)
    _let_time_pass(do)
    if not isinstance(command, c.Tick):
        handler = _handlers[type(command)]
        if not handler.allows(do.case, command):
            raise Refusal("not_now", command=c.name_of(type(command)), state=state_of(do.case))
        handler.run(do, command)
    return tuple(do.happened)


def possible(case: Case, command: type[c.Command]) -> tuple[int, ...]:
    """The subjects (duty, request or council ids; 0 = the case) for which the state allows this command."""
    return _handlers[command].subjects(case)


# --- registration -----------------------------------------------------------------------------------------------

C = TypeVar("C", bound=c.Command)
Subject = Literal["case", "duty", "request", "council"]


class _Handler(NamedTuple):
    run: Callable[[Doing, Any], None]
    subject: Subject
    when: Callable[..., bool]

    def subjects(self, case: Case) -> tuple[int, ...]:
        if self.subject == "case":
            return (0,) if self.when(case) else ()
        pools: dict[str, tuple[Duty | Request | Council, ...]] = {
            "duty": case.duties,
            "request": case.requests,
            "council": case.councils,
        }
        pool = pools[self.subject]
        return tuple(one.id for one in pool if self.when(case, one))

    def allows(self, case: Case, command: c.Command) -> bool:
        wanted = 0 if self.subject == "case" else getattr(command, self.subject)
        return wanted in self.subjects(case)


_handlers: dict[type[c.Command], _Handler] = {}


def _decides(cls: type[C], when: Callable[..., bool], on: Subject = "case"):
    """The handler of a command; `when` says in which states (of the case, or of the subject in it) it may come."""

    def register(run: Callable[[Doing, C], None]) -> Callable[[Doing, C], None]:
        _handlers[cls] = _Handler(run, on, when)
        return run

    return register


# --- conditions -------------------------------------------------------------------------------------------------


def _new(case: Case) -> bool:
    return not case.number


def _known(case: Case) -> bool:
    return bool(case.number)


def _open(case: Case) -> bool:
    return case.open


def _in_hand(case: Case) -> bool:
    """Open, not shelved, and not yet waiting for verification or rating."""
    return case.open and state_of(case) in ("in_triage", "in_ruling", "dispatched", "reported")


def _handling(case: Case) -> bool:
    return state_of(case) == "dispatched"


def _undecided(case: Case) -> bool:
    return state_of(case) in ("in_triage", "in_ruling")


def _waits_for(queue: str) -> Callable[[Case], bool]:
    return lambda case: case.open and case.waits(queue)


def _no_open(case: Case, *kinds: str, duty: int | None = None) -> bool:
    return not any(r.open and r.kind in kinds and duty in (None, r.duty) for r in case.requests)


def _working(case: Case, duty: Duty) -> bool:
    return _handling(case) and duty.working


def _turned_out(duty: Duty) -> bool:
    return duty.reported_in_at is not None and not duty.report_in_pending


# --- time -------------------------------------------------------------------------------------------------------


def _let_time_pass(do: Doing) -> None:
    """Everything that time alone has brought about since, in order, each dated at its deadline."""
    arrived = do.now
    while due := _next_expired(do.case, arrived):
        do.now = due.due_at
        if due.kind in TIMERS:
            _timers[due.kind](do, due)
        else:
            _record_breach(do, due)
    do.now = arrived


def _next_expired(case: Case, now: datetime) -> Clock | None:
    expired = (
        k
        for k in case.clocks
        if is_open(k) and k.breached_at is None and clocks.is_running(k) and clocks.is_expired(k, now)
    )
    return min(expired, key=lambda k: (k.due_at, k.kind, k.subject), default=None)


def _record_breach(do: Doing, clock: Clock) -> None:
    do.emit(
        e.Breached(
            by=RULE,
            kind=clock.kind,
            subject=clock.subject,
            round=clock.round,
            unit=clock.unit,
            clocks=(clocks.breach(clock),),
        )
    )
    if clock.kind == "ruling":  # the centre did not rule in time: a leader names the owner
        _raise_to_county(do, RULE, "ruling_overdue")


def _rating_window_passed(do: Doing, clock: Clock) -> None:
    stopped = (clocks.stop(clock, do.now),)
    called = (do.queue("call_back", do.rules.centre),) if do.case.requester else ()
    do.emit(e.CallBackDue(by=RULE, clocks=stopped + called))


def _closing_window_passed(do: Doing, clock: Clock) -> None:
    _close(do, RULE, "unrated")


def _season_came(do: Doing, clock: Clock) -> None:
    _resume(do, RULE, NOTHING)


_timers: dict[str, Callable[[Doing, Clock], None]] = {
    "rating": _rating_window_passed,
    "closing": _closing_window_passed,
    "resume": _season_came,
}


def _raise_to_county(do: Doing, by: By, reason: str, words: Kept = NOTHING) -> None:
    queue = "county_ruling" if not do.case.active_duties else "coordination"
    moved = (*do.stop("triage", "ruling"), do.queue(queue, do.rules.leaders))
    do.emit(e.RaisedToCounty(by=by, reason=reason, words=words, clocks=moved))


# --- giving duties ----------------------------------------------------------------------------------------------


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


def _dispatch(
    do: Doing,
    by: By,
    plan: Plan,
    *,
    item: str = "",
    situation: str = "",
    place: Any = None,
    nature: Any = None,
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


# --- 基层报 -----------------------------------------------------------------------------------------------------


@_decides(c.Report, when=_new)
def _report(do: Doing, command: c.Report) -> None:
    mode, sensitive, emergency = do.rules.identity(command.item, command.situation)
    taken = (
        "by", "number", "channel", "whistler_kind", "whistler", "whistler_unit", "requester", "on_behalf", "anonymous",
        "nature", "item", "situation", "confidence", "why", "place", "words", "photos", "against", "external_system",
        "external_id", "repeat_of", "level", "leader", "staff_found",
    )  # fmt: skip
    facts = {name: getattr(command, name) for name in taken}
    do.emit(
        e.Reported(**facts, identity_mode=mode, sensitive=sensitive or command.sensitive, emergency=emergency)
    )
    if command.plan is None:
        _to_triage(do, command.by, command.unsure or "unsure")
        return
    _dispatch(do, command.by, command.plan)
    if command.external_due:
        _bind_to_foreign_date(do, command.by, command.external_due)


def _to_triage(do: Doing, by: By, reason: str) -> None:
    do.emit(e.Queued(by=by, reason=reason, clocks=(do.queue("triage", do.rules.centre),)))


def _bind_to_foreign_date(do: Doing, by: By, due: datetime) -> None:
    """A transfer's own deadline holds where it is earlier than ours."""
    lead = do.case.lead
    clock = do.case.clock("finish", lead.subject) if lead else None
    if lead and clock and do.now < due < clock.due_at:
        earlier = replace(clock, due_at=due, resumed_at=due, resumed_left=None, provisional=False)
        do.emit(e.Extended(by=by, duty=lead.id, until=due, clocks=(earlier,)))


# --- 中心接、平台转 ----------------------------------------------------------------------------------------------


@_decides(c.Dispatch, when=_waits_for("triage"))
def _dispatch_by_hand(do: Doing, command: c.Dispatch) -> None:
    _dispatch(
        do,
        command.by,
        command.plan,
        item=command.item,
        situation=command.situation,
        place=command.place,
        nature=command.nature,
        words=command.words,
    )


@_decides(c.Answer, when=_undecided)
def _answer(do: Doing, command: c.Answer) -> None:
    _need_words(command.words)
    _end(do, e.Answered(by=command.by, words=command.words, source=command.source))


@_decides(c.Transfer, when=_undecided)
def _transfer(do: Doing, command: c.Transfer) -> None:
    if not command.receipt:
        raise Refusal("receipt_needed")
    _end(do, e.Transferred(by=command.by, to=command.to, receipt=command.receipt, words=command.words))


@_decides(c.SendToRuling, when=lambda case: case.open and case.waits("triage"))
def _send_to_ruling(do: Doing, command: c.SendToRuling) -> None:
    _open_ruling(do, command.by, command.units, "unclear_owner", command.words)


def _open_ruling(do: Doing, by: By, units: tuple[str, ...], reason: str, words: Kept = NOTHING) -> None:
    """确权: the centre holds the case and rules; the units asked have a clock for their views."""
    asked = tuple(do.queue("view", unit, f"view:{unit}") for unit in dict.fromkeys(units))
    moved = (*do.stop("triage"), do.queue("ruling", do.rules.centre), *asked)
    do.emit(e.SentToRuling(by=by, units=units, reason=reason, words=words, clocks=moved))


@_decides(c.StateView, when=lambda case: state_of(case) == "in_ruling" and not case.waits("triage"))
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


@_decides(c.Rule, when=lambda case: case.open and (case.waits("ruling") or case.waits("county_ruling")))
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
    _dispatch(do, command.by, command.plan, item=command.item, situation=command.situation, reason="ruling")


@_decides(c.Redispatch, on="duty", when=lambda case, duty: _handling(case) and duty.working)
def _redispatch(do: Doing, command: c.Redispatch) -> None:
    duty = _duty(do, command.duty)
    _end_duty(do, command.by, duty, "redispatched", command.reason, command.words)
    moved = replace(command.to, role=duty.role)
    _dispatch(do, command.by, Plan((moved,), do.case.tier, "redispatch"), reason=command.reason)


@_decides(c.Merge, when=_in_hand)
def _merge(do: Doing, command: c.Merge) -> None:
    if command.into == do.case.number:
        raise Refusal("same_case")
    _end(do, e.Merged(by=command.by, into=command.into))


@_decides(c.Join, when=_open)
def _join(do: Doing, command: c.Join) -> None:
    do.emit(e.Joined(by=command.by, other=command.other, requester=command.requester))


# --- 部门办 -----------------------------------------------------------------------------------------------------


def _duty(do: Doing, id: int) -> Duty:
    duty = do.case.duty(id)
    if duty is None:
        raise Refusal("no_such_duty", duty=id)
    return duty


def _need_words(words: Kept) -> None:
    if not words:
        raise Refusal("words_needed")


@_decides(c.Sign, on="duty", when=lambda case, duty: _working(case, duty) and not duty.signed_at)
def _sign(do: Doing, command: c.Sign) -> None:
    duty = _duty(do, command.duty)
    do.emit(e.Signed(by=command.by, duty=duty.id, clocks=do.stop("sign", subject=duty.subject)))


def _sign_first(do: Doing, by: By, duty: Duty) -> None:
    """Whoever acts on a duty has seen it."""
    if not duty.signed_at:
        do.emit(e.Signed(by=by, duty=duty.id, clocks=do.stop("sign", subject=duty.subject)))


@_decides(c.Assign, on="duty", when=_working)
def _assign(do: Doing, command: c.Assign) -> None:
    duty = _duty(do, command.duty)
    if not (command.section or command.handler):
        raise Refusal("assignee_needed")
    if command.section and not do.rules.same_unit(command.section, duty.unit):
        raise Refusal("not_of_this_unit", unit=command.section)
    _sign_first(do, command.by, duty)
    do.emit(e.Assigned(by=command.by, duty=duty.id, section=command.section, handler=command.handler))


@_decides(c.ReportIn, on="duty", when=lambda case, duty: _working(case, duty) and not duty.reported_in_at)
def _report_in(do: Doing, command: c.ReportIn) -> None:
    duty = _duty(do, command.duty)
    if command.mode == "call" and duty.report_in == "site":
        raise Refusal("site_needed")
    if command.persons < 1:
        raise Refusal("persons_needed")
    if command.mode == "call":
        _need_words(command.words)
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


@_decides(
    c.ConfirmReportIn, on="duty", when=lambda case, duty: case.open and duty.active and duty.report_in_pending
)
def _confirm_report_in(do: Doing, command: c.ConfirmReportIn) -> None:
    duty = _duty(do, command.duty)
    clock = do.case.clock("report_in", duty.subject)
    runs_on = () if command.came or clock is None else (clocks.restart(clock),)
    do.emit(e.ReportInConfirmed(by=command.by, duty=duty.id, came=command.came, clocks=runs_on))


@_decides(
    c.MakeSafe,
    on="duty",
    when=lambda case, duty: (
        _working(case, duty) and case.waits("make_safe", duty.subject) and duty.reported_in_at is not None
    ),
)
def _make_safe(do: Doing, command: c.MakeSafe) -> None:
    duty = _duty(do, command.duty)
    do.emit(
        e.MadeSafe(
            by=command.by,
            duty=duty.id,
            words=command.words,
            photos=command.photos,
            clocks=do.stop("make_safe", subject=duty.subject),
        )
    )


@_decides(c.CallAssist, when=lambda case: _handling(case) and case.lead is not None)
def _call_assist(do: Doing, command: c.CallAssist) -> None:
    if not command.reason:
        raise Refusal("reason_needed")
    _dispatch(
        do,
        command.by,
        Plan((replace(command.to, role="assist"),), do.case.tier, "called"),
        reason=command.reason,
        words=command.words,
    )


@_decides(
    c.FinishPart,
    on="duty",
    when=lambda case, duty: _working(case, duty) and duty.role != "lead" and duty.reported_in_at is not None,
)
def _finish_part(do: Doing, command: c.FinishPart) -> None:
    _part_finished(do, command.by, _duty(do, command.duty), "part", command.words, command.photos)


def _may_claim(case: Case, duty: Duty) -> bool:
    return (
        _working(case, duty)
        and duty.role == "lead"
        and duty.reported_in_at is not None
        and not case.waits("make_safe", duty.subject)
        and _no_open(case, "claim", "return", duty=duty.id)
    )


@_decides(
    c.FileForPenalty, on="duty", when=lambda case, duty: _may_claim(case, duty) and not duty.filed_until
)
def _file_for_penalty(do: Doing, command: c.FileForPenalty) -> None:
    duty = _duty(do, command.duty)
    clock = do.case.clock("finish", duty.subject)
    if command.until <= do.now or clock is None or command.until <= clock.due_at:
        raise Refusal("date_must_be_later")
    later = clocks.extend(clock, command.until, do.rules.calendar(clock.unit))
    do.emit(
        e.FiledForPenalty(
            by=command.by, duty=duty.id, until=command.until, words=command.words, clocks=(later,)
        )
    )


@_decides(c.ClaimFinished, on="duty", when=_may_claim)
def _claim_finished(do: Doing, command: c.ClaimFinished) -> None:
    duty = _duty(do, command.duty)
    _need_words(command.words)
    if (command.way == "penalty") != (duty.filed_until is not None):
        raise Refusal("file_first" if command.way == "penalty" else "filed_needs_decision")
    steps = do.rules.steps("claim", do.case, duty, command.by)
    if steps:
        _ask(do, command, "claim", duty=duty.id, reason=command.way, steps=steps, claim=command.way)
        return
    _part_finished(do, command.by, duty, command.way, command.words, command.photos)


def _part_finished(
    do: Doing, by: By, duty: Duty, way: str, words: Kept, photos: tuple[str, ...] = ()
) -> None:
    if duty.report_in_pending and not photos and not words:
        raise Refusal("evidence_needed")
    stopped = do.stop("finish", "make_safe", subject=duty.subject)
    do.emit(e.PartFinished(by=by, duty=duty.id, way=way, words=words, photos=photos, clocks=stopped))
    _open_verification_when_all_done(do, by)


def _open_verification_when_all_done(do: Doing, by: By) -> None:
    """The case waits for its latest part; then somebody who did not handle it looks."""
    lead = do.case.lead
    if not lead or not lead.part_done_at or any(d.working for d in do.case.active_duties):
        return
    if any(council.open for council in do.case.councils):
        return
    _lapse_requests(do, by, keep=("exclusion", "wrongful", "wrongful_appeal"))
    verifier = do.rules.verifier(do.case)
    moved = (*do.stop("coordination"), do.queue("verification", verifier))
    do.emit(e.VerificationOpened(by=by, verifier=verifier, clocks=moved))


# --- 核查、群众评、结案 --------------------------------------------------------------------------------------------


@_decides(c.Verify, when=_waits_for("verification"))
def _verify(do: Doing, command: c.Verify) -> None:
    stopped = do.stop("verification")
    if not command.passed:
        _need_words(command.words)
        do.emit(
            e.Verified(
                by=command.by, passed=False, words=command.words, photos=command.photos, clocks=stopped
            )
        )
        _rework(do, command.by, command.failing, "verification")
        return
    timers = (
        ()
        if do.case.staff_found
        else (do.queue("rating", do.rules.centre), do.queue("closing", do.rules.centre))
    )
    do.emit(
        e.Verified(
            by=command.by,
            passed=True,
            words=command.words,
            photos=command.photos,
            clocks=stopped + timers,
        )
    )
    if do.case.staff_found:
        do.emit(e.Rated(by=command.by, kind="verification", solved="yes", levels=(), words=command.words))
        _close(do, command.by, "verified")


def _rework(do: Doing, by: By, named: tuple[int, ...], reason: str) -> None:
    """退回重办. After a failed verification the clock runs on from its original limit; a requester who is not
    satisfied, or for whom it broke again, gets a new round with full limits."""
    lead = do.case.lead
    done = {d.id: d for d in do.case.duties if d.part_done_at and d.ended in ("", "done")}
    chosen = tuple(id for id in named if id in done) or ((lead.id,) if lead else ())
    changed: list[Clock] = []
    for id in chosen:
        subject = f"duty:{id}"
        if reason == "verification":
            changed += [clocks.restart(k) for k in [do.case.clock("finish", subject)] if k and k.stopped_at]
        else:
            again = (do.case.clock(kind, subject) for kind in ("sign", "report_in", "finish"))
            changed += [do.start(k.kind, subject, k.unit, k.limit) for k in again if k]
    do.emit(e.Reworked(by=by, duties=chosen, reason=reason, clocks=tuple(changed)))
    lead = do.case.lead
    if lead and lead.reworks >= do.rules.number("rework_raises_at") and not do.case.waits("coordination"):
        _raise_to_county(do, RULE, "reworked_too_often")


@_decides(c.Rate, when=lambda case: state_of(case) == "waiting_rating")
def _rate(do: Doing, command: c.Rate) -> None:
    _rated(do, command.by, "own", command.solved, command.levels, command.words)


def _rated(do: Doing, by: By, kind: str, solved: Solved, levels: tuple[UnitRating, ...], words: Kept) -> None:
    _check_levels(do.case, levels)
    do.emit(e.Rated(by=by, kind=kind, solved=solved, levels=levels, words=words))
    if solved == "no":
        stopped = do.stop("rating", "call_back", "closing")
        do.emit(e.Reopened(by=by, reason="not_solved", words=words, photos=(), clocks=stopped))
        _rework(do, by, (), "rating")
    else:
        _close(do, by, "rated")


def _check_levels(case: Case, levels: tuple[UnitRating, ...]) -> None:
    for level in levels:
        if case.duty(level.duty) is None:
            raise Refusal("no_such_duty", duty=level.duty)
        if not 1 <= level.level <= 5:
            raise Refusal("level_out_of_range", level=level.level)


@_decides(c.CallBack, when=lambda case: state_of(case) == "waiting_rating" and case.waits("call_back"))
def _call_back(do: Doing, command: c.CallBack) -> None:
    gap = timedelta(hours=do.rules.number("call_back_gap_hours"))
    if do.case.calls and do.now < do.case.calls[-1] + gap:
        raise Refusal("call_back_too_soon", after=do.case.calls[-1] + gap)
    if any(do.rules.same_unit(command.by.unit, d.unit) for d in do.case.duties):
        raise Refusal("unit_must_avoid", unit=command.by.unit)
    if command.reached and command.solved is None:
        raise Refusal("solved_needed")
    exhausted = len(do.case.calls) + 1 >= do.rules.number("call_back_tries")
    stopped = do.stop("call_back") if command.reached or exhausted else ()
    do.emit(e.CalledBack(by=command.by, reached=command.reached, words=command.words, clocks=stopped))
    if command.reached and command.solved:
        _rated(do, command.by, "call_back", command.solved, command.levels, command.words)


@_decides(
    c.Close,
    when=lambda case: (
        state_of(case) == "waiting_rating"
        and bool(case.calls)
        and not case.waits("call_back")
        and not case.waits("rating")
    ),
)
def _close_after_calls(do: Doing, command: c.Close) -> None:
    _close(do, command.by, "call_backs_failed", command.words)


def _close(do: Doing, by: By, how: str, words: Kept = NOTHING) -> None:
    _end(do, e.Closed(by=by, how=how, words=words))


KEPT_AFTER_END = ("exclusion", "wrongful", "wrongful_appeal")


def _end(do: Doing, event: e.Event) -> None:
    """The case ends: what was still asked for lapses, every clock stops."""
    _lapse_requests(do, event.by, keep=KEPT_AFTER_END)
    kept = {r.subject for r in do.case.requests if r.open}
    stopped = tuple(clocks.stop(k, do.now) for k in do.case.open_clocks if k.subject not in kept)
    do.emit(replace(event, clocks=stopped))


def _lapse_requests(do: Doing, by: By, keep: tuple[str, ...]) -> None:
    for request in do.case.requests:
        if request.open and request.kind not in keep:
            stopped = do.stop("approval", subject=request.subject)
            do.emit(
                e.RequestDecided(by=by, request=request.id, outcome="lapsed", words=NOTHING, clocks=stopped)
            )


def _may_reopen(case: Case) -> bool:
    return state_of(case) == "waiting_rating" or case.outcome in ("closed", "answered")


@_decides(c.Reopen, when=_may_reopen)
def _reopen(do: Doing, command: c.Reopen) -> None:
    case = do.case
    days = do.rules.number("reopen_days")
    if case.ended_at and do.now > case.ended_at + timedelta(days=days):
        raise Refusal("too_late_to_reopen", days=days)
    answered = case.outcome == "answered"
    stopped = do.stop("rating", "call_back", "closing")
    do.emit(
        e.Reopened(
            by=command.by, reason=command.reason, words=command.words, photos=command.photos, clocks=stopped
        )
    )
    if answered or case.lead is None:
        _to_triage(do, command.by, "reopened")
    else:
        _rework(do, command.by, (), "reopened")


# --- requests and approvals -------------------------------------------------------------------------------------


def _ask(
    do: Doing,
    command: Any,
    kind: str,
    *,
    reason: str,
    steps: tuple[Step, ...] = (),
    duty: int = 0,
    until: datetime | None = None,
    minutes: int = 0,
    claim: str = "",
    stop: tuple[Clock, ...] = (),
) -> None:
    found = do.case.duty(duty)
    steps = steps or do.rules.steps(kind, do.case, found, command.by, minutes)
    if not steps:
        raise Refusal("nobody_may_approve", kind=kind)
    request = Request(
        id=len(do.case.requests) + 1,
        kind=kind,
        duty=duty,
        by=command.by,
        reason=reason,
        words=command.words,
        steps=steps,
        asked_at=do.now,
        until=until,
        minutes=minutes,
        claim=claim,
    )
    waiting = do.start("approval", request.subject, request.current.unit, request.current.limit)
    do.emit(e.Requested(by=command.by, request=request, clocks=(*stop, waiting)))


@_decides(
    c.AskReturn,
    on="duty",
    when=lambda case, duty: (
        _working(case, duty) and not duty.asked_return and _no_open(case, "claim", duty=duty.id)
    ),
)
def _ask_return(do: Doing, command: c.AskReturn) -> None:
    """申请退单: a request with reason and basis, never an exit by itself; the clocks run on."""
    duty = _duty(do, command.duty)
    _need_words(command.words)
    latest = do.rules.calendar(duty.unit).add(duty.given_at, do.rules.limit("return_window"))
    if do.now > latest:
        raise Refusal("too_late_to_return", latest=latest)
    if do.case.emergency and not (duty.made_safe_at or _safe_enough(do.case, duty)):
        raise Refusal("make_safe_first")
    _ask(do, command, "return", duty=duty.id, reason=command.reason)


def _safe_enough(case: Case, duty: Duty) -> bool:
    """An emergency without a stage of its own for making safe: having turned out counts."""
    return case.clock("make_safe", duty.subject) is None and _turned_out(duty)


@_decides(
    c.AskExtension,
    on="duty",
    when=lambda case, duty: _working(case, duty) and _no_open(case, "extension", duty=duty.id),
)
def _ask_extension(do: Doing, command: c.AskExtension) -> None:
    duty = _duty(do, command.duty)
    clock = do.case.clock("finish", duty.subject)
    if clock is None or clock.breached_at:
        raise Refusal("extension_after_expiry")
    if command.until <= clock.due_at:
        raise Refusal("date_must_be_later")
    _need_words(command.words)
    calendar = do.rules.calendar(clock.unit)
    minutes = calendar.passed(command.until, "working") - calendar.passed(clock.due_at, "working")
    minutes //= 60
    _ask(do, command, "extension", duty=duty.id, reason=command.reason, until=command.until, minutes=minutes)


@_decides(c.AskShelving, when=lambda case: _handling(case) and _no_open(case, "shelving"))
def _ask_shelving(do: Doing, command: c.AskShelving) -> None:
    if command.until <= do.now:
        raise Refusal("date_must_be_later")
    _need_words(command.words)
    lead = do.case.lead
    _ask(do, command, "shelving", duty=lead.id if lead else 0, reason=command.reason, until=command.until)


@_decides(c.ProposeDecline, when=lambda case: _undecided(case) and _no_open(case, "decline"))
def _propose_decline(do: Doing, command: c.ProposeDecline) -> None:
    _ask(do, command, "decline", reason=command.reason, stop=do.stop("triage", "ruling"))


@_decides(
    c.ProposeExclusion, when=lambda case: _known(case) and not case.excluded and _no_open(case, "exclusion")
)
def _propose_exclusion(do: Doing, command: c.ProposeExclusion) -> None:
    _ask(do, command, "exclusion", reason=command.reason)


@_decides(
    c.ProposeWrongful,
    when=lambda case: (
        _known(case)
        and case.whistler_kind in ("street", "grid", "staff")
        and not case.wrongful
        and _no_open(case, "wrongful")
    ),
)
def _propose_wrongful(do: Doing, command: c.ProposeWrongful) -> None:
    _ask(do, command, "wrongful", reason=command.reason)


@_decides(c.AppealWrongful, when=lambda case: case.wrongful == "judged" and _no_open(case, "wrongful_appeal"))
def _appeal_wrongful(do: Doing, command: c.AppealWrongful) -> None:
    _need_words(command.words)
    _ask(do, command, "wrongful_appeal", reason="appeal")


@_decides(c.AskReview, when=lambda case: case.outcome == "declined" and not case.reviewed)
def _ask_review(do: Doing, command: c.AskReview) -> None:
    """申请复核: one look by the centre's triage at a declined case."""
    do.emit(e.DeclineReviewAsked(by=command.by, words=command.words))
    _to_triage(do, command.by, "review")


@_decides(c.Decide, on="request", when=lambda case, request: request.open)
def _decide_request(do: Doing, command: c.Decide) -> None:
    request = do.case.request(command.request)
    assert request is not None
    if command.by.actor == request.by.actor or command.by.actor in request.approvers:
        raise Refusal("second_person_needed")
    stopped = do.stop("approval", subject=request.subject)
    if not command.approve:
        _need_words(command.words)
        do.emit(
            e.RequestDecided(
                by=command.by, request=request.id, outcome="refused", words=command.words, clocks=stopped
            )
        )
        _when_refused.get(request.kind, _nothing_more)(do, command, request)
        return
    if request.step + 1 < len(request.steps):
        following = request.steps[request.step + 1]
        waiting = do.start("approval", request.subject, following.unit, following.limit)
        do.emit(
            e.StepApproved(
                by=command.by, request=request.id, words=command.words, clocks=_latest(stopped, waiting)
            )
        )
        return
    do.emit(
        e.RequestDecided(
            by=command.by, request=request.id, outcome="granted", words=command.words, clocks=stopped
        )
    )
    _when_granted[request.kind](do, command, request)


def _latest(*parts: Any) -> tuple[Clock, ...]:
    flat: list[Clock] = []
    for part in parts:
        flat += part if isinstance(part, tuple) else [part]
    return tuple(flat)


def _nothing_more(do: Doing, command: c.Decide, request: Request) -> None:
    pass


def _return_granted(do: Doing, command: c.Decide, request: Request) -> None:
    """The clock stopped at the request: a breach dated after it is cancelled."""
    duty = _duty(do, request.duty)
    second = do.case.returns > 0
    for kind in DUTY_CLOCKS:
        clock = do.case.clock(kind, duty.subject)
        if clock and clock.breached_at and clock.breached_at > request.asked_at and not clock.cancelled:
            do.emit(
                e.BreachCancelled(
                    by=command.by,
                    kind=kind,
                    subject=duty.subject,
                    round=clock.round,
                    reason="return_granted",
                    clocks=(clocks.cancel_breach(clock),),
                )
            )
    _end_duty(do, command.by, duty, "returned", request.reason, request.words, at=request.asked_at)
    if command.to is not None and not second:
        moved = replace(command.to, role=duty.role)
        _dispatch(do, command.by, Plan((moved,), do.case.tier, "return"), reason=request.reason)
    elif duty.role == "lead":
        _open_ruling(do, command.by, (duty.unit,), "second_return" if second else "returned")
    else:
        _open_verification_when_all_done(do, command.by)


def _end_duty(
    do: Doing, by: By, duty: Duty, why: str, reason: str, words: Kept, at: datetime | None = None
) -> None:
    for request in do.case.requests:
        if request.open and request.duty == duty.id:
            stopped = do.stop("approval", subject=request.subject)
            do.emit(
                e.RequestDecided(by=by, request=request.id, outcome="lapsed", words=NOTHING, clocks=stopped)
            )
    stopped = do.stop(*DUTY_CLOCKS, subject=duty.subject, at=at)
    do.emit(e.DutyEnded(by=by, duty=duty.id, why=why, reason=reason, words=words, clocks=stopped))


def _extension_granted(do: Doing, command: c.Decide, request: Request) -> None:
    clock = do.case.clock("finish", f"duty:{request.duty}")
    assert request.until is not None
    if clock is None or not is_open(clock) or request.until <= clock.due_at:
        return
    later = clocks.extend(clock, request.until, do.rules.calendar(clock.unit))
    do.emit(e.Extended(by=command.by, duty=request.duty, until=request.until, clocks=(later,)))


def _claim_granted(do: Doing, command: c.Decide, request: Request) -> None:
    _part_finished(do, request.by, _duty(do, request.duty), request.claim, request.words)


def _shelving_granted(do: Doing, command: c.Decide, request: Request) -> None:
    """挂账: the duties' clocks pause; two clocks of the shelf start, so that it is never forgotten."""
    assert request.until is not None
    lead = do.case.lead
    owner = lead.unit if lead else do.rules.centre
    running = [k for k in do.case.open_clocks if k.kind in DUTY_CLOCKS and clocks.is_running(k)]
    paused = tuple(clocks.pause(k, do.now, do.rules.calendar(k.unit)) for k in running)
    review = do.queue("shelf_review", owner)
    resume = do.start("resume", WHOLE_CASE, owner, Limit(1, "minute"))
    resume = (
        clocks.extend(resume, request.until, do.rules.calendar(owner))
        if request.until > resume.due_at
        else resume
    )
    do.emit(e.Shelved(by=command.by, until=request.until, clocks=(*paused, review, resume)))


def _decline_granted(do: Doing, command: c.Decide, request: Request) -> None:
    _end(do, e.Declined(by=command.by, reason=request.reason))


def _decline_refused(do: Doing, command: c.Decide, request: Request) -> None:
    _to_triage(do, command.by, "decline_refused")


def _exclusion_granted(do: Doing, command: c.Decide, request: Request) -> None:
    do.emit(e.Excluded(by=command.by, reason=request.reason))


def _wrongful(finding: str) -> Callable[[Doing, c.Decide, Request], None]:
    def judged(do: Doing, command: c.Decide, request: Request) -> None:
        do.emit(e.WrongfulJudged(by=command.by, finding=finding, reason=request.reason))

    return judged


_when_granted: dict[str, Callable[[Doing, c.Decide, Request], None]] = {
    "return": _return_granted,
    "extension": _extension_granted,
    "claim": _claim_granted,
    "shelving": _shelving_granted,
    "decline": _decline_granted,
    "exclusion": _exclusion_granted,
    "wrongful": _wrongful("judged"),
    "wrongful_appeal": _wrongful("cancelled"),
}
_when_refused: dict[str, Callable[[Doing, c.Decide, Request], None]] = {
    "decline": _decline_refused,
    "wrongful_appeal": _wrongful("upheld"),
}


# --- 挂账 -------------------------------------------------------------------------------------------------------


@_decides(c.ReviewShelved, when=lambda case: case.open and case.shelved_at is not None)
def _review_shelved(do: Doing, command: c.ReviewShelved) -> None:
    _need_words(command.words)
    stopped = do.stop("shelf_review")
    again = do.queue("shelf_review", stopped[0].unit if stopped else do.rules.centre)
    do.emit(e.ShelvingReviewed(by=command.by, words=command.words, clocks=(*stopped, again)))


@_decides(c.Resume, when=lambda case: case.open and case.shelved_at is not None)
def _resume_by_hand(do: Doing, command: c.Resume) -> None:
    _resume(do, command.by, command.words)


def _resume(do: Doing, by: By, words: Kept) -> None:
    paused = [k for k in do.case.open_clocks if k.paused_at]
    awake = tuple(clocks.resume(k, do.now, do.rules.calendar(k.unit)) for k in paused)
    do.emit(e.Resumed(by=by, words=words, clocks=(*awake, *do.stop("shelf_review", "resume"))))


# --- 提级、县级统筹、哨单 ------------------------------------------------------------------------------------------


@_decides(
    c.EscalateTier,
    when=lambda case: _in_hand(case) and case.tier != "county" and not case.waits("coordination"),
)
def _escalate_tier(do: Doing, command: c.EscalateTier) -> None:
    lead = do.case.lead
    if do.case.tier == "community" and lead is not None and lead.active:
        if command.plan is None:
            raise Refusal("lead_needed")
        _end_duty(do, command.by, lead, "raised", command.reason, command.words)
        _dispatch(do, command.by, command.plan, reason=command.reason, words=command.words)
        return
    _raise_to_county(do, command.by, command.reason, command.words)


@_decides(
    c.Coordinate,
    when=lambda case: case.open and (case.waits("coordination") or case.waits("county_ruling")),
)
def _coordinate(do: Doing, command: c.Coordinate) -> None:
    """县级统筹: minutes, and each task a duty; a new lead takes the place of the old one."""
    _need_words(command.minutes)
    do.emit(
        e.Coordinated(
            by=command.by,
            leader=command.leader,
            minutes=command.minutes,
            clocks=do.stop("coordination", "county_ruling"),
        )
    )
    _give_tasks(do, command.by, command.tasks, "county", "coordination")


def _give_tasks(do: Doing, by: By, tasks: tuple[DutyPlan, ...], tier: Any, rule: str) -> None:
    lead = do.case.lead
    if lead and lead.active and any(task.role == "lead" and task.unit != lead.unit for task in tasks):
        _end_duty(do, by, lead, "redispatched", rule, NOTHING)
    at_work = {d.unit for d in do.case.active_duties}
    new = tuple(task for task in tasks if task.unit not in at_work)
    if new:
        _dispatch(do, by, Plan(new, tier, rule), reason=rule)


@_decides(c.Convene, when=_in_hand)
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


@_decides(c.Arrive, on="council", when=lambda case, council: case.open and council.open)
def _arrive(do: Doing, command: c.Arrive) -> None:
    council = do.case.council(command.council)
    assert council is not None
    if command.unit not in council.units:
        raise Refusal("not_summoned", unit=command.unit)
    do.emit(e.Arrived(by=command.by, council=council.id, unit=command.unit, person=command.person))


@_decides(c.ConcludeCouncil, on="council", when=lambda case, council: case.open and council.open)
def _conclude_council(do: Doing, command: c.ConcludeCouncil) -> None:
    council = do.case.council(command.council)
    assert council is not None
    _need_words(command.words)
    do.emit(
        e.CouncilConcluded(
            by=command.by,
            council=council.id,
            words=command.words,
            absent=council.absent,
            clocks=do.stop("council", subject=council.subject),
        )
    )
    _give_tasks(do, command.by, command.tasks, do.case.tier, "council")
    if not do.case.active_duties and not _undecided(do.case):
        _to_triage(do, command.by, "council_without_owner")
    else:
        _open_verification_when_all_done(do, command.by)


@_decides(c.RateUnits, when=lambda case: _known(case) and bool(case.councils) and bool(case.duties))
def _rate_units(do: Doing, command: c.RateUnits) -> None:
    _check_levels(do.case, command.levels)
    if not command.levels:
        raise Refusal("levels_needed")
    do.emit(e.Rated(by=command.by, kind="street", solved=None, levels=command.levels, words=command.words))


# --- at any time ------------------------------------------------------------------------------------------------


@_decides(c.RevealIdentity, when=lambda case: _known(case) and not case.anonymous and not case.erased)
def _reveal_identity(do: Doing, command: c.RevealIdentity) -> None:
    if do.case.identity_mode == "protected":
        raise Refusal("identity_protected")
    if not command.reason:
        raise Refusal("reason_needed")
    do.emit(e.IdentityRevealed(by=command.by, unit=command.unit, reason=command.reason, words=command.words))


@_decides(c.Comment, when=_known)
def _comment(do: Doing, command: c.Comment) -> None:
    if not (command.words or command.photos):
        raise Refusal("words_needed")
    do.emit(e.Commented(by=command.by, words=command.words, photos=command.photos))


@_decides(c.Erase, when=_known)
def _erase(do: Doing, command: c.Erase) -> None:
    do.emit(e.Erased(by=command.by, subject=command.subject))


def subjects_of(case: Case) -> Iterator[tuple[type[c.Command], int]]:
    """Every command with every subject for which the state allows it."""
    for command in _handlers:
        for subject in possible(case, command):
            yield command, subject
