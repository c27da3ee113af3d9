"""不予受理、剔除、乱吹哨认定: judgements about the whistle itself, proposed and approved by two persons."""

from __future__ import annotations

from shaodao.centre.cases.lifecycle import commands as c
from shaodao.centre.cases.lifecycle import events as e
from shaodao.centre.cases.lifecycle.deciding.approvals import Follow, ask, granted, refused
from shaodao.centre.cases.lifecycle.deciding.core import (
    Doing,
    decides,
    is_known,
    need_words,
    none_open,
    undecided,
)
from shaodao.centre.cases.lifecycle.deciding.ending import end
from shaodao.centre.cases.lifecycle.deciding.owner import to_triage
from shaodao.centre.cases.lifecycle.model import Request
from shaodao.centre.cases.lifecycle.refusal import Refusal


@decides(c.ProposeDecline, when=lambda case: undecided(case) and none_open(case, "decline"))
def _propose_decline(do: Doing, command: c.ProposeDecline) -> None:
    ask(do, command, "decline", reason=command.reason, stop=do.stop("triage", "ruling"))


@granted("decline")
def _decline_granted(do: Doing, command: c.Decide, request: Request) -> None:
    end(do, e.Declined(by=command.by, reason=request.reason))


@refused("decline")
def _decline_refused(do: Doing, command: c.Decide, request: Request) -> None:
    to_triage(do, command.by, "decline_refused")


@decides(c.AskReview, when=lambda case: case.outcome == "declined" and not case.reviewed)
def _ask_review(do: Doing, command: c.AskReview) -> None:
    """申请复核, once."""
    need_words(command.words)
    ask(do, command, "decline_review", reason="review")


@granted("decline_review")
def _decline_lifted(do: Doing, command: c.Decide, request: Request) -> None:
    do.emit(e.DeclineLifted(by=command.by, reason=request.reason))
    to_triage(do, command.by, "review")


@decides(
    c.ProposeExclusion,
    when=lambda case: is_known(case) and not case.excluded and none_open(case, "exclusion"),
)
def _propose_exclusion(do: Doing, command: c.ProposeExclusion) -> None:
    ask(do, command, "exclusion", reason=command.reason)


@granted("exclusion")
def _exclusion_granted(do: Doing, command: c.Decide, request: Request) -> None:
    do.emit(e.Excluded(by=command.by, reason=request.reason))


MAY_BE_WRONGFUL = ("street", "grid", "staff")  # never residents or deputies


@decides(
    c.ProposeWrongful,
    when=lambda case: (
        is_known(case)
        and case.whistler_kind in MAY_BE_WRONGFUL
        and not case.wrongful
        and none_open(case, "wrongful")
    ),
)
def _propose_wrongful(do: Doing, command: c.ProposeWrongful) -> None:
    """乱吹哨认定: whistled for what is the whistling unit's own to do."""
    if not do.rules.is_theirs(do.case.whistler_unit, do.case.item):
        raise Refusal("not_theirs_to_do", unit=do.case.whistler_unit, item=do.case.item)
    ask(do, command, "wrongful", reason=command.reason)


@decides(c.AppealWrongful, when=lambda case: case.wrongful == "judged")
def _appeal_wrongful(do: Doing, command: c.AppealWrongful) -> None:
    need_words(command.words)
    judged = next(r for r in do.case.requests if r.kind == "wrongful" and r.outcome == "granted")
    assert judged.decided_at is not None
    latest = do.rules.calendar(do.rules.centre).add(judged.decided_at, do.rules.limit("appeal"))
    if do.now > latest:
        raise Refusal("too_late_to_appeal", latest=latest)
    ask(do, command, "wrongful_appeal", reason="appeal")


def _wrongful(finding: str) -> Follow:
    def judged(do: Doing, command: c.Decide, request: Request) -> None:
        do.emit(e.WrongfulJudged(by=command.by, finding=finding, reason=request.reason))

    return judged


granted("wrongful")(_wrongful("judged"))
granted("wrongful_appeal")(_wrongful("cancelled"))
refused("wrongful_appeal")(_wrongful("upheld"))
