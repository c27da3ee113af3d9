"""选几件一起办: looked over, then each for itself; nobody does for many what they may not do for one."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests.faces.test_case_map import file
from tests.faces.test_flow import sign_in

from shaodao.centre.cases import actions
from shaodao.centre.cases.lifecycle.model import By

pytestmark = pytest.mark.usefixtures("county")
PAGE = "/work/several"


@pytest.fixture
def desk(staff):
    def as_(name: str, role: str, unit: str) -> Client:
        client = Client()
        sign_in(client, staff(name, (role, unit)))
        return client

    return as_


@pytest.fixture
def numbers() -> list[str]:
    return [file(index) for index in range(1, 4)]


def keys(page: str) -> list[str]:
    return re.findall(r'name="case" value="([^"]+)"', page)


def signed(number: str) -> bool:
    return any(duty.signed_at for duty in actions.load(number).duties)


def test_it_is_looked_over_and_then_done_for_each(desk, numbers):
    hand = desk("hand", "liaison", "D15")
    assert 'name="step" value="sign"' in hand.get("/work/list/duties").content.decode()
    page = hand.get(PAGE, {"step": "sign", "case": numbers}).content.decode()
    assert not any(map(signed, numbers))
    assert len(keys(page)) == 3
    done = hand.post(PAGE, {"step": "sign", "case": keys(page)}).content.decode()
    assert all(map(signed, numbers))
    assert "3 件已签收" in done
    again = hand.post(PAGE, {"step": "sign", "case": keys(page)}).content.decode()  # sent twice
    assert "0 件已签收" in again
    assert [len(actions.load(number).duties) for number in numbers] == [1, 1, 1]


def test_whoever_was_faster_stops_one_and_not_the_others(desk, numbers):
    hand = desk("hand", "liaison", "D15")
    sent = keys(hand.get(PAGE, {"step": "sign", "case": numbers}).content.decode())
    actions.act(numbers[1], "sign", {"duty": 1}, By("user:99", "liaison", "D15"))
    page = hand.get(PAGE, {"step": "sign", "case": numbers}).content.decode()
    assert len(keys(page)) == 2
    assert "现在不能这样办" in page
    done = hand.post(PAGE, {"step": "sign", "case": sent}).content.decode()
    assert "2 件已签收" in done
    assert "别人刚刚办理了这一件" in done


def test_it_hands_on_to_a_colleague(desk, staff, numbers):
    head = desk("head", "section_head", "D15")
    colleague = staff("colleague", ("handler", "D15"))
    page = head.get(PAGE, {"step": "assign", "case": numbers}).content.decode()
    assert f'value="user:{colleague.pk}"' in page
    assert keys(page)
    done = head.post(PAGE, {"step": "assign", "case": keys(page), "handler": f"user:{colleague.pk}"})
    assert "3 件已分办" in done.content.decode()
    assert {actions.load(number).duties[0].handler for number in numbers} == {f"user:{colleague.pk}"}


def test_nobody_does_for_many_what_they_may_not_do_for_one(desk, numbers):
    outsider = desk("outsider", "liaison", "D20")
    assert outsider.get(PAGE, {"step": "sign", "case": numbers}).status_code == 302  # as if there were none
    assert outsider.post(PAGE, {"step": "sign", "case": [f"{n}:1:1" for n in numbers]}).status_code == 302
    seat = desk("seat", "seat", "C00")
    assert seat.get(PAGE, {"step": "sign", "case": numbers}).status_code == 404
    assert seat.post(PAGE, {"step": "sign", "case": [f"{n}:1:1" for n in numbers]}).status_code == 404
    hand = desk("hand", "liaison", "D15")
    assert hand.get(PAGE, {"step": "finish", "case": numbers}).status_code == 404
    for wrong in ("", "x", f"{numbers[0]}", f"{numbers[0]}:x:1", f"{numbers[0]}:1:"):
        assert hand.post(PAGE, {"step": "sign", "case": [wrong]}).status_code == 302
    assert hand.get(PAGE, {"step": "sign"}).status_code == 302
    assert not any(map(signed, numbers))


def test_looking_over_many_asks_the_database_as_often_as_looking_over_one(desk, numbers):
    hand = desk("hand", "liaison", "D15")
    counts = []
    for some in (numbers[:1], numbers):
        hand.get(PAGE, {"step": "sign", "case": some})
        with CaptureQueriesContext(connection) as asked:
            hand.get(PAGE, {"step": "sign", "case": some})
        counts.append(len(asked))
    assert counts[0] == counts[1]
