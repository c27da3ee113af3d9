"""地图 in a real browser: it draws, a circle opens, the filter is kept on the way to the list and back."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, expect
from tests.browser.scenes import HERE, Scenes
from tests.browser.town import DESK, PHONE, Town

pytestmark = pytest.mark.browser

AT = f"{HERE['lat']}/{HERE['lon']}"


@pytest.fixture
def scenes(town: Town) -> Scenes:
    s = Scenes(town)
    for n in range(5):
        east = HERE | {"lon": HERE["lon"] + n / 5_000}
        s.whistle(f"lid{n}", f"小区第 {n} 个井盖坏了", item="MS-07", phone=f"1381234567{n}", place=east)
    s.whistle("school", "学校门口太挤", item="MS-44", phone="13812345600", place=HERE)
    return s


def marks(page: Page, count: int) -> None:
    expect(page.locator(f'[data-case-map][data-marks="{count}"]')).to_be_visible(timeout=20_000)


def middle(page: Page, until: Callable[[], bool]) -> None:
    """Click where the map is centred, until the marks are drawn and something comes of it."""
    box = page.locator("[data-case-map]").bounding_box()
    assert box
    for _ in range(20):
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.wait_for_timeout(900)  # two clicks in a row would be another gesture
        if until():
            return
    raise AssertionError("nothing comes of a click in the middle")


def test_it_draws_opens_a_circle_and_keeps_the_filter(town: Town, scenes: Scenes) -> None:
    page = town.staff("shift_leader", "C00", DESK)
    page.goto("/work/cases?item=MS-07")
    page.get_by_role("link", name="看地图").click()
    page.goto(page.url + f"#9/{AT}")
    page.reload()
    marks(page, 1)
    expect(page.locator("[data-map-told]")).to_contain_text("图中 5 件")
    drawn = page.locator("[data-case-map] canvas").screenshot()
    assert len(drawn) > 5_000  # a picture, not an empty sheet
    middle(page, lambda: float(page.url.split("#")[1].split("/")[0]) > 10.5)
    there = page.url.split("#")[0]
    page.goto("about:blank")
    page.goto(f"{there}#18/{AT}")
    marks(page, 5)
    cards = page.locator("#near .item")
    middle(page, lambda: cards.count() > 0)
    expect(cards).to_have_count(1)
    cards.click()
    expect(page).to_have_url(f"{town.site}/work/cases/{scenes.number('lid0')}")
    page.go_back()
    marks(page, 5)  # the same place again
    page.get_by_role("link", name="列表").click()
    expect(page.locator(".item")).to_have_count(5)


def test_it_goes_without_a_mouse(town: Town, scenes: Scenes) -> None:
    page = town.staff("shift_leader", "C00", PHONE)
    page.goto(f"/work/map#9/{AT}")
    marks(page, 1)
    page.locator("canvas").focus()
    page.keyboard.press("+")
    expect(page).to_have_url(re.compile(r"#10"), timeout=15_000)
    page.get_by_role("button", name="列出图中的哨件").press("Enter")
    expect(page.locator("#near .item")).to_have_count(6)
    expect(page.locator("#near h2")).to_be_focused()
    page.get_by_role("button", name="网格").press("Enter")
    expect(page.locator("[data-map-told]")).to_contain_text("共 6 件")
    page.get_by_role("button", name="热力").press("Enter")
    expect(page.get_by_text("颜色越浓，哨件越密")).to_be_visible()


def test_whoever_has_no_scripts_finds_the_list(town: Town, scenes: Scenes) -> None:
    page = town.staff("liaison", "D15", PHONE, java_script_enabled=False)
    page.goto("/work/map?item=MS-07")
    page.get_by_role("link", name="列表").click()
    expect(page.locator(".item")).to_have_count(5)


@pytest.fixture
def tiled(settings: Any, request: pytest.FixtureRequest) -> Town:
    """The town of an installation that names tiles."""
    settings.MAP_TILES = (
        "https://ground.example/{z}/{x}/{y}.png https://labels.example/{z}/{x}/{y}.png?k={key}"
    )
    settings.MAP_KEY, settings.MAP_CREDIT = "own", "天地图 审图号"
    return request.getfixturevalue("town")  # type: ignore[no-any-return]


def test_tiles_lie_below_where_they_are_set(tiled: Town) -> None:
    page = tiled.staff("shift_leader", "C00", DESK)
    asked: list[str] = []

    def tile(route: Any) -> None:
        asked.append(route.request.url)
        picture = io.BytesIO()
        Image.new("RGB", (256, 256), (120, 160, 90)).save(picture, "PNG")
        headers = {"Access-Control-Allow-Origin": "*"}
        route.fulfill(status=200, content_type="image/png", body=picture.getvalue(), headers=headers)

    page.route("https://*.example/**", tile)
    page.goto(f"/work/map?q=#12/{AT}")
    marks(page, 0)
    expect(page.get_by_text("天地图 审图号")).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert any(re.match(r"https://ground\.example/1[23]/\d+/\d+\.png$", url) for url in asked)
    assert any(url.startswith("https://labels.example/") and url.endswith("?k=own") for url in asked)
    outside = [line for lines in tiled.wrong for line in lines]
    assert all(
        line.startswith("request to outside") for line in outside
    )  # and nothing else went wrong: the policy allows them
    tiled.wrong.clear()
