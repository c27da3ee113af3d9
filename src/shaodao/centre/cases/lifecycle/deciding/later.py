"""延期、挂账: more time, or a shelf until a date."""

from __future__ import annotations

from shaodao.centre.cases.lifecycle import commands as c
from shaodao.centre.cases.lifecycle import events as e
from shaodao.centre.cases.lifecycle.deciding.approvals import ask, granted
from shaodao.centre.cases.lifecycle.deciding.core import (
    RULE,
    Doing,
    decides,
    duty_of,
    expires,
    handling,
    need_words,
    none_open,
    working,
)
from shaodao.centre.cases.lifecycle.model import (
    DUTY_CLOCKS,
    NOTHING,
    WHOLE_CASE,
    By,
    Case,
    Kept,
    Request,
    is_open,
)
from shaodao.centre.cases.lifecycle.refusal import Refusal
from shaodao.ground import clocks
from shaodao.ground.clocks import Clock, Limit


@decides(
    c.AskExtension,
    on="duty",
    when=lambda case, duty: working(case, duty) and none_open(case, "extension", duty=duty.id),
)
def _ask_extension(do: Doing, command: c.AskExtension) -> None:
    duty = duty_of(do, command.duty)
    clock = do.case.clock("finish", duty.subject)
    if clock is None or clock.breached_at:
        raise Refusal("extension_after_expiry")
    if command.until <= clock.due_at:
        raise Refusal("date_must_be_later")
    need_words(command.words)
    calendar = do.rules.calendar(clock.unit)
    minutes = calendar.passed(command.until, "working") - calendar.passed(clock.due_at, "working")
    minutes //= 60
    ask(do, command, "extension", duty=duty.id, reason=command.reason, until=command.until, minutes=minutes)


@granted("extension")
def _extension_granted(do: Doing, command: c.Decide, request: Request) -> None:
    clock = do.case.clock("finish", f"duty:{request.duty}")
    assert request.until is not None
    if clock is None or not is_open(clock) or request.until <= clock.due_at:
        return
    later = clocks.extend(clock, request.until, do.rules.calendar(clock.unit))
    do.emit(e.Extended(by=command.by, duty=request.duty, until=request.until, clocks=(later,)))


@decides(c.AskShelving, when=lambda case: handling(case) and none_open(case, "shelving"))
def _ask_shelving(do: Doing, command: c.AskShelving) -> None:
    if command.until <= do.now:
        raise Refusal("date_must_be_later")
    need_words(command.words)
    lead = do.case.lead
    ask(do, command, "shelving", duty=lead.id if lead else 0, reason=command.reason, until=command.until)


@granted("shelving")
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


def _shelved(case: Case) -> bool:
    return case.open and case.shelved_at is not None


@decides(c.ReviewShelved, when=_shelved)
def _review_shelved(do: Doing, command: c.ReviewShelved) -> None:
    need_words(command.words)
    stopped = do.stop("shelf_review")
    again = do.queue("shelf_review", stopped[0].unit if stopped else do.rules.centre)
    do.emit(e.ShelvingReviewed(by=command.by, words=command.words, clocks=(*stopped, again)))


@decides(c.Resume, when=_shelved)
def _resume_by_hand(do: Doing, command: c.Resume) -> None:
    _resume(do, command.by, command.words)


def _resume(do: Doing, by: By, words: Kept) -> None:
    paused = [k for k in do.case.open_clocks if k.paused_at]
    awake = tuple(clocks.resume(k, do.now, do.rules.calendar(k.unit)) for k in paused)
    do.emit(e.Resumed(by=by, words=words, clocks=(*awake, *do.stop("shelf_review", "resume"))))


@expires("resume")
def _season_came(do: Doing, clock: Clock) -> None:
    _resume(do, RULE, NOTHING)
