"""一屏: all that matters fits one screen of a small phone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.browser.scenes import HERE, Scenes, brief
from tests.browser.town import PHONE, Town

from shaodao.centre.cases.models import Clock
from shaodao.faces.wall import board

pytestmark = pytest.mark.browser


def test_it_fits_a_small_phone(town: Town) -> None:
    board.forget()
    s = Scenes(town)
    for n, item in enumerate(("MS-07", "MS-44", "MS-17", "XZ-19")):
        s.whistle(f"case{n}", "有个问题没人管", item=item, phone=f"1381234567{n}", place=HERE)
    late = town.moment.at - timedelta(days=11, hours=5)
    Clock.objects.filter(kind="finish").update(due_at=late, breached_at=late)
    month, _ = brief(s)
    board.forget()
    page = town.staff("county_leader", "L00", PHONE)
    page.goto("/work/leader")
    cards = page.locator(".glance .card")
    assert cards.count() == 5
    bottom = page.locator("nav.bar").bounding_box()
    last = cards.nth(4).bounding_box()
    assert bottom
    assert last
    assert last["y"] + last["height"] <= bottom["y"]
    page.get_by_role("link", name="2月 · 吹哨").click()
    page.wait_for_url(f"**/work/briefings/{month}")
    board.forget()
