"""Supervision orders in the scores: received, and nothing after it; read from the ledger as it stood."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from tests.cases.conftest import NOW
from tests.faces.conftest import county, staff  # noqa: F401
from tests.scores.test_months import DEPUTY, DIRECTOR
from tests.supervision.test_orders import COLLEAGUE, HEAD, OFFICE, drafted, walk
from tests.supervision.test_pages import desk  # noqa: F401

from shaodao.centre.assessment.figures import behind
from shaodao.centre.assessment.positions import past
from shaodao.centre.scores import actions, models
from shaodao.centre.scores.month import Which
from shaodao.centre.scores.reckoning import period_of
from shaodao.centre.supervision.models import Order as Row
from shaodao.centre.supervision.orders import actions as orders
from shaodao.ground.ledger import sealer

MONTH, AFTER = "2026-04", NOW + timedelta(days=30)
ISSUE = ("issue", OFFICE)
ANSWER = (("sign", COLLEAGUE), ("reply", COLLEAGUE), ("sign_reply", HEAD))


def published(at=AFTER):
    sealer.seal_all(datetime.now(UTC))
    actions.propose(MONTH, DEPUTY, at=at)
    return actions.publish(MONTH, DIRECTOR, at=at)


def taken(unit="D15"):
    """Rule and number of what orders took from a unit, with the points."""
    rows = models.Entry.objects.filter(month=MONTH, unit=unit, number__contains="-").order_by("rule")
    return [(row.rule, row.number, row.points) for row in rows]


@pytest.fixture
def unanswered(pack):
    return left_unanswered()


def left_unanswered():
    """An order whose limit ran out without a word."""
    number = drafted()
    walk(number, ISSUE)
    orders.sweep(NOW + timedelta(days=12))
    return number


def test_an_order_takes_points_and_nothing_after_it_takes_more(unanswered):
    published()
    assert taken() == [("D17", unanswered, -200), ("D18", unanswered, -500)]
    assert models.Entry.objects.get(month=MONTH, rule="D18", number=unanswered).at == Row.objects.get().due_at


def test_one_that_is_answered_in_time_takes_no_more(pack):
    number = drafted()
    walk(number, ISSUE, *ANSWER)
    orders.sweep(NOW + timedelta(days=12))
    published()
    assert taken() == [("D17", number, -200)]


def test_drafts_and_withdrawn_ones_take_nothing_and_assisting_neither(pack):
    drafted()
    walk(drafted(), ISSUE, ("withdraw", OFFICE))
    walk(drafted(assists=("D13",)), ISSUE, *ANSWER)
    published()
    assert len(taken()) == 1
    assert not taken("D13")


def test_a_street_is_scored_by_its_own_rules(pack):
    number = drafted(lead="S01")
    walk(number, ISSUE)
    orders.sweep(NOW + timedelta(days=12))
    published()
    assert taken("S01") == [("S17", number, -200), ("S18", number, -500)]


def test_each_stands_in_the_month_it_fell_into(pack):
    """Issued on one of the last days of a month, unanswered in the next."""
    last = NOW + timedelta(days=14)
    number = drafted(at=last)
    walk(number, ISSUE, at=last)
    orders.sweep(NOW + timedelta(days=30))
    april, may = (period_of(code, "Asia/Shanghai") for code in ("2026-04", "2026-05"))
    assert [b.number for b in behind("orders_received", april)] == [number]
    assert [b.number for b in behind("orders_unanswered", may)] == [number]
    assert not behind("orders_received", may)
    assert not behind("orders_unanswered", april)


def test_a_published_month_stays_whatever_becomes_of_the_order(unanswered):
    """Withdrawn after publication: today's figures know nothing of it, the month reckoned again does."""
    month = published()
    orders.act(unanswered, "withdraw", "督办错了单位", OFFICE, at=AFTER + timedelta(days=1))
    walk(drafted(at=AFTER), ISSUE, at=AFTER)
    sealer.seal_all(datetime.now(UTC))
    period = period_of(MONTH, "Asia/Shanghai")
    assert not behind("orders_received", period)
    assert [difference for _, difference in actions.recompute()] == [None]
    with past() as then:
        then.go(month.position)
        assert [each.number for each in behind("orders_received", period)] == [unanswered]
        assert Row.objects.get().state == "issued"
    assert Row.objects.count() == 2


def test_the_unit_gets_the_points_back_by_an_appeal(unanswered, pack):
    published()
    before = {s.unit: s.points for s in actions.ranking(MONTH, pack)}["D15"]
    actions.appeal(MONTH, Which("D15", "D18", unanswered), "督办错了单位", HEAD, at=AFTER)
    actions.rule(MONTH, 1, True, "属实", DIRECTOR, at=AFTER)
    assert {s.unit: s.points for s in actions.ranking(MONTH, pack)}["D15"] == before + 500


def test_each_point_leads_to_its_order(desk):  # noqa: F811
    unanswered = left_unanswered()
    published()
    there, order = reverse("staff:scores_of", args=[MONTH, "D15"]), reverse("staff:order", args=[unanswered])
    for role, unit, leads in (
        ("unit_head", "D15", True),
        ("county_leader", "L00", True),
        ("seat", "C00", False),
    ):
        client, _ = desk(role, unit)
        shown = client.get(there).content.decode()
        assert "被督办" in shown
        assert (order in shown) is leads
        assert ("督〔2026〕1号" in shown) is leads
    actions.appeal(MONTH, Which("D15", "D18", unanswered), "督办错了单位", HEAD, at=AFTER)
    client, _ = desk("centre_director", "C00")
    assert order in client.get(reverse("staff:score_appeals")).content.decode()
