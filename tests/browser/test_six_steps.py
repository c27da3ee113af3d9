"""基层报、中心接、平台转、部门办、限时结、群众评, by five persons: the same problem on five screens."""

import re

import pytest
from playwright.sync_api import Page, expect
from tests.browser.town import PHONE, Town, locate, number_in, picture

from shaodao.centre.cases import actions
from shaodao.centre.cases.lifecycle import state_of

pytestmark = pytest.mark.browser


def test_it_goes_through_six_steps_with_five_persons(town: Town) -> None:
    resident = town.window(PHONE)
    whistle(resident)
    number = number_in(resident)
    case = actions.load(number)
    assert case.item == "MS-07"
    assert len(case.photos) == 2
    assert case.place.lon == round(126.0428e7)

    handle(town, town.staff("handler", "D15", PHONE), number)
    approve(town.staff("section_head", "D15", PHONE), number)
    verify(town.staff("community_secretary", case.place.community, PHONE), number)
    rate(resident)
    assert state_of(actions.load(number)) == "closed"


def whistle(page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name="我要吹哨（反映问题）").click()
    page.locator("input[type=file][accept^=image]").set_input_files([picture(1), picture(2)])
    expect(page.locator("[data-photo-list] .photo")).to_have_count(2)
    page.get_by_label("发生了什么").fill("幸福小区 3 号楼门口的井盖丢了，晚上很危险")
    page.get_by_text("井盖丢失破损", exact=True).click()
    expect(page.locator("input[name=item]")).to_have_value("MS-07")
    locate(page)
    page.get_by_label("手机号").fill("13812345678")
    page.get_by_role("button", name="提交").click()
    expect(page.locator(".promise")).to_have_text(re.compile(r"已派单：住建局，今天 10:\d\d 前到场"))
    expect(page.locator(".photos img")).to_have_count(2)


def handle(town: Town, page: Page, number: str) -> None:
    """A handler out of doors: signs, turns out, makes safe, finishes."""
    page.goto("/work/inbox")
    page.get_by_role("link", name=re.compile(number)).click()
    page.get_by_role("button", name="签收").click()
    expect(page.get_by_text("签收：已办。")).to_be_visible()
    assert "13812345678" not in page.content()

    town.moment.passes(minutes=12)
    page.get_by_role("link", name="报到", exact=True).click()
    locate(page)
    page.locator("input[type=file][accept^=image]").set_input_files(picture(3))
    page.get_by_label("到场人数").fill("2")
    page.get_by_role("button", name="报到", exact=True).click()
    expect(page.get_by_text("已报到 2 人，处置中")).to_be_visible()

    town.moment.passes(minutes=20)
    page.get_by_role("link", name="先期处置").click()
    page.get_by_label("采取了什么措施").fill("已围挡，放了警示牌")
    page.get_by_role("button", name="先期处置").click()

    town.moment.passes(hours=2)
    page.get_by_role("link", name="申请办结").click()
    page.get_by_label("办理结果").fill("换了新井盖，加了防坠网")
    page.locator("input[type=file][accept^=image]").set_input_files(picture(4))
    page.get_by_role("button", name="申请办结").click()
    expect(page.get_by_text("办结申请，等待审批")).to_be_visible()


def approve(page: Page, number: str) -> None:
    """The head of section, on a phone: reads what is claimed, sees the picture, one tap."""
    page.goto("/work/list/approvals")
    page.get_by_role("link", name=re.compile(number)).click()
    page.get_by_role("link", name="审批：办结申请").click()
    expect(page.get_by_text("换了新井盖，加了防坠网")).to_be_visible()
    expect(page.locator(".note .photo")).to_have_count(1)
    page.get_by_role("button", name="同意", exact=True).click()
    expect(page.get_by_text("已办完，等待核查")).to_be_visible()


def verify(page: Page, number: str) -> None:
    page.goto("/work/list/verification")
    page.get_by_role("link", name=re.compile(number)).click()
    page.get_by_role("link", name="核查", exact=True).click()
    expect(page.get_by_text("换了新井盖，加了防坠网")).to_be_visible()
    page.locator("input[type=file][accept^=image]").set_input_files(picture(5))
    page.get_by_role("button", name="通过", exact=True).click()
    expect(page.get_by_text("已办完，核查通过")).to_be_visible()


def rate(page: Page) -> None:
    page.reload()
    page.get_by_role("radio", name="已解决", exact=True).check()
    page.get_by_text("想说几句").click()
    page.get_by_label("想说的话").fill("来得真快")
    page.get_by_role("button", name="非常满意", exact=True).click()  # the second tap sends it
    expect(page.get_by_text("谢谢您的评价。")).to_be_visible()
    expect(page.get_by_text("已结案", exact=True)).to_be_visible()
    expect(page.get_by_text("来得真快")).to_be_visible()
    expect(page.get_by_role("heading", name="办理前后")).to_be_visible()
    expect(page.get_by_role("button", name="办理后的照片")).to_have_count(2)
