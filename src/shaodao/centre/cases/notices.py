"""Who is told what when something happens to a case. `of` is pure; `post` writes the outbox.

A notice names a recipient (`unit:D15`, `role:shift_leader@C00`, `person:…`), a template and codes for it; the words are
made when it is delivered, so no personal data waits in a queue.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from shaodao.centre.cases.lifecycle import Case, Happened, state_of
from shaodao.centre.cases.lifecycle import events as e
from shaodao.centre.cases.lifecycle.model import Follower
from shaodao.county.pack.model import Pack
from shaodao.ground.messages import outbox

REACH = "reach"
"""The channel to staff outside the application: whoever is behind the recipient, by the ways they have chosen."""

# What staff must hear of wherever they are; of the rest they read when they look. Of emergencies they hear everything.
OUTSIDE = frozenset(
    {"duty_given", "to_approve", "summoned", "reworked", "view_asked", "keep_informed", "raised"}
)


@dataclass(frozen=True, slots=True)
class Notice:
    recipient: str
    template: str
    key: str
    params: dict[str, Any] = field(default_factory=dict)
    urgent: bool = False


Tell = Callable[[Case, Any], Iterable[tuple[str, str, dict[str, Any]]]]


def of(case: Case, happened: Sequence[Happened]) -> list[Notice]:
    """The notices of what has just happened to a case, which is as it stands after it."""
    first = case.version - len(happened) + 1
    found: list[Notice] = []
    for seq, (event, _) in enumerate(happened, first):
        tell = _TELL.get(type(event))
        for recipient, template, params in tell(case, event) if tell else ():
            key = f"{case.number}:{seq}:{template}:{recipient}"
            found.append(Notice(recipient, template, key, {"number": case.number, **params}, case.emergency))
        if case.external_id and type(event) in _ANSWERS_BACK:
            system = f"port:{case.external_system}"
            key = f"{case.number}:{seq}:answer_back:{system}"
            params = {"number": case.number, "external_id": case.external_id, "state": state_of(case)}
            found.append(Notice(system, "answer_back", key, params, case.emergency))
    return found


def post(notices: Sequence[Notice], at: datetime, loud: datetime | None = None) -> None:
    """Write the notices to the outbox, in the caller's transaction. No telephone rings before `loud` (`after_quiet`), but
    for emergencies. One statement, `together` with others."""
    if notices:
        outbox.put([message for notice in notices for message in _messages(notice, at, loud or at)], at)


def after_quiet(at: datetime, pack: Pack) -> datetime:
    """The moment itself, or the end of the quiet hours that it lies in."""
    quiet = pack.settings.pressing.quiet
    local = at.astimezone(ZoneInfo(pack.zone))
    if not quiet.covers(local.time()):
        return at
    end = datetime.combine(local.date(), quiet.end, ZoneInfo(pack.zone))
    return end if end > local else end + timedelta(days=1)


def _messages(notice: Notice, at: datetime, loud: datetime) -> Iterable[outbox.Message]:
    channel = _channel(notice.recipient)
    later = at if notice.urgent or channel != "sms" else loud
    yield outbox.Message(
        channel=channel,
        recipient=notice.recipient,
        template=notice.template,
        params=notice.params,
        dedupe_key=notice.key,
        not_before=later,
    )
    if channel == outbox.NOTICE and (notice.urgent or notice.template in OUTSIDE):
        yield outbox.Message(
            channel=REACH,
            recipient=notice.recipient,
            template=notice.template,
            params=notice.params | ({"urgent": True} if notice.urgent else {}),
            dedupe_key=f"{notice.key}:reach",
            not_before=at if notice.urgent else loud,
        )


def _channel(recipient: str) -> str:
    """Other systems have ports; a citizen has a phone; staff read what they are told on their pages."""
    return {"port": "port", "person": "sms"}.get(recipient.partition(":")[0], outbox.NOTICE)


# What another system that transferred a case to us is answered.
_ANSWERS_BACK = (
    e.Dispatched,
    e.Answered,
    e.Transferred,
    e.Declined,
    e.Merged,
    e.Closed,
    e.Reopened,
    e.Shelved,
)


def _unit(code: str) -> str:
    return f"unit:{code}"


def _requester(case: Case) -> list[str]:
    """The person to be told; nobody where none is known: an anonymous one, one who was erased, what staff found."""
    who = "" if case.erased or case.anonymous else case.whose
    return [who] if who else []


def _reporters(case: Case) -> Iterable[tuple[str, dict[str, Any]]]:
    """Everybody who reported it, each once, with the number (and seat) under which they follow it."""
    told = set(case.erased_persons)
    own = (
        Follower(case.whose, case.number, case.reported_at)
        if case.reported_at and not case.anonymous
        else None
    )
    for each in (own, *case.followers):
        if each and each.person and not each.anonymous and each.person not in told:
            told.add(each.person)
            yield each.person, {"number": each.number} | ({"seat": each.seat} if each.seat else {})


def _to_requester(template: str, *names: str) -> Tell:
    def tell(case: Case, event: Any) -> Iterable[tuple[str, str, dict[str, Any]]]:
        params = {name: getattr(event, name) for name in names}
        return [(who, template, params) for who in _requester(case)]

    return tell


def _to_reporters(template: str, *names: str) -> Tell:
    def tell(case: Case, event: Any) -> Iterable[tuple[str, str, dict[str, Any]]]:
        params = {name: getattr(event, name) for name in names}
        return [(who, template, params | under) for who, under in _reporters(case)]

    return tell


def _dispatched(case: Case, event: e.Dispatched) -> Iterable[tuple[str, str, dict[str, Any]]]:
    for duty in event.duties:
        yield _unit(duty.unit), "duty_given", {"duty": duty.id, "role": duty.role}
    lead = next((d for d in event.duties if d.role == "lead"), None)
    if lead:
        for who, under in _reporters(case):
            yield who, "dispatched", {"unit": lead.unit} | under


def _duty_ended(case: Case, event: e.DutyEnded) -> Iterable[tuple[str, str, dict[str, Any]]]:
    """首接负责: until the next unit has signed, the one that had it first keeps the requester informed."""
    duty = case.duty(event.duty)
    moved = duty is not None and duty.role == "lead" and event.why in ("returned", "redispatched")
    if moved and case.informing and case.requester and _requester(case):
        yield _unit(case.informing), "keep_informed", {}


def _signed(case: Case, event: e.Signed) -> Iterable[tuple[str, str, dict[str, Any]]]:
    """From now on the unit that has signed informs, and no longer the one before it."""
    duty = case.duty(event.duty)
    leads = [d for d in case.duties if d.role == "lead" and d.id < event.duty]
    if duty and duty.role == "lead" and duty.round == 1 and leads and case.requester and _requester(case):
        before = ([d for d in leads[1:] if d.signed_at] or leads[:1])[-1]
        if before.unit != duty.unit:
            yield _unit(before.unit), "informed_by", {"unit": duty.unit}


def _answered(case: Case, event: e.Answered) -> Iterable[tuple[str, str, dict[str, Any]]]:
    yield from ((who, "answered", under) for who, under in _reporters(case))
    if case.praised:
        yield _unit(case.praised), "praised", {}


def _requested(case: Case, event: e.Requested) -> Iterable[tuple[str, str, dict[str, Any]]]:
    step = event.request.current
    yield (
        f"role:{step.role}@{step.unit}",
        "to_approve",
        {"request": event.request.id, "kind": event.request.kind},
    )


def _next_step(case: Case, event: e.StepApproved | e.PassedUp) -> Iterable[tuple[str, str, dict[str, Any]]]:
    request = case.request(event.request)
    if request and request.open:
        step = request.current
        yield f"role:{step.role}@{step.unit}", "to_approve", {"request": request.id, "kind": request.kind}


def _request_decided(case: Case, event: e.RequestDecided) -> Iterable[tuple[str, str, dict[str, Any]]]:
    request = case.request(event.request)
    if request and event.outcome == "withdrawn":
        step = request.current
        yield (
            f"role:{step.role}@{step.unit}",
            "request_withdrawn",
            {"request": request.id, "kind": request.kind},
        )
    elif request and event.outcome != "lapsed":
        yield request.by.actor, f"request_{event.outcome}", {"request": request.id, "kind": request.kind}
        if request.kind in ("extension", "shelving") and event.outcome == "granted":
            for who, under in _reporters(case):
                yield who, f"{request.kind}_granted", under


def _reworked(case: Case, event: e.Reworked) -> Iterable[tuple[str, str, dict[str, Any]]]:
    for id in event.duties:
        duty = case.duty(id)
        if duty:
            yield _unit(duty.unit), "reworked", {"duty": id, "reason": event.reason}


def _breached(case: Case, event: e.Breached) -> Iterable[tuple[str, str, dict[str, Any]]]:
    yield _unit(event.unit), "overdue", {"kind": event.kind, "subject": event.subject}


def _convened(case: Case, event: e.Convened) -> Iterable[tuple[str, str, dict[str, Any]]]:
    for unit in event.units:
        yield _unit(unit), "summoned", {"council": event.council, "meet_at": int(event.meet_at.timestamp())}


def _sent_to_ruling(case: Case, event: e.SentToRuling) -> Iterable[tuple[str, str, dict[str, Any]]]:
    for unit in event.units:
        yield _unit(unit), "view_asked", {}


_TELL: dict[type[e.Event], Tell] = {
    e.Dispatched: _dispatched,
    e.DutyEnded: _duty_ended,
    e.Signed: _signed,
    e.Answered: _answered,
    e.Transferred: _to_reporters("transferred", "to", "receipt"),
    e.Declined: _to_reporters("declined", "reason"),
    e.SentToRuling: _sent_to_ruling,
    e.Verified: lambda case, event: _to_requester("please_rate")(case, event) if event.passed else (),
    e.Closed: _to_reporters("closed"),
    e.Merged: _to_reporters("merged", "into"),
    e.Shelved: _to_reporters("shelved"),
    e.Resumed: lambda case, event: [(_unit(d.unit), "resumed", {"duty": d.id}) for d in case.active_duties],
    e.Requested: _requested,
    e.StepApproved: _next_step,
    e.PassedUp: _next_step,
    e.RequestDecided: _request_decided,
    e.Reworked: _reworked,
    e.Breached: _breached,
    e.Convened: _convened,
    e.RaisedToCounty: lambda case, event: [("role:county_leader", "raised", {"reason": event.reason})],
    e.WrongfulJudged: lambda case, event: (
        [(_unit(case.whistler_unit), "wrongful", {"finding": event.finding})] if case.whistler_unit else []
    ),
}
