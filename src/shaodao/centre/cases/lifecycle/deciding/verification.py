"""核查: when all parts are done, somebody who did not handle the case looks."""

from __future__ import annotations

from shaodao.centre.cases.lifecycle import commands as c
from shaodao.centre.cases.lifecycle import events as e
from shaodao.centre.cases.lifecycle.deciding.core import (
    RULE,
    Doing,
    decides,
    finish_of,
    need_words,
    waits_for,
)
from shaodao.centre.cases.lifecycle.deciding.ending import close
from shaodao.centre.cases.lifecycle.deciding.giving import duty_clock
from shaodao.centre.cases.lifecycle.deciding.owner import raise_to_county
from shaodao.centre.cases.lifecycle.model import DUTY_CLOCKS, By
from shaodao.centre.cases.lifecycle.refusal import Refusal
from shaodao.ground import clocks
from shaodao.ground.clocks import Clock


def verify_when_all_done(do: Doing, by: By) -> None:
    """The case waits for its latest part; then somebody who did not handle it looks."""
    lead = do.case.lead
    if not lead or not lead.part_done_at or any(d.working for d in do.case.active_duties):
        return
    if any(council.open for council in do.case.councils):
        return
    verifier = do.rules.verifier(do.case)
    moved = (*do.stop("coordination"), do.queue("verification", verifier))
    do.emit(e.VerificationOpened(by=by, verifier=verifier, clocks=moved))


@decides(c.Verify, when=waits_for("verification"))
def _verify(do: Doing, command: c.Verify) -> None:
    """Never by a unit that handled it. What staff found themselves ends with it; else the requester, or the leader who
    assigned it, is asked."""
    if any(do.rules.same_unit(command.by.unit, d.unit) for d in do.case.handlers):
        raise Refusal("unit_must_avoid", unit=command.by.unit)
    for id in command.failing:
        if command.passed or id not in {d.id for d in do.case.handlers if d.part_done_at}:
            raise Refusal("no_such_duty", duty=id)
    if not command.passed:
        need_words(command.words)
    is_asked = bool(do.case.leader) or not do.case.staff_found
    windows = ("rating", "closing") if command.passed and is_asked else ()
    timers = tuple(do.queue(kind, do.rules.centre) for kind in windows)
    do.emit(
        e.Verified(
            by=command.by,
            passed=command.passed,
            words=command.words,
            photos=command.photos,
            clocks=(*do.stop("verification"), *timers),
        )
    )
    if not command.passed:
        rework(do, command.by, command.failing, "verification")
    elif not is_asked:
        do.emit(e.Rated(by=command.by, kind="verification", solved="yes", levels=(), words=command.words))
        close(do, command.by, "verified")


def rework(do: Doing, by: By, named: tuple[int, ...], reason: str) -> None:
    """退回重办. After a failed verification the clock runs on from its original limit; a requester who is not
    satisfied, or for whom it broke again, gets a new round with full limits."""
    lead = do.case.lead
    chosen = named or ((lead.id,) if lead else ())
    changed: list[Clock] = []
    for id in chosen:
        subject = f"duty:{id}"
        if reason == "verification":
            changed.append(clocks.restart(finish_of(do, id)))
        else:
            changed += do.stop(*DUTY_CLOCKS, subject=subject)
            again = (do.case.clock(kind, subject) for kind in DUTY_CLOCKS)
            changed += [duty_clock(do, k.kind, subject, k.unit, k.limit) for k in again if k]
    do.emit(e.Reworked(by=by, duties=chosen, reason=reason, clocks=tuple(changed)))
    if max(d.reworks for d in do.case.duties) >= do.rules.number("rework_raises_at"):
        raise_to_county(do, RULE, "reworked_too_often")
