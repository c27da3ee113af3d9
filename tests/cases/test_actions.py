"""The six steps through the one door, on the real pack and database."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.cases.conftest import NOW, SPOT, by

from shaodao.centre.cases import actions, permissions, queries
from shaodao.centre.cases.lifecycle import Refusal, state_of
from shaodao.centre.cases.lifecycle.model import By
from shaodao.centre.cases.models import Case as CaseRow
from shaodao.centre.cases.models import Duty as DutyRow
from shaodao.centre.cases.projection import CASES
from shaodao.ground.ledger import store


def test_it_walks_the_six_steps(whistle, pack):
    filed = whistle(item="MS-07")
    number, requester = filed.case.number, filed.case.requester
    assert state_of(filed.case) == "dispatched"
    lead = filed.case.lead
    assert lead is not None
    assert lead.unit == "D15"
    handler = by("handler", "D15", 2)
    at = NOW + timedelta(minutes=3)
    actions.act(number, "sign", {"duty": 1}, handler, at=at)
    at += timedelta(minutes=15)
    case = actions.act(
        number, "report_in", {"duty": 1, "mode": "site", "persons": 2, "position": SPOT}, handler, at=at
    )
    assert not case.duty(1).report_in_pending
    at += timedelta(minutes=15)
    actions.act(number, "make_safe", {"duty": 1, "words": "已围挡"}, handler, at=at)
    case = actions.act(
        number, "claim_finished", {"duty": 1, "way": "done", "words": "已换新井盖"}, handler, at=at
    )
    head = by("section_head", "D15", 3)
    case = actions.act(number, "decide", {"request": 1, "approve": True}, head, at=at)
    assert state_of(case) == "waiting_verification"
    verifier = case.clock("verification").unit
    assert verifier == filed.case.place.community
    case = actions.act(number, "verify", {"passed": True}, by("community_secretary", verifier, 4), at=at)
    assert state_of(case) == "waiting_rating"
    me = By(requester, permissions.WHISTLER)
    case = actions.act(
        number, "rate", {"solved": "yes", "levels": [{"duty": 1, "level": 5}], "words": "真快"}, me, at=at
    )
    assert state_of(case) == "closed"
    assert CaseRow.objects.get(number=number).state == "closed"
    assert DutyRow.objects.get(case_id=number).persons == 2
    assert not list(CASES.check([(number, store.history(store.Stream("case", number)))]))


def test_it_files_within_eight_statements(whistle, pack):
    whistle(item="MS-07")
    with CaptureQueriesContext(connection) as caught:
        whistle(item="MS-07", phone="13812345678")
    statements = [q["sql"] for q in caught if "SAVEPOINT" not in q["sql"]]
    assert len(statements) <= 8, "\n".join(s[:120] for s in statements)


def test_it_refuses_an_outsider_and_changes_nothing(whistle):
    number = whistle(item="MS-07").case.number
    before = actions.load(number)
    for stranger in (
        by("handler", "D13"),
        by("street_clerk", "S02"),
        By("person:somebody", permissions.WHISTLER),
    ):
        with pytest.raises(permissions.Forbidden):
            actions.act(number, "sign", {"duty": 1}, stranger, at=NOW)
    assert actions.load(number) == before


def test_it_gives_the_same_case_for_the_same_key(whistle):
    first = whistle(item="MS-07", key="k1")
    again = whistle(item="MS-07", key="k1")
    assert (again.case.number, again.again) == (first.case.number, True)
    with pytest.raises(Exception, match="k1"):
        whistle(text="另一件事，路灯不亮", item="MS-09", key="k1")


def test_it_dates_a_breach_at_the_deadline(whistle):
    number = whistle(item="MS-07").case.number
    late = NOW + timedelta(hours=30)
    case = actions.let_time_pass(number, late)
    sign = case.clock("sign", "duty:1")
    assert sign.breached_at == sign.due_at == NOW + timedelta(minutes=5)
    assert actions.let_time_pass(number, late).version == case.version


def test_it_sends_doubtful_words_to_triage_and_a_ruling_teaches_the_next_case(whistle, pack):
    filed = whistle(text="想问一下这个事到底归谁管", place=None)
    assert state_of(filed.case) == "in_triage"
    number = filed.case.number
    desk = by("shift_leader", "C00", 9)
    actions.act(number, "send_to_ruling", {"units": ["D15", "D13"], "words": "两家都说不是"}, desk, at=NOW)
    case = actions.act(
        number,
        "state_view",
        {"mine": False, "basis": "三定方案", "words": "不归我们"},
        by("liaison", "D15", 5),
        at=NOW,
    )
    assert case.views[0].unit == "D15"
    case = actions.act(
        number,
        "rule",
        {"lead": "D13", "basis": "三定方案第三条", "item": "MS-13", "scope": "county", "precedent": "yes"},
        desk,
        at=NOW,
    )
    assert case.lead.unit == "D13"


def test_it_shows_a_page_of_fifty_with_few_statements(whistle, pack):
    for index in range(12):
        whistle(text=f"第{index}个井盖丢了", item="MS-07", at=NOW + timedelta(minutes=index))
    desk = by("seat", "C00")
    with CaptureQueriesContext(connection) as small:
        assert len(queries.cases(desk, queries.Filters(), pack, size=3).lines) == 3
    with CaptureQueriesContext(connection) as large:
        page = queries.cases(desk, queries.Filters(), pack, size=50)
    assert len(page.lines) == 12
    assert page.lines[0].words.startswith("第11个")
    assert len(small) == len(large) <= 8


def test_it_hides_a_protected_case_from_the_handling_unit(whistle, pack):
    filed = whistle(text="隔壁饭店天天占道经营摆到马路上", item="XZ-02")
    unit = filed.case.lead.unit
    seen = queries.open_case(filed.case.number, by("handler", unit), pack)
    assert not seen.sees_original
    assert not seen.knows_whistler
    assert filed.case.words not in seen.words
    desk = queries.open_case(filed.case.number, by("seat", "C00"), pack)
    assert "占道" in desk.words[filed.case.words]
    with pytest.raises(actions.NoSuchCase):
        queries.open_case(filed.case.number, by("handler", "D31"), pack)


def test_it_refuses_a_point_outside_the_county(whistle):
    with pytest.raises(Refusal) as refused:
        whistle(place={"lon": 116.4, "lat": 39.9, "crs": "WGS-84"})
    assert refused.value.code == "outside_county"
    assert not CaseRow.objects.exists()


def test_verify_finds_a_row_that_was_changed(whistle):
    number = whistle(item="MS-07").case.number
    CaseRow.objects.filter(number=number).update(state="closed")
    histories = [(number, store.history(store.Stream("case", number)))]
    faults = list(CASES.check(histories))
    assert [f.code for f in faults] == ["row-differs"]
    assert "state" in faults[0].detail


def test_it_raises_what_a_community_cannot_do_to_the_department_of_the_manual(whistle):
    filed = whistle(text="楼道里全是小广告，刚清完又贴上了", item="XZ-06")
    number, community = filed.case.number, filed.case.place.community
    assert (filed.case.tier, filed.case.lead.unit) == ("community", community)
    secretary = by("community_secretary", community)
    case = actions.act(
        number, "escalate_tier", {"reason": "beyond_power"}, secretary, at=NOW + timedelta(minutes=5)
    )
    assert (case.tier, case.lead.unit) == ("department", "D13")
    assert case.duty(1).ended == "raised"
