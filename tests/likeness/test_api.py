"""`POST /alike` and joining by it: what a program learns, and what it does not."""

from __future__ import annotations

import json

import pytest
from django.core.cache import cache
from django.test import Client
from tests.cases.conftest import SPOT, install

from shaodao.centre.cases import actions
from shaodao.centre.intake import filing
from shaodao.centre.intake.filing import Whistle
from shaodao.centre.intake.gate import Caller

LID = "西门口的井盖丢了，夜里很危险，三单元王家的孩子差点掉下去"
PHONE = "13812345678"
ASKED = {"text": "西门口的井盖没了，夜里很危险", "place": SPOT, "item": "MS-07"}


@pytest.fixture
def case(db):
    install()
    cache.clear()
    whistle = Whistle(text=LID, item="MS-07", place=SPOT, phone=PHONE)
    return filing.file(whistle, Caller("test", trusted=True), at=actions.now()).case


def post(path, said, **headers):
    answer = Client().post(
        f"/api/v1{path}", json.dumps(said), content_type="application/json", headers=headers
    )
    return answer.status_code, answer.json()


def test_it_offers_and_joins(case):
    status, found = post("/alike", ASKED)
    assert status == 200
    (offer,) = found["alike"]
    assert offer.keys() == {"offer", "item", "place", "metres", "reported_at", "state", "same_picture"}
    shown = json.dumps(offer | {"offer": ""}, ensure_ascii=False)
    assert not [
        secret for secret in (case.number, "王", PHONE, case.whose[7:], "126.0428") if secret in shown
    ]
    said = {"text": "我也差点踩空", "phone": "13912345678"}
    status, joined = post(f"/alike/{offer['offer']}", said, **{"Idempotency-Key": "k-1"})
    assert status == 201
    assert joined["promise"].startswith("已派单：")
    again = post(f"/alike/{offer['offer']}", said, **{"Idempotency-Key": "k-1"})
    assert again == (201, joined)
    assert actions.load(case.number).reporters == 2
    tracked = Client().get(f"/api/v1/track/{joined['token']}").json()
    assert tracked["commands"] == ["comment"]
    assert tracked["text"] == ""
    assert "王" not in json.dumps(tracked, ensure_ascii=False)


def test_it_refuses_what_was_not_offered(case):
    for forged in (case.number, "x:y:z"):
        status, problem = post(f"/alike/{forged}", {})
        assert (status, problem["type"]) == (409, "/problems/offer-over")
    assert post("/alike", {"text": LID})[0] == 422  # without a place


def test_it_answers_so_many_times_and_no_more(case):
    statuses = [post("/alike", ASKED)[0] for _ in range(31)]
    assert statuses.count(429) == 1
