"""From a case to the JSON of an answer. Pure over the case, what a capacity may read of it, and the pack."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from shaodao.centre.cases import compose, permissions
from shaodao.centre.cases.lifecycle import Case, state_of
from shaodao.centre.cases.lifecycle import commands as c
from shaodao.centre.cases.lifecycle import events as e
from shaodao.centre.cases.lifecycle.model import DUTY_CLOCKS, Duty
from shaodao.centre.cases.lifecycle.model import Place as CasePlace
from shaodao.centre.cases.queries import Listed, Opened, Step
from shaodao.centre.intake.filing import Filed
from shaodao.centre.likeness import joining
from shaodao.centre.likeness.near import Found
from shaodao.county.pack.model import Pack
from shaodao.faces import moments, pictures, words
from shaodao.faces.resident import presenting as resident
from shaodao.faces.resident.alike import about
from shaodao.faces.work import presenting
from shaodao.ground.clocks import Clock

Json = dict[str, Any]

# What an answer to the whistler tells of what was said: results and answers of units, and their own words.
TOLD = (e.Answered, e.Transferred, e.MadeSafe, e.MilestoneReached, e.PartFinished, e.Closed, e.Resumed)
OWN = (e.Commented, e.Reopened, e.Rated)
# The whistler's commands and the addresses they have.
WHISTLERS: dict[type[c.Command], str] = {
    c.Rate: "rating",
    c.Reopen: "reopen",
    c.FindHelpful: "helpful",
    c.Comment: "comment",
    c.AskReview: "review",
}
ACCEPTED = (e.Dispatched, e.Answered, e.Transferred, e.SentToRuling, e.Merged, e.Declined)


def filed(done: Filed, pack: Pack, now: datetime, track_url: str) -> Json:
    """The answer to a new whistle."""
    case = done.case
    return {
        "number": case.number,
        "token": done.token,
        "state": state_of(case),
        "item": _guessed(done, pack),
        "place": place_of(case.place, pack),
        "duties": [_given(case, duty) for duty in case.active_duties],
        "why": case.why,
        "promise": promise(case, pack, now),
        "track_url": track_url,
    }


def alike(found: Found, pack: Pack) -> Json:
    """A case as it is offered to somebody else: nothing that betrays whose it is."""
    return {
        "offer": joining.offer(found.number),
        "item": item_of(found.item, pack),
        "place": place_of(found.place, pack),
        "metres": about(found.evidence.metres),
        "reported_at": local(found.reported_at),
        "state": found.state,
        "same_picture": found.evidence.picture,
    }


def promise(case: Case, pack: Pack, now: datetime) -> str:
    """What the whistler is told will happen, with the moment by which; else how it stands."""
    if sentence := resident.promise(case, pack, now):
        return f"{sentence}。"
    for queue, what in (("triage", "受理"), ("ruling", "确定由谁来办"), ("county_ruling", "确定由谁来办")):
        if case.waits(queue) and (clock := case.clock(queue)) and clock.due_at > now:
            return f"已收到，中心{moments.said(clock.due_at, now)} 前{what}。"
    return f"{words.word('state_resident', state_of(case))}。"


def tracked(opened: Opened, pack: Pack, now: datetime, token: str) -> Json:
    """What the whistler may see; nothing of other persons."""
    case = opened.case
    assert case.reported_at
    return {
        "number": case.number,
        "state": state_of(case),
        "state_name": words.word("state_resident", state_of(case)),
        "steps": loop(opened.steps),
        "promise": promise(opened.progress, pack, now),
        "why": opened.progress.why,
        "reported_at": local(case.reported_at),
        "text": opened.words.get(case.words, "") if opened.sees_original else "",
        "item": item_of(case.item, pack),
        "place": place_of(case.place, pack),
        "duties": [_tracked_duty(opened.progress, d, pack) for d in opened.progress.handlers],
        "said": [
            {
                "at": local(step.at),
                "event": type(step.event).__name__,
                "title": presenting.title(step.event, case, pack),
                "words": text,
            }
            for step in opened.steps
            if (text := _told(step, opened))
        ],
        "photos": [
            {"thumb": p.thumb, "full": p.full, "sound": p.sound, "note": p.note}
            for p in pictures.for_whistler(opened, token)
        ],
        "ended_by": case.outcome_detail,
        "commands": [
            WHISTLERS[cls] for cls in dict.fromkeys(cls for cls, _ in opened.offered) if cls in WHISTLERS
        ],
    }


def loop(steps: Iterable[Step]) -> list[Json]:
    """The six steps in order, each with the moment it was reached."""
    reached: dict[str, datetime] = {}
    for step in steps:
        for name in _reaches(step.event):
            reached.setdefault(name, step.at)
    codes = ("report", "accept", "dispatch", "handle", "finish", "rate")
    return [
        {"step": code, "name": name, "at": local(reached.get(code))}
        for code, name in zip(codes, words.STEPS, strict=True)
    ]


def _reaches(event: e.Event) -> tuple[str, ...]:
    match event:
        case e.Reported():
            return ("report",)
        case e.Dispatched():
            return ("accept", "dispatch")
        case e.ReportedIn():
            return ("handle",)
        case e.VerificationOpened():
            return ("finish",)
        case e.Rated():
            return ("rate",)
    return ("accept",) if isinstance(event, ACCEPTED) else ()


def line(listed: Listed, pack: Pack) -> Json:
    """One line of a list of cases."""
    row = listed.case
    return {
        "number": row.number,
        "version": row.version,
        "state": row.state,
        "item": item_of(row.item, pack),
        "place": place_of(CasePlace(row.grid, row.community, row.township), pack),
        "nature": row.nature,
        "channel": row.channel,
        "whistler_kind": row.whistler_kind,
        "emergency": row.emergency,
        "text": listed.words,
        "summary": listed.summary,
        "lead": unit_of(row.lead_unit, pack) if row.lead_unit else None,
        "reported_at": local(row.reported_at),
        "next_due_at": local(row.next_due_at),
        "overdue": any(clock.breached_at for clock in listed.clocks),
    }


def case(opened: Opened, pack: Pack) -> Json:
    """A case as staff see it. Names and numbers of persons are not part of it, whoever asks."""
    case = opened.case
    return {
        "number": case.number,
        "version": case.version,
        "state": state_of(case),
        "item": item_of(case.item, pack),
        "situation": case.situation,
        "place": place_of(case.place, pack),
        "lon": _degrees(case.place.lon),
        "lat": _degrees(case.place.lat),
        "nature": case.nature,
        "channel": case.channel,
        "whistler_kind": case.whistler_kind,
        "emergency": case.emergency,
        "tier": case.tier,
        "why": case.why,
        "text": opened.words.get(case.words, "") if opened.sees_original else "",
        "summary": opened.words.get(case.summary, ""),
        "external_system": case.external_system,
        "external_id": case.external_id,
        "reported_at": local(case.reported_at),
        "occurred_at": local(case.occurred_at),
        "promised_at": local(case.promised_at),
        "ended_at": local(case.ended_at),
        "photos": list(case.photos) if opened.sees_original else [],
        "duties": [_duty(case, d, pack) for d in case.duties],
        "clocks": [_clock(k) for k in case.clocks if k.kind not in DUTY_CLOCKS],
        "requests": [
            {
                "request": r.id,
                "kind": r.kind,
                "duty": r.duty or None,
                "reason": r.reason,
                "words": opened.words.get(r.words, ""),
                "asked_at": local(r.asked_at),
                "until": local(r.until),
                "waits_for": f"{r.current.role}@{r.current.unit}" if r.open else None,
                "outcome": r.outcome,
            }
            for r in case.requests
        ],
        "councils": [
            {
                "council": k.id,
                "units": list(k.units),
                "meet_at": local(k.meet_at),
                "arrived": [a.unit for a in k.arrivals],
                "absent": list(k.absent),
                "concluded_at": local(k.concluded_at),
            }
            for k in case.councils
        ],
        "ratings": [
            {
                "kind": r.kind,
                "solved": r.solved or "",
                "levels": [{"duty": level.duty, "level": level.level} for level in r.levels],
                "words": opened.words.get(r.words, ""),
                "at": local(r.at),
            }
            for r in case.ratings
        ],
        "events": [
            {
                "seq": step.seq,
                "event": type(step.event).__name__,
                "title": presenting.title(step.event, case, pack),
                "words": opened.words.get(getattr(step.event, "words", ""), ""),
                "at": local(step.at),
                "by": presenting.who(step, pack),
            }
            for step in opened.steps
        ],
        "commands": [offered(cls, subject) for cls, subject in opened.offered],
    }


def done(case: Case, commands: Iterable[tuple[type[c.Command], int]]) -> Json:
    """The case after a command."""
    return {
        "number": case.number,
        "version": case.version,
        "state": state_of(case),
        "commands": [offered(cls, subject) for cls, subject in commands],
    }


def offered(cls: type[c.Command], subject: int) -> Json:
    """A command that may be given now: its name, its subject as a field, and the fields it takes."""
    kinds = compose.kinds_of(cls)
    about = compose.subject_name(cls)
    name = c.name_of(cls)
    return {
        "command": name,
        "name": words.word("command", name),
        "subject": {about: subject} if about else {},
        "fields": [
            {"name": field, "needed": needed} for field, (_, needed) in kinds.items() if field != about
        ],
    }


# --- parts ------------------------------------------------------------------------------------------------------


def local(moment: datetime | None) -> str | None:
    """ISO 8601 in the county's time, with its offset."""
    return moment.astimezone(moments.LOCAL).isoformat() if moment else None


def item_of(code: str, pack: Pack) -> Json | None:
    if not code:
        return None
    item = pack.items.get(code)
    return {"code": code, "name": item.name if item else code}


def unit_of(code: str, pack: Pack) -> Json:
    return {"code": code, "name": presenting.short(code, pack)}


def place_of(place: CasePlace, pack: Pack) -> Json | None:
    """The lowest place that is known, with the names above it below the county."""
    code = place.grid or place.community or place.township
    found = pack.places.get(code) if code else None
    if found is None:
        return {"code": code, "name": code} if code else None
    above = [p.name for p in pack.places.ancestors(code) if p.parent]
    return {"code": code, "name": " ".join([*reversed(above), found.name])}


def _guessed(done: Filed, pack: Pack) -> Json | None:
    case, guess = done.case, done.guess
    if not case.item:
        return None
    fits = guess is not None and guess.item == case.item
    why = guess.reason if guess and fits else "由工作人员确定事项"
    return {**(item_of(case.item, pack) or {}), "confidence": case.confidence / 1000, "why": why}


def _due(case: Case, duty: Duty, kind: str) -> str | None:
    clock = case.clock(kind, duty.subject)
    return local(clock.due_at) if clock else None


def _given(case: Case, duty: Duty) -> Json:
    return {
        "unit": duty.unit,
        "role": duty.role,
        "sign_by": _due(case, duty, "sign"),
        "report_in_by": _due(case, duty, "report_in"),
        "finish_by": _due(case, duty, "finish"),
    }


def _tracked_duty(case: Case, duty: Duty, pack: Pack) -> Json:
    return {
        "duty": duty.id,
        "unit": unit_of(duty.unit, pack),
        "role": duty.role,
        "state": presenting.duty_state(duty, case),
        "report_in_by": _due(case, duty, "report_in"),
        "reported_in_at": None if duty.report_in_pending else local(duty.reported_in_at),
        "finish_by": _due(case, duty, "finish"),
        "done_at": local(duty.part_done_at),
    }


def _duty(case: Case, duty: Duty, pack: Pack) -> Json:
    return {
        "duty": duty.id,
        "unit": unit_of(duty.unit, pack),
        "role": duty.role,
        "state": presenting.duty_state(duty, case),
        "section": duty.section,
        "given_at": local(duty.given_at),
        "signed_at": local(duty.signed_at),
        "reported_in_at": local(duty.reported_in_at),
        "persons": duty.persons,
        "part_done_at": local(duty.part_done_at),
        "ended": duty.ended,
        "clocks": [_clock(k) for k in case.clocks if k.subject == duty.subject],
    }


def _clock(clock: Clock) -> Json:
    return {
        "kind": clock.kind,
        "unit": clock.unit,
        "started_at": local(clock.started_at),
        "due_at": local(clock.due_at),
        "stopped_at": local(clock.stopped_at),
        "paused_at": local(clock.paused_at),
        "breached_at": local(clock.breached_at),
        "provisional": clock.provisional,
        "cancelled": clock.cancelled,
    }


def _told(step: Step, opened: Opened) -> str:
    """The words of a step that the whistler may read: answers, results, and their own."""
    event = step.event
    own = isinstance(event, OWN) and event.by.role == permissions.WHISTLER
    if not (own or isinstance(event, TOLD)):
        return ""
    return opened.words.get(getattr(event, "words", ""), "")


def _degrees(e7: int | None) -> float | None:
    return None if e7 is None else e7 / 1e7
