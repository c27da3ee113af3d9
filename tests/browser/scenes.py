"""Cases in every state, made by the same actions as the pages use: what docs/screens shows."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.browser.town import HUINAN, Town, picture

from shaodao.centre.answers import knowledge, starters
from shaodao.centre.answers.article import Facts, Wording
from shaodao.centre.briefings import actions as briefings
from shaodao.centre.briefings.months import Month
from shaodao.centre.cases import actions, sweeper
from shaodao.centre.cases.lifecycle import Case
from shaodao.centre.cases.lifecycle.model import By
from shaodao.centre.intake import filing
from shaodao.centre.intake.filing import Filed, Whistle
from shaodao.centre.intake.gate import Caller
from shaodao.centre.rehearsal import waiting
from shaodao.centre.rehearsal.rehearse import Days
from shaodao.centre.scores import actions as scores
from shaodao.centre.scores.models import Entry
from shaodao.centre.scores.month import Which
from shaodao.centre.shifts import actions as shifts
from shaodao.centre.supervision.meetings import actions as meetings
from shaodao.centre.supervision.notes import actions as notes
from shaodao.centre.supervision.orders import actions as orders
from shaodao.centre.topics import actions as topics
from shaodao.county.pack import versions
from shaodao.county.pack.models import PackVersion
from shaodao.county.places import Level
from shaodao.ground.files import intake as evidence
from shaodao.ground.ledger import sealer, subscriptions

HERE = {"lon": 126.0428, "lat": 42.6835, "crs": "WGS-84"}


@dataclass
class Scenes:
    """Cases by the name of what they show."""

    town: Town
    filed: dict[str, Filed] = field(default_factory=dict)

    @property
    def grid(self) -> str:
        """A grid of 凤鸣社区, with a chief."""
        return next(place.code for place in self.town.pack.places if place.parent == "S01-01")

    def number(self, name: str) -> str:
        return self.filed[name].case.number

    def token(self, name: str) -> str:
        return self.filed[name].token

    def by(self, role: str, unit: str, grid: str = "") -> By:
        return By(f"user:{self.town.user(role, unit, grid=grid).pk}", role, grid or unit)

    def photos(self, token: str, *seeds: int) -> list[str]:
        files = [picture(seed)["buffer"] for seed in seeds]
        return [str(row.pk) for row in evidence.accept(files, token, self.town.moment.at)]

    def whistle(
        self, scene: str, text: str, by: By | None = None, pictures: tuple[int, ...] = (), **said: Any
    ) -> None:
        said.setdefault("place", HERE)
        photos = self.photos(scene, *pictures) if pictures else []
        self.filed[scene] = filing.file(
            Whistle(text=text, photos=photos, upload_token=scene, **said),
            Caller("scenes", scene, trusted=True),
            by=by,
            at=self.town.moment.at,
        )

    def do(self, name: str, command: str, role: str, unit: str, grid: str = "", **said: Any) -> Case:
        return self.do_to(self.number(name), command, role, unit, grid, **said)

    def do_to(self, number: str, command: str, role: str, unit: str, grid: str = "", **said: Any) -> Case:
        """Give a command in this capacity; `pictures` are drawn and sent along."""
        by, token = self.by(role, unit, grid), ""
        if seeds := said.pop("pictures", ()):
            token = f"{number}-{command}"
            said["photos"] = self.photos(token, *seeds)
        return actions.act(number, command, said, by, at=self.town.moment.at, upload_token=token)

    def say(self, name: str, command: str, **said: Any) -> Case:
        """What whoever reported says."""
        case = actions.load(self.number(name))
        return actions.act(case.number, command, said, By(case.requester, "whistler"), at=self.town.moment.at)

    def later(self, **span: float) -> None:
        at = self.town.moment.passes(**span)
        while sweeper.sweep(at):
            pass

    def handle(self, name: str, unit: str = "D15", until: str = "verified") -> None:
        """The lead does its work up to a stage: signed, there, claimed, done, verified."""
        stages = ("signed", "there", "claimed", "done", "verified")
        wanted = stages[: stages.index(until) + 1]
        case = actions.load(self.number(name))
        if "signed" in wanted:
            self.do(name, "sign", "handler", unit, duty=1)
        if "there" in wanted:
            self.later(minutes=9)
            self.do(
                name,
                "report_in",
                "handler",
                unit,
                duty=1,
                mode="site",
                persons=2,
                position=HERE,
                pictures=(3,),
            )
            duty = actions.load(case.number).duty(1)
            if duty and actions.load(case.number).clock("make_safe", duty.subject):
                self.do(
                    name, "make_safe", "handler", unit, duty=1, words="先围挡，放了警示牌。", pictures=(4,)
                )
        if "claimed" in wanted:
            self.later(minutes=31)
            self.do(
                name, "claim_finished", "handler", unit, duty=1, way="done",
                words="已换新井盖，加装防坠网，周边路面同步修补。", pictures=(5, 6),
            )  # fmt: skip
        if "done" in wanted:
            self.do(name, "decide", "section_head", unit, request=1, approve=True)
        if "verified" in wanted:
            self.later(minutes=15)
            place = case.place
            self.do(
                name,
                "verify",
                "community_secretary",
                place.community,
                passed=True,
                words="现场看过，已经换好。",
            )


def play(town: Town) -> Scenes:
    """A morning's work of a county centre."""
    s = Scenes(town)
    desk = s.by("seat", "C00")
    street = s.by("street_clerk", "S01")
    town.moment.at -= timedelta(days=3)
    s.whistle(
        "closed",
        "小区门口井盖破了，走路绊脚",
        item="MS-07",
        phone="13812340001",
        name="王阿姨",
        pictures=(1,),
    )
    s.handle("closed")
    s.say("closed", "rate", solved="yes", levels=[{"duty": 1, "level": 5}], words="来得快，修得好，谢谢！")
    s.whistle("elder", "路灯坏了好几天，晚上看不见路", by=desk, channel="desk_phone", item="MS-09",
              on_behalf_of={"name": "李大爷", "phone": "13812340002"})  # fmt: skip
    s.handle("elder", "D13")
    s.later(hours=49)
    s.whistle("late", "下水井往外冒脏水，流到马路上了", item="MS-06", phone="13812340003", pictures=(2,))
    s.later(hours=19)
    s.whistle(
        "rating",
        "三号楼前井盖丢了，晚上很危险",
        item="MS-07",
        phone="13812345678",
        name="张女士",
        pictures=(1, 2),
    )
    s.handle("rating")
    s.whistle("verifying", "健身广场边上井盖翘起来了", item="MS-07", phone="13812340005", pictures=(8,))
    s.handle("verifying", until="done")
    s.whistle(
        "approving",
        "学校门口井盖碎了一半，孩子上学要绕着走",
        item="MS-07",
        phone="13812340006",
        pictures=(9,),
    )
    s.handle("approving", until="claimed")
    s.whistle("small", "楼道里堆了纸箱，过道变窄了", item="MS-17", by=s.by("grid_chief", "S01-01", s.grid),
              place={"grid": s.grid}, staff_found=True, own=True, pictures=(19,))  # fmt: skip
    s.whistle(
        "handled", "文化路人行道边上的井盖裂了一道缝", item="MS-07", phone="13812340016", pictures=(18,)
    )
    s.handle("handled", until="there")
    s.whistle("protected", "邻居在楼顶私自搭建彩钢房，占了公共天台，夜里还在施工", item="XZ-01",
              phone="13812340007", name="赵先生", pictures=(10,))  # fmt: skip
    s.do("protected", "summarise", "seat", "C00", words="住宅楼顶公共天台有人搭建彩钢房，夜间仍在施工。")
    s.whistle(
        "joint",
        "主管道破裂，自来水和污水一起往外冒，半条街都淹了",
        item="MS-05",
        phone="13812340008",
        pictures=(11,),
    )
    s.do("joint", "sign", "handler", "U02", duty=1)
    s.do("joint", "call_assist", "liaison", "U02", to={"unit": "D15", "role": "assist"}, reason="technical",
         words="管道在道路下面，请住建局配合开挖。")  # fmt: skip
    s.do("joint", "call_assist", "street_clerk", "S01", to={"unit": "S01", "role": "local"}, reason="site",
         words="街道负责疏导居民。")  # fmt: skip
    s.later(minutes=12)
    s.do(
        "joint", "report_in", "handler", "U02", duty=1, mode="site", persons=3, position=HERE, pictures=(12,)
    )
    s.later(minutes=70)
    s.whistle("ruling", "楼后头那面墙不知道是谁家的，也没人管，大家意见很大", phone="13812340010", pictures=(14,),
              place={"grid": "S01-01"})  # fmt: skip
    s.do("ruling", "send_to_ruling", "seat", "C00", units=["D15", "D16"], words="权属不清，请两家书面说明。")
    s.later(minutes=20)
    s.do("ruling", "state_view", "liaison", "D15", mine=False, basis="挡土墙在小区红线外，未移交我局管养。")
    s.whistle("triage", "有个事想问问，一直没人管，你们来看看吧", phone="13812340011")
    s.whistle("transfer", "反映广场舞音响声音大，晚上九点以后还在放", by=desk, channel="12345", system="12345",
              external_id="JL20260415-00713", external_due=town.moment.at + timedelta(days=5),
              on_behalf_of={"name": "孙女士", "phone": "13812340012"})  # fmt: skip
    s.whistle("council", "老旧小区围墙外堆了垃圾，线缆乱挂，车也停不下，几家单位都来过没解决", by=street, item="MS-01",
              pictures=(15, 16), staff_found=True)  # fmt: skip
    s.do(
        "council", "convene", "street_clerk", "S01", units=["D15", "D13", "U05"], place=HERE,
        meet_at=town.moment.at + timedelta(minutes=20), words="请带图纸，到 5 号楼东侧围墙边集合。",
    )  # fmt: skip
    s.later(minutes=15)
    for unit, person in (("D15", "陈工"), ("D15", "小刘"), ("U05", "周主任")):
        actions.act(s.number("council"), "arrive", {"council": 1, "unit": unit, "person": person},
                    By("system:council-1", "on_the_spot", unit), at=town.moment.at)  # fmt: skip
    s.later(minutes=10)
    s.whistle("community", "单元门口堆了旧家具，垃圾桶也满了，味道大", item="MS-13",
              by=s.by("grid_chief", "S01-01", s.grid), staff_found=True, pictures=(17,))  # fmt: skip
    s.whistle("long", "这条路从去年冬天开始就坏了，" * 12 + "请有关部门尽快来看看。" * 6, item="MS-08",
              phone="13812340013", name="一位名字写得特别特别长的反映人某某某先生")  # fmt: skip
    s.whistle("new", "幸福小区 3 号楼门口的井盖丢了，晚上很危险", item="MS-07", phone="13812340014", name="刘女士",
              pictures=(1, 2))  # fmt: skip
    return s


def bring_answers(s: Scenes) -> None:
    """The knowledge base as the pack brings it."""
    knowledge.forget()
    at = s.town.moment.at
    starters.install(starters.read(HUINAN, s.town.pack, s.town.pack.day(at)), at)
    knowledge.forget()


def answer(s: Scenes) -> None:
    """What waits in triage for a way out, a question answered, a draft and an article that must be looked at again."""
    bring_answers(s)
    for name, text, last in (
        ("ask", "请问身份证快到期了，人在外地怎么换领，要带什么", 21),
        ("denounce", "举报我们村支书贪污，把集体林地的钱揣自己兜里", 22),
        ("denounce2", "举报村主任受贿，套取危房改造补助款", 23),
        ("suggest", "建议给全县出租房统一登记编号，便于管理", 24),
        ("praise", "感谢公安局的民警，大半夜帮我把迷路的老人送回家", 25),
        ("deed", "小区交房三年了，房产证一直办不下来，开发商总说快了", 26),
        ("asked", "请问驾驶证快到期了怎么换", 27),
    ):
        s.whistle(name, text, phone=f"138123400{last}")
    found = knowledge.find("驾驶证到期换证", s.town.pack.day(s.town.moment.at))[0].article
    s.do("asked", "answer", "seat", "C00", words=found.text, source=found.ref)
    by = actions.context_of(s.by("seat", "C00"), actions.DIRECT)
    today = s.town.pack.day(s.town.moment.at)
    knowledge.write(
        Wording(
            "老年公交卡在哪里办",
            "带身份证到县客运站服务窗口，当场办，不收费。",
            "县交通局 2026 年公告",
            ("老人坐车卡",),
        ),
        Facts(today, today + timedelta(days=180), "D18"),
        by,
        s.town.moment.at,
    )
    due = knowledge.find("取暖费怎么退", today)[0].article
    knowledge.review(due.id, today, by, s.town.moment.at, today - timedelta(days=1))
    knowledge.forget()


def rehearse(s: Scenes) -> tuple[str, str]:
    """A draft that gives all municipal services to one authority and hurries report-in: its page, and its rehearsal's."""
    town, now = s.town, s.town.moment.at
    base = PackVersion.objects.get(pk=versions.in_force().id)
    files = versions.files_of(base)
    for name, old, new in (
        ("switches.toml", 'choice = "split"', 'choice = "city_management"'),
        ("items.csv", "site,60m working,4h working", "site,60m working,60m working"),
    ):
        files[name] = files[name].decode("utf-8-sig").replace(old, new).encode()
    draft = versions.draft(
        files, by=town.user("centre_deputy", "C00"), now=now, based_on=base, note="市政设施统一归城管局"
    )
    days = Days((now - timedelta(days=6)).date(), now.date())
    one = waiting.ask(draft, days, by=town.user("centre_director", "C00"), now=now)
    waiting.tick(threading.Event())
    return f"/administration/packs/{draft.pk}", f"/administration/packs/{draft.pk}/rehearsals/{one.pk}"


# Three matters that several people report, each in one place, with the days ago on which they did.
MATTERS = (
    ("S01-04", "XZ-11", (52, 41, 26, 24, 21, 17, 13, 9, 6, 4, 3, 2, 1), (
        "银杏苑小区对面的工地夜里还在施工，噪音很大，老人睡不着",
        "银杏苑旁边工地凌晨两点还在打桩，噪音扰民，请管一管",
        "每天晚上工地施工到后半夜，银杏苑的住户睡不好，噪音太大",
        "投诉银杏苑小区附近工地夜间施工，打桩噪音严重扰民",
        "银杏苑门口工地又在夜间施工，孩子中考前休息不好",
    )),
    ("S02-04", "MS-09", (19, 18, 11, 8, 5, 2), (
        "育才路从小学到桥头的路灯全不亮，孩子放学看不见路",
        "育才路小学门口一段路灯坏了半个月，晚上太黑",
        "育才路桥头的路灯不亮，晚上走路摔了一跤",
    )),
    ("S03-02", "MS-13", (55, 50, 45, 33, 28, 15, 7), (
        "锦绣市场后门垃圾堆成山，天热了气味很大",
        "锦绣市场后门的垃圾箱满了没有人清运，苍蝇很多",
        "锦绣市场后门垃圾没有人清，臭味飘到居民楼",
    )),
)  # fmt: skip


def hot(s: Scenes) -> tuple[str, str]:
    """Weeks in which many report the same, and one topic given; returns its number, and a case of the hottest issue."""
    numbers = []
    for area, item, days, texts in MATTERS:
        for index, ago in enumerate(days):
            at = s.town.moment.at - timedelta(days=ago, hours=index % 5)
            filed = filing.file(
                Whistle(
                    text=texts[index % len(texts)], item=item, place={"grid": area}, phone=f"139{at:%m%d%H%M}"
                ),
                Caller("scenes", f"{area}-{index}", trusted=True),
                at=at,
            )
            numbers.append(filed.case.number)
    s.later(minutes=1)
    lights = numbers[len(MATTERS[0][2]) :][: len(MATTERS[1][2])]
    given = topics.open_topic(
        "育才路路灯不亮", "查清是线路还是灯具，一次修好；修好前在校门口装临时照明。", "D13", lights, 10,
        s.by("shift_leader", "C00"), at=s.town.moment.at - timedelta(days=2),
    )  # fmt: skip
    topics.act(given, "sign", "", s.by("liaison", "D13"), at=s.town.moment.at - timedelta(days=1, hours=20))
    topics.act(given, "report", "线路老化，已更换电缆 320 米、灯具 14 盏，昨晚全部点亮。", s.by("liaison", "D13"),
               at=s.town.moment.at - timedelta(hours=3))  # fmt: skip
    return given, numbers[len(MATTERS[0][2]) - 1]


def brief(s: Scenes) -> tuple[str, str]:
    """A month that is over: two briefings, the first published and read, the second drafted; returns their months."""
    begun = datetime(2026, 2, 3, 1, tzinfo=UTC)
    for n in range(6):
        at = begun + timedelta(days=8.5 * n, hours=n % 6)
        item = ("MS-07", "MS-12", "MS-20")[n % 3]
        whistle = Whistle(
            text="路边的井盖松了，车一过就响",
            item=item,
            place={"grid": MATTERS[n % 2][0]},
            phone=f"137{n:08}",
        )
        filing.file(whistle, Caller("scenes", f"brief-{n}", trusted=True), at=at)
    desk, director = s.by("handler", "C00-1"), s.by("centre_director", "C00")
    signer, leader = s.by("unit_head", "D01"), s.by("county_leader", "L00")
    first, second = Month(2026, 2), Month(2026, 3)
    at = datetime(2026, 3, 3, 1, tzinfo=UTC)
    sweeper.sweep(at)
    briefings.draft(first, desk, at=at)
    briefings.write(str(first), "1. 井盖松动反映集中。", "1. 一周内逐个检查、加固。", desk, at=at)
    for hours, command, by in (
        (1, "submit", desk),
        (3, "check", director),
        (6, "sign", signer),
        (7, "publish", desk),
    ):
        briefings.act(str(first), command, by, at=at + timedelta(hours=hours))
    briefings.act(str(first), "read", leader, at=at + timedelta(hours=9))
    at = datetime(2026, 4, 3, 1, tzinfo=UTC)
    sweeper.sweep(at)
    drafted = briefings.draft(second, desk, at=at)
    briefings.pick(
        str(second), *drafted.problems[0].named.key, desk, leave_out="已约定整改日期，单独督办", at=at
    )
    return str(first), str(second)


def month_before(s: Scenes) -> None:
    """The month before, as everybody reads it: what came from each street, most of it done and rated."""
    pack, begun = s.town.pack, s.town.moment.at.replace(day=1, hour=1) - timedelta(days=31)
    places = [(place.code, place.parent or "") for place in pack.places if place.level is Level.COMMUNITY]
    busy = [code for code, street in places for _ in range(3 if street.startswith("S") else 1)]
    items = ("MS-07", "MS-09", "MS-07", "MS-08", "MS-13", "MS-07", "MS-03", "MS-09", "MS-12")
    for n, community in enumerate(busy):
        at = begun + timedelta(days=n % 29, minutes=7 * n % 90)
        whistle = Whistle(
            text=f"第 {n + 1} 处", item=items[n % len(items)], place={"grid": community}, phone=f"136{n:08}"
        )
        number = filing.file(whistle, Caller("scenes", f"month-{n}", trusted=True), at=at).case.number
        lead = actions.load(number).lead
        if lead and lead.unit.startswith("D") and n % 12:
            finish(s, number, lead.unit, at, 5 - n % 3)
    sweeper.sweep(s.town.moment.at)
    sealer.seal_all(s.town.moment.at)
    while subscriptions.run_all(s.town.moment.at):
        pass


def finish(s: Scenes, number: str, unit: str, at: datetime, level: int) -> None:
    """Done by the lead within the hour, verified and rated."""

    def give(minutes: int, command: str, by: By, **said: Any) -> None:
        actions.act(number, command, said, by, at=at + timedelta(minutes=minutes))

    hand, head = s.by("handler", unit), s.by("section_head", unit)
    give(3, "sign", hand, duty=1)
    give(9, "report_in", hand, duty=1, mode="site", persons=2, position=HERE)
    case = actions.load(number)
    if case.lead and case.clock("make_safe", case.lead.subject):
        give(10, "make_safe", hand, duty=1, words="先围挡。")
    if case.lead and not case.lead.reported_in_at:
        return  # turned out somewhere else: to be confirmed
    give(40, "claim_finished", hand, duty=1, way="done", words="已修好。")
    give(45, "decide", head, request=1, approve=True)
    clock = actions.load(number).clock("verification")
    if clock is None:
        return
    role = "seat" if clock.unit == "C00" else "community_secretary"
    give(60, "verify", s.by(role, clock.unit), passed=True)
    requester = By(actions.load(number).requester, "whistler")
    give(70, "rate", requester, solved="yes", levels=[{"duty": 1, "level": level}])


def supervise(s: Scenes) -> tuple[str, str, str]:
    """Orders in every state, a leader's note and a county meeting; returns the order to be signed, the one to be reviewed,
    and the meeting."""
    at, director, office = s.town.moment.at, s.by("centre_director", "C00"), s.by("supervisor", "V00")
    leader = s.by("county_leader", "L00")

    def order(lead: str, title: str, days: int, grade: str = "general", cases: tuple[str, ...] = ()) -> str:
        said = orders.Drafted(
            lead=lead, title=title, grade=grade, cases=cases, workdays=5,
            words="接到派单后没有按时到场，经两次催办仍未整改。", basis="《辉南县城乡基层治理事项指导手册》",
            demand="限期整改到位，举一反三排查同类问题，建立长效机制。", contact="治理中心督办岗 0435-8220001",
        )  # fmt: skip
        number = orders.draft(said, director, at=at - timedelta(days=days))
        if grade != "listed":
            orders.act(number, "issue", "", director, at=at - timedelta(days=days))
        return number

    def walk(number: str, days: float, *steps: tuple[str, str, By]) -> None:
        for step, (command, words, by) in enumerate(steps):
            moment = at - timedelta(days=days) + timedelta(hours=step)
            orders.act(number, command, words, by, factor=command == "sign_reply", at=moment)

    late = (s.number("late"), s.number("long"))
    to_sign = order("D15", "污水外溢迟迟不到场", 4, "key", late)

    def answered(unit: str, words: str) -> tuple[tuple[str, str, By], ...]:
        liaison = s.by("liaison", unit)
        return (("sign", "", liaison), ("reply", words, liaison), ("sign_reply", "", s.by("unit_head", unit)))

    written = answered("D15", "已疏通主管线 120 米，更换井盖 2 处；今后雨后 2 小时内巡查。")[:2]
    walk(to_sign, 3.5, *written)
    reviewed = order("D13", "路灯连片不亮长期不修", 9)
    walk(reviewed, 5, *answered("D13", "已更换灯具 14 盏、电缆 320 米，建立夜间巡查。"))
    struck = ("strike", "现场复核三次，没有反弹。", office)
    walk(order("D27", "审批系统反复中断", 20), 18, *answered("D27", "已更换设备，双线路备份。"), struck)
    order("U03", "弱电线缆乱拉乱挂", 1, "listed")
    notes.write(notes.Said("order", to_sign), leader, at=at - timedelta(hours=5))
    words = "群众出行安全无小事。请住建局三日内彻底整改，全面排查同类隐患，结果报我。"
    notes.write(
        notes.Said("case", s.number("late"), "instructed", words, "D15", 3),
        leader,
        at=at - timedelta(hours=4),
    )
    s.do("joint", "escalate_tier", "liaison", "U02", reason="cross_unit", words="管线权属交叉，请县里协调。")
    called = meetings.Called(leader.actor, ["U02", "D15", "S01"], at + timedelta(hours=20), "县政府三楼会议室",
                             "研究管线权属和整治责任。请带管线图和产权资料。")  # fmt: skip
    meeting = meetings.call(s.number("joint"), called, s.by("centre_director", "C00"), at=at)
    meetings.came(meeting, "D15", "刘工", director, at=at + timedelta(minutes=1))
    return to_sign, reviewed, meeting


def score(s: Scenes) -> str:
    """This month scored and published when it is over, one entry contested; an exclusion; a shift that was handed over.
    Returns the month."""
    at = s.town.moment.at
    for index, (item, text) in enumerate(
        (("MS-08", "路面有坑"), ("XZ-02", "占道经营"), ("MS-07", "井盖松动"))
    ):
        for n in range(6):
            s.whistle(f"scored-{index}-{n}", f"第 {n + 1} 处{text}", item=item, phone=f"1381236{index}00{n}")
    s.do("scored-0-0", "propose_exclusion", "seat", "C00", reason="untrue", words="到现场看过，没有坑。")
    s.do("scored-0-0", "decide", "centre_deputy", "C00", request=1, approve=True, words="同意")
    s.do("scored-1-0", "propose_exclusion", "seat", "C00", reason="malicious", words="同一处已答复三次。")
    sealer.seal_all(at)
    code, over = f"{at:%Y-%m}", (at.replace(day=1) + timedelta(days=33)).replace(day=3)
    scores.propose(code, s.by("centre_deputy", "C00"), at=over)
    scores.publish(code, s.by("centre_director", "C00"), at=over)
    taken = Entry.objects.filter(month=code, unit="D15", points__lt=0).exclude(number="").first()
    if taken:
        which = Which(taken.unit, taken.rule, taken.number, taken.part)
        scores.appeal(code, which, "当天停电两小时，签收和报到都登不上。", s.by("unit_head", "D15"), at=at)
    seat, leader = s.by("seat", "C00"), s.by("shift_leader", "C00")
    for by in (seat, leader, s.by("stationed", "D13")):
        shifts.sign_on(by, at=at)
    watch = [s.number("late")]
    shifts.hand_over(seat, "西门口那件还在等住建局到场，答应反映人 11 点前回话。", watch, at=at)
    subscriptions.run_all(at)
    return code
