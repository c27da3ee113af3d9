"""The end of a case, and the lapse of what was still asked for."""

from __future__ import annotations

from dataclasses import replace

from shaodao.centre.cases.lifecycle import events as e
from shaodao.centre.cases.lifecycle.deciding.core import Doing
from shaodao.centre.cases.lifecycle.model import NOTHING, By, Kept, Request
from shaodao.ground import clocks

KEPT_AFTER_END = ("exclusion", "wrongful", "wrongful_appeal")


def end(do: Doing, event: e.Event) -> None:
    """The case ends: what was still asked for lapses, every clock stops."""
    lapse_requests(do, event.by, keep=KEPT_AFTER_END)
    kept = {r.subject for r in do.case.requests if r.open}
    stopped = tuple(clocks.stop(k, do.now) for k in do.case.open_clocks if k.subject not in kept)
    do.emit(replace(event, clocks=stopped))


def close(do: Doing, by: By, how: str, words: Kept = NOTHING) -> None:
    end(do, e.Closed(by=by, how=how, words=words))


def lapse_requests(do: Doing, by: By, keep: tuple[str, ...]) -> None:
    for request in do.case.requests:
        if request.open and request.kind not in keep:
            lapse(do, by, request)


def lapse(do: Doing, by: By, request: Request) -> None:
    stopped = do.stop("approval", subject=request.subject)
    do.emit(e.RequestDecided(by=by, request=request.id, outcome="lapsed", words=NOTHING, clocks=stopped))
