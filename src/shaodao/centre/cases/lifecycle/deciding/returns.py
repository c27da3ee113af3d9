"""退单、转派: a duty goes back, or moves to another unit."""

from __future__ import annotations

from dataclasses import replace

from shaodao.centre.cases.lifecycle import commands as c
from shaodao.centre.cases.lifecycle import events as e
from shaodao.centre.cases.lifecycle.deciding.approvals import ask, granted
from shaodao.centre.cases.lifecycle.deciding.core import (
    Doing,
    decides,
    duty_of,
    handling,
    need_words,
    none_open,
    turned_out,
    working,
)
from shaodao.centre.cases.lifecycle.deciding.giving import dispatch, end_duty
from shaodao.centre.cases.lifecycle.deciding.owner import open_ruling
from shaodao.centre.cases.lifecycle.deciding.verification import verify_when_all_done
from shaodao.centre.cases.lifecycle.model import DUTY_CLOCKS, Case, Duty, Plan, Request
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
    if do.case.emergency and not (duty.made_safe_at or _safe_enough(do.case, duty)):
        raise Refusal("make_safe_first")
    ask(do, command, "return", duty=duty.id, reason=command.reason)


def _safe_enough(case: Case, duty: Duty) -> bool:
    """An emergency without a stage of its own for making safe: having turned out counts."""
    return case.clock("make_safe", duty.subject) is None and turned_out(duty)


@granted("return")
def _return_granted(do: Doing, command: c.Decide, request: Request) -> None:
    """The clock stopped at the request: a breach dated after it is cancelled."""
    duty = duty_of(do, request.duty)
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
    end_duty(do, command.by, duty, "returned", request.reason, request.words, at=request.asked_at)
    if command.to is not None and not second:
        moved = replace(command.to, role=duty.role)
        dispatch(do, command.by, Plan((moved,), do.case.tier, "return"), reason=request.reason)
    elif duty.role == "lead":
        open_ruling(do, command.by, (duty.unit,), "second_return" if second else "returned")
    else:
        verify_when_all_done(do, command.by)


@decides(c.Redispatch, on="duty", when=lambda case, duty: handling(case) and duty.working)
def _redispatch(do: Doing, command: c.Redispatch) -> None:
    duty = duty_of(do, command.duty)
    end_duty(do, command.by, duty, "redispatched", command.reason, command.words)
    moved = replace(command.to, role=duty.role)
    dispatch(do, command.by, Plan((moved,), do.case.tier, "redispatch"), reason=command.reason)
