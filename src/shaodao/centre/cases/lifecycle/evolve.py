"""Fold events into a case. Nothing here can refuse: an event has happened."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from shaodao.centre.cases.lifecycle import events as e
from shaodao.centre.cases.lifecycle.model import (
    Arrival,
    Case,
    Council,
    Duty,
    Follower,
    Rating,
    Request,
    View,
)
from shaodao.ground.clocks import Clock

E = TypeVar("E", bound=e.Event)
REPORTED = (
    1  # the version of a case of which only the report is known: what comes next came in the same moment
)
_folds: dict[type[e.Event], Callable[[Case, Any, datetime], dict[str, Any]]] = {}


def evolve(case: Case, event: e.Event, at: datetime) -> Case:
    """The case after `event`, which happened at `at`."""
    return replace(case, **_changes(case, event, at))


def replay(events: Iterable[tuple[e.Event, datetime]]) -> Case:
    """The case that all its events make: as `evolve` one after the other, without a copy for each."""
    case = Case()
    for event, at in events:
        for name, value in _changes(case, event, at).items():
            object.__setattr__(case, name, value)  # nobody has seen this one yet
    return case


def _changes(case: Case, event: e.Event, at: datetime) -> dict[str, Any]:
    changes = _folds[type(event)](case, event, at)
    changes["version"] = case.version + 1
    if event.clocks:
        changes["clocks"] = _with_clocks(case.clocks, event.clocks)
    return changes


def _with_clocks(old: tuple[Clock, ...], changed: tuple[Clock, ...]) -> tuple[Clock, ...]:
    by_key = {(c.kind, c.subject, c.round): c for c in old}
    by_key.update({(c.kind, c.subject, c.round): c for c in changed})
    return tuple(by_key.values())


def _folds_event(cls: type[E]):
    def register(fold: Callable[[Case, E, datetime], dict[str, Any]]):
        _folds[cls] = fold
        return fold

    return register


def _nothing(case: Case, event: e.Event, at: datetime) -> dict[str, Any]:
    """Facts that live in the event and its clocks alone."""
    return {}


for _cls in (e.VerificationOpened, e.CallBackDue, e.ShelvingReviewed,
             e.Commented, e.BreachCancelled, e.Breached, e.Extended, e.IdentitySeen, e.Recomputed):  # fmt: skip
    _folds[_cls] = _nothing


def _with_duty(case: Case, id: int, **changes: Any) -> dict[str, Any]:
    return {"duties": tuple(replace(d, **changes) if d.id == id else d for d in case.duties)}


def _with_request(case: Case, id: int, **changes: Any) -> tuple[Request, ...]:
    return tuple(replace(r, **changes) if r.id == id else r for r in case.requests)


@_folds_event(e.Reported)
def _(case: Case, event: e.Reported, at: datetime) -> dict[str, Any]:
    taken = (
        "number", "channel", "whistler_kind", "whistler", "whistler_unit", "requester", "on_behalf", "anonymous",
        "nature", "item", "situation", "confidence", "place", "words", "photos", "against", "external_system",
        "external_id", "external_due", "occurred_at", "repeat_of", "level", "leader", "staff_found", "identity_mode",
        "sensitive", "emergency", "guess", "margin",
    )  # fmt: skip
    return {name: getattr(event, name) for name in taken} | {"reported_at": at, "found_by": event.why}


@_folds_event(e.Queued)
@_folds_event(e.RaisedToCounty)
@_folds_event(e.SentToRuling)
def _(case: Case, event: e.Queued | e.RaisedToCounty | e.SentToRuling, at: datetime) -> dict[str, Any]:
    return {"unsure": event.reason} if case.version == REPORTED else {}


@_folds_event(e.Dispatched)
def _(case: Case, event: e.Dispatched, at: datetime) -> dict[str, Any]:
    changes: dict[str, Any] = {"duties": case.duties + event.duties, "tier": event.tier, "views": ()}
    lead = _lead_of(event.duties)
    if lead:
        changes |= {"why": event.why, "routed_by": case.routed_by or event.rule}
    if case.version == REPORTED:
        changes["at_once"] = True
    elif event.item and event.by.role != "system":
        changes["confirmed"] = event.item
    if _turned_out_another(case, event, lead):
        changes["moved"] = True
    for name in ("item", "situation"):
        if value := getattr(event, name):
            changes[name] = value
    for name in ("place", "nature", "emergency", "identity_mode", "sensitive"):
        if (value := getattr(event, name)) is not None:
            changes[name] = value
    if case.promised_at is None:
        changes["promised_at"] = max((k.due_at for k in event.clocks if k.kind == "finish"), default=None)
    return changes


def _lead_of(duties: Iterable[Duty]) -> Duty | None:
    return next((d for d in duties if d.role == "lead"), None)


def _turned_out_another(case: Case, event: e.Dispatched, lead: Duty | None) -> bool:
    """Whether what was dispatched before went to the wrong unit or under the wrong item. Up a tier is no mistake."""
    before = _lead_of(reversed(case.duties))
    if before is None:
        return False
    elsewhere = lead is not None and lead.unit != before.unit and before.ended != "raised"
    return elsewhere or (bool(event.item and case.item) and event.item != case.item)


@_folds_event(e.Ruled)
def _(case: Case, event: e.Ruled, at: datetime) -> dict[str, Any]:
    return {"ruled": True}


@_folds_event(e.ItemConfirmed)
def _(case: Case, event: e.ItemConfirmed, at: datetime) -> dict[str, Any]:
    return {"confirmed": event.item}


def _ends(outcome: str, detail: str) -> Callable[[Case, Any, datetime], dict[str, Any]]:
    def fold(case: Case, event: Any, at: datetime) -> dict[str, Any]:
        duties = tuple(_finished(d, outcome, at) if d.active else d for d in case.duties)
        councils = tuple(replace(c, concluded_at=at) if c.open else c for c in case.councils)
        return {
            "outcome": outcome,
            "outcome_detail": getattr(event, detail),
            "ended_at": at,
            "duties": duties,
            "councils": councils,
        }

    return fold


def _finished(duty: Duty, outcome: str, at: datetime) -> Duty:
    return replace(duty, ended="done" if outcome == "closed" else "withdrawn", ended_at=at)


_folds[e.Answered] = _ends("answered", "source")
_folds[e.FoundHelpful] = lambda case, event, at: {"helpful": True}
_folds[e.Transferred] = _ends("transferred", "to")
_folds[e.Declined] = _ends("declined", "reason")
_folds[e.Merged] = _ends("merged", "into")
_folds[e.Closed] = _ends("closed", "how")


@_folds_event(e.ViewStated)
def _(case: Case, event: e.ViewStated, at: datetime) -> dict[str, Any]:
    kept = tuple(v for v in case.views if v.unit != event.unit)
    return {"views": (*kept, View(event.unit, event.mine, event.basis, event.words, at, event.kind))}


@_folds_event(e.DutyEnded)
def _(case: Case, event: e.DutyEnded, at: datetime) -> dict[str, Any]:
    changes = _with_duty(case, event.duty, ended=event.why, ended_at=at)
    if event.why == "returned":
        changes["returns"] = case.returns + 1
    return changes


@_folds_event(e.Signed)
def _(case: Case, event: e.Signed, at: datetime) -> dict[str, Any]:
    return _with_duty(case, event.duty, signed_at=at)


@_folds_event(e.Assigned)
def _(case: Case, event: e.Assigned, at: datetime) -> dict[str, Any]:
    return _with_duty(case, event.duty, section=event.section, handler=event.handler)


@_folds_event(e.ReportedIn)
def _(case: Case, event: e.ReportedIn, at: datetime) -> dict[str, Any]:
    duty = case.duty(event.duty)
    assert duty is not None
    return _with_duty(
        case,
        event.duty,
        reported_in_at=at,
        report_in_pending=event.pending,
        persons=duty.persons + event.persons,
        persons_pending=event.persons if event.pending else 0,
    )


@_folds_event(e.ReportInConfirmed)
def _(case: Case, event: e.ReportInConfirmed, at: datetime) -> dict[str, Any]:
    duty = case.duty(event.duty)
    assert duty is not None
    if event.came:
        return _with_duty(case, event.duty, report_in_pending=False, persons_pending=0)
    return _with_duty(
        case,
        event.duty,
        report_in_pending=False,
        reported_in_at=None,
        persons=duty.persons - duty.persons_pending,
        persons_pending=0,
    )


@_folds_event(e.MadeSafe)
def _(case: Case, event: e.MadeSafe, at: datetime) -> dict[str, Any]:
    return _with_duty(case, event.duty, made_safe_at=at)


@_folds_event(e.MilestoneReached)
def _(case: Case, event: e.MilestoneReached, at: datetime) -> dict[str, Any]:
    return {}


@_folds_event(e.PartFinished)
def _(case: Case, event: e.PartFinished, at: datetime) -> dict[str, Any]:
    return _with_duty(case, event.duty, part_done_at=at, claim=event.way, shown=len(event.photos))


@_folds_event(e.FiledForPenalty)
def _(case: Case, event: e.FiledForPenalty, at: datetime) -> dict[str, Any]:
    return _with_duty(case, event.duty, filed_until=event.until)


@_folds_event(e.Verified)
def _(case: Case, event: e.Verified, at: datetime) -> dict[str, Any]:
    return {"verified_at": at if event.passed else None}


@_folds_event(e.Reworked)
def _(case: Case, event: e.Reworked, at: datetime) -> dict[str, Any]:
    """A failed verification goes on where it was; for the requester the unit turns out again."""
    again: dict[str, Any] = {"part_done_at": None, "claim": "", "ended": "", "ended_at": None}
    if event.reason != "verification":
        again |= {"signed_at": None, "reported_in_at": None, "report_in_pending": False, "made_safe_at": None}
    duties = tuple(
        replace(d, round=d.round + 1, reworks=d.reworks + 1, **again) if d.id in event.duties else d
        for d in case.duties
    )
    return {"duties": duties, "round": case.round + 1, "verified_at": None, "calls": ()}


@_folds_event(e.Rated)
def _(case: Case, event: e.Rated, at: datetime) -> dict[str, Any]:
    rating = Rating(event.kind, event.by, event.solved or "", event.levels, event.words, at, case.round)
    return {"ratings": (*case.ratings, rating)}


@_folds_event(e.CalledBack)
def _(case: Case, event: e.CalledBack, at: datetime) -> dict[str, Any]:
    return {"calls": (*case.calls, at)}


@_folds_event(e.Reopened)
def _(case: Case, event: e.Reopened, at: datetime) -> dict[str, Any]:
    ended = {"outcome": "", "outcome_detail": "", "ended_at": None}
    return {**ended, "helpful": False, "reopened": case.reopened + 1}


@_folds_event(e.Requested)
def _(case: Case, event: e.Requested, at: datetime) -> dict[str, Any]:
    changes: dict[str, Any] = {"requests": (*case.requests, event.request)}
    if event.request.kind == "return":
        changes |= _with_duty(case, event.request.duty, asked_return=True)
    if event.request.kind == "decline_review":
        changes["reviewed"] = True
    if event.request.kind == "wrongful":
        changes["wrongful"] = "proposed"
    if event.request.kind == "wrongful_appeal":
        changes["wrongful"] = "appealed"
    return changes


@_folds_event(e.StepApproved)
def _(case: Case, event: e.StepApproved, at: datetime) -> dict[str, Any]:
    request = case.request(event.request)
    assert request is not None
    approvers = (*request.approvers, event.by.actor)
    return {"requests": _with_request(case, event.request, step=request.step + 1, approvers=approvers)}


@_folds_event(e.PassedUp)
def _(case: Case, event: e.PassedUp, at: datetime) -> dict[str, Any]:
    request = case.request(event.request)
    assert request is not None
    steps = (*request.steps[: request.step], *event.steps)
    return {"requests": _with_request(case, event.request, steps=steps)}


@_folds_event(e.RequestDecided)
def _(case: Case, event: e.RequestDecided, at: datetime) -> dict[str, Any]:
    request = case.request(event.request)
    assert request is not None
    decided = () if event.outcome == "withdrawn" else (event.by.actor,)
    changes: dict[str, Any] = {
        "requests": _with_request(
            case,
            event.request,
            outcome=event.outcome,
            approvers=(*request.approvers, *decided),
            decided_at=at,
        )
    }
    if request.kind == "wrongful" and event.outcome != "granted":
        changes["wrongful"] = ""
    return changes


@_folds_event(e.Shelved)
def _(case: Case, event: e.Shelved, at: datetime) -> dict[str, Any]:
    return {"shelved_at": at}


@_folds_event(e.Resumed)
def _(case: Case, event: e.Resumed, at: datetime) -> dict[str, Any]:
    return {"shelved_at": None}


@_folds_event(e.DeclineLifted)
def _(case: Case, event: e.DeclineLifted, at: datetime) -> dict[str, Any]:
    return {"outcome": "", "outcome_detail": "", "ended_at": None}


@_folds_event(e.Excluded)
def _(case: Case, event: e.Excluded, at: datetime) -> dict[str, Any]:
    return {"excluded": event.reason}


@_folds_event(e.Joined)
def _(case: Case, event: e.Joined, at: datetime) -> dict[str, Any]:
    actor = event.requester if event.anonymous else ""
    own = (Follower(event.requester, event.other, at, actor=actor),) if event.requester else ()
    return {"joined": (*case.joined, event.other), "followers": (*case.followers, *own, *event.also)}


@_folds_event(e.SeenToo)
def _(case: Case, event: e.SeenToo, at: datetime) -> dict[str, Any]:
    seat = 1 + max((f.seat for f in case.followers if f.number == case.number), default=0)
    return {"followers": (*case.followers, Follower(event.who, case.number, at, seat, event.by.actor))}


@_folds_event(e.Coordinated)
def _(case: Case, event: e.Coordinated, at: datetime) -> dict[str, Any]:
    return {"tier": "county", "in_charge": event.leader}


@_folds_event(e.Convened)
def _(case: Case, event: e.Convened, at: datetime) -> dict[str, Any]:
    council = Council(event.council, event.by, event.units, event.meet_at, event.place, event.words)
    return {"councils": (*case.councils, council)}


def _with_council(case: Case, id: int, **changes: Any) -> dict[str, Any]:
    return {"councils": tuple(replace(c, **changes) if c.id == id else c for c in case.councils)}


@_folds_event(e.Arrived)
def _(case: Case, event: e.Arrived, at: datetime) -> dict[str, Any]:
    council = case.council(event.council)
    assert council is not None
    return _with_council(
        case, event.council, arrivals=(*council.arrivals, Arrival(event.unit, event.person, at))
    )


@_folds_event(e.CouncilConcluded)
def _(case: Case, event: e.CouncilConcluded, at: datetime) -> dict[str, Any]:
    return _with_council(case, event.council, concluded_at=at, conclusions=event.words)


@_folds_event(e.WrongfulJudged)
def _(case: Case, event: e.WrongfulJudged, at: datetime) -> dict[str, Any]:
    return {"wrongful": event.finding}


@_folds_event(e.IdentityRevealed)
def _(case: Case, event: e.IdentityRevealed, at: datetime) -> dict[str, Any]:
    return {"revealed_to": (*case.revealed_to, event.unit)}


@_folds_event(e.Erased)
def _(case: Case, event: e.Erased, at: datetime) -> dict[str, Any]:
    return {"erased_persons": (*case.erased_persons, event.subject)}


@_folds_event(e.Summarised)
def _(case: Case, event: e.Summarised, at: datetime) -> dict[str, Any]:
    return {"summary": event.words}
