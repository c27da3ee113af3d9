"""A case in the words of its page: history, parties, buttons. Pure over `queries.Opened` and the pack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext

from shaodao.centre.cases.lifecycle import commands as c
from shaodao.centre.cases.lifecycle import events as e
from shaodao.centre.cases.lifecycle.model import MILESTONE, TIMERS, By, Case, Duty, Request, state_of
from shaodao.centre.cases.queries import Opened, Step
from shaodao.county.pack.model import Pack
from shaodao.faces import moments, words
from shaodao.ground.clocks import Clock

SOONEST = 3  # what a case waits for is told briefly; the clocks of all parties stand beside it
NO_PHOTOS: Mapping[int, Sequence[Any]] = {}
# Buttons that end something for somebody: asked again, and drawn as grave.
GRAVE = {c.ProposeDecline, c.ProposeExclusion, c.ProposeWrongful, c.AskReturn, c.Merge, c.Erase}
# Done with one tap: no form.
AT_ONCE = {c.Sign}
# Not drawn as a button of their own: they belong to another page or to time.
ELSEWHERE = {c.ConfirmItem, c.Join, c.Tick, c.Recompute, c.PassUp, c.Arrive, c.Erase, c.SeeIdentity}
# What the case waits for, the likeliest first; everything else stands under 更多.
NEXT = (
    c.Sign, c.ReportIn, c.MakeSafe, c.ReachMilestone, c.ClaimFinished, c.FinishPart, c.Rule, c.Dispatch, c.Decide, c.Verify,
    c.CallBack, c.Rate, c.StateView, c.ConcludeCouncil, c.Coordinate, c.ConfirmReportIn, c.Close, c.Answer, c.Transfer,
    c.SendToRuling, c.Summarise, c.RateUnits,
)  # fmt: skip
# The order under 更多: inside the unit, with others, later, ending.
MORE = (
    c.WithdrawRequest,
    c.Assign, c.CallAssist, c.Convene, c.EscalateTier, c.AskExtension, c.AskShelving, c.FileForPenalty, c.ReviewShelved,
    c.Resume, c.Redispatch, c.RevealIdentity, c.AppealWrongful, c.AskReview, c.Reopen, c.Comment,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Button:
    command: str
    name: str
    subject: int
    grave: bool
    at_once: bool


@dataclass(frozen=True, slots=True)
class Buttons:
    """`now`: what the case waits for, the first one first; `more`: everything else that is allowed."""

    now: tuple[Button, ...]
    more: tuple[Button, ...]


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


@dataclass(frozen=True, slots=True)
class Due:
    """A clock that the actor's unit has to meet."""

    name: str
    clock: Seen


def buttons(opened: Opened, pack: Pack) -> Buttons:
    """Everything this capacity may do now, the next step first."""
    wanted = [(cls, subject) for cls, subject in opened.offered if cls not in ELSEWHERE]
    rank = {cls: index for index, cls in enumerate((*NEXT, *MORE))}
    wanted.sort(key=lambda pair: (pair[0] in GRAVE, rank.get(pair[0], len(rank)), pair[1]))
    several = {cls for cls, _ in wanted if sum(other is cls for other, _ in wanted) > 1}

    def button(cls: type[c.Command], subject: int) -> Button:
        name = title_of(cls, subject, opened.case)
        if cls in several and "duty" in cls.__dataclass_fields__:
            name = f"{name}：{_duty_unit(opened.case, subject, pack)}"
        return Button(c.name_of(cls), name, subject, cls in GRAVE, cls in AT_ONCE)

    return Buttons(
        tuple(button(*pair) for pair in wanted if pair[0] in NEXT),
        tuple(button(*pair) for pair in wanted if pair[0] not in NEXT),
    )


def title_of(cls: type[c.Command], subject: int, case: Case) -> str:
    """What a command is called on its button and page: an approval says of what."""
    name = words.word("command", c.name_of(cls))
    if "request" in cls.__dataclass_fields__ and (request := case.request(subject)):
        return f"{name}：{words.word('request', request.kind)}"
    if cls is c.ReachMilestone and (duty := case.duty(subject)) and (steps := case.milestones(duty)):
        return f"{name}：{clock_name(steps[0])}"
    return name


def _duty_unit(case: Case, id: int, pack: Pack) -> str:
    duty = case.duty(id)
    return short(duty.unit, pack) if duty else ""


def clock_name(clock: Clock) -> str:
    """What a clock runs for; a milestone is called by its own name."""
    if clock.kind == MILESTONE:
        return clock.subject.rpartition(":")[2]
    return words.word("clock", clock.kind)


def due(case: Case, pack: Pack, by: By) -> list[Due]:
    """What the actor's unit must do by when, soonest first. Queues of the centre are everybody's at the centre."""
    tree = pack.tree
    own = tree.head_unit(by.unit).code if by.unit in tree.units else by.unit
    mine = [
        clock
        for clock in case.open_clocks
        if clock.kind not in TIMERS
        and clock.unit in tree.units
        and tree.head_unit(clock.unit).code == own
        and clock.unit in (by.unit, own)
    ]
    return [
        Due(clock_name(clock), seen)
        for clock in sorted(mine, key=lambda clock: clock.due_at)
        if (seen := _seen(clock))
    ]


def waits(case: Case, pack: Pack) -> list[Due]:
    """What the case waits for and from whom, soonest first: for whoever has nothing to do with it just now."""
    clocks = sorted((k for k in case.open_clocks if k.kind not in TIMERS), key=lambda k: k.due_at)
    return [
        Due(f"{short(clock.unit, pack)}{clock_name(clock)}", seen)
        for clock in clocks
        if clock.unit in pack.units and (seen := _seen(clock))
    ][:SOONEST]


@dataclass(frozen=True, slots=True)
class Said:
    """What a unit says, in its own words."""

    unit: str
    answer: str
    text: str
    at: datetime
    basis: str = ""  # kind and citation
    clock: Seen | None = None  # of one still silent
    photos: int = 0


def views(opened: Opened, pack: Pack) -> list[Said]:
    """The views of the units asked before a ruling; those still silent are named too."""
    case = opened.case
    stated = [
        Said(
            short(view.unit, pack),
            "是本单位职责" if view.mine else "不是本单位职责",
            opened.words.get(view.words, ""),
            view.at,
            cited(view.kind, opened.words.get(view.basis, "")),
        )
        for view in case.views
    ]
    silent = [clock for clock in case.open_clocks if clock.kind == "view"]
    return [*stated, *(Said(short(k.unit, pack), "还没有答复", "", k.due_at, clock=_seen(k)) for k in silent)]


def cited(kind: str, citation: str) -> str:
    """权责清单：第三章第 12 项."""
    return "：".join(part for part in (words.word("basis_kind", kind) if kind else "", citation) if part)


def done(opened: Opened, pack: Pack) -> list[Said]:
    """What each unit says it has done."""
    case = opened.case
    return [
        Said(
            _duty_unit(case, step.event.duty, pack),
            words.word("way", step.event.way) if step.event.way else "已办完",
            opened.words.get(step.event.words, ""),
            step.at,
            photos=len(step.event.photos),
        )
        for step in opened.steps
        if isinstance(step.event, e.PartFinished)
    ]


def evidence(case: Case, pack: Pack) -> str:
    """佐证: what a finished case of this item has to show, in the manual of the day it was reported; empty: nothing."""
    manual = pack.items_on(pack.day(case.reported_at)) if case.reported_at else pack.items
    asked = manual[case.item].evidence if case.item in manual else ()
    return f"这类事项办结要有：{'、'.join(asked)}。" if asked else ""


def rated_units(case: Case, pack: Pack, cls: type[c.Command] = c.Rate) -> list[dict[str, Any]]:
    """The units that can be rated, as the rating component takes them: by a street those it summoned."""
    own = case.street_rates if cls is c.RateUnits else [d.id for d in case.handlers]
    return [{"id": d.id, "unit": short(d.unit, pack)} for d in case.handlers if d.id in own]


def about(request: Request, pack: Pack) -> str:
    """What a request asks for, in one line."""
    said = words.word("way", request.claim) if request.claim else words.word("reason", request.reason)
    return "：".join(part for part in (words.word("request", request.kind), said) if part)


def parties(case: Case, pack: Pack, own: str) -> list[Party]:
    """All parties side by side, those at work first."""
    shown = sorted(case.duties, key=lambda d: (not d.active, d.role != "lead", d.id))
    return [
        Party(
            unit=short(d.unit, pack),
            role=d.role,
            state=duty_state(d, case),
            assignee=pack.units[d.section].name if d.section in pack.units else "",
            mine=d.unit == own,
            sign=_seen(case.clock("sign", d.subject)),
            report_in=_seen(case.clock("report_in", d.subject)),
            finish=_seen(case.clock("finish", d.subject)),
        )
        for d in shown
    ]


def duty_state(duty: Duty, case: Case) -> str:
    if duty.ended:
        return words.word("duty_end", duty.ended)
    if duty.part_done_at:
        if case.verified_at:
            return gettext("已办完，核查通过")
        return gettext("已办完，等待核查") if case.waits("verification") else gettext("本单位已办完")
    asked = next((r for r in case.requests if r.open and r.duty == duty.id), None)
    if asked:
        return gettext("{request}，等待审批").format(request=words.word("request", asked.kind))
    if duty.report_in_pending:
        return gettext("待确认报到")
    if duty.reported_in_at:
        return gettext("已报到 {persons} 人，处置中").format(persons=duty.persons)
    return gettext("已签收，未报到") if duty.signed_at else gettext("未签收")


def _seen(clock: Clock | None) -> Seen | None:
    if clock is None:
        return None
    return Seen(clock.due_at, clock.started_at, clock.stopped_at, clock.paused_at is not None)


def history(opened: Opened, pack: Pack, photos: Mapping[int, Sequence[Any]] = NO_PHOTOS) -> list[Entry]:
    """What happened, newest first, in sentences; `photos` by the step they belong to. Words that come again with a
    later step (a claim that is granted) are shown once."""
    said: set[str] = set()
    entries = []
    for step in opened.steps:
        text = "" if isinstance(step.event, e.Reported) else _text(step.event, opened.words)
        entries.append(
            Entry(
                at=step.at,
                title=title(step.event, opened.case, pack),
                text="" if text in said else text,
                who=who(step, pack),
                late=isinstance(step.event, e.Breached),
                photos=tuple(photos.get(step.seq, ())),
            )
        )
        said.add(text)
    return entries[::-1]


def who(step: Step, pack: Pack) -> str:
    """The capacity that acted, never a person's name."""
    role, _, unit = step.capacity.partition("@")
    automatic = (
        isinstance(step.event, e.Dispatched | e.Queued) and step.event.by.role != "seat" and step.seq <= 2
    )
    if step.actor.startswith("system:") or role == "system" or automatic:
        return "系统"
    if role in ("whistler", "resident"):
        return "反映人"
    name = pack.roles[role].name if role in pack.roles else role
    return f"{short(unit, pack)} {name}" if unit else name


def short(code: str, pack: Pack) -> str:
    """What a unit is called; a grid, in whose name its chief acts, by its own name."""
    named = pack.units.get(code)
    place = None if named else pack.places.get(code)
    return named.short if named else place.name if place else code


def _text(event: e.Event, known: dict[str, str]) -> str:
    """The words of an event, those this capacity may read."""
    keys: list[str] = [getattr(event, name, "") for name in ("basis", "reasons", "words", "minutes")]
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
            return gettext("、").join(
                gettext("{unit}（{role}）").format(
                    unit=short(d.unit, pack), role=words.word("duty_role", d.role)
                )
                for d in event.duties
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
        if key in ("vacant", "next") and isinstance(event, e.PassedUp):
            seat = event if key == "vacant" else event.steps[0]
            return pack.capacity_name(seat.role, seat.unit)
        if key == "ground" and isinstance(event, e.Dispatched):
            return _ground(event, pack)
        value = getattr(event, key, "")
        return _worded(key, value, pack)


def _ground(event: e.Dispatched, pack: Pack) -> str:
    """On what a dispatch rests, as far as it is worth a word: a precedent, or what it followed from."""
    kind, _, code = event.rule.partition(":")
    if kind == "precedent":
        return f"。依据判例：哨件 {code.partition('/')[0]}"
    if kind == "off_manual" and code in pack.off_manual:
        return f"。手册外事项：{pack.off_manual[code].name}"
    return f"。{words.word('reason', event.reason)}" if event.reason else ""


SAID = {
    "mine": ("不是本单位职责", "是本单位职责"),
    "passed": ("不通过", "通过"),
    "came": ("没到", "到了"),
    "reached": ("没接通", "接通了"),
}


def _worded(key: str, value: Any, pack: Pack) -> str:
    if key == "item":
        return pack.items[value].name if value in pack.items else gettext("不在手册中")
    if key in ("unit", "owner", "verifier", "to") and isinstance(value, str):
        return short(value, pack)
    if key in ("units", "absent"):
        return gettext("、").join(short(unit, pack) for unit in value) or gettext("无")
    if isinstance(value, bool):
        return gettext(SAID.get(key, ("否", "是"))[value])
    if isinstance(value, datetime):
        return moments.to_the_minute(value)
    kinds = {"mode": "report_in", "way": "way", "kind": "clock", "solved": "solved", "finding": "wrongful",
             "outcome": "request_outcome", "how": "closed_how", "reason": "reason", "nature": "nature"}  # fmt: skip
    return words.word(kinds[key], str(value)) if key in kinds and value else str(value)


def place_name(case: Any, pack: Pack) -> str:
    """凤鸣社区 第五网格, with the street before it; of a case or its row."""
    return full_name(case.grid or case.community or case.township, pack)


def full_name(code: str, pack: Pack) -> str:
    """A place by its code, with the street before it; "" for one unknown."""
    place = pack.places.get(code)
    if place is None:
        return ""
    above = [p.name for p in pack.places.ancestors(place.code) if p.parent]
    return " ".join([*reversed(above), place.name])


def summary(opened: Opened, pack: Pack) -> dict[str, Any]:
    """The head of the case page."""
    case = opened.case
    item = pack.items.get(case.item)
    return {
        "case": case,
        "state": state_of(case),
        "item": item.name if item else "未定事项",
        "situation": pack.situations[case.situation].name if case.situation in pack.situations else "",
        "place": place_name(case.place, pack) or "未定地点",
        "text": opened.words.get(case.words, "") if opened.sees_original else "",
        "hidden": not opened.sees_original,
        "why": case.why,
        "informing": _informing(case, pack),
        "summary_text": opened.words.get(case.summary, ""),
        "lon": None if case.place.lon is None else case.place.lon / 1e7,
        "lat": None if case.place.lat is None else case.place.lat / 1e7,
    }


def _informing(case: Case, pack: Pack) -> str:
    """首接单位, where it is another one than the lead that keeps the requester informed."""
    lead = case.lead
    another = case.open and not (lead and lead.unit == case.informing)
    return short(case.informing, pack) if another and case.requester and not case.erased else ""
