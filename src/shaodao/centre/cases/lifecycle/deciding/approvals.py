"""Requests that others must approve, step by step, and never the person who asked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from shaodao.centre.cases.lifecycle import commands as c
from shaodao.centre.cases.lifecycle import events as e
from shaodao.centre.cases.lifecycle.deciding.core import Doing, decides, need_words
from shaodao.centre.cases.lifecycle.model import FIRST_LOOK, Case, Request, Step
from shaodao.centre.cases.lifecycle.refusal import Refusal
from shaodao.ground.clocks import Clock

Follow = Callable[[Doing, c.Decide, Request], None]
_when_granted: dict[str, Follow] = {}
_when_refused: dict[str, Follow] = {}


def granted(kind: str) -> Callable[[Follow], Follow]:
    """What follows when a request of this kind is granted at its last step."""

    def register(run: Follow) -> Follow:
        _when_granted[kind] = run
        return run

    return register


def refused(kind: str) -> Callable[[Follow], Follow]:
    def register(run: Follow) -> Follow:
        _when_refused[kind] = run
        return run

    return register


def ask(
    do: Doing,
    command: Any,  # whoever asks, and why in words
    kind: str,
    *,
    reason: str,
    duty: int = 0,
    until: datetime | None = None,
    minutes: int = 0,
    claim: str = "",
    photos: tuple[str, ...] = (),
    stop: tuple[Clock, ...] = (),
) -> None:
    steps = do.rules.steps(kind, do.case, do.case.duty(duty), command.by, minutes)
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
        photos=photos,
    )
    waiting = do.start("approval", request.subject, request.current.unit, request.current.limit)
    do.emit(e.Requested(by=command.by, request=request, clocks=(*stop, waiting)))


# What a unit asked for about its own work; a proposal about somebody else's whistle stays until it is decided.
WITHDRAWN_BY_ASKER = ("claim", "return", "extension", "shelving")


@decides(
    c.WithdrawRequest,
    on="request",
    when=lambda case, request: request.open and request.kind in WITHDRAWN_BY_ASKER,
)
def _withdraw_request(do: Doing, command: c.WithdrawRequest) -> None:
    """The clocks have run on since it was asked, and run on."""
    request = do.case.request(command.request)
    assert request is not None
    stopped = do.stop("approval", subject=request.subject)
    do.emit(
        e.RequestDecided(
            by=command.by, request=request.id, outcome="withdrawn", words=command.words, clocks=stopped
        )
    )


def hands_in(case: Case, request: Request) -> set[str]:
    """Who may not decide: whoever asked, or has already decided a step or on what is looked at again."""
    looked_at = [r for r in case.requests if r.kind == FIRST_LOOK.get(request.kind)]
    return {actor for r in (request, *looked_at) for actor in (r.by.actor, *r.approvers)}


@decides(c.PassUp, on="request", when=lambda case, request: request.open)
def _pass_up(do: Doing, command: c.PassUp) -> None:
    """On to the next step whose post somebody holds; after the last of them to the centre's heads, the county's leaders."""
    request = do.case.request(command.request)
    assert request is not None

    def held(step: Step) -> bool:
        return f"{step.role}@{step.unit}" not in command.vacant

    if held(request.current):
        return  # somebody has been given the post meanwhile
    rest = request.steps[request.step + 1 :]
    on = next((rest[at:] for at, step in enumerate(rest) if held(step)), ())
    steps = on or next(
        ((step,) for step in do.rules.seniors(do.case, request.current.limit) if held(step)), ()
    )
    if not steps:
        raise Refusal("nobody_may_approve", kind=request.kind)
    stopped = do.stop("approval", subject=request.subject)
    waiting = do.start("approval", request.subject, steps[0].unit, steps[0].limit)
    do.emit(
        e.PassedUp(
            by=command.by,
            request=request.id,
            role=request.current.role,
            unit=request.current.unit,
            steps=steps,
            clocks=(*stopped, waiting),
        )
    )


@decides(c.Decide, on="request", when=lambda case, request: request.open)
def _decide_request(do: Doing, command: c.Decide) -> None:
    request = do.case.request(command.request)
    assert request is not None
    if command.by.actor in hands_in(do.case, request):
        raise Refusal("second_person_needed")
    stopped = do.stop("approval", subject=request.subject)
    if not command.approve:
        need_words(command.words)
        do.emit(
            e.RequestDecided(
                by=command.by, request=request.id, outcome="refused", words=command.words, clocks=stopped
            )
        )
        if request.kind in _when_refused:
            _when_refused[request.kind](do, command, request)
        return
    if request.step + 1 < len(request.steps):
        following = request.steps[request.step + 1]
        waiting = do.start("approval", request.subject, following.unit, following.limit)
        do.emit(
            e.StepApproved(by=command.by, request=request.id, words=command.words, clocks=(*stopped, waiting))
        )
        return
    do.emit(
        e.RequestDecided(
            by=command.by, request=request.id, outcome="granted", words=command.words, clocks=stopped
        )
    )
    _when_granted[request.kind](do, command, request)
