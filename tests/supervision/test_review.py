"""An order says truly where it comes from, and its reply is signed as it was read."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.cases.conftest import NOW
from tests.supervision.test_orders import COLLEAGUE, DIRECTOR, DRAFTER, HEAD, drafted, told, walk
from tests.supervision.test_proposals import LATER, named  # noqa: F401

from shaodao.centre.briefings.models import Problem
from shaodao.centre.cases.lifecycle.refusal import Refusal
from shaodao.centre.supervision.orders import actions
from shaodao.centre.supervision.orders.proposals import proposals


def test_it_demands_once_what_a_briefing_named(named, pack):  # noqa: F811
    drafted([named[0]], briefing="2026-03", at=LATER)
    with pytest.raises(Refusal, match="not_now"):
        drafted([named[0]], briefing="2026-03", at=LATER)


def test_what_a_community_was_named_for_is_demanded_of_its_street(named, pack):  # noqa: F811
    community = next(u.code for u in pack.units.values() if u.kind.value in ("community", "village"))
    Problem.objects.filter(unit="D13").update(unit=community)
    street = pack.tree.local_of(community).code
    assert {each.unit for each in proposals(DRAFTER, pack, LATER)} == {"D15", street}
    assert drafted([named[2]], briefing="2026-03", lead=street, at=LATER)


def test_a_reply_is_not_signed_without_a_second_factor(pack):
    number = drafted()
    walk(number, ("issue", DIRECTOR), ("sign", COLLEAGUE), ("reply", COLLEAGUE))
    with pytest.raises(Refusal):
        actions.act(number, "sign_reply", "", HEAD, at=NOW + timedelta(hours=2))


def test_whoever_reviews_is_told_that_the_review_is_late(pack):
    number = drafted()
    walk(number, ("issue", DIRECTOR), ("sign", COLLEAGUE), ("reply", COLLEAGUE))
    actions.act(number, "sign_reply", "", HEAD, factor=True, at=NOW + timedelta(hours=2))
    actions.sweep(NOW + timedelta(days=40))
    assert "order_review_overdue" in told(number, "role:centre_deputy@C00")
    assert "order_review_overdue" not in told(number, "unit:D15")
