"""What the last briefing named and nobody has put right is proposed; the order says where it comes from."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.cases.conftest import NOW, by
from tests.supervision.test_orders import DIRECTOR, DRAFTER, HEAD, drafted

from shaodao.centre.briefings.models import Briefing, Problem
from shaodao.centre.supervision import papers
from shaodao.centre.supervision.orders import actions
from shaodao.centre.supervision.orders.proposals import proposals
from shaodao.ground.documents import content

LATER = NOW + timedelta(days=20)


@pytest.fixture
def named(whistle):
    """Two briefings; the last one names two cases of D15, one of them put right, and one of a section of D13."""
    numbers = [whistle(text=f"第 {n} 个井盖丢了", item="MS-07").case.number for n in range(3)]
    for month, published in (("2026-02", NOW), ("2026-03", NOW + timedelta(days=1))):
        Briefing.objects.create(
            month=month, version=1, state="published", position=1, root="", digest="", frozen_at=published,
            opinions="", steps="", drafted_by="", checked_by="", signed_by="", issue=3, total=9, published_at=published,
        )  # fmt: skip

    def problem(month, case, unit, right=None):
        Problem.objects.create(
            briefing_id=month,
            case_number=case,
            kind="overdue",
            unit=unit,
            due_at=NOW,
            late=60,
            named_at=NOW,
            put_right_at=right,
        )

    problem("2026-02", numbers[0], "D31")
    problem("2026-03", numbers[0], "D15")
    problem("2026-03", numbers[1], "D15", NOW + timedelta(days=3))
    problem("2026-03", numbers[2], "D13")
    return numbers


def test_it_proposes_what_the_last_briefing_named_and_is_not_put_right(named, pack):
    found = {each.unit: each for each in proposals(DRAFTER, pack, LATER)}
    assert set(found) == {"D15", "D13"}
    assert (found["D15"].cases, found["D15"].days, found["D15"].briefing) == ((named[0],), 20, "2026-03")
    assert proposals(HEAD, pack, LATER) == proposals(by("inspector", "J00"), pack, LATER) == []


def test_it_proposes_nothing_that_is_demanded_already(named, pack):
    number = drafted([named[0]], briefing="2026-03", problem="2026-03:D15")
    assert [each.unit for each in proposals(DRAFTER, pack, LATER)] == ["D13"]
    actions.act(number, "withdraw", "另行处理", DIRECTOR, at=NOW)
    assert {each.unit for each in proposals(DRAFTER, pack, LATER)} == {"D15", "D13"}


def test_it_is_proposed_in_few_statements(named, pack, django_assert_num_queries):
    with django_assert_num_queries(3):
        proposals(DRAFTER, pack, LATER)


def test_it_says_on_paper_what_is_demanded_and_where_it_comes_from(named, pack):
    direct, chained = drafted(), drafted([named[0]], briefing="2026-03")
    for number in (direct, chained):
        actions.act(number, "issue", "", DIRECTOR, at=NOW)
    said = []
    for number in (direct, chained):
        opened = actions.look(number, DIRECTOR, pack)
        said.append(
            "".join(text for _, text in content.texts(papers.order(opened.order, opened.words, pack)))
        )
    assert "直接督办（未经专报点名）" in said[0]
    assert "2026年3月专报点名" in said[1]
    assert named[0] in said[1]
    for text in said:
        assert "三日内补齐" in text
        assert "督〔2026〕" in text
        assert "纪律检查委员会" in text
