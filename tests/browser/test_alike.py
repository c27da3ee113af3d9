"""我也看到了: a resident joins what a neighbour reported; the desk merges what came twice all the same."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from tests.browser.scenes import HERE, Scenes
from tests.browser.town import DESK, PHONE, Town, locate, picture

from shaodao.centre.cases import actions
from shaodao.ground.ledger import sealer, subscriptions

pytestmark = pytest.mark.browser

LID = "幸福小区 3 号楼门口的井盖丢了，晚上很危险"
AGAIN = "小区门口井盖没了，晚上走路很危险"


def told(town: Town) -> None:
    sealer.seal_all(town.moment.at)
    while subscriptions.run_all(town.moment.at):
        pass


def test_a_resident_joins_instead_of_filing_again(town: Town) -> None:
    s = Scenes(town)
    s.whistle("lid", LID, item="MS-07", phone="13812345678")
    told(town)
    town.moment.passes(minutes=40)
    page = town.window(PHONE)
    page.goto("/whistle")
    page.get_by_label("发生了什么").fill(AGAIN)
    locate(page)
    expect(page.get_by_role("heading", name="是不是这件？")).to_be_visible()
    expect(page.locator("#alike")).not_to_contain_text("3 号楼")
    page.get_by_label("手机号").fill("13912345678")
    page.get_by_role("button", name="我也看到了").click()
    expect(page.get_by_text("您和别人反映的是同一件事")).to_be_visible()
    expect(page.get_by_text(AGAIN).first).to_be_visible()
    expect(page.get_by_text("3 号楼")).to_have_count(0)
    case = actions.load(s.number("lid"))
    assert case.reporters == 2
    seat = town.staff("seat", "C00", DESK)
    seat.goto(f"/work/cases/{s.number('lid')}")
    expect(seat.get_by_text("又有人反映也看到了")).to_be_visible()
    expect(seat.get_by_text("2 人", exact=True)).to_be_visible()


def test_it_knows_the_place_again_by_the_picture(town: Town) -> None:
    s = Scenes(town)
    s.whistle("lid", "看图", item="MS-07", phone="13812345678", pictures=(3,))
    told(town)
    page = town.window(PHONE)
    page.goto("/whistle")
    page.locator("input[type=file][accept^=image]").set_input_files([picture(3)])
    locate(page)
    expect(page.locator("#alike")).to_contain_text("照片相同")


def test_the_desk_merges_by_suggestion(town: Town) -> None:
    s = Scenes(town)
    s.whistle("lid", LID, item="MS-07", phone="13812345678")
    town.moment.passes(minutes=20)
    near = HERE | {"lat": HERE["lat"] + 0.0003}
    s.whistle("again", AGAIN, item="MS-07", phone="13912345678", place=near)
    told(town)
    seat = town.staff("seat", "C00", DESK)
    seat.goto("/work/duplicates")
    expect(seat.get_by_text("相隔 20 分钟")).to_be_visible()
    seat.get_by_role("link", name=s.number("again")).click()
    seat.wait_for_load_state()  # a grave button asks once its script is there
    alike = seat.locator("#alike")
    expect(alike.get_by_text("相距 33 米")).to_be_visible()
    expect(alike.locator("mark").first).to_be_visible()
    alike.get_by_role("button", name="把本件并入").click()
    seat.get_by_role("dialog").get_by_role("button", name="并案").click()
    expect(seat.get_by_text("并案：已办。")).to_be_visible()
    assert actions.load(s.number("again")).outcome_detail == s.number("lid")
