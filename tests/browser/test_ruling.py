"""件件有人问: a unit returns what is not its own, the centre rules with the units' views, and the next case knows."""

import re

import pytest
from playwright.sync_api import expect
from tests.browser.scenes import Scenes
from tests.browser.town import PHONE, Town, locate, number_in

from shaodao.centre.cases import actions
from shaodao.centre.dispatch import precedents
from shaodao.ground.ledger import sealer, subscriptions

pytestmark = pytest.mark.browser


def test_it_learns_from_a_ruling(town: Town) -> None:
    s = Scenes(town)
    s.whistle("first", "村口这段路坑坑洼洼，下雨全是水坑", item="MS-08", phone="13812340001")
    number = s.number("first")
    case = f"/work/cases/{number}"
    s.do("first", "sign", "handler", "D15", duty=1)

    liaison = town.staff("liaison", "D15")
    liaison.goto(case)
    liaison.get_by_text("更多", exact=True).click()
    liaison.get_by_role("link", name="申请退单").click()
    liaison.get_by_text("非我单位职责").click()
    liaison.get_by_role("button", name="申请退单").click()
    expect(liaison.get_by_text("请填写。")).to_be_visible()  # a reason needs its basis
    liaison.get_by_label("理由和依据").fill("这一段是农村公路，由交通部门养护")
    liaison.get_by_role("button", name="申请退单").click()
    expect(liaison.get_by_text("退单申请，等待审批")).to_be_visible()

    head = town.staff("section_head", "D15", PHONE)
    head.goto(f"{case}/decide?subject=1")
    expect(head.get_by_text("退单申请：非我单位职责")).to_be_visible()
    head.get_by_role("button", name="同意", exact=True).click()
    leader = town.staff("shift_leader", "C00")
    leader.goto("/work/list/approvals")
    leader.get_by_role("link", name=re.compile(number)).click()
    leader.get_by_role("link", name="审批：退单申请").click()
    leader.get_by_role("button", name="同意", exact=True).click()
    expect(leader.get_by_text("确权中", exact=True)).to_be_visible()

    leader.get_by_role("link", name="提交确权").click()
    leader.get_by_label("查找单位").fill("交通")
    leader.get_by_label("交通局").check()
    leader.get_by_role("button", name="提交确权").click()
    view = town.staff("liaison", "D18", PHONE)
    view.goto("/work/list/view")
    view.get_by_role("link", name=re.compile(number)).click()
    view.get_by_role("link", name="发表意见").click()
    view.get_by_text("三定规定", exact=True).click()
    view.get_by_label("职责依据").fill("农村公路养护管理办法：县道乡道由我局养护")
    view.get_by_role("button", name="是我单位职责", exact=True).click()
    expect(view.get_by_text("发表意见：已办。")).to_be_visible()  # in the inbox: the case is in other hands

    leader.goto("/work/rulings")
    expect(leader.get_by_text("交通局 已答复")).to_be_visible()
    expect(leader.get_by_text("住建局 未答复")).to_be_visible()
    leader.get_by_role("link", name=re.compile(number)).click()
    leader.get_by_role("link", name="确权派单").click()
    expect(leader.get_by_text("三定规定：农村公路养护管理办法：县道乡道由我局养护")).to_be_visible()
    expect(leader.get_by_text("住建局：还没有答复")).to_be_visible()
    leader.get_by_label("主办单位").select_option(label="交通局")
    leader.get_by_text("法律法规", exact=True).click()
    leader.get_by_label("确权依据").fill("农村公路养护管理办法第十条")
    leader.get_by_label("确权理由").fill("采纳交通局意见：这一段是县乡公路")
    expect(leader.get_by_label("判例用到什么时候")).to_be_hidden()
    leader.get_by_text("全县同类事项").click()
    expect(leader.get_by_label("判例用到什么时候")).to_be_visible()
    leader.get_by_role("button", name="确权派单").click()
    expect(leader.get_by_text("确权：由交通局办理")).to_be_visible()
    expect(leader.get_by_text("采纳交通局意见")).to_be_visible()
    expect(leader.locator("#why")).to_contain_text("经中心确权由交通局主办")

    sealer.seal_all(town.moment.at)
    subscriptions.run_all(town.moment.at)
    precedents.forget()
    leader.goto("/work/precedents")
    expect(leader.get_by_text("农村公路养护管理办法第十条")).to_be_visible()

    resident = town.window(PHONE)
    resident.goto("/whistle")
    resident.get_by_label("发生了什么").fill("我们村的路也坑坑洼洼，车没法走")
    resident.get_by_text("道路破损和坑槽", exact=True).click()
    locate(resident)
    resident.get_by_role("button", name="提交").click()
    expect(resident.locator(".promise")).to_contain_text("已派单：交通局")
    view.goto(f"/work/cases/{number_in(resident)}")
    expect(view.get_by_text(f"依据判例：哨件 {number}")).to_be_visible()
    why = f"和哨件 {number} 是同一类，按那次确权的判例由交通局主办。"
    expect(view.locator("#why")).to_contain_text(why)
    expect(resident.get_by_text(why)).to_be_visible()

    leader.goto("/work/precedents")
    expect(leader.get_by_text("照此派了 1 件")).to_be_visible()
    leader.get_by_role("link", name=re.compile(number)).click()
    expect(leader.get_by_role("link", name=re.compile(number_in(resident)))).to_be_visible()
    leader.get_by_label("只在哪里用").select_option(label="朝辉街道")
    leader.get_by_label("为什么").fill("另一个街道的路归街道养护")
    leader.get_by_role("button", name="限制").click()
    expect(leader.get_by_text("限制使用：朝辉街道")).to_be_visible()
    precedents.forget()
    s.whistle("third", "村口的路又坑坑洼洼了", item="MS-08", phone="13812340009")
    assert s.filed["third"].case.lead.unit == "D15"


def test_it_confirms_items_with_one_key_each(town: Town) -> None:
    s = Scenes(town)
    texts = ["想问一下小区的事归谁管", "有件事想反映一下，不知道找谁"]
    for index, text in enumerate(texts):
        s.whistle(f"unsure-{index}", text, phone=f"1381234001{index}")
    seat = town.staff("seat", "C00")
    seat.goto("/work/dispatch/confirm")
    expect(seat.get_by_role("button", name="对")).to_be_visible()
    shown = seat.locator("a.number").inner_text()
    seat.keyboard.press("y")
    expect(seat.get_by_text("记下了。")).to_be_visible()
    assert seat.locator("a.number").inner_text() != shown
    seat.keyboard.press("n")
    seat.keyboard.press("0")
    expect(seat.get_by_text("都核对过了")).to_be_visible()
    confirmed = {scene: actions.load(s.number(scene)).confirmed for scene in ("unsure-0", "unsure-1")}
    assert sorted(value == "NONE" for value in confirmed.values()) == [False, True]
