"""Erasing on the pages: by the link, by the phone, and by the security administrator."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.test import Client
from tests.faces.conftest import code, password

from shaodao.centre.cases import actions
from shaodao.centre.cases.lifecycle.model import By
from shaodao.centre.intake import filing, gate
from shaodao.centre.intake.filing import Whistle
from shaodao.centre.intake.gate import Caller
from shaodao.county.people import persons
from shaodao.ground.ledger.events import Stream
from shaodao.ground.ledger.store import history
from shaodao.ground.messages.models import Outgoing

PHONE = "13812345678"


def filed(**said):
    whistle = Whistle(text="想问一下这个事归谁管", **said)
    return filing.file(
        whistle, Caller("test", trusted=True), at=datetime.now(UTC).replace(microsecond=0)
    ).case


def signed_in(client: Client) -> Client:
    client.post("/mine/sign-in", {"phone": PHONE})
    sent = Outgoing.objects.get(template="phone_code").params["code"]
    client.post("/mine/code", {"code": sent})
    return client


def test_it_erases_by_the_link_whoever_left_no_number(county, client):
    case = filed()
    address = f"/t/{gate.token_of(case.number)}/erase"
    assert address in client.get(f"/t/{gate.token_of(case.number)}").content.decode()
    page = client.get(address).content.decode()
    assert case.number in page
    assert "不能恢复" in page
    assert client.post(address, {}).status_code == 422
    assert not actions.load(case.number).erased
    assert client.post(address, {"sure": "1"})["Location"] == "/"
    assert actions.load(case.number).erased
    assert client.get(f"/t/{gate.token_of(case.number)}").status_code == 410
    assert client.get(address).status_code == 404


def test_whoever_left_a_number_proves_it_first(county, client):
    case = filed(phone=PHONE)
    other = filed(phone="13912345678")
    address = f"/t/{gate.token_of(case.number)}/erase"
    assert client.get(address)["Location"] == "/mine/erase"
    assert client.post(address, {"sure": "1"})["Location"] == "/mine/erase"
    assert client.post("/mine/erase", {"sure": "1"})["Location"].startswith("/mine/sign-in")
    assert not actions.load(case.number).erased
    signed_in(client)
    assert client.post("/mine/erase", {"sure": "1"})["Location"] == "/"
    assert actions.load(case.number).erased
    assert not actions.load(other.number).erased
    assert persons.find(PHONE) is None
    assert client.get("/mine")["Location"].startswith("/mine/sign-in")


def test_a_wrong_link_erases_nobody(county, client):
    case = filed()
    assert client.post(f"/t/{case.number}-00000000000000000000/erase", {"sure": "1"}).status_code == 404
    assert not actions.load(case.number).erased


@pytest.fixture
def administrator(staff):
    def sign_in(role: str, unit: str = "C00") -> Client:
        client = Client()
        password(client, staff(role, (role, unit)).username)
        assert client.post("/accounts/factor/", {"code": code()}).status_code == 302
        client.get("/work/capacity")
        return client

    return sign_in


def test_the_security_administrator_erases_with_a_reason(county, administrator):
    case, second = filed(phone=PHONE), filed(phone=PHONE)
    page = administrator("security_admin")
    address = "/administration/erasure"
    assert "删除个人信息" in page.get(address).content.decode()
    assert page.post(address, {"number": case.number, "sure": "on"}).status_code == 422
    assert page.post(address, {"number": case.number, "reason": "in_person"}).status_code == 422
    told = page.post(address, {"number": "1", "reason": "in_person", "sure": "on"})
    assert told.status_code == 422
    assert "核对编号" in told.content.decode()
    answer = page.post(address, {"number": case.number, "reason": "in_person", "sure": "on"}, follow=True)
    assert "涉及 2 件" in answer.content.decode()
    for each in (case, second):
        last = history(Stream("case", each.number))[-1]
        assert (last.type, last.payload["reason"]) == ("Erased", "in_person")
        assert last.context.capacity == "security_admin@C00"
    again = page.post(address, {"number": case.number, "reason": "in_person", "sure": "on"})
    assert again.status_code == 422


@pytest.mark.parametrize("role", ["system_admin", "audit_admin", "centre_director"])
def test_no_other_administrator_may(county, administrator, role):
    case = filed(phone=PHONE)
    said = {"number": case.number, "reason": "in_person", "sure": "on"}
    assert administrator(role).post("/administration/erasure", said).status_code == 403
    assert not actions.load(case.number).erased


def test_it_says_on_the_page_of_staff_that_it_was_erased(county, administrator):
    case = filed(phone=PHONE)
    actions.erase_person(case.whose, By("user:1", "security_admin", "C00"), reason="in_writing")
    page = administrator("seat").get(f"/work/cases/{case.number}").content.decode()
    assert "已按本人要求删除" in page
    assert "归谁管" not in page
