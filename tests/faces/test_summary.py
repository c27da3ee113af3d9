"""The checked summary of a protected case: the desk writes it, the handling unit reads it instead of the words."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.test import Client
from tests.faces.conftest import code, password

from shaodao.centre.intake import filing
from shaodao.centre.intake.filing import Whistle
from shaodao.centre.intake.gate import Caller

WORDS, SUMMARY = "我是二楼老李家，楼下饭店天天占道", "沿街饭店占道经营，晚上六点以后"
SPOT = {"lon": 126.0428, "lat": 42.6835, "crs": "WGS-84"}


@pytest.fixture
def act(staff):
    def sign_in(role: str, unit: str) -> Client:
        client = Client()
        password(client, staff(f"{role}-{unit}", (role, unit)).username)
        assert client.post("/accounts/factor/", {"code": code()}).status_code == 302
        client.get("/work/capacity")
        return client

    return sign_in


@pytest.fixture
def case(county):
    now = datetime.now(UTC).replace(microsecond=0)
    whistle = Whistle(text=WORDS, item="XZ-02", place=SPOT, phone="13812345678")
    return filing.file(whistle, Caller("test", trusted=True), at=now).case


def test_the_desk_writes_it_and_the_unit_reads_it(case, act):
    page = f"/work/cases/{case.number}"
    desk, unit = act("seat", "C00"), act("handler", case.lead.unit)
    assert case.number in desk.get("/work/list/summary").content.decode()
    assert f"{page}/summarise" in desk.get(page).content.decode()
    before = unit.get(page).content.decode()
    assert WORDS not in before
    assert f"{page}/summarise" not in before
    given = desk.post(f"{page}/summarise", {"subject": "0", "words": SUMMARY})
    assert given.status_code == 302
    after = unit.get(page).content.decode()
    assert SUMMARY in after
    assert WORDS not in after
    assert SUMMARY in unit.get("/work/list/duties").content.decode()
    assert case.number not in desk.get("/work/list/summary").content.decode()


def test_the_handling_unit_does_not_write_it_itself(case, act):
    unit = act("unit_head", case.lead.unit)
    said = {"subject": "0", "words": SUMMARY}
    assert unit.post(f"/work/cases/{case.number}/summarise", said).status_code == 403
