"""核查: when all parts are done, somebody who did not handle the case looks."""

from __future__ import annotations

from shaodao.centre.cases.lifecycle import commands as c
from shaodao.centre.cases.lifecycle import events as e
from shaodao.centre.cases.lifecycle.deciding.core import RULE, Doing, decides, need_words, waits_for
from shaodao.centre.cases.lifecycle.deciding.ending import KEPT_AFTER_END, close, lapse_requests
from shaodao.centre.cases.lifecycle.deciding.owner import raise_to_county
from shaodao.centre.cases.lifecycle.model import By
from shaodao.ground import clocks
from shaodao.ground.clocks import Clock


def verify_when_all_done(do: Doing, by: By) -> None:
    """The case waits for its latest part; then somebody who did not handle it looks."""
    lead = do.case.lead
    if not lead or not lead.part_done_at or any(d.working for d in do.case.active_duties):
        return
    if any(council.open for council in do.case.councils):
        return
    lapse_requests(do, by, keep=KEPT_AFTER_END)
    verifier = do.rules.verifier(do.case)
    moved = (*do.stop("coordination"), do.queue("verification", verifier))
    do.emit(e.VerificationOpened(by=by, verifier=verifier, clocks=moved))


@decides(c.Verify, when=waits_for("verification"))
def _verify(do: Doing, command: c.Verify) -> None:
    stopped = do.stop("verification")
    if not command.passed:
        need_words(command.words)
        do.emit(
            e.Verified(
                by=command.by, passed=False, words=command.words, photos=command.photos, clocks=stopped
            )
        )
        rework(do, command.by, command.failing, "verification")
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
        close(do, command.by, "verified")


def rework(do: Doing, by: By, named: tuple[int, ...], reason: str) -> None:
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
        raise_to_county(do, RULE, "reworked_too_often")
