"""延期、挂账: more time, or a shelf until a date."""

from __future__ import annotations

from datetime import timedelta

from shaodao.centre.cases.lifecycle import commands as c
from shaodao.centre.cases.lifecycle import events as e
from shaodao.centre.cases.lifecycle.deciding.approvals import ask, granted
from shaodao.centre.cases.lifecycle.deciding.core import (
    RULE,
    Doing,
    decides,
    duty_of,
    expires,
    finish_of,
    handling,
    need_date,
    need_words,
    none_open,
    working,
)
from shaodao.centre.cases.lifecycle.deciding.ending import lapse_requests
from shaodao.centre.cases.lifecycle.model import (
    DUTY_CLOCKS,
    MILESTONE,
    NOTHING,
    WHOLE_CASE,
    By,
    Case,
    Kept,
    Request,
)
from shaodao.centre.cases.lifecycle.refusal import Refusal
from shaodao.ground import clocks
from shaodao.ground.clocks import Clock, Limit

SOON = Limit(1, "minute")  # when the date asked for has passed before the last approval


@decides(
    c.AskExtension,
    on="duty",
    when=lambda case, duty: working(case, duty) and none_open(case, "extension", duty=duty.id),
)
def _ask_extension(do: Doing, command: c.AskExtension) -> None:
    duty = duty_of(do, command.duty)
    clock = finish_of(do, duty.id)
    if clock.breached_at:
        raise Refusal("extension_after_expiry")
    most = do.rules.number("extensions")
    had = sum(
        r.kind == "extension" and r.duty == duty.id and r.outcome == "granted" for r in do.case.requests
    )
    if had >= most:
        raise Refusal("no_more_extensions", most=most)
    need_date(do, clock.unit, command.until, clock.due_at)
    need_words(command.words)
    longer = do.rules.calendar(clock.unit).elapsed(clock.due_at, command.until, "working")
    minutes = longer // timedelta(minutes=1)
    ask(do, command, "extension", duty=duty.id, reason=command.reason, until=command.until, minutes=minutes)


@granted("extension")
def _extension_granted(do: Doing, command: c.Decide, request: Request) -> None:
    """A breach that was recorded before the approval stays."""
    clock = finish_of(do, request.duty)
    if request.until and request.until > clock.due_at:  # a penalty filed meanwhile may have set a later date
        later = clocks.extend(clock, request.until, do.rules.calendar(clock.unit))
        do.emit(e.Extended(by=command.by, duty=request.duty, until=request.until, clocks=(later,)))


def _led(case: Case) -> bool:
    """Handled by a lead that is still at it."""
    return handling(case) and case.lead is not None and case.lead.working


@decides(c.AskShelving, when=lambda case: _led(case) and none_open(case, "shelving"))
def _ask_shelving(do: Doing, command: c.AskShelving) -> None:
    """挂账 is asked for with a plan (in words) and a date; its owner is the lead."""
    lead = do.case.lead
    assert lead is not None
    need_date(do, lead.unit, command.until, do.now)
    need_words(command.words)
    ask(do, command, "shelving", duty=lead.id, reason=command.reason, until=command.until)


@granted("shelving")
def _shelving_granted(do: Doing, command: c.Decide, request: Request) -> None:
    """The duties' clocks pause; two clocks of the shelf start, so that it is never forgotten."""
    owner = duty_of(do, request.duty).unit
    if any(council.open for council in do.case.councils):
        raise Refusal("council_open")
    lapse_requests(do, command.by)
    running = [k for k in do.case.open_clocks if k.kind in (*DUTY_CLOCKS, MILESTONE) and clocks.is_running(k)]
    paused = tuple(clocks.pause(k, do.now, do.rules.calendar(k.unit)) for k in running)
    review = do.queue("shelf_review", owner)
    resume = do.start("resume", WHOLE_CASE, owner, SOON)
    if request.until and request.until > resume.due_at:
        resume = clocks.extend(resume, request.until, do.rules.calendar(owner))
    moved = (*paused, *do.stop("coordination", "summary"), review, resume)
    do.emit(e.Shelved(by=command.by, until=resume.due_at, clocks=moved))


def _shelved(case: Case) -> bool:
    return case.open and case.shelved_at is not None


@decides(c.ReviewShelved, when=_shelved)
def _review_shelved(do: Doing, command: c.ReviewShelved) -> None:
    need_words(command.words)
    (reviewed,) = do.stop("shelf_review")
    again = do.queue("shelf_review", reviewed.unit)
    do.emit(e.ShelvingReviewed(by=command.by, words=command.words, clocks=(reviewed, again)))


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
