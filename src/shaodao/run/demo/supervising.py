"""Orders, leaders' notes and county meetings of the demonstration, given by the same actions as any. An order follows what a
briefing named and nobody had put right some days later; units answer mostly in time."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from shaodao.centre.briefings.models import Briefing, Problem
from shaodao.centre.briefings.months import Month
from shaodao.centre.cases import permissions
from shaodao.centre.cases.lifecycle.model import By
from shaodao.centre.cases.models import Case, Clock
from shaodao.centre.supervision.meetings import actions as meetings
from shaodao.centre.supervision.notes import actions as notes
from shaodao.centre.supervision.orders import actions as orders
from shaodao.centre.supervision.orders.facts import still_late
from shaodao.county.pack.model import Pack
from shaodao.county.units import LOCALS, PARTS, Kind

from .people import Cast

AFTER = timedelta(days=5, hours=18)  # from being named to the order
MOST_EACH_MONTH = 2
REPLIES = (
    "已逐件整改并上门反馈，完善了值班和接单制度，明确专人盯办。",
    "已整改到位，同类问题排查 12 处、处理 12 处，并列入日常巡查。",
    "已增派人员、调整班次，今后接单 2 小时内到场；逾期件已全部办结。",
)
Named = tuple[datetime, str, tuple[str, ...]]


def follow_up(month: Month, pack: Pack, cast: Cast, until: datetime, seed: int) -> None:
    """The orders to those whom a month's briefing named."""
    rng = Random(f"{seed}/orders/{month}")
    briefing = Briefing.objects.exclude(published_at=None).filter(month=str(month)).first()
    if briefing is not None:
        for at, unit, cases in _named(briefing, pack, until, rng):
            _order(at, unit, briefing, cases, pack, cast, until, rng)


def supervise(pack: Pack, cast: Cast, until: datetime, seed: int) -> None:
    """A direct order that waits for the signature of the unit's head, what leaders wrote, and a meeting that is called."""
    rng = Random(f"{seed}/supervision")
    _direct(pack, cast, until, rng)
    leader = _pick(cast, "county_leader", _one(pack, Kind.LEADERS), rng)
    if leader is None:
        return
    _notes(leader, until)
    _meeting(leader, pack, cast, until, rng)


def _named(briefing: Briefing, pack: Pack, until: datetime, rng: Random) -> list[Named]:
    """What a briefing named and was still open some days later; the earliest first."""
    assert briefing.published_at is not None
    at = briefing.published_at + AFTER
    numbers: dict[str, list[str]] = {}
    problems = list(Problem.objects.filter(briefing=briefing.month).order_by("due_at", "case_number"))
    cases = Case.objects.in_bulk([each.case_number for each in problems])
    for each in problems:
        case = cases.get(each.case_number)
        over = case and (case.verified_at or case.ended_at)
        if case and case.against == "" and each.unit in pack.units and not (over and over <= at):
            unit = pack.units[each.unit]
            head = pack.tree.head_unit(unit.code) if unit.kind in PARTS else unit
            if head.kind in orders.LEADS:
                numbers.setdefault(head.code, []).append(each.case_number)
    worst = sorted(numbers, key=lambda unit: (-len(numbers[unit]), unit))[:MOST_EACH_MONTH]
    found = [
        (at + timedelta(minutes=rng.randrange(30, 400)), unit, tuple(numbers[unit][:8])) for unit in worst
    ]
    return sorted(each for each in found if each[0] < until)


def _order(
    at: datetime,
    unit: str,
    briefing: Briefing,
    cases: tuple[str, ...],
    pack: Pack,
    cast: Cast,
    until: datetime,
    rng: Random,
) -> None:
    street = pack.units[unit].kind in LOCALS
    centre, office = _one(pack, Kind.CENTRE), _one(pack, Kind.SUPERVISION)
    clerk = _pick(cast, "street_clerk" if street else "liaison", unit, rng)
    head = _pick(cast, "street_head" if street else "unit_head", unit, rng)
    director = _pick(cast, "centre_director", centre, rng)
    reviewer = _pick(cast, "supervisor", office, rng) or _pick(cast, "centre_deputy", centre, rng)
    if not (clerk and head and director and reviewer):
        return
    if not permissions.may_order(director, "draft", unit, "general", pack):
        return
    said = orders.Drafted(
        lead=unit,
        title="专报点名问题逾期未整改",
        words=f"专报第 {briefing.issue} 期点名的 {len(cases)} 件至今没有整改到位，群众仍在等待。",
        basis=f"专报第 {briefing.issue} 期；《事项指导手册》规定的办理时限",
        demand="逐件整改，说明迟缓的原因和责任，举一反三，防止同类问题再发生。",
        contact="治理中心督办岗 0435-8220001（演示）",
        workdays=5,
        grade="key" if rng.random() < 0.25 else "general",
        cases=cases,
        briefing=briefing.month,
        problem=f"{briefing.month}:{unit}",
    )
    number = orders.draft(said, director, at=at)
    steps: list[tuple[float, str, str, By]] = [(0.5, "issue", "", director), (3, "sign", "", clerk)]
    days = rng.choice((2, 3, 4, 9)) if rng.random() < 0.9 else 12
    steps += [(24 * days, "reply", rng.choice(REPLIES), clerk), (24 * days + 5, "sign_reply", "", head)]
    review = 24 * (days + 1)
    if rng.random() < 0.2:
        steps.append((review, "return", "抽查仍有两处没有整改，请补齐后再报。", reviewer))
        steps += [(review + 40, "reply", REPLIES[1], clerk), (review + 44, "sign_reply", "", head)]
        review += 72
    steps.append((review, "strike", "现场复核，均已整改到位。", reviewer))
    for hours, command, words, by in steps:
        moment = at + timedelta(hours=hours)
        if moment >= until:
            break
        orders.act(number, command, words, by, factor=command == "sign_reply", at=moment)
    orders.sweep(until)


def _direct(pack: Pack, cast: Cast, until: datetime, rng: Random) -> None:
    """To the department or enterprise that is late in most cases now."""
    units = [unit.code for unit in pack.units.values() if unit.kind in (Kind.DEPARTMENT, Kind.UTILITY)]
    late = {unit: still_late(unit, pack) for unit in units}
    unit = max(late, key=lambda unit: len(late[unit]))
    director = _pick(cast, "centre_director", _one(pack, Kind.CENTRE), rng)
    clerk = _pick(cast, "liaison", unit, rng)
    if not (director and clerk and late[unit]):
        return
    cases = [
        number
        for number, against in Case.objects.filter(number__in=late[unit]).values_list("number", "against")
        if not against
    ]
    said = orders.Drafted(
        lead=unit,
        title="超期办件集中清理",
        words=f"现有 {len(late[unit])} 件超过办结时限仍未办结。",
        basis="《事项指导手册》规定的办理时限",
        demand="逐件明确办结日期和责任人，能办的一周内办结，办不了的按程序申请延期或者挂账。",
        contact="治理中心督办岗 0435-8220001（演示）",
        workdays=5,
        cases=cases[:8],
    )
    number = orders.draft(said, director, at=until - timedelta(hours=47))
    for hours, command, words, by in (
        (46, "issue", "", director),
        (42, "sign", "", clerk),
        (16, "reply", REPLIES[0], clerk),
    ):
        orders.act(number, command, words, by, at=until - timedelta(hours=hours))


def _notes(leader: By, until: datetime) -> None:
    """What the leader has read lately, and the words on the case that waits longest."""
    last = Briefing.objects.exclude(published_at=None).order_by("-month").first()
    if last is not None:
        at = until - timedelta(hours=5)
        notes.write(notes.Said("briefing", last.month), leader, at=at)
    late = Clock.objects.filter(kind="finish", stopped_at=None, paused_at=None).exclude(breached_at=None)
    row = (
        late.filter(case__sensitive=False, case__against="").select_related("case").order_by("due_at").first()
    )
    if row is not None:
        words = "群众等得太久了。请主办单位说明原因，抓紧办结，结果报我。"
        unit = row.unit if not row.case.item else ""
        said = notes.Said("case", row.case_id, "instructed", words, unit or row.case.lead_unit, 3)
        notes.write(said, leader, at=until - timedelta(minutes=25))


def _meeting(leader: By, pack: Pack, cast: Cast, until: datetime, rng: Random) -> None:
    waiting = Clock.objects.filter(kind="coordination", stopped_at=None, cancelled=False).order_by("due_at")
    director = _pick(cast, "centre_director", _one(pack, Kind.CENTRE), rng)
    clock = waiting.select_related("case").first()
    if clock is None or director is None or not clock.case.lead_unit:
        return
    units = [unit for unit in dict.fromkeys((clock.case.lead_unit, clock.case.township)) if unit]
    tomorrow = until.astimezone(ZoneInfo(pack.zone)).replace(hour=15, minute=0) + timedelta(days=1)
    said = meetings.Called(leader.actor, units, tomorrow, "县政府三楼会议室", "请带上办理情况和权属资料。")
    meetings.call(clock.case_id, said, director, at=until - timedelta(minutes=40))


def _pick(cast: Cast, role: str, unit: str, rng: Random) -> By | None:
    return cast.pick(role, unit, rng)


def _one(pack: Pack, kind: Kind) -> str:
    return next(unit.code for unit in pack.units.values() if unit.kind is kind)
