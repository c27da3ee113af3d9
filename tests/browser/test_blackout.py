"""公开审核 of photos: boxes drawn, moved and removed by mouse and keys; everybody sees the painted copy alone."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from playwright.sync_api import Page, expect
from tests.browser.scenes import Scenes, play
from tests.browser.town import DESK, PHONE, Town

from shaodao.centre.publishing import actions as publishing
from shaodao.ground.files import intake
from shaodao.ground.files.models import Evidence

pytestmark = pytest.mark.browser


@pytest.fixture
def scenes(town: Town) -> Scenes:
    return play(town)


def boxes(page: Page) -> list[str]:
    return page.locator("input[name^=boxes-]").first.input_value().split()


def test_boxes_are_drawn_by_mouse_and_keys_and_everybody_sees_the_painted_copy(
    town: Town, scenes: Scenes
) -> None:
    number = scenes.number("closed")
    intake.look(99)
    photo = sorted(
        publishing.photos_of(publishing.look(number, scenes.by("shift_leader", "C00"), town.pack)[0])
    )[0]
    Evidence.objects.filter(pk=photo).update(faces=["100,100,200,250"])
    page = town.staff("shift_leader", "C00", DESK)
    page.goto(f"/work/publications/{number}")
    block = page.locator("[data-blackout]").first
    expect(block.locator("[data-blackout-told]")).to_contain_text("自动框出 1 张脸")
    expect(block.locator("[data-blackout-written]")).to_be_hidden()
    assert boxes(page) == ["100,100,200,250"]

    block.locator("rect").focus()  # by keys
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    assert boxes(page) == ["110,100,210,260"]
    block.get_by_role("button", name="加一个框").press("Enter")
    assert boxes(page) == ["110,100,210,260", "400,400,600,600"]
    page.keyboard.press("Delete")
    assert boxes(page) == ["110,100,210,260"]

    frame = block.locator("[data-blackout-boxes]").bounding_box()  # by mouse
    assert frame

    def at(x: float, y: float) -> tuple[float, float]:
        return frame["x"] + frame["width"] * x, frame["y"] + frame["height"] * y

    page.mouse.move(*at(0.5, 0.5))
    page.mouse.down()
    page.mouse.move(*at(0.6, 0.7), steps=3)
    page.mouse.move(*at(0.75, 0.8), steps=3)
    page.mouse.up()
    _, drawn = boxes(page)
    left, top, right, bottom = map(int, drawn.split(","))
    assert abs(left - 500) < 5 > abs(top - 500)
    assert abs(right - 750) < 5 > abs(bottom - 800)
    page.mouse.move(*at(0.6, 0.6))
    page.mouse.down()
    page.mouse.move(*at(0.65, 0.6), steps=2)
    page.mouse.up()
    assert abs(int(boxes(page)[1].split(",")[0]) - 550) < 5
    page.mouse.click(*at(0.05, 0.95))  # beside them: nothing is left of it
    assert len(boxes(page)) == 2

    block.get_by_role("checkbox").check()
    page.get_by_role("button", name="公开", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="公开").click()
    page.get_by_role("link", name="在公开页上看").click()
    source = page.locator("main img").first.get_attribute("src")
    assert source
    copy = Image.open(io.BytesIO(page.request.get(source.replace("thumb", "display")).body()))
    for x, y in ((0.15, 0.2), (0.7, 0.7)):
        assert max(copy.getpixel((int(copy.width * x), int(copy.height * y)))) < 40
    assert max(copy.getpixel((int(copy.width * 0.95), int(copy.height * 0.05)))) > 90
    assert page.request.get(source.replace("thumb", "original")).status == 404
    town.wrong.clear()  # being refused the original is what was asked for


def test_it_fits_a_phone(town: Town, scenes: Scenes) -> None:
    intake.look(99)
    page = town.staff("shift_leader", "C00", PHONE)
    page.goto(f"/work/publications/{scenes.number('closed')}")
    block = page.locator("[data-blackout]").first
    block.get_by_role("button", name="加一个框").click()
    frame, rect = (
        block.locator("[data-blackout-boxes]").bounding_box(),
        block.locator("rect").last.bounding_box(),
    )
    assert frame
    assert rect
    assert frame["x"] <= rect["x"] <= rect["x"] + rect["width"] <= frame["x"] + frame["width"] <= 360
    block.get_by_role("button", name="删掉这个框").click()
    assert boxes(page) == []
