"""Two persons at the same case at once: whoever is slower is told what the other did, and loses nothing that was typed."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect
from tests.browser.scenes import Scenes
from tests.browser.town import Town, picture

from shaodao.centre.cases import actions
from shaodao.centre.cases.lifecycle import state_of
from shaodao.ground.files.models import Evidence

pytestmark = pytest.mark.browser
WORDS = "已换新井盖，加装防坠网，路面同步修补。"


@pytest.fixture
def scenes(town: Town) -> Scenes:
    s = Scenes(town)
    s.whistle("here", "三号楼门口的井盖丢了", item="MS-07", phone="13812340001", pictures=(1,))
    s.handle("here", until="there")
    return s


def claiming(s: Scenes) -> Page:
    page = s.town.staff("handler", "D15", permissions=["clipboard-read", "clipboard-write"])
    page.goto(f"/work/cases/{s.number('here')}/claim_finished?subject=1")
    page.get_by_label("办理结果").fill(WORDS)
    page.locator("input[type=file]").set_input_files([picture(5), picture(6)])
    return page


def asks_for_help(s: Scenes) -> None:
    """A colleague calls another unit in: the claim stays possible."""
    other = s.town.staff("liaison", "D15")
    other.goto(f"/work/cases/{s.number('here')}/call_assist?subject=0")
    other.get_by_label("请哪个单位").select_option("D13")
    other.get_by_label("要对方做什么").fill("请城管局清运废料。")
    reason = other.locator("select[name=reason], input[name=reason]").first
    if reason.evaluate("(e) => e.tagName") == "SELECT":
        reason.select_option(index=1)
    else:
        reason.check()
    other.get_by_role("button", name="请求协办").click()
    expect(other.get_by_text("请求协办：已办。")).to_be_visible()


def test_it_brings_the_form_back_with_all_that_was_typed(scenes: Scenes) -> None:
    s = scenes
    page = claiming(s)
    asks_for_help(s)
    with page.expect_response(re.compile("/claim_finished$")) as sent:
        page.get_by_role("button", name="申请办结").click()
    assert sent.value.status == 409
    expect(page.get_by_role("alert").filter(has_text="别人先办了一步")).to_be_visible()
    expect(page.locator("#meanwhile")).to_contain_text("城管局")  # what was done
    expect(page.locator("#meanwhile")).to_contain_text("住建局 部门联络员")  # in which capacity
    expect(page.locator("#meanwhile time")).to_have_count(1)  # and when
    expect(page.get_by_label("办理结果")).to_have_value(WORDS)
    expect(page.get_by_role("checkbox", name="photo-5.jpg")).to_be_checked()
    page.get_by_role("checkbox", name="photo-6.jpg").uncheck()
    assert len(actions.load(s.number("here")).requests) == 0  # nothing was done yet
    page.get_by_role("button", name="申请办结").click()
    expect(page.get_by_text("申请办结：已办。")).to_be_visible()
    (request,) = actions.load(s.number("here")).requests
    assert len(request.photos) == 1
    assert Evidence.objects.filter(attached_to=s.number("here"), pk__in=request.photos).count() == 1


def test_it_gives_the_words_back_where_the_step_is_not_possible_any_more(scenes: Scenes) -> None:
    s = scenes
    page = claiming(s)
    s.do(
        "here", "claim_finished", "handler", "D15", duty=1, way="done", words="同事已经报了。", pictures=(7,)
    )
    with page.expect_response(re.compile("/claim_finished$")) as sent:
        page.get_by_role("button", name="申请办结").click()
    assert sent.value.status == 409
    expect(page.get_by_role("heading", level=1)).to_have_text("别人先办了一步")
    expect(page.locator("#meanwhile")).to_contain_text("同事已经报了。")
    expect(page.get_by_label("办理结果")).to_have_value(WORDS)
    expect(page.get_by_label("您选的文件（要重新选）")).to_have_value("photo-5.jpg、photo-6.jpg")
    page.get_by_role("button", name="复制这些话").click()
    expect(page.get_by_role("button", name="已复制")).to_be_visible()
    assert WORDS in page.evaluate("navigator.clipboard.readText()")
    page.get_by_role("link", name="看最新情况").click()
    expect(page).to_have_url(re.compile(f"/work/cases/{s.number('here')}$"))


def test_it_gives_the_words_back_where_the_case_has_left_ones_hands(scenes: Scenes) -> None:
    s = scenes
    s.whistle("away", "路灯坏了，路口太黑", item="MS-09", phone="13812340002")
    page = s.town.staff("handler", "D13")
    page.goto(f"/work/cases/{s.number('away')}/comment?subject=0")
    page.get_by_label("补充内容").fill("已经联系厂家 明天到货")
    s.do(
        "away",
        "redispatch",
        "shift_leader",
        "C00",
        duty=1,
        to={"unit": "D15", "role": "lead"},
        reason="wrong_area",
        words="改派",
    )
    with page.expect_response(re.compile("/comment$")) as sent:
        page.get_by_role("button", name="补充说明").click()
    assert sent.value.status in (404, 409)
    expect(page.get_by_label("补充内容")).to_have_value("已经联系厂家 明天到货")
    expect(page.locator("#main a.btn-main")).to_be_visible()


def test_it_is_nobodys_haste_when_only_time_has_passed(scenes: Scenes) -> None:
    s = scenes
    page = claiming(s)
    s.later(hours=30)  # the limit runs out meanwhile, and the ledger says so
    page.get_by_role("button", name="申请办结").click()
    expect(page.get_by_text("申请办结：已办。")).to_be_visible()


def test_it_keeps_the_photos_of_a_form_with_a_mistake(scenes: Scenes) -> None:
    s = scenes
    page = claiming(s)
    page.get_by_label("办理结果").fill("")
    page.get_by_role("button", name="申请办结").click()
    expect(page.get_by_text("请填写。")).to_be_visible()
    page.get_by_label("办理结果").fill(WORDS)
    page.get_by_role("button", name="申请办结").click()
    expect(page.get_by_text("申请办结：已办。")).to_be_visible()
    (request,) = actions.load(s.number("here")).requests
    assert len(request.photos) == 2


def test_it_takes_no_photos_that_are_anothers(scenes: Scenes) -> None:
    s = scenes
    (foreign,) = s.photos("somebody-else", 9)
    page = claiming(s)
    page.evaluate(
        """(id) => {
        const field = document.createElement("input");
        Object.assign(field, { type: "hidden", name: "kept", value: `${id}/x.jpg` });
        document.querySelector("form[enctype]").append(field);
    }""",
        foreign,
    )
    page.get_by_role("button", name="申请办结").click()
    expect(page.locator(".note-bad")).to_be_visible()
    assert state_of(actions.load(s.number("here"))) == "dispatched"
    assert Evidence.objects.get(pk=foreign).attached_to == ""
