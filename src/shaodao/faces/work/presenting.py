"""A case in the words of its page: history, parties, buttons. Pure over `queries.Opened` and the pack."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shaodao.centre.cases.lifecycle import commands as c
from shaodao.centre.cases.lifecycle import events as e
from shaodao.centre.cases.lifecycle.model import Case, Duty, state_of
from shaodao.centre.cases.queries import Opened, Step
from shaodao.county.pack.model import Pack
from shaodao.faces import moments, words
from shaodao.ground.clocks import Clock

# Buttons that end something for somebody: asked again, and drawn as grave.
GRAVE = {c.ProposeDecline, c.ProposeExclusion, c.ProposeWrongful, c.AskReturn, c.Merge, c.Erase}
# Done with one tap: no form.
AT_ONCE = {c.Sign}
# Not drawn as a button of their own: they belong to another page or to time.
ELSEWHERE = {c.Join, c.Tick, c.Recompute, c.Arrive, c.Erase, c.SeeIdentity}
MAIN_FIRST = (
    c.Sign, c.ReportIn, c.MakeSafe, c.ClaimFinished, c.FinishPart, c.Dispatch, c.Rule, c.Decide, c.Verify, c.CallBack,
    c.Rate, c.StateView, c.ConcludeCouncil, c.Coordinate, c.ConfirmReportIn, c.Close,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Button:
    command: str
    name: str
    subject: int
    about: str
    main: bool
    grave: bool
    at_once: bool


@dataclass(frozen=True, slots=True)
class Seen:
    """A clock as the page's components take it."""

    deadline: datetime
    started: datetime
    stopped: datetime | None
    paused: bool


@dataclass(frozen=True, slots=True)
class Party:
    unit: str
    role: str
    state: str
    assignee: str
    mine: bool
    sign: Seen | None
    report_in: Seen | None
    finish: Seen | None


@dataclass(frozen=True, slots=True)
class Entry:
    at: datetime
    title: str
    text: str
    who: str
    late: bool
    photos: tuple[Any, ...] = ()


def buttons(opened: Opened, pack: Pack) -> list[Button]:
    """Everything this capacity may do now, the next step first."""
    order = {cls: index for index, cls in enumerate(MAIN_FIRST)}
    wanted = [(cls, subject) for cls, subject in opened.offered if cls not in ELSEWHERE]
    wanted.sort(key=lambda pair: (order.get(pair[0], len(order)), pair[1]))
    return [
        Button(
            command=c.name_of(cls),
            name=words.word("command", c.name_of(cls)),
            subject=subject,
            about=_about(cls, subject, opened.case, pack),
            main=cls in order,
            grave=cls in GRAVE,
            at_once=cls in AT_ONCE,
        )
        for cls, subject in wanted
    ]


def _about(cls: type[c.Command], subject: int, case: Case, pack: Pack) -> str:
    """Which duty or request a button is about, where there are several."""
    names = cls.__dataclass_fields__
    if "request" in names:
        request = case.request(subject)
        return words.word("request", request.kind) if request else ""
    if "duty" in names and len(case.active_duties) > 1:
        duty = case.duty(subject)
        return short(duty.unit, pack) if duty else ""
    return ""


def parties(case: Case, pack: Pack, own: str) -> list[Party]:
    """All parties side by side, those at work first."""
    shown = sorted(case.duties, key=lambda d: (not d.active, d.role != "lead", d.id))
    return [
        Party(
            unit=short(d.unit, pack),
            role=d.role,
            state=duty_state(d),
            assignee=pack.units[d.section].name if d.section in pack.units else "",
            mine=d.unit == own,
            sign=_seen(case.clock("sign", d.subject)),
            report_in=_seen(case.clock("report_in", d.subject)),
            finish=_seen(case.clock("finish", d.subject)),
        )
        for d in shown
    ]


def duty_state(duty: Duty) -> str:
    if duty.ended:
        return words.word("duty_end", duty.ended)
    if duty.part_done_at:
        return "已办完，等待核查" if duty.role == "lead" else "本单位已办完"
    if duty.report_in_pending:
        return "待确认报到"
    if duty.reported_in_at:
        return f"已报到 {duty.persons} 人，处置中"
    return "已签收，未报到" if duty.signed_at else "未签收"


def _seen(clock: Clock | None) -> Seen | None:
    if clock is None:
        return None
    return Seen(clock.due_at, clock.started_at, clock.stopped_at, clock.paused_at is not None)


def history(opened: Opened, pack: Pack) -> list[Entry]:
    """What happened, newest first, in sentences."""
    return [
        Entry(
            at=step.at,
            title=title(step.event, opened.case, pack),
            text=_text(step.event, opened.words),
            who=who(step, pack),
            late=isinstance(step.event, e.Breached),
        )
        for step in reversed(opened.steps)
    ]


def who(step: Step, pack: Pack) -> str:
    """The capacity that acted, never a person's name."""
    role, _, unit = step.capacity.partition("@")
    if step.actor.startswith("system:") or role == "system":
        return "系统"
    if role in ("whistler", "resident"):
        return "反映人"
    name = pack.roles[role].name if role in pack.roles else role
    return f"{short(unit, pack)} {name}" if unit else name


def short(code: str, pack: Pack) -> str:
    unit = pack.units.get(code)
    return unit.short if unit else code


def _text(event: e.Event, known: dict[str, str]) -> str:
    """The words of an event, those this capacity may read."""
    keys: list[str] = [getattr(event, name, "") for name in ("words", "basis", "minutes")]
    if isinstance(event, e.Requested):
        keys.append(event.request.words)
    return "\n".join(known[key] for key in keys if key in known)


def title(event: e.Event, case: Case, pack: Pack) -> str:
    """One sentence about an event."""
    name = type(event).__name__
    sentence = words.word("event", name)
    return sentence.format_map(Facts(event, case, pack))


class Facts(dict[str, str]):
    """What a sentence about an event may name: its fields in words, the unit of its duty."""

    def __init__(self, event: e.Event, case: Case, pack: Pack) -> None:
        super().__init__()
        self._event, self._case, self._pack = event, case, pack

    def __missing__(self, key: str) -> str:
        event, pack = self._event, self._pack
        if key == "duties" and isinstance(event, e.Dispatched):
            return "、".join(
                f"{short(d.unit, pack)}（{words.word('duty_role', d.role)}）" for d in event.duties
            )
        if key == "duty_unit":
            duty = self._case.duty(getattr(event, "duty", 0))
            return short(duty.unit, pack) if duty else ""
        if key == "request_kind":
            request = (
                event.request
                if isinstance(event, e.Requested)
                else self._case.request(getattr(event, "request", 0))
            )
            return words.word("request", request.kind) if request else ""
        value = getattr(event, key, "")
        return _worded(key, value, pack)


def _worded(key: str, value: Any, pack: Pack) -> str:
    if key in ("unit", "owner", "verifier", "to") and isinstance(value, str):
        return short(value, pack)
    if key in ("units", "absent"):
        return "、".join(short(unit, pack) for unit in value) or "无"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        return moments.in_full(value)
    kinds = {"mode": "report_in", "way": "way", "kind": "clock", "solved": "solved", "finding": "wrongful",
             "outcome": "request_outcome", "how": "closed_how", "reason": "reason", "nature": "nature"}  # fmt: skip
    return words.word(kinds[key], str(value)) if key in kinds and value else str(value)


def summary(opened: Opened, pack: Pack) -> dict[str, Any]:
    """The head of the case page."""
    case = opened.case
    item = pack.items.get(case.item)
    place = pack.places.get(case.place.grid or case.place.community or case.place.township)
    above = [p.name for p in pack.places.ancestors(place.code) if p.parent] if place else []
    return {
        "case": case,
        "state": state_of(case),
        "item": item.name if item else "未定事项",
        "situation": pack.situations[case.situation].name if case.situation in pack.situations else "",
        "place": " ".join([*reversed(above), place.name]) if place else "未定地点",
        "text": opened.words.get(case.words, "") if opened.sees_original else "",
        "hidden": not opened.sees_original,
        "lon": None if case.place.lon is None else case.place.lon / 1e7,
        "lat": None if case.place.lat is None else case.place.lat / 1e7,
    }
