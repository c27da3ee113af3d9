"""A hundred lines of a list: how long from the click until they stand there, server and browser together."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect
from tests.browser.scenes import HERE, Scenes
from tests.browser.town import Town

pytestmark = pytest.mark.browser

LINES = 100
BAR = 300  # ms
ROUNDS = 9
STANDS = """() => {
    const [page] = performance.getEntriesByType("navigation");
    const painted = performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 1e9;
    return [page.responseEnd - page.requestStart, Math.max(painted, page.domContentLoadedEventEnd)];
}"""


def test_a_hundred_lines_stand_in_time(town: Town, figure: Callable[[str], None]) -> None:
    s = Scenes(town)
    for n in range(LINES):
        s.whistle(f"case{n}", f"第{n}处井盖坏了，夜里危险", item="MS-08", phone=f"138{n:08}", place=HERE)
    page = town.staff("seat", "C00")
    times: list[tuple[float, float]] = []
    for _ in range(ROUNDS):
        page.goto("/work/cases?size=100")
        expect(page.locator("a.item")).to_have_count(LINES)
        times.append(tuple(page.evaluate(STANDS)))
    server, stands = min(times, key=lambda each: each[1])
    middle = sorted(stood for _, stood in times)[ROUNDS // 2]
    figure(
        f"100 lines: quickest {stands:.0f} ms, of these the server {server:.0f} ms; median {middle:.0f} ms; bar {BAR} ms"
    )
    assert stands <= BAR  # the quickest: others use this machine as well


def test_conditions_are_kept_and_taken_off(town: Town) -> None:
    Scenes(town).whistle("one", "井盖坏了", item="MS-08", phone="13812340001", place=HERE)
    page = town.staff("seat", "C00")
    page.goto("/work/cases?item=MS-08&open=1")
    page.get_by_text("存为常用").click()
    page.get_by_label("名字").fill("井盖没办结")
    page.get_by_role("button", name="存下").click()
    page.goto("/work/cases")
    page.get_by_role("link", name="井盖没办结").click()
    expect(page.locator("a.item")).to_have_count(1)
    page.get_by_role("link", name="去掉条件：只看没办结的").click()
    page.wait_for_url("**/work/cases?item=MS-08")
    page.get_by_text("管理常用条件").or_(page.get_by_text("存为常用")).click()
    page.get_by_role("button", name="删掉 井盖没办结").click()
    expect(page.get_by_text("已删掉“井盖没办结”")).to_be_visible()
