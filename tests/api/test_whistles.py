"""Whistling through the API: the exact shape of the answer, keys, foreign numbers."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.api.conftest import SPOT

from shaodao.centre.cases.models import Case
from shaodao.centre.intake.models import Receipt
from shaodao.county.people.models import Person

COVER = {"text": "西门口的井盖丢了，夜里很危险", "place": SPOT, "item": "MS-07"}


def test_it_answers_in_the_agreed_shape(public):
    answer = public.post("/whistles", COVER | {"phone": "13812345678", "name": "演示人"})
    assert answer.status_code == 201
    said = answer.json()
    assert list(said) == [
        "number",
        "token",
        "state",
        "item",
        "place",
        "duties",
        "why",
        "promise",
        "track_url",
    ]
    assert said["state"] == "dispatched"
    assert said["item"] == {
        "code": "MS-07",
        "name": said["item"]["name"],
        "confidence": 1.0,
        "why": "反映人自选事项",
    }
    assert list(said["place"]) == ["code", "name"]
    lead = said["duties"][0]
    assert list(lead) == ["unit", "role", "sign_by", "report_in_by", "finish_by"]
    assert (lead["unit"], lead["role"]) == ("D15", "lead")
    assert datetime.fromisoformat(lead["report_in_by"]).utcoffset() is not None
    assert said["promise"].startswith("已派单：")
    assert said["track_url"].endswith(f"/t/{said['token']}")


def test_it_sends_what_it_does_not_know_to_triage(public):
    said = public.post("/whistles", {"text": "想问一下", "place": None}).json()
    assert (said["state"], said["item"], said["place"], said["duties"]) == ("in_triage", None, None, [])
    assert "受理" in said["promise"]


def test_it_takes_a_grid_or_an_address(public, pack):
    grid = pack.places.grids[0]
    community = pack.places[grid.parent]
    street = pack.places[community.parent]
    said = public.post("/whistles", COVER | {"place": {"grid": grid.code}}).json()
    assert said["place"]["code"] == grid.code
    assert said["place"]["name"] == f"{street.name} {community.name} {grid.name}"
    address = {"address": f"{street.name}{community.name}东门"}
    said = public.post("/whistles", COVER | {"place": address}).json()
    assert said["place"]["code"] == community.code


def test_it_gives_the_same_case_for_the_same_key(public):
    first = public.post("/whistles", COVER, Idempotency_Key="k-1")
    again = public.post("/whistles", COVER, Idempotency_Key="k-1")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    other = public.post("/whistles", COVER | {"text": "别的事"}, Idempotency_Key="k-1")
    assert other.status_code == 422
    assert other.json()["type"] == "/problems/same-key"
    assert Case.objects.count() == Receipt.objects.count() == 1


def test_it_gives_the_same_case_for_the_same_foreign_number(pack, staff):
    hotline = staff("seat", "C00", system="12345")
    body = COVER | {"external_id": "GD20261123001", "phone": "13812345678", "channel": "12345"}
    first, again = hotline.post("/whistles", body), hotline.post("/whistles", body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["number"] == again.json()["number"]
    case = Case.objects.get()
    assert (case.external_system, case.external_id, case.channel) == ("12345", "GD20261123001", "12345")
    assert Person.objects.count() == 1, "the caller is the requester, not the seat"
    assert case.requester == f"person:{Person.objects.get().pk}"


def test_it_gives_a_system_the_same_case_long_after_the_receipt_is_gone_and_no_stranger(public, staff):
    system = staff("seat", "C00", system="12345")
    first = system.post("/whistles", COVER | {"external_id": "X-1"}).json()
    Receipt.objects.all().delete()
    again = system.post("/whistles", COVER | {"external_id": "X-1"})
    assert (again.status_code, again.json()["number"]) == (200, first["number"])
    mine = public.post("/whistles", COVER | {"external_id": "X-1"}).json()
    assert mine["number"] != first["number"]
    Receipt.objects.all().delete()
    assert public.post("/whistles", COVER | {"external_id": "X-1"}).status_code == 422


def test_it_limits_a_source_and_says_so(public, pack):
    limit = pack.settings.rates.phone_hour
    for n in range(limit):
        assert (
            public.post("/whistles", COVER | {"text": f"第{n}件", "phone": "13812345678"}).status_code == 201
        )
    key = {"Idempotency_Key": "late"}
    refused = public.post("/whistles", COVER | {"phone": "13812345678"}, **key)
    assert (refused.status_code, refused.json()["type"]) == (429, "/problems/too-many")
    assert refused["Retry-After"]
    assert Case.objects.count() == Receipt.objects.count() == limit


def test_it_answers_a_repeated_request_even_over_the_limit(public, pack):
    limit = pack.settings.rates.phone_hour
    answers = [
        public.post("/whistles", COVER | {"phone": "13812345678", "text": f"{n}"}, Idempotency_Key=f"k{n}")
        for n in range(limit)
    ]
    again = public.post("/whistles", COVER | {"phone": "13812345678", "text": "0"}, Idempotency_Key="k0")
    assert (again.status_code, again.json()) == (200, answers[0].json())


@pytest.mark.parametrize("known", [False, True])
def test_it_costs_eight_statements_and_one_commit(public, photo, known):
    phone = {"phone": "13812345678", "name": "演示人"}
    warm = COVER if not known else COVER | phone
    public.post("/whistles", warm)
    photos = [each["id"] for each in public.upload(photo("a.jpg"), photo("b.jpg")).json()["photos"]]
    with CaptureQueriesContext(connection) as caught:
        answer = public.post("/whistles", COVER | phone | {"photos": photos}, Idempotency_Key="x")
    assert answer.status_code == 201
    sql = [query["sql"] for query in caught]
    work = [each for each in sql if not each.startswith(("SAVEPOINT", "RELEASE"))]
    assert len(work) <= 8, "\n".join(work)
    assert sum(each.startswith("SAVEPOINT") for each in sql) == 1, "one transaction"


def test_it_commits_once(fresh_db, settings, tmp_path):
    from tests.api.conftest import Program, install

    settings.FILES_STORE, settings.DATA = "", tmp_path
    install()
    program = Program()
    program.post("/whistles", COVER)
    with CaptureQueriesContext(connection) as caught:
        assert program.post("/whistles", COVER | {"phone": "13812345678"}).status_code == 201
    sql = [query["sql"] for query in caught]
    assert sum(each == "COMMIT" for each in sql) == 1
    assert not any(each.startswith("SAVEPOINT") for each in sql)
    assert len(sql) - 2 <= 8, "\n".join(sql)
