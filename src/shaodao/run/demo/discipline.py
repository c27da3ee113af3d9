"""The discipline side of the demonstration: members with keys, and a few matters, all through the real door."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from shaodao.centre.assessment.figures import Period
from shaodao.centre.cases.actions import DIRECT, context_of
from shaodao.centre.cases.lifecycle.model import By
from shaodao.centre.discipline import actions, keyring
from shaodao.centre.discipline.analysis import recurring
from shaodao.centre.discipline.keyring import Holder
from shaodao.county.pack.model import Pack
from shaodao.ground.secrecy import boxes

# Everybody's, and no secret: of invented people in an invented county.
PASSPHRASE = "监督演示口令一二三四五六"
HEAD, MEMBER = ("discipline_head", "J00"), ("inspector", "J00")
GROUP, COMMITTEE, VILLAGE = ("inspector", "J04"), ("inspector", "J-T06"), ("village_supervisor", "T06-02")
People = Mapping[tuple[str, str], By]
Holders = Mapping[tuple[str, str], Holder]
POSTS = (HEAD, MEMBER, GROUP, COMMITTEE, VILLAGE)
TIPS = (
    (2, "D13", "下午两点到窗口，里面的人说今天不办了，让明天再来。第二天又说要另一张表，头一天没有说。"),
    (6, "T06-02", "村里的清雪补助发给了谁，问了两次都没有公示。"),
)


def fill(pack: Pack, actors: Mapping[tuple[str, str], str], until: datetime) -> None:
    """Keys, the shares (thrown away: nobody keeps them here), and matters of the last weeks. `actors`: by role and unit."""
    begun = until - timedelta(days=60)
    people = {post: By(actors[post], *post) for post in POSTS}
    for by in people.values():
        keyring.make(by.actor, PASSPHRASE, context_of(by, DIRECT), begun)
    holders = {post: _unlocked(by, begun) for post, by in people.items()}
    keyring.set_up(holders[HEAD], context_of(people[HEAD], DIRECT), pack, begun)
    for post in POSTS[1:]:
        own = boxes.fingerprint(boxes.pair_of(holders[post].private).public)
        keyring.admit(people[post].actor, own, holders[HEAD], context_of(people[HEAD], DIRECT), pack, begun)
    _task(pack, people, holders, until)
    _request(pack, people, holders, until)
    _recommendation(pack, people, holders, until)
    _interview(pack, people, until)
    for days, unit, words in TIPS:
        actions.supervise({"unit": unit, "text": words}, pack, at=until - timedelta(days=days))


def _unlocked(by: By, at: datetime) -> Holder:
    half = keyring.unlock(by.actor, PASSPHRASE, f"demo {by.actor}", at)
    holder = keyring.holder(by.actor, f"demo {by.actor}", half, at)
    assert holder is not None
    keyring.shut(f"demo {by.actor}")
    return holder


def _task(pack: Pack, people: People, holders: Holders, until: datetime) -> None:
    """派单 on what kept going wrong in the group's departments."""
    period = Period(until - timedelta(days=90), until)
    worst = next(iter(recurring(people[GROUP], pack, period)), None)
    said: dict[str, Any] = {
        "title": "核一核反复超期的原因",
        "text": "查清每次超期是谁值班、为什么没有按时办，报值班表和整改措施。",
    }
    if worst is not None:
        said |= {"unit": worst.unit, "cases": " ".join(worst.cases[:5])}
    at = until - timedelta(days=9)
    number = actions.open_matter("task", said, people[HEAD], pack, holder="J04", workdays=10, at=at)
    _act(number, "sign", {}, GROUP, pack, people, holders, at + timedelta(hours=3))
    text = "多数在节假日和夜间。值班表上有人，没有到岗。已要求单位重排值班，月底前回头看。"
    _act(number, "report", {"text": text}, GROUP, pack, people, holders, at + timedelta(days=5))


def _request(pack: Pack, people: People, holders: Holders, until: datetime) -> None:
    """需求 from a township's committee."""
    said = {
        "title": "请协调核查河道保洁费用",
        "text": "镇里和县水利局各说各的，凭证不全，请县里牵头对一次账。",
    }
    at = until - timedelta(days=4)
    number = actions.open_matter("request", said, people[COMMITTEE], pack, at=at)
    _act(number, "take", {}, MEMBER, pack, people, holders, at + timedelta(hours=5))


def _recommendation(pack: Pack, people: People, holders: Holders, until: datetime) -> None:
    """建议书 up to the unit's reply."""
    said = {
        "title": "加强节假日和夜间值班", "unit": "D13", "organ": "纪检监察", "number": "辉纪建〔2026〕3号",
        "addressee": pack.units["D13"].name, "origin": "在日常监督中发现，你单位节假日和夜间的办件多次超期。",
        "problems": ["节假日值班表有人，实际无人到岗。", "夜间派单平均两小时以后才签收。"],
        "causes": ["值班排班没有和派单时限衔接。", "没有检查到岗的办法。"],
        "measures": ["重排值班，落实到人。", "每月通报到岗情况。", "对多次不到岗的，按规定处理。"],
        "copies": [pack.units["C00"].name],
    }  # fmt: skip
    at = until - timedelta(days=40)
    number = actions.open_matter("recommendation", said, people[MEMBER], pack, workdays=22, at=at)
    _act(number, "issue", {"text": "同意，按期回访。"}, HEAD, pack, people, holders, at + timedelta(days=1))
    reply = "已重排值班，十月起每周抽查到岗，附抽查记录。"
    _act(number, "reply", {"text": reply}, MEMBER, pack, people, holders, at + timedelta(days=24))


def _interview(pack: Pack, people: People, until: datetime) -> None:
    """约谈 that is still to be held."""
    said = {
        "title": "约谈值班负责人", "unit": "D15", "addressee": pack.units["D15"].name, "interviewed": "市政股值班负责人",
        "reasons": ["两个月内三次夜间未到岗。"], "basis": "日常监督有关规定", "when": "下周二上午九点",
        "where": "县纪委监委派驻第四纪检监察组办公室", "interviewer": "第四派驻组", "bring": ["值班表", "到岗记录"],
        "contact": "第四派驻组办公室",
    }  # fmt: skip
    actions.open_matter("interview", said, people[GROUP], pack, at=until - timedelta(days=1))


def _act(
    number: str,
    step: str,
    said: Mapping[str, Any],
    post: tuple[str, str],
    pack: Pack,
    people: People,
    holders: Holders,
    at: datetime,
) -> None:
    actions.act(number, step, said, people[post], holders[post], pack, at=at)
