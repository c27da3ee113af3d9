"""One case on one screen: what was said beside who deals with it; how it was and how it is."""

from __future__ import annotations

import gzip
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from playwright.sync_api import Page, expect
from tests.browser.scenes import Scenes, play
from tests.browser.town import DESK, PHONE, Town

pytestmark = pytest.mark.browser
LEADER_S_SCREEN = {"width": 1440, "height": 900}


@pytest.fixture
def scenes(town: Town) -> Scenes:
    return play(town)


def opened(s: Scenes, name: str, role: str, unit: str, size: dict[str, int] = DESK, **options: Any) -> Page:
    page = s.town.staff(role, unit, size, **options)
    page.goto(f"/work/cases/{s.number(name)}")
    return page


def box(page: Page, selector: str) -> dict[str, float]:
    found = page.locator(selector).last.bounding_box()
    assert found is not None, selector
    return dict(found)


def test_it_shows_what_matters_without_scrolling(scenes: Scenes) -> None:
    for name, role, unit in (
        ("handled", "handler", "D15"),
        ("joint", "county_leader", "L00"),
        ("verifying", "community_secretary", "S01-01"),
        ("long", "handler", "D15"),
        ("late", "shift_leader", "C00"),
    ):
        page = opened(scenes, name, role, unit, LEADER_S_SCREEN)
        seen = [".page-head .chip", "#commands", "#commands .chip", ".words.lead", ".duties tr"]
        if name in ("handled", "verifying", "long"):
            seen.append("#commands .btn-main")
        if name != "long":
            seen.append(".case-view > :first-child .photos")
        for selector in seen:
            where = box(page, selector)
            assert where["y"] + where["height"] <= LEADER_S_SCREEN["height"], (name, selector)
        assert box(page, ".case-parties")["x"] > box(page, ".words.lead")["x"] + 300, name
        wide = "(e) => e.scrollWidth <= e.clientWidth"
        assert page.locator(".case-parties .scroll").evaluate(wide), name  # no clock is cut off
        page.context.close()


def test_it_puts_one_under_the_other_on_a_phone(scenes: Scenes) -> None:
    page = opened(scenes, "verifying", "community_secretary", "S01-01", PHONE)
    tops = [box(page, part)["y"] for part in ("#commands", ".words.lead", ".duties", "[data-compare]")]
    assert tops == sorted(tops)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_it_says_to_whoever_has_nothing_to_do_what_is_waited_for(scenes: Scenes) -> None:
    commands = opened(scenes, "late", "county_leader", "L00").locator("#commands")
    expect(commands).to_contain_text("现在没有等您办的，在等：")
    expect(commands).to_contain_text("住建局签收")
    closed = opened(scenes, "closed", "county_leader", "L00").locator("#commands")
    expect(closed).to_contain_text("已经办完")


def shares(page: Page) -> tuple[str, str]:
    view = page.locator("[data-compare-view]")
    cut = view.locator("img").last.evaluate("(e) => getComputedStyle(e).clipPath")
    return str(cut), str(view.locator("input").get_attribute("aria-valuetext"))


def test_it_compares_before_and_after_with_the_keyboard(scenes: Scenes) -> None:
    page = opened(scenes, "rating", "shift_leader", "C00")
    line = page.get_by_role("slider", name="移动分界线，对比办理前后")
    assert shares(page)[0] == "inset(0px 0px 0px 50%)"
    line.focus()
    line.press("End")
    assert shares(page) == ("inset(0px 0px 0px 100%)", "左边 100% 是办理前，右边是办理后")
    line.press("Home")
    line.press("ArrowRight")
    assert shares(page)[0] == "inset(0px 0px 0px 1%)"


def test_it_compares_the_pair_one_chooses(scenes: Scenes) -> None:
    page = opened(scenes, "rating", "shift_leader", "C00")  # two photos before, two after
    view = page.locator("[data-compare-view] img")
    first = [image.get_attribute("src") for image in view.all()]
    page.get_by_role("button", name="办理前的照片，第 2 张").click()
    expect(page.get_by_role("button", name="办理前的照片，第 2 张")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("button", name="办理前的照片，第 1 张")).to_have_attribute(
        "aria-pressed", "false"
    )
    assert view.first.get_attribute("src") != first[0]
    assert view.last.get_attribute("src") == first[1]
    expect(view.first).to_have_js_property("complete", value=True)
    assert view.first.evaluate("(e) => e.decode().then(() => e.naturalWidth)") > 0


def test_it_shows_both_pictures_on_paper_and_without_scripts(scenes: Scenes) -> None:
    printed = opened(scenes, "verifying", "community_secretary", "S01-01")
    printed.emulate_media(media="print")
    plain = opened(scenes, "verifying", "community_secretary", "S01-01", java_script_enabled=False)
    for page in (printed, plain):
        expect(page.locator("[data-compare-view]")).to_be_hidden()
        sides = page.locator("[data-compare] figure")
        expect(sides).to_have_count(2)
        for side in sides.all():
            expect(side.locator("a img").first).to_be_visible()


def test_it_compares_nothing_where_the_original_is_hidden(scenes: Scenes) -> None:
    s = scenes
    s.handle("protected", "D13", until="signed")
    page = opened(s, "protected", "handler", "D13")
    expect(page.get_by_role("heading", name="各方办理")).to_be_visible()
    expect(page.locator("[data-compare]")).to_have_count(0)


def test_it_costs_few_statements(scenes: Scenes) -> None:
    for name, most in (("joint", 18), ("rating", 25), ("ruling", 14)):
        session = scenes.town.staff("shift_leader", "C00").context.cookies()[0]["value"]
        client = Client()
        client.cookies["sessionid"] = session
        client.get(f"/work/cases/{scenes.number(name)}")
        counts = []
        for _ in range(2):  # one of them may be the one that notes, once a minute, that somebody is there
            with CaptureQueriesContext(connection) as statements:
                answer = client.get(f"/work/cases/{scenes.number(name)}")
            assert answer.status_code == 200
            counts.append(len(statements))
        assert min(counts) <= most, name
        assert len(gzip.compress(answer.content)) < 8_000  # bytes, of the page itself


def test_it_lets_whoever_reported_compare_too(scenes: Scenes) -> None:
    page = scenes.town.window(PHONE)
    page.goto(f"/t/{scenes.token('rating')}")
    expect(page.get_by_role("slider", name="移动分界线，对比办理前后")).to_be_visible()
