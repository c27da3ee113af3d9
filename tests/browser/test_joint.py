"""A joint case: a lead, a called assist and the street, each with clocks of its own; only the assist is late."""

import re

import pytest
from playwright.sync_api import Page, expect
from tests.browser.scenes import HERE, Scenes
from tests.browser.town import PHONE, Town

from shaodao.centre.cases import actions

pytestmark = pytest.mark.browser


def row(page: Page, unit: str):
    """The line of a unit among the parties."""
    return page.locator(".duties tbody tr").filter(has=page.get_by_role("rowheader", name=re.compile(unit)))


def test_it_follows_lead_assist_and_street_side_by_side(town: Town) -> None:
    s = Scenes(town)
    s.whistle("burst", "主管道破裂，自来水一直往外冒，半条街都淹了", item="MS-05", phone="13812340008")
    number = s.number("burst")
    case = f"/work/cases/{number}"
    s.do("burst", "sign", "handler", "U02", duty=1)

    lead = town.staff("liaison", "U02")
    lead.goto(case)
    lead.get_by_text("更多", exact=True).click()
    lead.get_by_role("link", name="请求协办").click()
    lead.get_by_label("请哪个单位").select_option(label="住建局")
    lead.get_by_text("需要技术支持").click()
    lead.get_by_label("要对方做什么").fill("管道在道路下面，请配合开挖")
    lead.get_by_role("button", name="请求协办").click()
    expect(row(lead, "住建局").get_by_text("协办")).to_be_visible()

    street = town.staff("street_clerk", "S01", PHONE)
    street.goto(case)
    street.get_by_text("更多", exact=True).click()
    street.get_by_role("link", name="请求协办").click()
    street.get_by_label("请哪个单位").select_option(label="东凤街道")
    street.get_by_text("属地配合", exact=True).click()
    street.get_by_text("需要到场配合").click()
    street.get_by_role("button", name="请求协办").click()
    expect(row(street, "东凤街道").get_by_text("属地配合")).to_be_visible()

    street.get_by_role("button", name="签收").click()
    s.later(minutes=10)
    s.do("burst", "report_in", "handler", "U02", duty=1, mode="site", persons=3, position=HERE)
    s.do("burst", "make_safe", "handler", "U02", duty=1, words="已关阀")
    s.do("burst", "report_in", "street_clerk", "S01", duty=3, mode="site", persons=1, position=HERE)
    s.later(minutes=50)
    lead.goto(case)
    expect(row(lead, "自来水公司").get_by_text("按时")).to_have_count(2)
    expect(row(lead, "住建局").get_by_text(re.compile("^超期"))).to_have_count(2)
    expect(row(lead, "东凤街道").get_by_text(re.compile("^超期"))).to_have_count(0)
    expect(lead.get_by_text("住建局报到超期")).to_be_visible()

    s.do("burst", "report_in", "handler", "D15", duty=2, mode="site", persons=2, position=HERE)
    assist = town.staff("handler", "D15", PHONE)
    assist.goto(case)
    expect(row(assist, "住建局").get_by_text("超期", exact=False).first).to_be_visible()
    assist.get_by_role("link", name="本单位已办完").click()
    assist.get_by_label("办理情况").fill("路面已开挖并回填")
    assist.get_by_role("button", name="本单位已办完").click()
    expect(row(assist, "住建局").get_by_text("本单位已办完")).to_be_visible()

    s.do("burst", "finish_part", "street_clerk", "S01", duty=3, words="居民已疏导")
    s.do("burst", "claim_finished", "handler", "U02", duty=1, way="done", words="管道已更换", pictures=(4,))
    s.do("burst", "decide", "section_head", "U02", request=1, approve=True)

    verifier = actions.load(number).clock("verification")
    assert verifier is not None
    secretary = town.staff("community_secretary", verifier.unit, PHONE)
    secretary.goto(case)
    secretary.get_by_role("link", name="核查", exact=True).click()
    for words in ("管道已更换", "路面已开挖并回填", "居民已疏导"):
        expect(secretary.get_by_text(words)).to_be_visible()
    secretary.get_by_role("button", name="通过", exact=True).click()

    resident = town.window(PHONE)
    resident.goto(f"/t/{s.token('burst')}")
    resident.get_by_role("radio", name="已解决", exact=True).check()
    for unit, level in (("自来水公司", "非常满意"), ("住建局", "不满意"), ("东凤街道", "满意")):
        group = resident.get_by_role("group", name=f"您对{unit}的处理满意吗？")
        group.get_by_role("radio", name=level, exact=True).check()
    resident.get_by_role("button", name="提交评价").click()
    expect(resident.get_by_text("已结案", exact=True)).to_be_visible()
    (rating,) = actions.load(number).ratings
    assert [(one.duty, one.level) for one in rating.levels] == [(1, 5), (2, 2), (3, 4)]
