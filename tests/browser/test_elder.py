"""An elder who has no smartphone: whistles by calling the centre, is telephoned by the unit, and rates by call-back."""

import re

import pytest
from playwright.sync_api import expect
from tests.browser.scenes import Scenes
from tests.browser.town import PHONE, Town, number_in, picture

from shaodao.centre.cases import actions
from shaodao.centre.cases.lifecycle import state_of

pytestmark = pytest.mark.browser
HIS = "13904350002"


def test_it_serves_an_elder_by_telephone(town: Town) -> None:
    s = Scenes(town)
    s.whistle("before", "楼道灯坏了", item="MS-17", phone=HIS, name="李大爷")
    s.later(days=1)

    seat = town.staff("seat", "C00")
    seat.goto("/work/inbox")
    seat.get_by_role("navigation", name="主要功能").get_by_role("link", name="登记").click()
    seat.get_by_label("来电号码").fill(HIS)
    seat.get_by_role("button", name="查来电人").click()
    expect(seat.get_by_role("link", name=re.compile(s.number("before")))).to_be_visible()
    expect(seat.get_by_label("诉求人电话")).to_have_value(HIS)
    expect(seat.get_by_label("对方编号")).to_be_hidden()
    seat.get_by_label("怎么称呼").fill("李大爷")
    seat.get_by_label("发生了什么").fill("想申请低保，不知道怎么办，腿脚不好出不了门")
    seat.get_by_label("事项").select_option("MS-37")
    seat.get_by_label("在哪个社区或村").select_option(label="凤鸣社区")
    seat.get_by_role("button", name="登记并派单").click()
    number = number_in(seat)
    assert actions.load(number).on_behalf

    unit = town.staff("handler", "D21", PHONE)
    unit.goto(f"/work/cases/{number}")
    assert HIS not in unit.content()
    unit.get_by_role("button", name="签收").click()
    unit.get_by_role("link", name="报到", exact=True).click()
    unit.get_by_text("联系报到").click()
    unit.get_by_label("现场情况").fill("已电话联系李大爷，约好上门帮办")
    unit.get_by_role("button", name="报到", exact=True).click()
    unit.get_by_role("link", name="申请办结").click()
    unit.get_by_text("答复导办").click()
    unit.get_by_label("办理结果").fill("已上门受理，材料齐全")
    unit.locator("input[type=file]").set_input_files(picture(6))
    unit.get_by_role("button", name="申请办结").click()
    expect(unit.get_by_text("办结申请，等待审批")).to_be_visible()
    s.do_to(number, "decide", "section_head", "D21", request=1, approve=True)
    s.do_to(number, "sign", "street_clerk", "S01", duty=2)
    s.do_to(
        number, "report_in", "street_clerk", "S01", duty=2, mode="call", persons=1, words="已告知社区帮办"
    )
    s.do_to(number, "finish_part", "street_clerk", "S01", duty=2, words="社区已代交材料")
    clock = actions.load(number).clock("verification")
    assert clock is not None
    s.do_to(number, "verify", "community_secretary", clock.unit, passed=True)

    s.later(hours=49)
    caller = town.staff("caller", "C00")
    for hours in (0, 5):
        s.later(hours=hours)
        caller.goto("/work/list/call_back")
        caller.get_by_role("link", name=re.compile(number)).click()
        caller.get_by_role("link", name="回访", exact=True).click()
        caller.get_by_role("button", name="没接通").click()
        expect(caller.get_by_text("回访：没接通").first).to_be_visible()
    caller.get_by_role("link", name="回访", exact=True).click()
    caller.get_by_role("button", name="没接通").click()
    expect(caller.get_by_text("离上一次回访太近。请换一个时段再打。")).to_be_visible()
    s.later(hours=14)
    caller.get_by_role("button", name="接通了，记下评价").click()
    expect(caller.get_by_text("请先选择解决了没有。")).to_be_visible()
    caller.get_by_role("radio", name="已解决", exact=True).check()
    for unit in ("民政局", "东凤街道"):
        group = caller.get_by_role("group", name=f"您对{unit}的处理满意吗？")
        group.get_by_role("radio", name="满意", exact=True).check()
    caller.get_by_label("通话情况").fill("老人说办得好")
    caller.get_by_role("button", name="接通了，记下评价").click()
    expect(caller.get_by_text("已结案", exact=True)).to_be_visible()
    closed = actions.load(number)
    assert state_of(closed) == "closed"
    assert [(rating.kind, rating.solved) for rating in closed.ratings] == [("call_back", "yes")]
    assert len(closed.calls) == 3
