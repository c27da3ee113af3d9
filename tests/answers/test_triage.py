"""Giving a way out: one click to one case, one preview to several, each through the one door; and who may."""

from __future__ import annotations

import re
from typing import Any

import pytest
from tests.answers.conftest import LEADER, publish, tell, write
from tests.trust.conftest import PHONE, by, file, give

from shaodao.centre.answers import knowledge, proposing
from shaodao.centre.answers.models import Use
from shaodao.centre.answers.proposing import Waiting
from shaodao.centre.cases import actions, permissions, queries
from shaodao.centre.cases.lifecycle import Refusal, state_of
from shaodao.centre.cases.lifecycle.model import By
from shaodao.centre.intake import gate
from shaodao.ground.clocks import Limit
from shaodao.ground.messages.models import Outgoing

ASKS = "请问身份证快到期了，人在外地怎么换领"
PRAISE = "感谢公安局的民警，大半夜帮我把迷路的老人送回家"
SUGGESTS = "建议给全县出租房统一登记编号，便于管理"


@pytest.fixture
def asked(base: Any) -> str:
    case = file(ASKS, phone=PHONE).case
    if not case.waits("triage"):
        pytest.fail(f"dispatched: {case.item}")
    return case.number


def first(number: str, pack: Any) -> proposing.Proposal:
    case = actions.load(number)
    text = queries.read_words([case.words])[case.words]
    return proposing.proposals(text, Waiting.of(case), pack, actions.now())[0]


def triage(text: str, **said: Any) -> str:
    case = file(text, phone=PHONE, **said).case
    assert case.waits("triage"), case.item
    return case.number


def post(browser: Any, way: str, *numbers: str, **said: Any) -> Any:
    pairs = [f"{number}:{actions.load(number).version}" for number in numbers]
    return browser.post("/work/ways", {"case": pairs, "way": way, **said})


# --- proposals --------------------------------------------------------------------------------------------------


def test_a_question_is_answered_with_source_and_date(base, asked, sign_in):
    proposed = first(asked, base)
    assert proposed.command == "answer"
    assert proposed.source.startswith("《中华人民共和国居民身份证法》")
    page = sign_in("seat", "C00").get(f"/work/cases/{asked}").content.decode()
    assert "建议的出路" in page
    assert "用知识库答复" in page
    assert post(sign_in("seat", "C00"), proposed.key, asked).status_code == 302
    case = actions.load(asked)
    assert state_of(case) == "answered"
    assert knowledge.id_of(case.outcome_detail) == int(proposed.way.code)


def test_the_words_may_be_changed_before_they_go(base, asked, sign_in):
    post(sign_in("seat", "C00"), first(asked, base).key, asked, words="  您好，带旧证到派出所。 ")
    assert "您好，带旧证到派出所。" in queries.read_words(_said(asked, "Answered")).values()


def _said(number: str, event: str) -> list[str]:
    from shaodao.ground.ledger import store
    from shaodao.ground.ledger.events import Stream

    return [e.payload["words"] for e in store.history(Stream("case", number)) if e.type == event]


def test_whoever_asked_sees_answer_source_and_date_and_says_whether_it_helped(base, asked, sign_in, client):
    post(sign_in("seat", "C00"), first(asked, base).key, asked)
    token = gate.token_of(asked)
    page = client.get(f"/t/{token}").content.decode()
    assert "这个答复有用吗？" in page
    assert "《中华人民共和国居民身份证法》" in page
    assert "2011年10月29日" in page
    client.post(f"/t/{token}/helpful")
    assert actions.load(asked).helpful
    assert "您说过有用" in client.get(f"/t/{token}").content.decode()
    client.post(f"/t/{token}/reopen", {"reason": "not_solved", "words": "窗口说办不了"})
    case = actions.load(asked)
    assert state_of(case) == "in_triage"
    assert not case.helpful
    tell()
    assert Use.objects.get(number=asked).helpful is False


def test_denunciations_leave_by_transfer_with_a_receipt(base, sign_in, client):
    number = triage("举报我们村支书贪污受贿，套取国家补助")
    proposed = first(number, base)
    assert (proposed.command, proposed.to) == ("transfer", "县纪委监委信访举报渠道（12388）")
    post(sign_in("seat", "C00"), proposed.key, number)
    case = actions.load(number)
    assert state_of(case) == "transferred"
    page = client.get(f"/t/{gate.token_of(number)}").content.decode()
    assert f"ZS{number}" in page
    assert "12388" in page


def test_the_receipt_of_the_other_side_replaces_ours(base, sign_in, client):
    number = triage("举报我们村支书贪污受贿，套取国家补助")
    post(sign_in("seat", "C00"), "row:O01", number, receipt="纪信〔2026〕8号")
    assert "纪信〔2026〕8号" in client.get(f"/t/{gate.token_of(number)}").content.decode()


def test_a_suggestion_goes_to_a_unit_with_the_clock_of_an_answer(base, sign_in, client):
    number = triage(SUGGESTS)
    proposed = first(number, base)
    assert proposed.way.code == "O15"
    post(sign_in("seat", "C00"), proposed.key, number)
    case = actions.load(number)
    assert state_of(case) == "dispatched"
    assert case.nature == "suggest"
    assert case.lead is not None
    assert case.lead.unit == proposed.to
    finish = case.clock("finish", case.lead.subject)
    assert finish is not None
    assert finish.limit == base.settings.queues.answer == Limit.parse("3wd")
    assert "感谢您的建议" in client.get(f"/t/{gate.token_of(number)}").content.decode()
    found = queries.cases(LEADER, queries.Filters(nature="suggest"), base)
    assert [line.number for line in found.lines] == [number]


def test_a_matter_off_the_manual_goes_to_its_unit_within_its_limit(base, sign_in):
    number = triage("对信访答复不服，想申请复查复核")
    post(sign_in("seat", "C00"), "row:O06", number)
    case = actions.load(number)
    assert case.lead is not None
    assert case.lead.unit == "D07"
    finish = case.clock("finish", case.lead.subject)
    assert finish is not None
    assert finish.limit == base.off_manual["O06"].finish


def test_praise_reaches_the_unit_praised_and_is_counted(base, sign_in):
    number = triage(PRAISE)
    proposed = first(number, base)
    assert (proposed.way.code, proposed.to) == ("O16", "D05")
    post(sign_in("seat", "C00"), proposed.key, number)
    case = actions.load(number)
    assert case.praised == "D05"
    assert Outgoing.objects.filter(recipient="unit:D05", template="praised").count() == 1
    for who, sees in ((by("liaison", "D05"), True), (by("liaison", "D15"), False)):
        assert permissions.may_see(who, case, base) is sees
        listed = queries.cases(who, queries.Filters(), base).lines
        assert (number in [line.number for line in listed]) is sees
    tree = sign_in("liaison", "D05").get("/work/cases").content.decode()
    assert number in tree


def test_a_complaint_is_never_led_to_the_unit_it_is_about(base, sign_in):
    number = triage("对信访答复不服，想申请复查复核", against="D07")
    proposed = proposing.ready(
        proposing.WayOut("row", "O06", 1, ""), "复查", Waiting.of(actions.load(number)), base, actions.now()
    )
    assert proposed is not None
    assert proposed.fault == "avoid"
    with pytest.raises(Refusal, match="no_plan"):
        give(number, "dispatch", by("seat", "C00"), off_manual="O06")


# --- several at once ----------------------------------------------------------------------------------------------


def test_several_of_a_kind_go_at_once_each_by_itself(base, sign_in):
    numbers = [triage(f"举报村支书贪污，第{n}次反映") for n in range(3)]
    stale = numbers[1]
    pairs = [f"{number}:{actions.load(number).version}" for number in numbers]
    give(stale, "comment", by("seat", "C00"), words="刚打过电话")
    seat = sign_in("seat", "C00")
    preview = seat.get("/work/ways", {"case": numbers, "way": "row:O01"}).content.decode()
    assert "照此转送（3 件）" in preview
    answer = seat.post("/work/ways", {"case": pairs, "way": "row:O01", "words": "已转送。"}, follow=True)
    said = answer.content.decode()
    assert "2 件已办" in said
    assert f"{stale}：别人刚刚办理了这一件" in said
    assert [state_of(actions.load(number)) for number in numbers] == [
        "transferred",
        "in_triage",
        "transferred",
    ]


def test_what_cannot_go_is_named_in_the_preview_and_left_out(base, sign_in):
    gone, waits = triage("举报村支书贪污"), triage("举报村主任贪污")
    give(gone, "answer", by("seat", "C00"), words="已答复")
    seat = sign_in("seat", "C00")
    preview = seat.get("/work/ways", {"case": [gone, waits], "way": "row:O01"}).content.decode()
    assert "已经不在待受理" in preview
    assert f'value="{waits}:' in preview
    assert f'value="{gone}:' not in preview


def test_the_list_offers_each_its_way_and_what_several_share(base, sign_in):
    for n in range(2):
        triage(f"举报村支书贪污，第{n}次反映")
    triage(ASKS)
    page = sign_in("seat", "C00").get("/work/list/triage").content.decode()
    assert page.count('name="one"') == 3
    assert "（2 件）" in page
    assert re.search(r"剩余", page)


def test_the_list_costs_the_same_at_any_length(base, sign_in, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    seat = sign_in("seat", "C00")
    triage(ASKS)
    seat.get("/work/list/triage")
    with CaptureQueriesContext(connection) as few:
        seat.get("/work/list/triage")
    for n in range(12):
        triage(f"{ASKS}，第{n}个人")
    with django_assert_num_queries(len(few)):
        seat.get("/work/list/triage")


# --- who may ------------------------------------------------------------------------------------------------------

OUTSIDE = [
    ("liaison", "D15"),
    ("street_clerk", "S01"),
    ("county_leader", "L00"),
    ("caller", "C00"),
    ("inspector", "J00"),
]


@pytest.mark.parametrize(("role", "unit"), OUTSIDE)
def test_outsiders_neither_see_nor_give_a_way_out(base, asked, sign_in, role, unit):
    browser = sign_in(role, unit)
    assert browser.get("/work/ways", {"case": asked, "way": "row:O09"}).status_code == 403
    assert post(browser, "row:O09", asked).status_code == 403
    assert state_of(actions.load(asked)) == "in_triage"
    assert "建议的出路" not in browser.get(f"/work/cases/{asked}").content.decode()


@pytest.mark.parametrize("role", ["seat", "shift_leader", "centre_deputy"])
def test_the_desk_gives_a_way_out(base, asked, sign_in, role):
    assert post(sign_in(role, "C00"), first(asked, base).key, asked).status_code == 302
    assert state_of(actions.load(asked)) == "answered"


def test_a_way_that_is_none_is_not_found(base, asked, sign_in):
    seat = sign_in("seat", "C00")
    for way in ("row:O99", "article:999999", "item:XX", "nothing", ""):
        assert seat.get("/work/ways", {"case": asked, "way": way}).status_code == 404
        assert post(seat, way, asked).status_code == 404
    assert seat.get("/work/ways").status_code == 302  # nothing was chosen


def test_what_waits_in_triage_always_has_a_clock(base):
    """Whatever is proposed or not: nothing rots there."""
    for text in (ASKS, PRAISE, SUGGESTS, "呵呵", "举报村支书贪污"):
        case = file(text, phone=PHONE).case
        assert [clock.kind for clock in case.open_clocks if clock.stopped_at is None]


def test_only_whoever_reported_says_it_helped(base, asked):
    give(asked, "answer", by("seat", "C00"), words="到派出所办")
    whose = By(actions.load(asked).whose, "whistler")
    for other in (By("person:somebody", "whistler"), by("seat", "C00"), by("liaison", "D22")):
        with pytest.raises(permissions.Forbidden):
            give(asked, "find_helpful", other)
    give(asked, "find_helpful", whose)
    with pytest.raises(Refusal, match="not_now"):
        give(asked, "find_helpful", whose)


def test_an_article_written_of_an_answer_starts_with_its_words(base, sign_in):
    number = triage("请问村口能不能装一个快递柜")
    give(number, "answer", by("seat", "C00"), words="由邮政公司统一安排。", source="县邮政公司")
    seat = sign_in("seat", "C00")
    assert "收入知识库" in seat.get(f"/work/cases/{number}").content.decode()
    page = seat.get("/work/answers/new", {"from": number}).content.decode()
    assert "由邮政公司统一安排。" in page
    assert sign_in("liaison", "D15").get("/work/answers/new", {"from": number}).status_code == 403
    row = publish(write(question="村里能装快递柜吗", case=number))
    assert row.state == "published"
