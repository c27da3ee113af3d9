"""The end of a case, and the lapse of what was still asked for."""

from __future__ import annotations

from dataclasses import replace

from shaodao.centre.cases.lifecycle import events as e
from shaodao.centre.cases.lifecycle.deciding.core import Doing
from shaodao.centre.cases.lifecycle.model import NOTHING, By, Kept
from shaodao.ground import clocks

# Requests that outlive the case: about the whistle, not about the work.
OUTLIVING = ("exclusion", "wrongful", "wrongful_appeal", "decline_review")


def end(do: Doing, event: e.Event) -> None:
    """The case ends: what was still asked for lapses, every clock stops."""
    lapse_requests(do, event.by)
    kept = {r.subject for r in do.case.requests if r.open}
    stopped = tuple(clocks.stop(k, do.now) for k in do.case.open_clocks if k.subject not in kept)
    do.emit(replace(event, clocks=stopped))


def close(do: Doing, by: By, how: str, words: Kept = NOTHING) -> None:
    end(do, e.Closed(by=by, how=how, words=words))


def lapse_requests(do: Doing, by: By, *, of_duty: int | None = None, of_kind: str = "") -> None:
    """What is still asked for about the work (about one duty, or of one kind) has no object any more."""
    for request in do.case.requests:
        concerned = of_duty in (None, request.duty) and of_kind in ("", request.kind)
        if request.open and concerned and request.kind not in OUTLIVING:
            stopped = do.stop("approval", subject=request.subject)
            do.emit(
                e.RequestDecided(by=by, request=request.id, outcome="lapsed", words=NOTHING, clocks=stopped)
            )
