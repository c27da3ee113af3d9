"""Answers before and after: a resident finds one instead of filing, a clerk gives one in two clicks, and it helped."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect
from tests.browser.scenes import Scenes, bring_answers
from tests.browser.town import PHONE, Town

from shaodao.centre.answers import knowledge
from shaodao.centre.cases import actions
from shaodao.centre.cases.lifecycle import state_of
from shaodao.centre.cases.models import Case

pytestmark = pytest.mark.browser


@pytest.fixture
def answers(town: Town) -> Iterator[Scenes]:
    s = Scenes(town)
    bring_answers(s)
    yield s
    knowledge.forget()


def test_it_finds_an_answer_before_filing(answers: Scenes) -> None:
    page = answers.town.window(PHONE)
    page.goto("/whistle")
    page.get_by_label("发生了什么").fill("请问身份证丢了怎么补办，人在外地")
    expect(page.get_by_text("这些答复也许有用")).to_be_visible()
    page.get_by_text("身份证丢了或到期怎么补办换领").click()
    expect(page.get_by_text("可以就近异地办理")).to_be_visible()
    expect(page.get_by_text("《中华人民共和国居民身份证法》")).to_be_visible()
    expect(page.get_by_label("发生了什么")).to_have_value("请问身份证丢了怎么补办，人在外地")

    page.goto("/guide")
    page.get_by_label("想问什么").fill("低保")
    page.get_by_role("button", name="查找").click()
    expect(page.get_by_text("家庭人均收入低于当地低保标准")).to_be_visible()
    assert not Case.objects.exists()


def test_it_answers_in_two_clicks_and_whoever_asked_says_it_helped(answers: Scenes) -> None:
    s, town = answers, answers.town
    s.whistle("ask", "请问身份证快到期了，人在外地怎么换领", phone="13812340001")
    number = s.number("ask")
    seat = town.staff("seat", "C00")
    seat.goto("/work/list/triage")
    seat.get_by_role("button", name=re.compile("用知识库答复：身份证")).click()  # one
    expect(seat.get_by_label("告诉反映人的话")).to_have_value(re.compile("异地办理"))
    expect(seat.get_by_text(re.compile("依据：《中华人民共和国居民身份证法》"))).to_be_visible()
    seat.get_by_role("button", name="照此答复").click()  # two
    expect(seat.get_by_text(f"{number}：已办。")).to_be_visible()
    assert state_of(actions.load(number)) == "answered"

    page = town.window(PHONE)
    page.goto(f"/t/{s.token('ask')}")
    expect(page.get_by_role("heading", name="中心答复")).to_be_visible()
    expect(page.get_by_text("2011年10月29日")).to_be_visible()
    page.get_by_role("button", name="有用").click()
    expect(page.get_by_text("您说过有用")).to_be_visible()
    assert actions.load(number).helpful


def test_the_keyboard_alone_gives_several_the_same_way_out(answers: Scenes) -> None:
    s = answers
    for name, text in (("one", "举报村支书贪污低价卖林地的钱"), ("two", "举报村主任受贿，套取补助款")):
        s.whistle(name, text, phone=f"1381234000{len(name)}")
    seat = s.town.staff("shift_leader", "C00")
    seat.goto("/work/list/triage")
    for name in ("one", "two"):
        seat.get_by_label(f"选中 {s.number(name)}").press("Space")
    seat.get_by_label("选中的几件用同一出路").press("Enter")
    seat.get_by_role("button", name="预览").press("Enter")
    expect(seat.get_by_label("告诉反映人的话")).to_have_value(re.compile("12388"))
    seat.get_by_role("button", name="照此转送（2 件）").press("Enter")
    expect(seat.get_by_text("2 件已办。")).to_be_visible()
    assert {state_of(actions.load(s.number(name))) for name in ("one", "two")} == {"transferred"}
