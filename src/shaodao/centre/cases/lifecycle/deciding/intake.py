"""基层报、中心接、平台转: a report, and what the centre makes of it."""

from __future__ import annotations

from shaodao.centre.cases.lifecycle import commands as c
from shaodao.centre.cases.lifecycle import events as e
from shaodao.centre.cases.lifecycle.deciding.core import (
    Doing,
    decides,
    in_hand,
    is_known,
    need_words,
    undecided,
    waits_for,
)
from shaodao.centre.cases.lifecycle.deciding.ending import end
from shaodao.centre.cases.lifecycle.deciding.giving import dispatch
from shaodao.centre.cases.lifecycle.deciding.owner import open_ruling, raise_to_county, to_triage
from shaodao.centre.cases.lifecycle.model import By, Plan, state_of
from shaodao.centre.cases.lifecycle.refusal import Refusal


@decides(c.Report, when=lambda case: not is_known(case))
def _report(do: Doing, command: c.Report) -> None:
    mode, sensitive, emergency = do.rules.identity(command.item, command.situation)
    if command.leader and not command.item:
        mode = "contactable"  # the unit reads what the leader wrote
    taken = (
        "by", "number", "channel", "whistler_kind", "whistler", "whistler_unit", "requester", "on_behalf", "anonymous",
        "nature", "item", "situation", "confidence", "why", "place", "words", "photos", "against", "external_system",
        "external_id", "external_due", "occurred_at", "repeat_of", "level", "leader", "staff_found", "guess", "margin",
    )  # fmt: skip
    facts = {name: getattr(command, name) for name in taken}
    do.emit(
        e.Reported(**facts, identity_mode=mode, sensitive=sensitive or command.sensitive, emergency=emergency)
    )
    if command.plan:
        _dispatch_at_once(do, command.by, command.plan)
    elif command.unsure == "ownerless":
        open_ruling(do, command.by, (), "ownerless")
    else:
        to_triage(do, command.by, command.unsure or "unsure")


def _dispatch_at_once(do: Doing, by: By, plan: Plan) -> None:
    """A report is never refused for what routing found: what cannot be given waits for a person."""
    try:
        dispatch(do, by, plan)
    except Refusal as why:
        to_triage(do, by, why.code)
        return
    if plan.tier == "county":  # a repeat of what a department handles: one level up
        raise_to_county(do, by, "repeated")


@decides(c.Dispatch, when=waits_for("triage"))
def _dispatch_by_hand(do: Doing, command: c.Dispatch) -> None:
    dispatch(
        do,
        command.by,
        command.plan,
        item=command.item,
        situation=command.situation,
        place=command.place,
        nature=command.nature,
        words=command.words,
    )


@decides(c.Answer, when=undecided)
def _answer(do: Doing, command: c.Answer) -> None:
    need_words(command.words)
    end(do, e.Answered(by=command.by, words=command.words, source=command.source))


@decides(c.FindHelpful, when=lambda case: case.outcome == "answered" and not case.helpful)
def _find_helpful(do: Doing, command: c.FindHelpful) -> None:
    do.emit(e.FoundHelpful(by=command.by))


@decides(c.Transfer, when=undecided)
def _transfer(do: Doing, command: c.Transfer) -> None:
    if not command.receipt:
        raise Refusal("receipt_needed")
    end(do, e.Transferred(by=command.by, to=command.to, receipt=command.receipt, words=command.words))


@decides(c.Merge, when=in_hand)
def _merge(do: Doing, command: c.Merge) -> None:
    if command.into == do.case.number:
        raise Refusal("same_case")
    end(do, e.Merged(by=command.by, into=command.into))


@decides(c.Join, when=lambda case: case.open)
def _join(do: Doing, command: c.Join) -> None:
    do.emit(
        e.Joined(
            by=command.by,
            other=command.other,
            requester=command.requester,
            also=command.also,
            anonymous=command.anonymous,
        )
    )


@decides(c.SeenToo, when=lambda case: in_hand(case) or state_of(case) == "shelved")
def _seen_too(do: Doing, command: c.SeenToo) -> None:
    """The same request sent twice is one."""
    if not do.case.seat_of(command.by.actor):
        who = command.who or command.by.actor
        do.emit(e.SeenToo(by=command.by, who=who, words=command.words, photos=command.photos))
