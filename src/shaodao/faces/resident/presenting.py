"""A case in words for whoever reported it. Pure."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.utils.translation import gettext

from shaodao.centre.cases.lifecycle import events as e
from shaodao.centre.cases.lifecycle.model import NOTHING, Case, state_of
from shaodao.centre.cases.models import Follower
from shaodao.centre.cases.queries import Listed, Opened
from shaodao.county.catalogue import LOCAL, OWNER, Item
from shaodao.county.pack.model import Pack
from shaodao.faces import moments, sources, words
from shaodao.faces.work import presenting as staff
from shaodao.ground.clocks import Clock, Limit

THANKS = {
    "rate": "谢谢您的评价。",
    "reopen": "已经退回重新办理，办理单位会再来。",
    "comment": "补充已收到，办理单位能看到。",
    "helpful": "谢谢，已记录。",
    "review": "复核申请已收到，中心会再看一遍。",
    "came": "谢谢，已记录。",
    "same": "已和那一件合并办理，进展照样告诉您。",
}

# What whoever reported is told of, in their words. Inner paperwork stays inside.
TOLD: dict[type[e.Event], str] = {
    e.Reported: "收到您反映的问题",
    e.Queued: "中心正在受理",
    e.Dispatched: "派给{duties}办理",
    e.Answered: "中心答复",
    e.FoundHelpful: "您说答复有用",
    e.Transferred: "转送{to}，回执 {receipt}",
    e.SentToRuling: "正在确定由哪个单位负责",
    e.RaisedToCounty: "提请县里协调",
    e.Ruled: "确定由{owner}负责",
    e.Signed: "{duty_unit}已接单",
    e.ReportedIn: "{duty_unit}{mode}，{persons} 人",
    e.MadeSafe: "{duty_unit}已先行处置险情",
    e.MilestoneReached: "{duty_unit}已办到：{step}",
    e.PartFinished: "{duty_unit}报告已办完",
    e.FiledForPenalty: "{duty_unit}立案查处，{until} 前作出决定",
    e.Verified: "核查{passed}",
    e.Reworked: "退回重新办理",
    e.Rated: "您的评价：{solved}",
    e.Closed: "结案：{how}",
    e.Reopened: "您反映{reason}，重新办理",
    e.Extended: "办理期限改为 {until}",
    e.Shelved: "列入计划，{until} 前恢复办理",
    e.Resumed: "恢复办理",
    e.Declined: "不予受理：{reason}",
    e.DeclineLifted: "复核后重新受理",
    e.Merged: "与同一问题合并办理",
    e.Convened: "现场会商：{units}",
    e.CouncilConcluded: "现场会商有了结论",
    e.Coordinated: "县里已协调",
    e.Commented: "补充说明",
    e.SeenToo: "有人反映也看到了",
}
# The same to who joined it.
FROM_AFAR: dict[type[e.Event], str] = {
    e.Reported: "有人先反映了这件事",
    e.SeenToo: "您反映也看到了",
}
# Events whose words are meant for whoever reported.
READABLE = (
    e.Answered,
    e.Transferred,
    e.PartFinished,
    e.Commented,
    e.SeenToo,
    e.Reopened,
    e.Rated,
    e.Verified,
)


def page(opened: Opened, pack: Pack, now: datetime) -> dict[str, Any]:
    case = opened.case
    item = pack.items.get(case.item)
    history = [
        staff.Entry(
            at=step.at,
            title=gettext(_title(step.event, opened)).format_map(staff.Facts(step.event, case, pack)),
            text=_told(step.event, opened, pack),
            who="",
            late=False,
        )
        for step in reversed(opened.steps)
        if type(step.event) in TOLD
    ]
    return {
        "case": case,
        "item": item.name if item else gettext("您反映的问题"),
        "place": staff.place_name(case.place, pack),
        "answer": next(
            (opened.words.get(s.event.words, "") for s in opened.steps if isinstance(s.event, e.Answered)), ""
        ),
        "source": sources.of(case, pack, now),
        "text": opened.words.get(case.words, "") if opened.sees_original else own_words(opened),
        "state_text": words.word("state_resident", state_of(opened.progress)),
        "promise": promise(opened.progress, pack, now),
        "late": is_late(promised(opened.progress), now),
        "why": opened.progress.why if opened.progress.open else "",
        "parties": staff.parties(opened.progress, pack, ""),
        "history": history,
        "now": now,
        "rating_rows": staff.rated_units(case, pack),
    }


HOW_CLOSED = {
    "rated": "您已评价：{solved}。",
    "unrated": "核查通过后 {closing}没有等到您的评价，按规则结案。",
    "call_backs_failed": "中心回访了 {tries} 次都没有联系上您，按规则结案。",
    "verified": "核查通过，结案。",
}
WHY_AGAIN = {
    "verification": "核查没有通过，办理单位要再来。",
    "rating": "您说没有解决，办理单位要再来。",
    "reopened": "您说没修好或又坏了，办理单位要再来。",
}


def ending(opened: Opened, pack: Pack, now: datetime, may: Collection[str]) -> dict[str, str] | None:
    """How it stands where it ended or will not be solved at once: why, and what comes next. None while it goes its way."""
    case = opened.progress
    state = state_of(case)
    last: dict[type[e.Event], e.Event] = {type(step.event): step.event for step in opened.steps}
    again = gettext("没修好或又坏了，点“没修好”就退回重新办理，不用再填一遍。") if "reopen" in may else ""
    if state == "declined":
        why = gettext(TOLD[e.Declined]).format_map(staff.Facts(last[e.Declined], case, pack))
        after = (
            gettext("可以申请复核一次，由另外的人再看一遍。")
            if "ask_review" in may
            else gettext("已经复核过，维持原来的决定。")
        )
        return {"title": gettext("没有受理"), "why": f"{why}{gettext('。')}", "next": after}
    if state == "transferred":
        why = gettext(TOLD[e.Transferred]).format_map(staff.Facts(last[e.Transferred], case, pack))
        return {
            "title": gettext("已转送主管单位"),
            "why": f"{why}{gettext('。')}",
            "next": gettext("由他们办理和答复您。"),
        }
    if state == "shelved":
        until = case.clock("resume")
        when = gettext("{at} 前恢复办理；").format(at=moments.said(until.due_at, now)) if until else ""
        return {
            "title": gettext("列入计划，还没有解决"),
            "why": gettext("现在没有条件马上办好，经批准列入了计划。"),
            "next": gettext("{when}到时告诉您，期间每 {limit}检查一次。").format(
                when=when, limit=limit(pack.settings.queues.shelf_review)
            ),
        }
    if state == "closed":
        how = gettext(HOW_CLOSED.get(case.outcome_detail, "已结案。"))
        solved = case.ratings[-1].solved if case.ratings else None
        why = how.format(
            solved=words.word("solved", str(solved)) if solved else gettext("已收到"),
            closing=limit(pack.settings.queues.closing),
            tries=pack.settings.numbers.call_back_tries,
        )
        return {"title": gettext("已经结案"), "why": why, "next": again}
    filed = next((d.filed_until for d in case.duties if d.filed_until and d.active), None)
    if filed:
        return {
            "title": gettext("已立案查处"),
            "why": gettext("要依法调查，作出决定以前不算办完。"),
            "next": gettext("{at} 前作出决定，结果告诉您。").format(at=moments.said(filed, now)),
        }
    if state == "dispatched" and isinstance(event := last.get(e.Reworked), e.Reworked):
        return {
            "title": gettext("还没有解决，正在重新办理"),
            "why": gettext(WHY_AGAIN.get(event.reason, "办理单位要再来。")),
            "next": promise(case, pack, now),
        }
    return None


def _title(event: e.Event, opened: Opened) -> str:
    """What is told to whoever reported; who joined hears of others as of others."""
    if not opened.sees_original:
        return FROM_AFAR.get(type(event), TOLD[type(event)])
    if isinstance(event, e.Closed) and event.how == "rated":
        return "结案：您已评价"
    return TOLD[type(event)]


def own_words(opened: Opened) -> str:
    """What somebody who joined said then."""
    said = (s.event.words for s in opened.steps if isinstance(s.event, e.SeenToo) and s.event.who)
    return opened.words.get(next(said, NOTHING), "")


def _told(event: e.Event, opened: Opened, pack: Pack) -> str:
    """What an event says to whoever reported: words meant for them, or what the pack says of a matter off the manual."""
    if isinstance(event, e.Dispatched):
        kind, _, code = event.rule.partition(":")
        row = pack.off_manual.get(code) if kind == "off_manual" else None
        return row.words if row else ""
    return opened.words.get(getattr(event, "words", ""), "") if isinstance(event, READABLE) else ""


# What the lead has promised, by how it reports in and by what it finishes.
WILL = {
    "site": "已派单：{unit}，{at} 前到场",
    "call": "已派单：{unit}，{at} 前联系您",
    "finish": "{unit}正在办理，{at} 前办结",
}
NOT_YET = {
    "site": "{unit}还没有到场，已超时 {late}，正在催办",
    "call": "{unit}还没有联系您，已超时 {late}，正在催办",
    "finish": "{unit}还没有办完，已超时 {late}，正在催办",
}


def promise(case: Case, pack: Pack, now: datetime) -> str:
    """已派单：××局，今天 15:40 前到场。 What is late is said to be late. Empty where nothing is promised, or the clock is
    paused."""
    lead, clock = case.lead, promised(case)
    if lead is None or clock is None or clock.paused_at:
        return ""
    unit, coming = short(lead.unit, pack), clock.kind == "report_in"
    how = lead.report_in if coming else "finish"
    if is_late(clock, now):
        late = moments.span(now - clock.due_at)
        return gettext(NOT_YET[how]).format(unit=unit, late=late)
    return gettext(WILL[how]).format(unit=unit, at=moments.said(clock.due_at, now))


def promised(case: Case) -> Clock | None:
    """The clock of which the promise speaks: until when the lead comes or calls, then until when it is done."""
    lead = case.lead
    if not case.open or lead is None or lead.part_done_at:
        return None
    clock = case.clock("report_in", lead.subject)
    return clock if clock and not lead.reported_in_at else case.clock("finish", lead.subject)


def is_late(clock: Clock | None, now: datetime) -> bool:
    """Whether a clock has run out and still runs."""
    return clock is not None and not clock.paused_at and not clock.stopped_at and clock.due_at <= now


def short(code: str, pack: Pack) -> str:
    return pack.units[code].short if code in pack.units else code


def line(listed: Listed, pack: Pack, token: str) -> dict[str, Any]:
    case = listed.case
    item = pack.items.get(case.item)
    return {
        "token": token,
        "number": case.number,
        "title": item.name if item else gettext("您反映的问题"),
        "text": listed.words[:80],
        "state": words.word("state_resident", case.state),
        "at": case.reported_at,
    }


def seen_line(followed: Follower, pack: Pack, token: str) -> dict[str, Any]:
    """A case that somebody joined: nothing of what its reporter said."""
    case = followed.case
    item = pack.items.get(case.item)
    return {
        "token": token,
        "number": case.number,
        "title": item.name if item else gettext("您也看到的问题"),
        "text": staff.place_name(case, pack),
        "state": words.word("state_resident", case.state),
        "at": followed.since,
    }


def item_line(item: Item, pack: Pack) -> dict[str, str]:
    """An item in the guide: who deals with it and how soon somebody comes."""
    lead = {LOCAL: gettext("所在街道、乡镇"), OWNER: gettext("权属单位")}.get(item.lead) or short(
        item.lead, pack
    )
    return {
        "code": item.code,
        "name": item.name,
        "scope": item.scope,
        "lead": lead,
        "report_in": limit(item.report_in),
        "finish": limit(item.finish),
        "mode": words.word("report_in", item.report_in_mode.value),
    }


LIMITS = {
    ("minute", False): "{amount} 分钟",
    ("minute", True): "{amount} 工作分钟",
    ("hour", False): "{amount} 小时",
    ("hour", True): "{amount} 工作小时",
    ("day", False): "{amount} 天",
    ("workday", False): "{amount} 个工作日",
}


def limit(value: Limit) -> str:
    """A limit as one says it: 30 分钟 · 4 工作时 · 7 个工作日."""
    working = value.calendar == "working"
    if value.unit == "minute" and value.amount % 60 == 0:
        amount, said = value.amount // 60, "{amount} 个工作小时" if working else "{amount} 小时"
    else:
        amount, said = value.amount, LIMITS[value.unit, working and value.unit in ("minute", "hour")]
    return gettext(said).format(amount=amount)
