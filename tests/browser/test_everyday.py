"""What happens every day: signing in, a wrong number, no network, it broke again, hands on the keyboard alone."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.browser.scenes import HERE, Scenes
from tests.browser.town import PHONE, Town, locate, number_in, picture
from tests.faces.conftest import PASSWORD, SECRET, code

from shaodao.centre.cases import actions
from shaodao.centre.cases.lifecycle import state_of
from shaodao.faces.accounts import second_factor

pytestmark = pytest.mark.browser


def test_it_signs_in_with_password_and_second_factor(town: Town) -> None:
    user = town.user("handler", "D15")
    user.set_password(PASSWORD)
    user.save()
    second_factor.set_up(user, SECRET)
    page = town.window(PHONE)
    page.goto("/work/inbox")
    page.get_by_label("账号").fill(user.username)
    page.get_by_label("密码").fill("not the password at all")
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_text("账号或密码不对。")).to_be_visible()
    page.get_by_label("账号").fill(user.username)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.get_by_label("验证码").fill(code())
    page.get_by_role("button").filter(has_text=re.compile("登录|验证|确认")).first.click()
    expect(page.get_by_role("heading", name="待办", exact=True)).to_be_visible()
    expect(page.get_by_text("住建局经办人").first).to_be_visible()


def test_it_says_when_number_and_phone_do_not_belong_together(town: Town) -> None:
    s = Scenes(town)
    s.whistle("lamp", "路灯坏了", item="MS-09", phone="13812345678")
    page = town.window(PHONE)
    page.goto("/")
    page.get_by_label("哨件编号").fill(s.number("lamp"))
    page.get_by_label("反映时所留手机号的后四位").fill("0000")
    page.get_by_role("button", name="查询").click()
    expect(page.get_by_text("编号和手机号后四位对不上")).to_be_visible()
    page.get_by_label("反映时所留手机号的后四位").fill("5678")
    page.get_by_role("button", name="查询").click()
    expect(page.locator(".promise")).to_contain_text("城管局")


def test_it_registers_one_call_after_the_other(town: Town) -> None:
    """The second form is empty, whoever sits at the desk then: nothing of the first caller is left in the browser."""
    page = town.staff("seat", "C00")
    said = (("幸福路井盖丢了", "13812340001"), ("新华路路灯不亮", "13812340002"))
    for text, phone in said:
        page.goto("/work/whistle")
        expect(page.get_by_label("发生了什么")).to_have_value("")
        expect(page.get_by_label("诉求人电话")).to_have_value("")
        page.get_by_label("发生了什么").fill(text)
        page.get_by_label("诉求人电话").fill(phone)
        page.get_by_label("在哪个社区或村").select_option(label="凤鸣社区")
        page.get_by_role("button", name="登记并派单").click()
        page.wait_for_url(re.compile(r"/work/cases/\d+"))
        expect(page.get_by_text(text).first).to_be_visible()
    assert "138123" not in page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")


def test_it_keeps_a_draft_when_the_page_is_left(town: Town) -> None:
    page = town.window(PHONE)
    page.goto("/whistle")
    page.get_by_label("发生了什么").fill("新华路路灯不亮")
    page.get_by_label("在哪个社区或村").select_option(label="凤鸣社区")
    page.goto("/whistle")  # closed and opened again
    expect(page.get_by_text("上次没写完的内容还在")).to_be_visible()
    expect(page.get_by_label("发生了什么")).to_have_value("新华路路灯不亮")
    page.get_by_role("button", name="提交").click()
    expect(page.locator(".promise")).to_contain_text("城管局")
    page.goto("/whistle")
    expect(page.get_by_label("发生了什么")).to_have_value("")


def test_it_warns_before_life_is_in_danger(town: Town) -> None:
    page = town.window(PHONE)
    page.goto("/whistle")
    page.get_by_label("发生了什么").fill("三楼着火了，有人被困在里面")
    page.get_by_label("在哪个社区或村").select_option(label="凤鸣社区")
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_role("link", name="119 火警")).to_be_visible()
    page.get_by_role("button", name="继续提交").click()
    expect(page.get_by_text("已收到，编号")).to_be_visible()


def test_it_brings_a_broken_thing_back_to_the_department_with_one_tap(town: Town) -> None:
    s = Scenes(town)
    s.whistle("cover", "井盖破了", item="MS-07", phone="13812340001")
    s.handle("cover")
    s.say("cover", "rate", solved="yes", levels=[{"duty": 1, "level": 5}])
    s.later(days=6)
    resident = town.window(PHONE)
    resident.goto(f"/t/{s.token('cover')}")
    resident.get_by_text("加几句话或照片").click()
    resident.get_by_label("现在是什么样").fill("又翘起来了")
    resident.locator("form[action$=reopen] input[type=file]").set_input_files(picture(7))
    resident.get_by_role("button", name="又坏了").click()
    expect(resident.get_by_text("已经退回重新办理")).to_be_visible()
    expect(resident.get_by_text("正在办理", exact=True)).to_be_visible()
    assert state_of(actions.load(s.number("cover"))) == "dispatched"

    handler = town.staff("handler", "D15")
    handler.goto("/work/inbox")
    handler.get_by_role("link", name=re.compile(s.number("cover"))).click()
    expect(handler.get_by_text("又坏了，重新办理")).to_be_visible()
    expect(handler.get_by_text("又翘起来了")).to_be_visible()
    expect(handler.get_by_role("link", name="报到", exact=True)).to_be_visible()


def test_it_ends_small_matters_on_the_spot(town: Town) -> None:
    """A grid chief whistles for nobody: found, done and claimed with two forms; somebody else verifies."""
    grid = Scenes(town).grid
    chief = town.staff("grid_chief", "S01-01", PHONE, grid=grid)
    chief.goto("/work/whistle")
    expect(chief.get_by_label("诉求人电话")).to_be_hidden()
    chief.get_by_label("发生了什么").fill("单元门口垃圾桶满了，味道大")
    chief.get_by_label("事项").select_option("MS-13")
    chief.get_by_text("我们自己办").click()
    chief.get_by_role("button", name="吹哨").click()
    chief.get_by_role("link", name="当场办结").click()
    chief.get_by_label("怎么办好的").fill("已联系保洁清空，周围冲洗干净")
    locate(chief)
    chief.locator("input[type=file]").set_input_files(picture(8))
    chief.get_by_role("button", name="当场办结").click()
    expect(chief.get_by_text("当场办结，等待核查。")).to_be_visible()
    case = actions.load(number_in(chief))
    assert [duty.unit for duty in case.duties] == ["S01-01"]
    assert case.tier == "community"
    assert state_of(case) == "waiting_verification"


def test_it_works_with_the_keyboard_alone(town: Town) -> None:
    s = Scenes(town)
    s.whistle("hole", "路上有个大坑", item="MS-08", phone="13812340002", place=HERE)
    page = town.staff("handler", "D15")
    page.goto("/work/inbox")
    press(page, page.get_by_role("link", name=re.compile(s.number("hole"))))
    press(page, page.get_by_role("button", name="签收"))
    expect(page.get_by_text("签收：已办。")).to_be_visible()
    press(page, page.get_by_role("link", name="报到", exact=True))
    press(page, page.get_by_role("button", name="用我现在的位置"))
    expect(page.locator("[data-locate-told]")).to_contain_text("已定位")
    tab_to(page, page.get_by_label("到场人数"))
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("3")
    press(page, page.get_by_role("button", name="报到", exact=True))
    expect(page.get_by_text("已报到 3 人，处置中")).to_be_visible()


def tab_to(page: Page, target: Locator) -> None:
    """Tab until the focus is there; what cannot be reached fails."""
    target.wait_for()
    for _ in range(60):
        page.keyboard.press("Tab")
        if target.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"no way by keyboard to {target}")


def press(page: Page, target: Locator) -> None:
    tab_to(page, target)
    page.keyboard.press("Enter")
