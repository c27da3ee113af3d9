"""The app without a network: whistles wait on the phone, survive a killed browser, and arrive exactly once."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect
from tests.browser.scenes import Scenes
from tests.browser.town import PHONE, SPOT, Town, picture

from shaodao.centre.cases import actions
from shaodao.centre.cases.models import Case as CaseRow
from shaodao.faces.resident import installed
from shaodao.ground.files.models import Evidence

pytestmark = pytest.mark.browser
GONE = """(name) => new Promise((done) => {
    const look = async () => ((await caches.has(name)) ? setTimeout(look, 100) : done());
    look();
})"""
WAITING = """() => new Promise((done) => {
    const look = async () => ((await navigator.serviceWorker.getRegistration()).waiting ? done() : setTimeout(look, 100));
    look();
})"""
READY = """(path) => new Promise((done) => {
    const ready = async () => (await navigator.serviceWorker.getRegistration())?.active?.state === "activated";
    const look = async () => ((await ready()) && (await caches.match(path)) ? done() : setTimeout(look, 100));
    look();
})"""


# One that hums; the phone allows it.
MICROPHONE = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")


class Phone:
    """A phone: one profile of a browser, which can be killed and started again."""

    def __init__(self, town: Town, chromium: str, profile: Path) -> None:
        self.town, self.chromium, self.profile = town, chromium, profile
        self.context: BrowserContext

    def start(self, *, offline: bool = False) -> Page:
        self.context = self.town.browser.browser_type.launch_persistent_context(
            self.profile,
            executable_path=self.chromium,
            args=[*MICROPHONE, *(["--no-sandbox"] if os.geteuid() == 0 else [])],
            viewport=PHONE,
            base_url=self.town.site,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            geolocation=SPOT,
            permissions=["geolocation"],
        )
        self.context.set_default_timeout(10_000)
        self.context.set_offline(offline)
        return self.context.new_page()

    def kill(self) -> None:
        """Its processes end where they are; nothing is closed or written."""
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                command = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if str(self.profile).encode() in command:
                try:
                    os.kill(int(entry.name), signal.SIGKILL)
                except ProcessLookupError:
                    continue


@pytest.fixture
def phone(town: Town, chromium: str, tmp_path: Path) -> Iterator[Phone]:
    phone = Phone(town, chromium, tmp_path / "profile")
    yield phone
    phone.kill()


def installed_on(page: Page, path: str = "/") -> None:
    """Open a page and wait until the service worker has what it keeps."""
    page.goto(path)
    page.evaluate(READY, "/offline/grid" if path.startswith("/work") else "/offline/whistle")


def write(page: Page, text: str, *, photos: int = 0) -> None:
    page.get_by_label("发生了什么").fill(text)
    page.get_by_label("在哪个社区或村").select_option(label="凤鸣社区")
    if photos:
        page.locator("input[type=file][accept^=image]").set_input_files([picture(n) for n in range(photos)])
        expect(page.locator("[data-photo-list] .photo")).to_have_count(photos)


def cases() -> list[Any]:
    return [actions.load(row.number) for row in CaseRow.objects.order_by("number")]


def test_it_sends_a_whistle_that_waited_in_a_killed_browser_exactly_once(phone: Phone) -> None:
    page = phone.start()
    installed_on(page)
    phone.context.set_offline(True)
    page.goto("/whistle")
    write(page, "新华路路灯不亮", photos=2)
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_text("没有信号，已存在手机里，共 1 件等待发送")).to_be_visible()
    expect(page.get_by_label("发生了什么")).to_have_value("")
    assert cases() == []
    phone.kill()

    page = phone.start(offline=True)
    page.goto("/")
    expect(page.get_by_text("现在没有网络", exact=True)).to_be_visible()
    expect(page.get_by_text("新华路路灯不亮")).to_be_visible()
    expect(page.get_by_text("照片 2 张")).to_be_visible()
    phone.context.set_offline(False)
    expect(page.get_by_text("已送到")).to_be_visible()
    (case,) = cases()
    assert len(case.photos) == 2
    assert case.whistler_kind == "public"
    page.goto("/waiting")
    page.get_by_role("link", name="看进度").click()
    expect(page.get_by_text(f"已收到，编号 {case.number}")).to_be_visible()
    assert len(cases()) == 1


def test_it_sends_once_what_two_pages_want_to_send(phone: Phone) -> None:
    first = phone.start()
    installed_on(first, "/waiting")
    second = phone.context.new_page()
    second.goto("/whistle")
    sent: list[str] = []
    phone.context.on(
        "request", lambda request: sent.append(request.url) if request.method == "POST" else None
    )
    phone.context.set_offline(True)
    write(second, "幸福路井盖丢了")
    second.get_by_role("button", name="提交").click()
    expect(first.get_by_text("幸福路井盖丢了")).to_be_visible()
    phone.context.set_offline(False)
    expect(first.get_by_text("已送到")).to_be_visible()
    assert len(cases()) == 1
    assert len([url for url in sent if url.endswith("/whistle")]) == 1


def test_it_asks_again_when_the_answer_was_lost_and_gets_the_same_number(phone: Phone) -> None:
    page = phone.start()
    page.goto("/whistle")
    lost: list[int] = []

    def lose(route: Route) -> None:
        lost.append(route.fetch().status)
        route.abort("connectionreset")

    page.route("**/whistle", lose)
    write(page, "新华路路灯不亮", photos=1)
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_text("信号不好，还没有送到，已存在手机里，共 1 件等待发送")).to_be_visible()
    assert lost == [201]
    page.unroute("**/whistle")
    phone.context.set_offline(True)
    page.get_by_role("link", name="看看等待发送的").click()
    expect(page.get_by_text("还不知道送到没有")).to_be_visible()
    expect(page.get_by_role("link", name="修改")).to_be_hidden()
    phone.context.set_offline(False)
    expect(page.get_by_text("已送到")).to_be_visible()
    (case,) = cases()
    expect(page.get_by_text(case.number)).to_be_visible()


@pytest.mark.parametrize(
    ("status", "said"),
    [(429, "发得太频繁了，稍后会自动再发"), (503, "服务器一时没有答复"), (403, "没有接受本站的 Cookie")],
)
def test_it_does_not_blame_the_line_for_what_the_server_said(phone: Phone, status: int, said: str) -> None:
    page = phone.start()
    page.goto("/whistle")
    refused = {"status": status, "content_type": "application/json", "body": '{"errors": []}'}
    page.route(
        "**/whistle", lambda route: route.fulfill(**refused) if route.request.method == "POST" else None
    )
    write(page, "新华路路灯不亮", photos=1)
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_text(said)).to_be_visible()
    expect(page.get_by_text("信号不好")).to_be_hidden()
    expect(page.get_by_text("共 1 件等待发送")).to_be_visible()
    assert cases() == []
    page.unroute("**/whistle")
    page.goto("/waiting")
    expect(page.get_by_text("已送到")).to_be_visible()
    assert len(cases()) == 1


def test_it_says_that_photos_are_too_large_and_lets_them_be_taken_out(phone: Phone) -> None:
    page = phone.start()
    page.goto("/whistle")
    page.route(
        "**/whistle", lambda route: route.fulfill(status=413) if route.request.method == "POST" else None
    )
    write(page, "新华路路灯不亮", photos=2)
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_text("照片太大，服务器不收。请去掉几张再发。")).to_be_visible()
    page.unroute("**/whistle")
    page.get_by_role("button", name="去掉这张照片").first.click()
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_text("已收到，编号")).to_be_visible()
    (case,) = cases()
    assert len(case.photos) == 1


def test_what_was_sent_tells_how_it_stands_and_no_promise_of_yesterday(phone: Phone) -> None:
    page = phone.start()
    page.goto("/whistle")
    write(page, "新华路路灯不亮")
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_text("已收到，编号")).to_be_visible()
    page.goto("/waiting")
    expect(page.get_by_text("已派单：城管局，今天")).to_be_visible()
    expect(page.get_by_text("正在办理")).to_be_visible()
    CaseRow.objects.update(state="waiting_rating")
    page.clock.set_fixed_time(datetime.now(UTC) + timedelta(days=1))
    page.goto("/waiting")
    expect(page.get_by_text("请您评价")).to_be_visible()
    expect(page.get_by_text("今天")).to_be_hidden()


def test_it_keeps_what_was_refused_and_lets_it_be_mended(phone: Phone) -> None:
    page = phone.start()
    installed_on(page, "/whistle")
    phone.context.set_offline(True)
    write(page, "幸福路井盖丢了", photos=1)
    page.get_by_label("手机号").fill("12345")
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_text("已存在手机里")).to_be_visible()
    phone.context.set_offline(False)
    expect(page.get_by_text("1 件没有被接受，请看一下")).to_be_visible()
    page.goto("/waiting")
    expect(page.get_by_text("没有被接受", exact=True)).to_be_visible()
    expect(page.get_by_text("这不像一个电话号码")).to_be_visible()
    assert cases() == []
    page.get_by_role("link", name="修改").click()
    expect(page.get_by_label("发生了什么")).to_have_value("幸福路井盖丢了")
    expect(page.locator("[data-photo-list] .photo")).to_have_count(1)
    page.get_by_label("手机号").fill("13812340001")
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_text("已收到，编号")).to_be_visible()
    (case,) = cases()
    assert len(case.photos) == 1
    page.goto("/waiting")
    expect(page.get_by_text("没有被接受")).to_be_hidden()


def test_it_deletes_what_waits_when_asked(phone: Phone) -> None:
    page = phone.start()
    installed_on(page, "/whistle")
    phone.context.set_offline(True)
    write(page, "幸福路井盖丢了")
    page.get_by_role("button", name="提交").click()
    page.get_by_role("link", name="看看等待发送的").click()
    page.get_by_role("button", name="删除").click()
    page.get_by_role("button", name="删掉").click()
    expect(page.get_by_text("没有等待发送的")).to_be_visible()
    phone.context.set_offline(False)
    page.goto("/")
    assert cases() == []


def test_it_keeps_what_was_spoken(phone: Phone) -> None:
    page = phone.start()
    installed_on(page, "/whistle")
    phone.context.set_offline(True)
    for _ in range(2):
        page.get_by_role("button", name=re.compile("按一下，开始说|重说一遍")).click()
        expect(page.get_by_text(f"最长 {phone.town.pack.settings.numbers.voice_seconds} 秒")).to_be_visible()
        page.wait_for_timeout(600)
        page.get_by_role("button", name="说完了").click()
        expect(page.locator("[data-voice-heard]")).to_be_visible()
    page.get_by_role("button", name="删掉录音").click()
    expect(page.locator("[data-voice-heard]")).to_be_hidden()
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_text("请写下发生了什么，或录一段音。")).to_be_visible()
    page.get_by_role("button", name="按一下，开始说").click()
    page.wait_for_timeout(600)
    page.get_by_role("button", name="说完了").click()
    page.get_by_role("button", name="提交").click()
    page.get_by_role("link", name="看看等待发送的").click()
    expect(page.get_by_text("录音 1 段")).to_be_visible()
    phone.context.set_offline(False)
    expect(page.get_by_text("已送到")).to_be_visible()
    (case,) = cases()
    (row,) = Evidence.objects.all()
    assert (row.kind, row.attached_to) == ("voice", case.number)


def test_it_says_plainly_when_the_phone_cannot_keep_it(phone: Phone) -> None:
    page = phone.start()
    full = "IDBObjectStore.prototype.put = () => { throw new DOMException('', 'QuotaExceededError') }"
    phone.context.add_init_script(full)
    installed_on(page, "/whistle")
    write(page, "新华路路灯不亮")
    phone.context.set_offline(True)
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_text("手机的存储空间满了")).to_be_visible()
    expect(page.get_by_label("发生了什么")).to_have_value("新华路路灯不亮")
    phone.context.set_offline(False)
    page.get_by_role("button", name="提交").click()  # as a plain form
    expect(page.get_by_text("已收到，编号")).to_be_visible()
    assert len(cases()) == 1


def test_it_whistles_without_scripts(town: Town) -> None:
    page = town.window(PHONE, java_script_enabled=False)
    page.goto("/whistle")
    write(page, "新华路路灯不亮")
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_text("已收到，编号")).to_be_visible()


def grid_chief(phone: Phone) -> Page:
    town = phone.town
    page = phone.start()
    town.sign_in(page, town.user("grid_chief", "S01-01", grid=Scenes(town).grid))
    return page


def test_it_sends_what_a_grid_chief_reported_on_a_walk_after_signing_in_again(phone: Phone) -> None:
    page = grid_chief(phone)
    installed_on(page, "/work/whistle")
    phone.context.set_offline(True)
    page.goto("/work/whistle")
    for text in ("单元门口垃圾桶满了", "楼道灯不亮"):
        write(page, text, photos=1)
        page.get_by_role("button", name="记下，接着报").click()
        expect(page.get_by_label("发生了什么")).to_have_value("")
    page.get_by_role("link", name="看一遍，一起发（2 件）").click()
    page.get_by_role("button", name="全部发送（2 件）").click()
    expect(page.locator("[data-queue-list]").get_by_text("等待发送", exact=True)).to_have_count(2)
    phone.context.clear_cookies(name="sessionid")  # signed out meanwhile
    phone.context.set_offline(False)
    page.goto("/waiting")
    expect(page.get_by_text("等您登录")).to_have_count(2)
    assert cases() == []
    phone.town.sign_in(page, phone.town.user("grid_chief", "S01-01", grid=Scenes(phone.town).grid))
    page.reload()
    expect(page.get_by_text("已送到")).to_have_count(2)
    user = phone.town.user("grid_chief", "S01-01", grid=Scenes(phone.town).grid)
    assert [case.whistler for case in cases()] == [f"user:{user.pk}"] * 2
    assert [len(case.photos) for case in cases()] == [1, 1]


def test_it_finishes_a_small_matter_written_without_a_network(phone: Phone) -> None:
    page = grid_chief(phone)
    installed_on(page, "/work/whistle")
    phone.context.set_offline(True)
    page.goto("/work/whistle")
    page.get_by_label("发生了什么").fill("单元门口垃圾桶满了，已联系保洁清空")
    page.get_by_label("事项").select_option("MS-13")
    page.get_by_label("在哪个社区或村").select_option(Scenes(phone.town).grid[:6])
    page.get_by_text("已经当场办好").click()
    page.get_by_role("button", name="办好了，记下来").click()
    expect(page.get_by_text("共 1 件等待发送")).to_be_visible()
    phone.context.set_offline(False)
    expect(page.get_by_text("等待发送 1 件")).to_be_hidden()
    page.goto("/waiting")
    expect(page.get_by_text("已送到")).to_be_visible()
    (case,) = cases()
    assert case.tier == "community"


def test_it_leaves_to_a_grid_chief_what_they_wrote_when_somebody_else_signs_in(phone: Phone) -> None:
    page = grid_chief(phone)
    installed_on(page, "/work/whistle")
    phone.context.set_offline(True)
    write(page, "楼道灯不亮")
    page.get_by_role("button", name="吹哨").click()
    expect(page.get_by_text("共 1 件等待发送")).to_be_visible()
    phone.context.clear_cookies(name="sessionid")
    phone.town.sign_in(page, phone.town.user("community_secretary", "S01-01"))
    phone.context.set_offline(False)
    page.goto("/waiting")
    expect(page.get_by_text("要用写它的工作身份登录")).to_be_visible()
    assert cases() == []


def test_it_keeps_no_page_that_somebody_was_shown(phone: Phone) -> None:
    s = Scenes(phone.town)
    s.whistle("lamp", "路灯坏了", item="MS-09", phone="13812345678")
    page = grid_chief(phone)
    installed_on(page, "/work/whistle")
    for path in ("/work/inbox", f"/t/{s.token('lamp')}", "/whistle", "/mine/sign-in"):
        page.goto(path)
    kept = page.evaluate(
        "async () => { const found = []; for (const name of await caches.keys()) "
        "for (const request of await (await caches.open(name)).keys()) "
        "found.push([new URL(request.url).pathname, await (await caches.match(request)).text()]); return found }"
    )
    paths = {path for path, _ in kept}
    assert {path for path in paths if not path.startswith("/static/")} == {
        "/offline/waiting",
        "/offline/whistle",
        "/offline/grid",
    }
    for path, text in kept:
        assert "csrfmiddlewaretoken" not in text or path.endswith(".js"), path
        assert "演示网格长" not in text, path


def test_it_takes_a_new_version_without_breaking_a_form(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = phone.start()
    installed_on(page, "/whistle")
    (old,) = page.evaluate("caches.keys()")
    write(page, "新华路路灯不亮", photos=1)
    made = installed._worker
    monkeypatch.setattr(
        installed, "_worker", lambda *facts: re.sub(rb'"version": "\w+"', b'"version": "newer"', made(*facts))
    )
    second = phone.context.new_page()
    second.goto("/")  # finds the new version
    second.evaluate(WAITING)
    second.reload()
    second.wait_for_timeout(500)
    assert sorted(second.evaluate("caches.keys()")) == sorted([old, "shaodao-newer"])
    second.close()
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_text("已收到，编号")).to_be_visible()
    phone.context.close()  # a browser that is looked into from outside keeps the old one alive for five minutes
    page = phone.start()
    page.goto("/")
    page.evaluate(GONE, old)
    (case,) = cases()
    assert len(case.photos) == 1
