"""Pictures of docs/screens: the faces of residents, everybody and leaders where there is nothing, too much, an error, or no
line; and 长辈版. Run by hand: script/screens."""

from __future__ import annotations

import os

import pytest
from playwright.sync_api import Page, expect
from tests.browser.scenes import Scenes, play
from tests.browser.screens import BOTH, EVERY, OUT, Camera, keep
from tests.browser.test_app import READY
from tests.browser.town import PHONE, Town, picture

from shaodao.centre.cases import actions
from shaodao.centre.cases.lifecycle import state_of
from shaodao.centre.cases.lifecycle.model import By
from shaodao.faces.wall import board, links

ONLY_PHONE = (PHONE,)
HEIC = {"name": "IMG_1.HEIC", "mimeType": "image/heic", "buffer": b"\0\0\0\x18ftypheic" + b"x" * 900}
LONG = "这条路从去年冬天开始就坏了，下雨积水，晴天扬尘，老人孩子走路都不方便。" * 29
NO_MAP = "HTMLCanvasElement.prototype.getContext = () => null"


@pytest.fixture
def camera(town: Town) -> Camera:
    OUT.mkdir(parents=True, exist_ok=True)
    return Camera(town, Scenes(town), os.environ.get("ONLY", ""))


# --- nothing there yet -----------------------------------------------------------------------------------------------


def test_it_takes_pictures_of_a_county_in_which_nothing_has_happened(camera: Camera) -> None:
    board.forget()
    camera.take("leader-empty", "/work/leader", "county_leader", "L00")
    camera.take("map-empty", "/work/map", "shift_leader", "C00", then=drawn)
    camera.take("resident-waiting-empty", "/waiting", sizes=ONLY_PHONE)
    camera.take("resident-guide-none", "/guide?q=没有这样的事", sizes=ONLY_PHONE)
    wall(camera, "wall-empty", 1920, 1080)


def drawn(page: Page) -> None:
    page.locator("[data-case-map][data-marks]").wait_for()


def wall(camera: Camera, name: str, width: int, height: int, init: str = "") -> None:
    if not camera.wants(name):
        return
    town = camera.town
    director = By(f"user:{town.user('centre_director', 'C00').pk}", "centre_director", "C00")
    secret = links.put_up(name, director, town.moment.at)
    board.forget()
    page = town.window({"width": width, "height": height})
    if init:
        page.add_init_script(init)
    page.goto(f"/wall/{secret}")
    page.locator("[data-wall-map] canvas, .wall-listed li").first.wait_for()
    page.wait_for_timeout(1500)
    keep(page, name, width)
    page.context.close()


# --- what residents meet ----------------------------------------------------------------------------------------------


def test_it_takes_pictures_of_what_residents_meet(camera: Camera) -> None:
    s = camera.scenes = play(camera.town)
    forms(camera)
    elders(camera, s)
    ends(camera, s)
    queue(camera)
    board.forget()
    camera.take("map-heat", "/work/map?q=", "shift_leader", "C00", then=heat)
    camera.take("map-none", "/work/map?q=", "shift_leader", "C00", then=without_webgl, sizes=ONLY_PHONE)
    wall(camera, "wall-4k", 3840, 2160)
    wall(camera, "wall-no-map", 1920, 1080, NO_MAP)
    camera.take("design", "/design", "seat", "C00", sizes=EVERY)
    camera.take("design-dark", "/design?theme=dark", "seat", "C00", sizes=(BOTH[1],))


def heat(page: Page) -> None:
    drawn(page)
    page.get_by_role("button", name="热力").click()
    page.wait_for_timeout(1500)


def without_webgl(page: Page) -> None:
    page.add_init_script(NO_MAP)
    page.reload()
    expect(page.get_by_text("显示不了地图")).to_be_visible()


def forms(camera: Camera) -> None:
    camera.take("resident-whistle-wrong", "/whistle", then=wrong)
    camera.take("resident-whistle-photo", "/whistle", then=unreadable, sizes=ONLY_PHONE)
    camera.take("resident-whistle-sending", "/whistle", then=sending, sizes=ONLY_PHONE)
    camera.take("resident-whistle-preview", "/whistle", then=preview)
    camera.take("resident-whistle-voice", "/whistle", then=spoken, sizes=ONLY_PHONE)
    camera.take("resident-whistle-no-map", "/whistle", then=no_map, sizes=ONLY_PHONE)
    camera.take("resident-track-wrong", "/track", then=not_found, sizes=ONLY_PHONE)


def wrong(page: Page) -> None:
    page.get_by_label("手机号").fill("12345")
    page.get_by_label("发生了什么").fill("路灯不亮")
    page.get_by_role("button", name="提交").click()
    page.get_by_text("这不像一个电话号码").wait_for()


def unreadable(page: Page) -> None:
    page.locator("input[type=file][accept^=image]").set_input_files([HEIC, picture(1)])
    page.get_by_text("打不开").wait_for()


def sending(page: Page) -> None:
    """A line on which the answer does not come."""
    page.route("**/whistle", lambda route: None if route.request.method == "POST" else route.continue_())
    page.locator("input[type=file][accept^=image]").set_input_files([picture(n) for n in range(9)])
    page.get_by_label("发生了什么").fill("新华路路灯不亮")
    page.get_by_role("button", name="提交").click()
    page.get_by_text("正在发送").wait_for()


def preview(page: Page) -> None:
    page.get_by_label("发生了什么").fill(
        "我叫王小明，电话13812345678，凤鸣社区3号楼2单元501，车牌吉A12345压着井盖"
    )
    page.get_by_label("在哪个社区或村").select_option(label="凤鸣社区")
    page.get_by_role("button", name="先看看别人会看到什么").click()
    page.locator("#preview .words").wait_for()


def spoken(page: Page) -> None:
    page.evaluate(
        "document.querySelector('[data-voice-picker]').dispatchEvent("
        "new CustomEvent('voice', {detail: new File([new Uint8Array(900)], 'voice', {type: 'audio/webm'})}))"
    )


def no_map(page: Page) -> None:
    page.evaluate(NO_MAP)
    page.get_by_text("在地图上点选").click()
    page.get_by_text("显示不了地图").wait_for()


def not_found(page: Page) -> None:
    page.get_by_label("哨件编号").fill("260415000099")
    page.get_by_label("反映时所留手机号的后四位").fill("0000")
    page.get_by_role("button", name="查询").click()
    page.get_by_text("对不上").wait_for()


def ends(camera: Camera, s: Scenes) -> None:
    """The ways a case can stand, as whoever reported reads it."""
    phones = iter(f"1381237{n:04}" for n in range(20))
    for name in ("declined", "transferred"):
        s.whistle(name, "这件事反映好几回了，请你们看看", phone=next(phones))
    s.do("declined", "propose_decline", "seat", "C00", reason="in_court", words="法院已经立案，等判决。")
    s.do("declined", "decide", "shift_leader", "C00", request=1, approve=True)
    s.do(
        "transferred", "transfer", "seat", "C00", to="信访局", receipt="XF20260415-031", words="已转信访局。"
    )
    for name, where in (
        ("shelved", "桥头"),
        ("first", "校门口"),
        ("second", "学校门前"),
        ("again", "车站对面"),
    ):
        s.whistle(name, f"{where}人行道上的井盖破了", item="MS-07", phone=next(phones), pictures=(1,))
    s.handle("shelved", until="there")
    until = (s.town.moment.at.replace(month=9)).isoformat()
    s.do("shelved", "ask_shelving", "liaison", "D15", until=until, reason="season", words="等天暖和。")
    number, request = s.number("shelved"), actions.load(s.number("shelved")).requests[-1]
    s.do_to(number, "decide", "unit_head", "D15", request=request.id, approve=True)
    s.do_to(number, "decide", "centre_director", "C00", request=request.id, approve=True)
    if state_of(actions.load(number)) != "shelved":
        s.do_to(number, "decide", "county_leader", "L00", request=request.id, approve=True)
    s.do("second", "merge", "seat", "C00", into=s.number("first"))
    s.handle("again")
    s.say("again", "rate", solved="no", levels=[{"duty": 1, "level": 2}], words="还是松的。")
    for name in ("declined", "transferred", "shelved", "second", "again", "late"):
        shown = {"second": "merged", "again": "reopened"}.get(name, name)
        camera.take(f"resident-follow-{shown}", f"/t/{s.token(name)}", sizes=ONLY_PHONE)
    s.whistle(
        "wordy",
        LONG,
        item="MS-08",
        phone=next(phones),
        name="名字写得特别特别长的反映人" * 3,
        pictures=range(9),
    )
    camera.take("resident-follow-long", f"/t/{s.token('wordy')}")


def elders(camera: Camera, s: Scenes) -> None:
    for name, path, then in (
        ("home", "/", None),
        ("whistle-1", "/whistle", step(0)),
        ("whistle-2", "/whistle", step(1)),
        ("whistle-3", "/whistle", step(2)),
        ("whistle-4", "/whistle", step(3)),
        ("new", f"/t/{s.token('new')}?new=1", None),
        ("rating", f"/t/{s.token('rating')}", None),
        ("closed", f"/t/{s.token('closed')}", None),
    ):
        camera.take(f"elder-{name}", path, then=then, elder=True, sizes=ONLY_PHONE)
    camera.take("elder-home-desk", "/", elder=True, sizes=(BOTH[1],))


def step(at: int):
    def go(page: Page) -> None:
        if at == 0:
            page.locator("input[type=file][accept^=image]").set_input_files([picture(1)])
        for n in range(at):
            page.get_by_role("button", name="下一步").click()
            if n == 0:
                page.get_by_label("发生了什么").fill("新华路路灯不亮，晚上看不见路")
                page.wait_for_timeout(1200)
        page.mouse.move(0, 0)

    return go


def queue(camera: Camera) -> None:
    """Without a network: kept, waiting, and what became of it."""
    if not (camera.wants("resident-offline") or camera.wants("resident-waiting")):
        return
    page = camera.town.window(PHONE)
    page.goto("/whistle")
    page.evaluate(READY, "/offline/whistle")
    page.context.set_offline(True)
    for text in ("新华路路灯不亮", "幸福路井盖丢了，晚上很危险"):
        page.goto("/whistle")
        page.locator("input[type=file][accept^=image]").set_input_files([picture(1), picture(2)])
        page.get_by_label("发生了什么").fill(text)
        page.get_by_label("在哪个社区或村").select_option(label="凤鸣社区")
        page.get_by_role("button", name="提交").click()
        page.get_by_text("已存在手机里").wait_for()
    keep(page, "resident-offline-kept", PHONE["width"])
    page.set_viewport_size(PHONE)
    page.goto("/mine")
    page.get_by_text("现在没有网络", exact=True).wait_for()
    keep(page, "resident-offline-waiting", PHONE["width"])
    page.set_viewport_size(PHONE)
    page.context.set_offline(False)
    page.goto("/waiting")
    expect(page.get_by_text("已送到")).to_have_count(2)
    page.reload()
    page.get_by_text("正在办理").first.wait_for()
    keep(page, "resident-waiting", PHONE["width"])
    page.context.close()
    camera.town.wrong.clear()  # being without a connection is what was asked for
