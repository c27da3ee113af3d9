"""The desk with the keyboard alone: no mouse is touched here, and no element is clicked or focused by the test."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.browser.scenes import HERE, Scenes
from tests.browser.town import DESK, Town
from tests.faces.conftest import PASSWORD, SECRET, code

from shaodao.centre.cases import actions
from shaodao.faces.accounts import second_factor

pytestmark = pytest.mark.browser


def keys(page: Page, *pressed: str) -> None:
    for key in pressed:
        page.keyboard.press(key)


def has_focus(page: Page, number: str) -> Locator:
    link = page.locator(f'.list a.item[href$="{number}"]')
    expect(link).to_be_focused()
    expect(link).to_be_in_viewport()
    return link


def holes(s: Scenes, count: int) -> list[str]:
    """So many duties of D15, in the order of its list."""
    for each in range(count):
        s.whistle(f"hole-{each}", f"路上第 {each} 个坑", item="MS-08", phone=f"138123{each:05}", place=HERE)
        s.later(minutes=1)
    return [s.number(f"hole-{each}") for each in range(count)]


def test_it_runs_the_desk_with_the_keyboard_alone(town: Town) -> None:
    s = Scenes(town)
    numbers = holes(s, 12)
    user = town.user("handler", "D15")
    user.set_password(PASSWORD)
    user.save()
    second_factor.set_up(user, SECRET)
    page = town.window(DESK)
    page.goto("/work/inbox")
    expect(page.get_by_label("账号")).to_be_focused()
    page.keyboard.type(user.username)
    keys(page, "Tab")
    page.keyboard.type(PASSWORD)
    keys(page, "Enter")
    expect(page.get_by_label("验证码")).to_be_focused()
    page.keyboard.type(code())
    keys(page, "Enter")
    expect(page.get_by_role("heading", name="待办", exact=True)).to_be_visible()
    page.wait_for_load_state()  # the heading stands before the keys do
    keys(page, "Escape", "j")
    has_focus(page, numbers[0])
    keys(page, *"j" * 10)
    has_focus(page, numbers[10])
    keys(page, "j", "j", "k")  # the list ends
    link = has_focus(page, numbers[10])
    assert link.evaluate("each => getComputedStyle(each).outlineStyle") == "solid"
    keys(page, "Enter")
    page.wait_for_url(re.compile(rf"/work/cases/{numbers[10]}"))
    tab_to(page, page.get_by_role("button", name="签收"))
    keys(page, "Enter")
    expect(page.get_by_text("签收：已办。")).to_be_visible()
    assert actions.load(numbers[10]).duties[0].signed_at is not None
    page.goto("/work/inbox")  # the list's link
    has_focus(page, numbers[10])
    there = page.locator(".list a.item .number").all_inner_texts()
    before = there[there.index(numbers[10]) - 2]  # its next deadline is another one now, and so is its place
    keys(page, "k", "k", "Enter")
    page.wait_for_url(re.compile(rf"/work/cases/{before}"))
    page.go_back()
    has_focus(page, before)
    keys(page, "j", "j")
    has_focus(page, numbers[10])
    keys(page, "/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    keys(page, "j", "k", "?")
    expect(page.get_by_role("searchbox")).to_have_value("jk?")


def test_it_says_what_keys_there_are(town: Town) -> None:
    s = Scenes(town)
    numbers = holes(s, 2)
    page = town.staff("handler", "D15")
    page.goto("/work/cases")
    expect(page.locator(".list a.item")).to_have_count(2)
    told = page.get_by_role("dialog", name="键盘操作")
    expect(told).to_be_hidden()
    keys(page, "?")
    expect(told).to_be_visible()
    keys(page, "j", "j", "/")
    expect(told).to_be_visible()
    expect(page.locator(".list a.item:focus")).to_have_count(0)
    keys(page, "Escape")
    expect(told).to_be_hidden()
    keys(page, "Control+j", "Alt+j")
    expect(page.locator(".list a.item:focus")).to_have_count(0)
    keys(page, "j")
    has_focus(page, numbers[1])
    keys(page, "Escape")
    expect(page.locator(".list a.item:focus")).to_have_count(0)


def test_it_ticks_what_is_to_be_done_together(town: Town) -> None:
    s = Scenes(town)
    for name in ("one", "two"):
        s.whistle(name, "楼下老是有怪味道，说不清", phone="13812345678")
    page = town.staff("seat", "C00")
    page.goto("/work/list/triage")
    boxes = page.locator(".list > li input[type=checkbox]")
    expect(boxes).to_have_count(2)
    keys(page, "j", "x", "j", "x", "x", "k")
    expect(boxes.nth(0)).to_be_checked()
    expect(boxes.nth(1)).not_to_be_checked()


def test_it_opens_the_next_where_the_last_one_left_the_list(town: Town) -> None:
    """A request decided leaves the list: the one that took its place has the focus."""
    s = Scenes(town)
    numbers = holes(s, 3)
    for each in range(3):
        s.handle(f"hole-{each}", until="claimed")
    page = town.staff("section_head", "D15")
    page.goto("/work/list/approvals")
    keys(page, "j", "j", "Enter")
    page.wait_for_url(re.compile(rf"/work/cases/{numbers[1]}"))
    s.do("hole-1", "decide", "section_head", "D15", request=1, approve=True)
    page.goto("/work/list/approvals")
    has_focus(page, numbers[2])


def tab_to(page: Page, target: Locator) -> None:
    """Tab until the focus is there; what cannot be reached fails."""
    target.wait_for()
    for _ in range(60):
        keys(page, "Tab")
        if target.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"no way by keyboard to {target}")
