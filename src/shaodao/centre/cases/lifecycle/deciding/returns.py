"""退单、转派: a duty goes back, or moves to another unit."""

from __future__ import annotations

from shaodao.centre.cases.lifecycle import commands as c
from shaodao.centre.cases.lifecycle import events as e
from shaodao.centre.cases.lifecycle.deciding.approvals import ask, granted
from shaodao.centre.cases.lifecycle.deciding.core import (
    Doing,
    decides,
    duty_of,
    need_words,
    none_open,
    working,
)
from shaodao.centre.cases.lifecycle.deciding.giving import end_duty, move
from shaodao.centre.cases.lifecycle.deciding.owner import open_ruling
from shaodao.centre.cases.lifecycle.deciding.verification import verify_when_all_done
from shaodao.centre.cases.lifecycle.model import DUTY_CLOCKS, Case, Duty, Request
from shaodao.centre.cases.lifecycle.refusal import Refusal
from shaodao.ground import clocks


@decides(
    c.AskReturn,
    on="duty",
    when=lambda case, duty: (
        working(case, duty) and not duty.asked_return and none_open(case, "claim", duty=duty.id)
    ),
)
def _ask_return(do: Doing, command: c.AskReturn) -> None:
    """申请退单: a request with reason and basis, never an exit by itself; the clocks run on."""
    duty = duty_of(do, command.duty)
    need_words(command.words)
    latest = do.rules.calendar(duty.unit).add(duty.given_at, do.rules.limit("return_window"))
    if do.now > latest:
        raise Refusal("too_late_to_return", latest=latest)
    if do.case.emergency and not _safe_enough(do.case, duty):
        raise Refusal("make_safe_first")
    ask(do, command, "return", duty=duty.id, reason=command.reason)


def _safe_enough(case: Case, duty: Duty) -> bool:
    """An emergency is made safe first, argued later; without a stage of its own for that, having turned out counts."""
    turned_out = duty.reported_in_at is not None and not duty.report_in_pending
    return duty.made_safe_at is not None or (turned_out and not case.clock("make_safe", duty.subject))


@granted("return")
def _return_granted(do: Doing, command: c.Decide, request: Request) -> None:
    """The clock stopped at the request: a breach dated after it is cancelled."""
    duty = duty_of(do, request.duty)
    disputed = do.case.returns >= do.rules.number("returns_before_ruling")
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
    end_duty(do, command.by, duty, "returned", request.reason, request.words, at=request.asked_at)
    if command.to and not (disputed and duty.role == "lead"):
        move(do, command.by, duty, command.to, "return", request.reason)
    elif duty.role == "lead":
        open_ruling(do, command.by, (duty.unit,), "second_return" if disputed else "returned")
    else:
        verify_when_all_done(do, command.by)


@decides(c.Redispatch, on="duty", when=working)
def _redispatch(do: Doing, command: c.Redispatch) -> None:
    duty = duty_of(do, command.duty)
    end_duty(do, command.by, duty, "redispatched", command.reason, command.words)
    move(do, command.by, duty, command.to, "redispatch", command.reason)
