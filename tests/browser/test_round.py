"""今日巡查: the grid chief's round, nearest first; small matters done on the spot, also without a network."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from playwright.sync_api import expect
from tests.browser.scenes import HERE, Scenes
from tests.browser.town import PHONE, Town, locate, picture

from shaodao.centre.cases import actions
from shaodao.centre.cases.lifecycle import state_of
from shaodao.centre.cases.models import Case as CaseRow
from shaodao.centre.intake import placing

pytestmark = pytest.mark.browser


def test_it_shows_what_waits_on_the_own_ground_nearest_first(town: Town) -> None:
    s = Scenes(town)
    for scene, east in (("far", 0.004), ("near", 0.0005)):
        s.whistle(scene, f"{scene} 井盖破了", item="MS-07", place={**HERE, "lon": HERE["lon"] + east})
    secretary = town.staff("community_secretary", "S01-01", PHONE)
    for scene in ("far", "near"):
        s.handle(scene, until="done")
        s.later(minutes=5)
    secretary.goto("/work/inbox")
    secretary.get_by_role("navigation", name="主要功能").get_by_role("link", name="巡查").click()
    lines = secretary.locator("[data-by-distance] li")
    expect(lines).to_have_count(2)
    expect(lines.first).to_contain_text("far")
    secretary.get_by_role("button", name="近的在前").click()
    expect(lines.first).to_contain_text("near")
    expect(lines.first).to_contain_text("约 40 米")
    expect(lines.last).to_contain_text("约 330 米")
    secretary.locator(".map").scroll_into_view_if_needed()
    expect(secretary.locator(".map canvas")).to_be_visible(timeout=20_000)
    features = secretary.evaluate("fetch('/work/round/points').then((answer) => answer.json())")["features"]
    assert [feature["geometry"]["type"] for feature in features] == ["Polygon", "Point", "Point"]


def test_it_finishes_a_small_matter_in_two_taps(town: Town) -> None:
    grid = placing.place_of(HERE, "", town.pack).grid
    chief = town.staff("grid_chief", "S01-01", PHONE, grid=grid)
    chief.goto("/work/round")
    chief.get_by_role("link", name="随手办").click()
    expect(chief.get_by_role("radio", name="已经当场办好")).to_be_checked()
    chief.get_by_label("发生了什么").fill("单元门口垃圾桶满了，已联系保洁清空")
    chief.get_by_label("事项").select_option("MS-13")
    locate(chief)
    chief.locator("input[type=file][accept^=image]").set_input_files(picture(8))
    chief.get_by_role("button", name="办好了，记下来").click()
    expect(chief.get_by_text("当场办结，等待核查。")).to_be_visible()
    (row,) = CaseRow.objects.all()
    case = actions.load(row.number)
    assert state_of(case) == "waiting_verification"
    assert case.tier == "community"
    assert case.lead is not None
    assert case.lead.shown == 1


def test_it_gives_to_a_department_what_is_not_ones_own_to_finish(town: Town) -> None:
    chief = town.staff("grid_chief", "S01-01", PHONE, grid=Scenes(town).grid)
    chief.goto("/work/whistle?deals=done")
    chief.get_by_label("发生了什么").fill("路灯坏了")
    chief.get_by_label("事项").select_option("MS-09")
    locate(chief)
    chief.get_by_role("button", name="办好了，记下来").click()
    expect(chief.get_by_text(re.compile("这件事归.*办，已经派单"))).to_be_visible()
    (row,) = CaseRow.objects.all()
    assert state_of(actions.load(row.number)) == "dispatched"


def test_its_round_is_for_the_first_tier_alone(town: Town) -> None:
    handler = town.staff("handler", "D15", PHONE)
    for path in ("/work/round", "/work/round/points"):
        answer = handler.goto(path)
        assert answer is not None
        assert answer.status == 404
    assert Client().get("/work/round").status_code == 302
