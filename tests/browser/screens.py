"""Takes the pictures of docs/screens: every page of every role on a phone and on a desk. Run by hand: script/screens.

script/screens [-k name]
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect
from tests.browser.scenes import (
    HERE,
    Scenes,
    answer,
    brief,
    hot,
    month_before,
    play,
    rehearse,
    score,
    supervise,
)
from tests.browser.town import DESK, PHONE, SPOT, Town, locate, picture

from shaodao.centre.cases import sweeper
from shaodao.centre.cases.lifecycle.model import By
from shaodao.centre.dispatch import precedents as known
from shaodao.centre.dispatch.models import Precedent
from shaodao.centre.intake import filing
from shaodao.centre.intake.filing import Whistle
from shaodao.centre.intake.gate import Caller
from shaodao.centre.pressing import actions as press
from shaodao.centre.pressing import watch
from shaodao.centre.pressing.models import Step
from shaodao.centre.publishing import actions as publishing
from shaodao.county import people
from shaodao.county.people import contacts
from shaodao.faces.models import Export, SavedFilter
from shaodao.faces.public import reading
from shaodao.faces.wall import board, links, views
from shaodao.ground.files import intake
from shaodao.ground.files.models import Evidence
from shaodao.ground.ledger import sealer, subscriptions
from shaodao.ground.messages import outbox, relay
from shaodao.ground.messages.models import Outgoing
from shaodao.ground.messages.outbox import Message

OUT = Path(os.environ.get("SCREENS", Path(__file__).resolve().parents[2] / "docs" / "screens"))
TABLET = {"width": 768, "height": 1024}
BOTH, EVERY = (PHONE, DESK), (PHONE, TABLET, DESK)
COLOURS = 128  # few enough for a small file, enough for a map


def keep(page: Page, name: str, width: int) -> None:
    """The whole page, settled, as a small PNG."""
    for block in page.locator("[data-map]").all():
        if block.is_visible():
            block.scroll_into_view_if_needed()
            page.wait_for_timeout(1500)
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": width, "height": max(height, page.viewport_size["height"])})
    page.evaluate("scrollTo(0, 0)")
    page.wait_for_load_state("networkidle")
    image = Image.open(io.BytesIO(page.screenshot(animations="disabled", caret="hide")))
    image = image.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    image.save(OUT / f"{name}-{width}.png", optimize=True)


class Camera:
    def __init__(self, town: Town, scenes: Scenes, only: str) -> None:
        self.town, self.scenes, self.only = town, scenes, only

    def take(
        self,
        name: str,
        path: str,
        role: str = "",
        unit: str = "",
        then=None,
        sizes=BOTH,
        elder=False,
        **options,
    ) -> None:
        if not self.wants(name):
            return
        for size in sizes:
            page = self.town.staff(role, unit, size, **options) if role else self.town.window(size)
            if elder:
                page.context.add_cookies([{"name": "size", "value": "large", "url": self.town.site}])
            page.goto(path)
            if then:
                then(page)
            keep(page, name, size["width"])
            page.context.close()

    def wants(self, name: str) -> bool:
        return not self.only or any(part in name for part in self.only.split(","))


@pytest.fixture
def camera(town: Town) -> Camera:
    OUT.mkdir(parents=True, exist_ok=True)
    return Camera(town, play(town), os.environ.get("ONLY", ""))


def test_it_takes_pictures(camera: Camera) -> None:
    s = camera.scenes
    residents(camera, s)
    public(camera, s)
    staff(camera, s)
    answers(camera, s)
    briefings(camera, s)
    maps(camera)
    walls(camera)
    pressing(camera)  # last: its alarm stands above every page of the desk


def residents(camera: Camera, s: Scenes) -> None:
    camera.take("resident-home", "/", sizes=EVERY)
    camera.take("resident-whistle", "/whistle", sizes=EVERY)
    camera.take("resident-whistle-filled", "/whistle", then=fill)
    camera.take("resident-whistle-danger", "/whistle", then=danger)
    camera.take("resident-guide", "/guide?q=井盖", sizes=EVERY)
    camera.take("resident-track", "/track")
    camera.take("resident-sign-in", "/mine/sign-in")
    camera.take("resident-follow-new", f"/t/{s.token('new')}?new=1")
    for name in ("joint", "rating", "closed"):
        camera.take(f"resident-follow-{name}", f"/t/{s.token(name)}", sizes=EVERY)
    intake.look(99)
    of_closed = Evidence.objects.filter(attached_to=s.number("closed"))
    of_closed.update(faces=["120,180,210,340", "700,240,760,330"])
    camera.take("resident-cover", f"/t/{s.token('closed')}/cover")
    camera.take("sign-in", "/accounts/login/")
    camera.take("error-404", "/nowhere")


def export(s: Scenes) -> None:
    """Lists to be taken away, one in each state."""
    user, at = s.town.user("seat", "C00"), s.town.moment.at
    post = people.capacities(user, at)[0].post_id
    day = timedelta(days=1)
    for table, said in (
        ("search", {"ended_at": at - 2 * day, "rows": 812, "expires_at": at - day}),
        ("triage", {"ended_at": at, "fault": "too_many", "expires_at": at + day}),
        (
            "search",
            {
                "asked": {"states": ["closed"]},
                "ended_at": at,
                "rows": 2480,
                "file": b"x",
                "expires_at": at + day,
            },
        ),
        ("search", {"seen_at": at, "rows": 11_386, "done": 4_500}),
        ("verification", {}),
    ):
        Export.objects.create(user=user, post=post, table=table, asked_at=at, **said)


def give(page: Page) -> None:
    page.get_by_role("button", name="签收").click()
    expect(page.get_by_role("heading", name="签收的结果")).to_be_visible()


def public(camera: Camera, s: Scenes) -> None:
    number = s.number("closed")
    camera.take("publications", "/work/publications", "shift_leader", "C00")
    camera.take("publication", f"/work/publications/{number}", "shift_leader", "C00")
    head = s.by("shift_leader", "C00")
    camera.take("public-empty", "/public/", sizes=(PHONE, DESK))
    token = publishing.publish(number, "小区门口的井盖坏了，夜里很危险。", "已换新井盖。", {}, head).token
    if camera.wants("public"):
        month_before(s)
    reading.forget()
    camera.take("public", "/public/", sizes=EVERY)
    camera.take("public-english", "/public/?lang=en")
    camera.take("public-case", f"/public/cases/{token}")


def briefings(camera: Camera, s: Scenes) -> None:
    published, drafted = brief(s)
    camera.take("briefings", "/work/briefings", "county_leader", "L00")
    camera.take("briefing", f"/work/briefings/{published}", "county_leader", "L00")
    camera.take(
        "briefing-cases", f"/work/briefings/{published}/cases/now/finish_on_time", "county_leader", "L00"
    )
    camera.take("briefing-draft", f"/work/briefings/{drafted}", "handler", "C00-1")


def maps(camera: Camera) -> None:
    board.forget()
    camera.take("leader", "/work/leader", "county_leader", "L00", sizes=EVERY)
    camera.take("map", "/work/map?q=", "shift_leader", "C00", sizes=EVERY)
    camera.take(
        "map-near", f"/work/map?q=#15/{HERE['lat']}/{HERE['lon']}", "shift_leader", "C00", then=list_here
    )
    camera.take("map-grids", f"/work/map?q=#11/{HERE['lat']}/{HERE['lon']}/grids", "shift_leader", "C00")
    camera.take("walls", "/work/walls", "centre_director", "C00", then=put_up)


def list_here(page: Page) -> None:
    page.locator("[data-case-map][data-marks]").wait_for()
    page.get_by_role("button", name="列出图中的哨件").click()
    page.locator("#near .item").first.wait_for()


def put_up(page: Page) -> None:
    page.get_by_label("挂在哪里").fill("指挥大厅东墙")
    page.get_by_role("button", name="生成地址").click()


def walls(camera: Camera) -> None:
    """The wall on both screens; and on one of them without a connection."""
    town, only = camera.town, camera.only
    if only and not any(part in "wall" for part in only.split(",")):
        return
    director = By(f"user:{town.user('centre_director', 'C00').pk}", "centre_director", "C00")
    secret = links.put_up("指挥大厅", director, town.moment.at)
    for width in (1920, 3840):
        page = town.window({"width": width, "height": 1080})
        page.goto(f"/wall/{secret}")
        page.locator("[data-wall-map][data-rings]").wait_for()
        keep(page, "wall", width)
        page.context.close()
    every, views.EVERY = views.EVERY, 1
    page = town.window({"width": 1920, "height": 1080})
    page.goto(f"/wall/{secret}")
    views.EVERY = every
    page.locator("[data-wall-map][data-rings]").wait_for()
    page.context.set_offline(True)
    page.locator(".wall-stale").wait_for()
    keep(page, "wall-lost", 1920)
    page.context.close()
    town.wrong.clear()  # being without a connection is what was asked for


def answers(camera: Camera, s: Scenes) -> None:
    answer(s)
    camera.take("resident-answers", "/guide?q=身份证丢了怎么补")
    camera.take("resident-guide-all", "/guide")
    camera.take("resident-whistle-answers", "/whistle", then=ask)
    camera.take("resident-answer", "/answers/1")
    camera.take("resident-follow-answered", f"/t/{s.token('asked')}")
    camera.take("triage", "/work/list/triage", "seat", "C00")
    for name, way in (("answer", "ask"), ("transfer", "denounce")):
        camera.take(f"triage-{name}", f"/work/cases/{s.number(way)}", "seat", "C00")
    several = "&".join(f"case={s.number(name)}" for name in ("denounce", "denounce2"))
    camera.take("way-out", f"/work/ways?{several}&way=row:O01", "seat", "C00")
    camera.take("form-answer", f"/work/cases/{s.number('ask')}/answer?subject=0", "seat", "C00")
    camera.take("answers", "/work/answers?list=published", "shift_leader", "C00")
    camera.take("answers-review", "/work/answers?list=review", "shift_leader", "C00")
    camera.take("answer", "/work/answers?list=waiting", "shift_leader", "C00", then=first_article)
    camera.take("form-article", "/work/answers/new", "seat", "C00")


def ask(page: Page) -> None:
    page.get_by_label("发生了什么").fill("请问身份证丢了怎么补办，人在外地")
    page.get_by_text("身份证丢了或到期怎么补办换领").click()


def first_article(page: Page) -> None:
    page.get_by_role("link", name="老年公交卡").click()


def fill(page: Page) -> None:
    page.locator("input[type=file][accept^=image]").set_input_files([picture(1), picture(2)])
    page.get_by_label("发生了什么").fill("幸福小区 3 号楼门口的井盖丢了，晚上很危险")
    page.get_by_text("井盖丢失破损", exact=True).click()
    page.get_by_label("在哪个社区或村").select_option(label="凤鸣社区")
    page.get_by_label("具体位置").fill("3 号楼 2 单元门口")
    page.get_by_label("手机号").fill("13812345678")
    page.get_by_text("在地图上点选").click()
    locate(page)


def danger(page: Page) -> None:
    page.get_by_label("发生了什么").fill("三楼着火了，有人被困在里面")
    page.get_by_label("在哪个社区或村").select_option(label="凤鸣社区")
    page.get_by_role("button", name="提交").click()


def be_overtaken(s: Scenes) -> Callable[[Page], None]:
    """A colleague does something between the opening of a form and its sending."""

    def then(page: Page) -> None:
        page.get_by_label("办理结果").fill("裂缝已经补好，井盖换新，周边铺平。")
        page.locator("input[type=file]").set_input_files([picture(5)])
        s.do("handled", "comment", "liaison", "D15", words="街道来电话催，说下午有检查。")
        page.get_by_role("button", name="申请办结").click()
        page.locator("#overtaken").wait_for()

    return then


def walk(page: Page) -> None:
    """Two problems on one walk, looked over."""
    for seed, item, text in ((5, "MS-07", ""), (6, "", "三单元楼道灯不亮，晚上看不见台阶")):
        page.locator("input[type=file][accept^=image]").set_input_files([picture(seed)])
        page.get_by_label("事项").select_option(item)
        page.get_by_label("发生了什么").fill(text)
        locate(page)
        page.get_by_role("button", name="记下，接着报").click()
        page.locator("[data-kept]").wait_for()
    page.get_by_role("link", name="看一遍，一起发（2 件）").click()
    page.get_by_role("button", name="全部发送（2 件）").wait_for()


def more(page: Page) -> None:
    page.locator("#commands details summary").click()


def arrive(page: Page) -> None:
    page.goto(page.get_by_role("link", name="没有扫码条件？在这里签到").get_attribute("href") or "")


def pressing(camera: Camera) -> None:
    """The alarm of an emergency that nobody signed, from its ring to the call; and what messages need."""
    town = camera.town
    spot = {"lon": SPOT["longitude"], "lat": SPOT["latitude"], "crs": "WGS-84"}
    whistle = Whistle(text="燃气味很大", item="MS-23", place=spot)
    number = filing.file(whistle, Caller("camera", ""), by=None, at=town.moment.at).case.number
    leader, head = town.user("county_leader", "L00"), town.user("unit_head", "U04")
    contacts.choose(head.pk, "phone", "13812345678", "always", town.moment.at)
    town.moment.passes(minutes=6)
    press.press(town.moment.at)
    step = Step.objects.get(number=number, how="alarm", unit="U04")
    address = f"/work/alarms/{number}/{step.seq}"
    camera.take("alarm-banner", "/work/inbox", "seat", "C00")
    camera.take("alarms", "/work/alarms", "seat", "C00")
    camera.take("alarm", address, "seat", "C00")
    town.moment.passes(minutes=1)
    desk = town.user("seat", "C00")
    by = By(f"user:{desk.pk}", "seat", "C00")
    press.log_call(
        number, step.seq, f"user:{head.pk}", "reached", "马上派人，十分钟到。", by, at=town.moment.at
    )
    camera.take("alarm-called", address, "seat", "C00")
    camera.take("case-pressed", f"/work/cases/{number}", "unit_head", "U04")
    by = By(f"user:{town.user('centre_director', 'C00').pk}", "centre_director", "C00")
    watch.put_in_charge("U04", f"user:{leader.pk}", by, at=town.moment.at)
    camera.take("charges", "/work/charges", "centre_director", "C00")
    camera.take("reminders", "/work/reminders", "unit_head", "U04")
    for n, channel in enumerate(("d15-group", "d15-group", "sms")):
        params = {"number": number, "words": "快", "urgent": n == 0}
        message = Message(
            channel, f"user:{head.pk}" if channel == "sms" else "unit:U04", "pressing", params, f"k{n}"
        )
        outbox.post(message, town.moment.at)
    Outgoing.objects.filter(channel="sms").update(state="dead", attempts=10, last_error="Refused: HTTP 503")
    while relay.deliver_batch(town.moment.at).total:
        pass
    camera.take("undelivered", "/work/undelivered", "shift_leader", "C00")


def staff(camera: Camera, s: Scenes) -> None:
    def case(name: str, more: str = "") -> str:
        return f"/work/cases/{s.number(name)}{more}"

    grid = s.grid
    for role, unit in (
        ("handler", "D15"), ("section_head", "D15"), ("community_secretary", "S01-01"), ("street_clerk", "S01"),
        ("seat", "C00"), ("shift_leader", "C00"), ("caller", "C00"), ("county_leader", "L00"),
    ):  # fmt: skip
        camera.take(f"inbox-{role.replace('_', '-')}", "/work/inbox", role, unit)
    camera.take("inbox-grid-chief", "/work/inbox", "grid_chief", "S01-01", grid=grid)
    chosen = "&".join(f"case={s.number(name)}" for name in ("new", "late", "handled", "long"))
    camera.take(
        "several-given", f"/work/several?step=sign&{chosen}", "liaison", "D15", then=give, sizes=(DESK,)
    )
    camera.take("several-look-over", f"/work/several?step=assign&{chosen}", "section_head", "D15")
    camera.take("inbox-empty", "/work/inbox", "handler", "D31")
    camera.take("approvals", "/work/list/approvals", "section_head", "D15")
    camera.take("keys", "/work/inbox", "handler", "D15", then=lambda page: page.keyboard.press("?"))
    camera.take("case-new", case("new"), "handler", "D15")
    camera.take("case-joint", case("joint"), "liaison", "U02", then=more)
    camera.take("case-protected", case("protected"), "handler", "D13")
    camera.take("case-verifying", case("verifying"), "community_secretary", "S01-01")
    camera.take("case-ruling", case("ruling"), "shift_leader", "C00")
    camera.take("case-triage", case("triage"), "seat", "C00")
    camera.take("case-compare", case("rating"), "shift_leader", "C00")
    camera.take("case-long", case("long"), "handler", "D15")
    camera.take("case-council", case("council"), "street_clerk", "S01")
    camera.take("council", case("council", "/councils/1"), "street_clerk", "S01")
    camera.take("council-arrive", case("council", "/councils/1"), "street_clerk", "S01", then=arrive)
    camera.take("councils", "/work/councils", "street_clerk", "S01")
    camera.take("search", "/work/cases", "shift_leader", "C00")
    seat = s.by("seat", "C00")
    for name, query in (
        ("没办结的", "open=1"),
        ("住建超期", "unit=D15&overdue=1"),
        ("东凤街道井盖", "item=MS-08&place=S01"),
    ):
        SavedFilter.objects.create(
            actor=seat.actor,
            role=seat.role,
            unit=seat.unit,
            name=name,
            query=query,
            saved_at=s.town.moment.at,
        )
    export(s)
    camera.take("exports", "/work/exports", "seat", "C00")
    camera.take("search-kept", "/work/cases?item=MS-08&place=S01&open=1", "seat", "C00")
    camera.take("notices", "/work/notices", "handler", "D15")
    precedents(camera, s)
    camera.take("capacity", "/work/capacity", "liaison", "D15")
    camera.take("on-the-spot", case("small", "/on_the_spot"), "grid_chief", "S01-01", grid=grid)
    camera.take("whistle-grid-chief", "/work/whistle", "grid_chief", "S01-01", grid=grid)
    camera.take("round", "/work/round", "grid_chief", "S01-01", grid=grid)
    camera.take("walk", "/work/whistle?walk=1", "grid_chief", "S01-01", grid=grid, then=walk)
    camera.take("desk-caller", "/work/whistle?phone=13812340002", "seat", "C00")
    camera.take("form-report-in", case("new", "/report_in?subject=1"), "handler", "D15")
    camera.take("form-claim-finished", case("handled", "/claim_finished?subject=1"), "handler", "D15")
    camera.take(
        "form-overtaken", case("handled", "/claim_finished?subject=1"), "handler", "D15", then=be_overtaken(s)
    )
    camera.take("form-ask-extension", case("handled", "/ask_extension?subject=1"), "handler", "D15")
    camera.take("form-decide", case("approving", "/decide?subject=1"), "section_head", "D15")
    camera.take("form-rule", case("ruling", "/rule?subject=0"), "shift_leader", "C00")
    camera.take("form-dispatch", case("triage", "/dispatch?subject=0"), "seat", "C00")
    camera.take("form-convene", case("joint", "/convene?subject=0"), "street_clerk", "S01")
    camera.take("form-verify", case("verifying", "/verify?subject=0"), "community_secretary", "S01-01")
    camera.take("form-call-back", case("elder", "/call_back?subject=0"), "caller", "C00")
    draft, rehearsal = rehearse(s)
    camera.take("pack-draft", draft, "centre_director", "C00")
    camera.take("rehearsal", rehearsal, "centre_director", "C00")
    camera.take("form-contact", case("elder", "/contact"), "caller", "C00")
    hot_issues(camera, s)


def precedents(camera: Camera, s: Scenes) -> None:
    """What rulings have taught, two of which contradict each other; how dispatch does, and what it asks."""
    at = {item: precedent(s, f"ruled-{item}", text, item, lead, scope) for item, text, lead, scope in TAUGHT}
    learn(camera.town)
    for index, text in enumerate(("广场边上的健身步道塌了一块", "体育公园的木栈道断了几块板")):
        s.whistle(f"like-{index}", text, item="MS-16", phone=f"1381235000{index}")
        s.do(f"like-{index}", "redispatch", "shift_leader", "C00", duty=1, to="D25", reason="wrong_unit")
    for index, text in enumerate(
        ("门口这事归谁管啊", "小区里总有人喂野猫，楼道也有味", "路边的牌子歪了，看着要倒")
    ):
        s.whistle(f"doubtful-{index}", text, phone=f"1381235100{index}")
    camera.take("precedents", "/work/precedents", "centre_director", "C00")
    camera.take("precedent", f"/work/precedents/{at['MS-16']}", "centre_director", "C00")
    camera.take("rulings", "/work/rulings", "shift_leader", "C00")
    camera.take("dispatch", "/work/dispatch", "shift_leader", "C00")
    camera.take("figures", "/work/figures", "county_leader", "L00")
    camera.take("figure-cases", "/work/figures/report_in_on_time?among=1", "county_leader", "L00")
    camera.take("confirm", "/work/dispatch/confirm", "seat", "C00", then=doubt)


TAUGHT = (
    ("MS-16", "想问一下这个事到底归谁管", "D15", "county"),
    ("MS-08", "有件事不知道找谁，请帮忙看看", "D18", "kind"),
    ("MS-08 ", "还是上回那件事，到底归谁管", "D13", "township"),
)


def precedent(s: Scenes, name: str, text: str, item: str, lead: str, scope: str) -> int:
    """A whistle without an item, ruled as a precedent; the id its precedent will have."""
    s.whistle(name, text, phone="13812352000", place=HERE)
    s.do(name, "send_to_ruling", "seat", "C00", units=["D15", "D18"])
    s.do(name, "rule", "shift_leader", "C00", lead=lead, item=item.strip(), kind="list", basis="县权责清单第三章第十二项",
         reasons="采纳住建局意见", precedent="yes", scope=scope)  # fmt: skip
    learn(s.town)
    return Precedent.objects.latest("pk").pk


def learn(town: Town) -> None:
    sealer.seal_all(town.moment.at)
    subscriptions.run_all(town.moment.at)
    known.forget()


def doubt(page: Page) -> None:
    page.locator("details[data-key=n] summary").click()


def test_it_takes_pictures_of_what_came_twice(town: Town) -> None:
    """A county of its own, so that no other page shows these."""
    OUT.mkdir(parents=True, exist_ok=True)
    s = Scenes(town)
    camera = Camera(town, s, os.environ.get("ONLY", ""))
    near = HERE | {"lat": HERE["lat"] + 0.0003}
    s.whistle("lid", "百货门口的井盖丢了，晚上很危险", item="MS-07", phone="13812345671", pictures=(3,))
    town.moment.passes(minutes=20)
    s.whistle("again", "百货门口井盖没了，晚上走路很危险", item="MS-07", place=near, pictures=(3,))
    s.do("lid", "report_in", "handler", "D15", duty=1, mode="site", persons=1, position=HERE)
    s.do("lid", "make_safe", "handler", "D15", duty=1, words="围上了", pictures=(3,))
    sealer.seal_all(town.moment.at)
    while subscriptions.run_all(town.moment.at):
        pass
    camera.take("resident-whistle-alike", "/whistle", then=write_the_same)
    camera.take("duplicates", "/work/duplicates", "seat", "C00")
    camera.take("case-alike", f"/work/cases/{s.number('lid')}", "seat", "C00")


def test_it_takes_pictures_of_the_discipline_side(town: Town) -> None:
    """Members make their keys, print the shares, work, and say what the public said."""
    OUT.mkdir(parents=True, exist_ok=True)
    camera = Camera(town, Scenes(town), os.environ.get("ONLY", ""))
    head, group = ("discipline_head", "J00"), ("inspector", "J04")
    for number in range(3):
        camera.scenes.whistle(f"hole{number}", "路边井盖丢了", item="MS-07")
    town.moment.passes(days=4)
    sweeper.sweep(town.moment.at)
    people = {}
    for role, unit in (head, group, ("inspector", "J-T06"), ("village_supervisor", "T06-02")):
        page = town.staff(role, unit, name=f"演示{town.pack.units[unit].short}")
        page.goto("/discipline/keys")
        page.get_by_label("口令", exact=True).fill(PASSPHRASE)
        page.get_by_label("再输一次").fill(PASSPHRASE)
        page.get_by_role("button", name="生成密钥").click()
        people[unit] = page
    camera.take("discipline-locked", "/discipline/unlock", *head)
    page = people["J00"]
    page.goto("/discipline/unlock?next=/discipline/keys")
    unseal(page)
    page.get_by_role("button", name="生成恢复份额，启用工作台").click()
    expect(page.locator(".share")).to_have_count(3)
    for size in (PHONE, DESK):
        page.set_viewport_size(size)
        keep(page, "discipline-shares", size["width"])
    page.goto("/discipline/keys")
    page.get_by_role("button", name="指纹已核对，接纳").first.click()
    page.get_by_role("button", name="指纹已核对，接纳").first.click()
    open_matters(town, people)
    page.goto("/discipline/")
    page.get_by_role("link", name="核一核井盖反复超期").click()
    matter = page.url.removeprefix(town.site)
    for name, path, who in (
        ("discipline", "/discipline/", head),
        ("discipline-keys", "/discipline/keys", head),
        ("discipline-new", "/discipline/matters/new/recommendation", head),
        ("discipline-matter", matter, group),
        ("discipline-analysis", "/discipline/analysis", head),
    ):
        camera.take(name, path, *who, then=unseal)
    camera.take("supervise", "/supervise")
    camera.take("supervise-receipt", "/supervise", then=say_something)
    camera.take("evidence", "/work/evidence", "audit_admin", "J00")


PASSPHRASE = "correct horse battery staple"


def unseal(page: Page) -> None:
    if page.get_by_role("button", name="解锁").count():
        page.get_by_label("口令", exact=True).fill(PASSPHRASE)
        page.get_by_role("button", name="解锁").click()
        page.wait_for_load_state("networkidle")


def say_something(page: Page) -> None:
    page.get_by_label("反映哪个单位").select_option("D13")
    page.get_by_label("反映什么").fill("下午两点去窗口，里面的人说今天不办了，让明天再来。")
    page.get_by_role("button", name="加密提交").click()
    expect(page.get_by_text("已收到")).to_be_visible()


def open_matters(town: Town, people: dict[str, Page]) -> None:
    """A task that was reported on, a tip, and a request from below."""
    page = people["J00"]
    page.goto("/discipline/analysis")
    page.locator("a.item", has_text="井盖").first.click()
    page.get_by_role("link", name="派单", exact=True).click()
    page.get_by_label("标题").fill("核一核井盖反复超期")
    page.get_by_label("要求").fill("查清三次超期各是谁值班、为什么没有签收，报值班表。")
    page.get_by_label("交给").select_option("J04")
    page.get_by_role("button", name="加密保存").click()
    number = page.url.rsplit("/", 1)[-1]
    page = people["J04"]
    page.goto(f"/discipline/matters/{number}")
    unseal(page)
    page.get_by_role("button", name="签收").click()
    page.get_by_label("情况和结果").fill("三次都在节假日。值班表上有人，当天没有到岗。已约谈值班负责人。")
    page.locator("form", has=page.get_by_role("button", name="报告结果")).get_by_label(
        "附件"
    ).set_input_files({"name": "值班表.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7"})
    page.get_by_role("button", name="报告结果").click()
    visitor = town.window()
    visitor.goto("/supervise")
    say_something(visitor)


def write_the_same(page: Page) -> None:
    page.get_by_label("发生了什么").fill("百货门口的井盖不见了，晚上走路很危险")
    locate(page)
    page.locator("#alike button").first.wait_for()


def hot_issues(camera: Camera, s: Scenes) -> None:
    given, hottest = hot(s)
    camera.take("hot-issues", "/work/hot-issues", "county_leader", "L00")
    camera.take("hot-issue", f"/work/hot-issues/{hottest}", "shift_leader", "C00")
    camera.take("topic-new", f"/work/topics/new?case={hottest}", "shift_leader", "C00")
    camera.take("topics", "/work/topics", "shift_leader", "C00")
    camera.take("topic", f"/work/topics/{given}", "shift_leader", "C00")
    camera.take("topic-lead", f"/work/topics/{given}", "liaison", "D13")


def test_it_takes_pictures_of_scores_and_shifts(town: Town) -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    s = play(town)
    camera = Camera(town, s, os.environ.get("ONLY", ""))
    code = score(s)
    camera.take("scores", f"/work/scores/{code}", "county_leader", "L00")
    camera.take("scores-of", f"/work/scores/{code}/D15", "unit_head", "D15")
    camera.take("score-appeals", "/work/scores/appeals", "centre_director", "C00")
    camera.take("exclusions", "/work/exclusions", "inspector", "J00")
    camera.take("duty", "/work/duty", "shift_leader", "C00")
    camera.take("desk-work", "/work/duty/work", "centre_director", "C00")


def test_it_takes_pictures_of_supervision(town: Town) -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    s = play(town)
    camera = Camera(town, s, os.environ.get("ONLY", ""))
    to_sign, reviewed, meeting = supervise(s)
    camera.take("orders", "/work/orders", "supervisor", "V00")
    camera.take("order-new", "/work/orders/new?unit=D15", "centre_director", "C00")
    camera.take("order-to-sign", f"/work/orders/{to_sign}", "unit_head", "D15")
    camera.take("order-review", f"/work/orders/{reviewed}", "supervisor", "V00")
    camera.take("order-register", "/work/orders/register", "supervisor", "V00")
    camera.take("head", "/work/head", "unit_head", "D15")
    camera.take("note-case", f"/work/cases/{s.number('late')}", "county_leader", "L00")
    camera.take("notes", "/work/instructions", "county_leader", "L00")
    camera.take("meeting", f"/work/meetings/{meeting}", "centre_director", "C00")
    camera.take("meeting-call", f"/work/cases/{s.number('late')}/meeting", "county_leader", "L00")
    camera.take("meetings", "/work/meetings", "county_leader", "L00")
