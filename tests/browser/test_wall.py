"""大屏 in a real browser: it refreshes by itself, outlives a lost connection, and says how old its data are."""

from __future__ import annotations

import re
from datetime import timedelta
from fractions import Fraction

import pytest
from playwright.sync_api import Page, expect
from tests.browser.scenes import HERE, Scenes
from tests.browser.town import PHONE, Town

from shaodao.centre.cases.lifecycle.model import By
from shaodao.faces.wall import board, links, shown, views

pytestmark = pytest.mark.browser

WALL = {"width": 1920, "height": 1080}
WIDE = {"width": 3840, "height": 1080}


@pytest.fixture
def scenes(town: Town, monkeypatch: pytest.MonkeyPatch) -> Scenes:
    monkeypatch.setattr(views, "EVERY", 1)
    monkeypatch.setattr(board.live, "_seconds", 0)
    monkeypatch.setattr(board.monthly, "_seconds", 0)
    board.forget()
    s = Scenes(town)
    s.whistle("lid", "小区的井盖坏了", item="MS-07", phone="13812345670", place=HERE)
    return s


def hang(town: Town, size: dict[str, int]) -> Page:
    director = town.user("centre_director", "C00")
    secret = links.put_up("指挥大厅", By(f"user:{director.pk}", "centre_director", "C00"), town.moment.at)
    page = town.window(size)
    page.goto(f"/wall/{secret}")
    return page


def test_what_arrives_is_seen_without_a_reload(town: Town, scenes: Scenes) -> None:
    page = hang(town, WALL)
    expect(page.locator("#wall-arrived li")).to_have_count(1)
    expect(page.locator("[data-wall-map][data-rings='1'] canvas")).to_be_visible(timeout=20_000)
    boxes = []
    for _ in range(3):  # its ring grows where it happened, and does not leave that place
        boxes.append(page.locator(".wall-ring").bounding_box())
        page.wait_for_timeout(250)
    assert boxes[0] == boxes[1] == boxes[2]
    expect(page.locator("[data-chart='trend'] svg")).to_be_visible()
    expect(page.locator("[data-chart='items'] svg")).to_contain_text("井盖")
    page.evaluate("document.title = 'not loaded again'")
    town.moment.passes(seconds=20)
    scenes.whistle("school", "学校门口太挤", item="MS-44", phone="13812345671", place=HERE)
    expect(page.locator("#wall-arrived li")).to_have_count(2)
    expect(page.locator("#wall-arrived li.wall-new")).to_contain_text("入学")
    expect(page.locator("#wall-today .wall-tile").first).to_contain_text("2")
    expect(page.locator("[data-fresh-text]")).to_have_text("数据时间 09:30:20")
    assert page.title() == "not loaded again"
    assert "sessionid" not in {cookie["name"] for cookie in page.context.cookies()}


def test_a_ranking_longer_than_its_card_turns_pages_and_says_which(
    town: Town, scenes: Scenes, monkeypatch: pytest.MonkeyPatch
) -> None:
    ranked = [{"place": n, "unit": f"第 {n} 家", "due": 10, "finish": Fraction(1)} for n in range(1, 19)]
    monkeypatch.setattr(shown, "_ranking", lambda group, pack: ranked)
    page = hang(town, WALL)
    card = page.locator("#wall-departments")
    expect(card).to_have_attribute("data-page", re.compile(r"1/[23]"))
    expect(page.get_by_text("第 1 家").first).to_be_in_viewport()
    expect(card).to_have_attribute("data-page", re.compile(r"2/[23]"))
    expect(card.get_by_text("第 7 家")).to_be_in_viewport(ratio=1)


def test_where_no_map_can_be_drawn_it_tells_the_same_in_words(town: Town, scenes: Scenes) -> None:
    director = town.user("centre_director", "C00")
    secret = links.put_up("旧电脑", By(f"user:{director.pk}", "centre_director", "C00"), town.moment.at)
    page = town.window(WALL)
    page.add_init_script("HTMLCanvasElement.prototype.getContext = () => null")
    page.goto(f"/wall/{secret}")
    expect(page.locator("[data-wall-map] li").first).to_have_text(re.compile("1 件东凤街道"))
    expect(page.locator("[data-wall-map] li")).to_have_count(15)
    town.moment.passes(seconds=20)
    scenes.whistle("school", "学校门口太挤", item="MS-44", phone="13812345671", place=HERE)
    expect(page.locator("[data-wall-map] li").first).to_have_text(re.compile("2 件东凤街道"))


def test_it_outlives_a_lost_connection(town: Town, scenes: Scenes) -> None:
    page = hang(town, WALL)
    fresh = page.locator("[data-fresh]")
    expect(fresh).to_have_text("数据时间 09:30:00")
    page.context.set_offline(True)
    expect(fresh).to_have_class(re.compile("wall-stale"), timeout=15_000)
    expect(fresh).to_contain_text("连接中断，数据停在 09:30:00")
    expect(fresh).to_contain_text("正在重连")
    expect(page.locator("#wall-arrived li")).to_have_count(1)  # what was shown stays
    town.moment.at += timedelta(seconds=40)
    page.context.set_offline(False)
    expect(fresh).to_have_text("数据时间 09:30:40", timeout=15_000)
    expect(fresh).not_to_have_class(re.compile("wall-stale"))
    town.wrong.clear()  # being without a connection is what was asked for


def test_taken_down_it_says_so(town: Town, scenes: Scenes) -> None:
    page = hang(town, WALL)
    director = By(f"user:{town.user('centre_director', 'C00').pk}", "centre_director", "C00")
    assert links.take_down(links.listed()[0].pk, director, town.moment.at)
    expect(page.locator("[data-fresh]")).to_contain_text("已由中心停用")


@pytest.mark.parametrize("size", [WALL, WIDE])
def test_it_fits_its_screen(town: Town, scenes: Scenes, size: dict[str, int]) -> None:
    page = hang(town, size)
    expect(page.locator("[data-chart='items'] svg")).to_be_visible()
    assert page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]") == [
        size["width"],
        size["height"],
    ]
    cut = page.evaluate(
        "[...document.querySelectorAll('.wall-card')].filter((card) => getComputedStyle(card).display !== 'none')"
        ".filter((card) => card.scrollHeight > card.clientHeight + 1 || card.clientHeight < 60)"
        ".map((card) => card.className)"
    )
    assert cut == []


def test_a_phone_shows_it_too(town: Town, scenes: Scenes) -> None:
    page = hang(town, PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
