"""Requests that others must approve, step by step, and never the person who asked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from shaodao.centre.cases.lifecycle import commands as c
from shaodao.centre.cases.lifecycle import events as e
from shaodao.centre.cases.lifecycle.deciding.core import Doing, decides, need_words
from shaodao.centre.cases.lifecycle.model import Request, Step
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


@decides(c.Decide, on="request", when=lambda case, request: request.open)
def _decide_request(do: Doing, command: c.Decide) -> None:
    request = do.case.request(command.request)
    assert request is not None
    if command.by.actor == request.by.actor or command.by.actor in request.approvers:
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
