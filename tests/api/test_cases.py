"""Staff through the API: lists, one case, commands, versions, tokens."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import inf

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests.api.conftest import Program
from tests.api.scenes import Scenes

from shaodao.centre.cases import actions
from shaodao.centre.cases.models import Case, Clock, Duty
from shaodao.county.pack import versions
from shaodao.county.people.models import Post
from shaodao.faces.api import tokens
from shaodao.faces.api.models import Token


@pytest.fixture
def scenes(pack) -> Scenes:
    made = Scenes(actions.now())
    made.at = made.now - timedelta(minutes=20)
    return made


def test_it_lists_what_a_unit_may_see(scenes, staff):
    ours = [scenes.dispatched() for _ in range(3)]
    scenes.triage()
    page = staff("liaison", "D15").get("/cases", size=2).json()
    assert [line["number"] for line in page["cases"]] == ours[:0:-1]
    rest = staff("liaison", "D15").get("/cases", size=2, after=page["after"]).json()
    assert ([line["number"] for line in rest["cases"]], rest["after"]) == (ours[:1], None)
    assert staff("liaison", "D22").get("/cases").json()["cases"] == []
    assert len(staff("seat", "C00").get("/cases").json()["cases"]) == 4
    assert len(staff("seat", "C00").get("/cases", state=["in_triage"]).json()["cases"]) == 1
    assert len(staff("seat", "C00").get("/cases", phone="13800000001").json()["cases"]) == 1
    assert staff("seat", "C00").get("/cases", phone="13899999999").json()["cases"] == []


def test_it_shows_a_case_with_what_may_be_done(scenes, staff):
    number = scenes.dispatched()
    case = staff("handler", "D15").get(f"/cases/{number}").json()
    assert (case["state"], case["duties"][0]["unit"]["code"]) == ("dispatched", "D15")
    sign = next(each for each in case["commands"] if each["command"] == "sign")
    assert sign["subject"] == {"duty": 1}
    assert "13812345678" not in str(case)
    hidden = staff("handler", "D22").get(f"/cases/{number}")
    assert (hidden.status_code, hidden.json()["type"]) == (404, "/problems/no-such-case")
    assert hidden.json() | {"request_id": ""} == staff("handler", "D22").get("/cases/1").json() | {
        "request_id": ""
    }


def test_it_gives_a_command_once_for_a_version(scenes, staff):
    number = scenes.dispatched()
    handler, liaison = staff("handler", "D15"), staff("liaison", "D15")
    version = handler.get(f"/cases/{number}").json()["version"]
    done = handler.post(f"/cases/{number}/commands/sign", {"duty": 1, "version": version})
    assert done.status_code == 200
    assert done.json()["version"] == version + 1
    late = liaison.post(
        f"/cases/{number}/commands/assign", {"duty": 1, "handler": "user:1", "version": version}
    )
    assert (late.status_code, late.json()["type"]) == (409, "/problems/stale")
    twice = handler.post(f"/cases/{number}/commands/sign", {"duty": 1})
    assert (twice.status_code, twice.json()["type"]) == (409, "/problems/not-now")


@pytest.mark.parametrize(
    ("command", "fields", "status", "kind", "field"),
    [
        ("sign", {"duty": "x"}, 422, "field-wrong", "duty"),
        ("sign", {"duty": 1, "colour": 1}, 422, "unknown-field", "colour"),
        ("ask_return", {"duty": 1}, 422, "field-needed", "reason"),
        ("ask_return", {"duty": 1, "reason": "no"}, 422, "field-wrong", "reason"),
        ("comment", {"words": "x" * 30_000}, 422, "too-long", None),
        ("comment", {"words": "x", "photos": ["y"]}, 422, "field-wrong", "photos"),
        ("fly", {}, 404, "unknown-command", None),
    ],
)
def test_it_names_what_is_wrong_with_a_command(scenes, staff, command, fields, status, kind, field):
    number = scenes.dispatched()
    refused = staff("liaison", "D15").post(f"/cases/{number}/commands/{command}", fields)
    assert (refused.status_code, refused.json()["type"]) == (status, f"/problems/{kind}")
    assert refused.json().get("field") == field
    assert refused.json()["detail"].endswith("。")


# --- who ---


def test_it_asks_who_one_is(pack, scenes):
    number = scenes.dispatched()
    for program in (Program(), Program("shaodao_wrong"), Program(Authorization="Basic eDp5")):
        for refused in (program.get("/cases"), program.post(f"/cases/{number}/commands/sign", {"duty": 1})):
            assert refused.status_code == 401
            assert refused["WWW-Authenticate"] == "Bearer"
            assert refused.json()["type"] in ("/problems/bad-token", "/problems/sign-in-needed")


@pytest.mark.parametrize("end", ["expired", "revoked", "post_over", "account_off"])
def test_a_token_ends_with_its_term_its_post_and_its_account(scenes, staff, end):
    program = staff("seat", "C00")
    assert program.get("/cases").status_code == 200
    past = datetime.now(UTC) - timedelta(seconds=1)
    match end:
        case "expired":
            Token.objects.update(expires_at=past)
        case "revoked":
            assert tokens.revoke("test", datetime.now(UTC)) == 1
        case "post_over":
            Post.objects.update(until=datetime.now(UTC))
        case "account_off":
            Post.objects.get().user.__class__.objects.update(is_active=False)
    assert program.get("/cases").status_code == 401


def test_only_the_hash_of_a_token_is_kept(pack, staff):
    token = staff("seat", "C00").headers["Authorization"].removeprefix("Bearer ")
    assert token not in str(list(Token.objects.values_list()))


def test_a_session_acts_only_with_the_mark_against_forgery(pack, scenes, monkeypatch):
    from shaodao.county.people.capacity import Capacity
    from shaodao.faces.accounts import capacity

    number = scenes.dispatched()
    seated = Capacity(1, 1, "seat", "C00", "坐席")
    monkeypatch.setattr(capacity, "current", lambda request: seated)
    client = Client(enforce_csrf_checks=True)
    client.cookies["sessionid"] = "x" * 32
    address = f"/api/v1/cases/{number}/commands/comment"
    said = {"data": {"words": "好"}, "content_type": "application/json"}
    assert client.get(f"/api/v1/cases/{number}").status_code == 200
    forged = client.post(address, **said)
    assert (forged.status_code, forged.json()["type"]) == (403, "/problems/forged")
    mark = "a" * 32
    client.cookies["csrftoken"] = mark
    assert client.post(address, **said, headers={"X-CSRFToken": mark}).status_code == 200


# --- at scale ---


def test_a_page_costs_the_same_few_statements_among_eleven_thousand(scenes, staff, pack, monkeypatch):
    monkeypatch.setattr(versions, "LOOK_AGAIN", inf)  # what is looked up now and then counts at no size
    many = 11_000
    at = actions.now() - timedelta(days=1)
    common = {"version": 2, "state": "dispatched", "item": "MS-08", "reported_at": at, "lead_unit": "D15"}
    numbers = [f"25{n:010}" for n in range(many)]
    Case.objects.bulk_create([Case(number=n, **common) for n in numbers], batch_size=2000)
    Duty.objects.bulk_create(
        [Duty(case_id=n, duty_id=1, unit="D15", role="lead", given_at=at, next_due_at=at) for n in numbers],
        batch_size=2000,
    )
    Clock.objects.bulk_create(
        [
            Clock(
                case_id=n,
                kind="finish",
                subject="duty:1",
                round=1,
                unit="D15",
                limit_text="7wd",
                started_at=at,
                due_at=at,
            )
            for n in numbers
        ],
        batch_size=2000,
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    liaison = staff("liaison", "D15")
    liaison.get("/cases")
    counted = set()
    for size in (1, 50, 200):
        with CaptureQueriesContext(connection) as caught:
            page = liaison.get("/cases", size=size).json()
        assert len(page["cases"]) == size
        counted.add(len(caught))
    assert len(counted) == 1
    assert counted.pop() <= 8
