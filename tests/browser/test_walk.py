"""连着报: several problems on one walk, each in a few taps, looked over once and sent together, network or not."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from tests.browser.scenes import Scenes
from tests.browser.test_app import Phone, cases, grid_chief, installed_on, phone  # noqa: F401  (a fixture)
from tests.browser.town import PHONE, Town, locate, picture

from shaodao.ground.files.models import Evidence

pytestmark = pytest.mark.browser


def note(page: Page, seed: int, *, item: str = "", text: str = "", place: bool = True) -> None:
    """One problem: photo, place, item."""
    page.locator("input[type=file][accept^=image]").set_input_files([picture(seed)])
    expect(page.locator("[data-photo-list] .photo")).to_have_count(1)
    if item:
        page.get_by_label("事项").select_option(item)
    if text:
        page.get_by_label("发生了什么").fill(text)
    if place:
        locate(page)
    page.get_by_role("button", name="记下，接着报").click()
    expect(page.locator("[data-photo-list] .photo")).to_have_count(0)


def test_it_reports_a_walk_without_a_network_and_sends_each_once(phone: Phone) -> None:  # noqa: F811
    page = grid_chief(phone)
    installed_on(page, "/work/whistle")
    page.goto("/work/round")
    walk = page.get_by_role("link", name="连着报").get_attribute("href")
    phone.context.set_offline(True)
    page.goto(walk)
    note(page, 1, item="MS-07")  # the item's name is words enough
    note(page, 2, text="楼道灯不亮", place=False)
    expect(page.get_by_text("这一圈已记下 2 件，还没有发。")).to_be_visible()
    phone.kill()

    page = phone.start(offline=True)
    town = phone.town
    town.sign_in(page, town.user("grid_chief", "S01-01", grid=Scenes(town).grid))
    page.goto(walk)
    note(page, 3, item="MS-13", text="垃圾桶满了")
    page.get_by_role("link", name="看一遍，一起发（3 件）").click()
    lines = page.locator("[data-queue-list] li")
    expect(lines).to_have_count(3)
    expect(page.get_by_text("井盖丢失破损")).to_be_visible()
    expect(lines.locator("img")).to_have_count(3)
    for image in lines.locator("img").all():
        assert image.evaluate("(e) => e.decode().then(() => e.naturalWidth)") > 0
    expect(page.get_by_text("已定位")).to_have_count(2)

    # One is mended, one is dropped.
    lines.filter(has_text="楼道灯不亮").get_by_role("link", name="修改").click()
    expect(page.locator("[data-photo-list] .photo")).to_have_count(1)
    page.get_by_label("发生了什么").fill("三单元楼道灯不亮")
    page.get_by_role("button", name="记下，接着报").click()
    page.get_by_role("link", name="看一遍，一起发（3 件）").click()
    lines.filter(has_text="垃圾桶满了").get_by_role("button", name="删除").click()
    page.locator("#confirm [data-confirm-yes]").click()
    expect(lines).to_have_count(2)

    page.get_by_role("button", name="全部发送（2 件）").click()
    expect(page.locator("[data-queue-list]").get_by_text("等待发送", exact=True)).to_have_count(2)
    assert cases() == []
    phone.context.set_offline(False)
    expect(page.get_by_text("已送到", exact=True)).to_have_count(2)
    page.goto("/work/round")
    page.goto("/waiting")
    assert [len(case.photos) for case in cases()] == [1, 1]
    assert "MS-07" in {case.item for case in cases()}
    assert Evidence.objects.exclude(attached_to="").count() == 2


def test_it_sends_nothing_of_a_walk_before_it_was_looked_over(phone: Phone) -> None:  # noqa: F811
    page = grid_chief(phone)
    page.goto("/work/whistle?walk=1")
    note(page, 1, item="MS-07")
    page.goto("/work/inbox")  # every page sends what waits; this does not wait yet
    expect(page.get_by_text("这一圈记下 1 件，还没有发")).to_be_visible()
    assert cases() == []
    page.goto("/work/whistle?walk=1")
    page.locator("input[type=file][accept^=image]").set_input_files([picture(2)])
    page.get_by_label("事项").select_option("MS-13")
    page.get_by_role("link", name="看一遍，一起发（1 件）").click()  # what was begun is kept as well
    page.get_by_role("button", name="全部发送（2 件）").click()
    expect(page.get_by_text("已送到", exact=True)).to_have_count(2)
    assert len(cases()) == 2


def test_it_asks_for_words_or_an_item_before_it_keeps_a_photo(town: Town) -> None:
    page = town.staff("grid_chief", "S01-01", PHONE, grid=Scenes(town).grid)
    page.goto("/work/whistle?walk=1")
    page.locator("input[type=file][accept^=image]").set_input_files([picture(2)])
    page.get_by_role("button", name="记下，接着报").click()
    expect(page.get_by_text("写几个字，或者选一个事项。")).to_be_visible()
    expect(page.locator("[data-photo-list] .photo")).to_have_count(1)


def test_it_reports_for_somebody_else_on_a_walk(phone: Phone) -> None:  # noqa: F811
    page = grid_chief(phone)
    page.goto("/work/whistle?walk=1")
    page.get_by_text("替别人反映（代报）").click()
    page.get_by_label("诉求人电话").fill("13812349999")
    note(page, 4, text="李大爷家门口路灯不亮")
    page.get_by_role("link", name="看一遍，一起发（1 件）").click()
    page.get_by_role("button", name="全部发送（1 件）").click()
    expect(page.get_by_text("已送到", exact=True)).to_have_count(1)
    (case,) = cases()
    assert case.on_behalf
    assert case.requester.startswith("person:")
