"""A problem walks through the pages: reported by a resident, handled, verified by the community, rated."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from shaodao.centre.cases import actions
from shaodao.centre.cases.lifecycle import state_of
from shaodao.centre.dispatch import precedents

SPOT = {"lon": "126.0428", "lat": "42.6835", "crs": "WGS-84"}


@pytest.fixture
def whistled(county, client: Client):
    precedents.forget()
    page = client.get("/whistle")
    assert page.status_code == 200
    answer = client.post(
        "/whistle",
        {
            "text": "幸福小区门口的井盖丢了，夜里很危险",
            "item": "MS-07",
            "phone": "13812345678",
            "key": "k",
            **SPOT,
        },
    )
    assert answer.status_code == 302, answer.content.decode()
    return answer["Location"].removesuffix("?new=1")


def number_in(address: str) -> str:
    return re.search(r"/t/(\d+)-", address)[1]


def test_it_files_and_promises(whistled, client):
    page = client.get(whistled).content.decode()
    assert "已派单：住建局" in page
    assert "前到场" in page
    assert "13812345678" not in page


def test_it_finds_a_case_by_number_and_last_digits(whistled, client):
    number = number_in(whistled)
    assert client.post("/track", {"number": number, "last_four": "5678"})["Location"] == whistled
    wrong = client.post("/track", {"number": number, "last_four": "0000"})
    assert wrong.status_code == 422
    assert "对不上" in wrong.content.decode()


def test_it_refuses_a_forged_link(whistled, client):
    assert client.get(whistled[:-1] + ("0" if whistled[-1] != "0" else "1")).status_code == 404


def test_it_says_whom_to_call_first_in_danger(county, client):
    said = {"text": "三楼着火了，有人被困在里面", "item": "XZ-13", **SPOT}
    page = client.post("/whistle", said).content.decode()
    assert "119" in page
    assert "继续提交" in page
    assert client.post("/whistle", {**said, "danger_seen": "1"}).status_code == 302


def test_it_walks_through_the_staff_pages(whistled, county, staff, signed_in):
    number = number_in(whistled)
    place = actions.load(number).place
    hand = signed_in(staff("hand", ("handler", "D15")))
    hand.get("/work/capacity")
    inbox = hand.get("/work/inbox").content.decode()
    assert number in inbox
    case = hand.get(f"/work/cases/{number}").content.decode()
    assert "签收" in case
    assert "13812345678" not in case
    version = re.search(r'name="version" value="(\d+)"', case)[1]
    assert hand.post(f"/work/cases/{number}/sign", {"subject": 1, "version": version}).status_code == 302
    form = hand.get(f"/work/cases/{number}/report_in?subject=1").content.decode()
    assert "到场人数" in form
    answer = hand.post(
        f"/work/cases/{number}/report_in", {"subject": 1, "mode": "site", "persons": 2, **SPOT}
    )
    assert answer.status_code == 302, answer.content.decode()
    hand.post(f"/work/cases/{number}/make_safe", {"subject": 1, "words": "已围挡"})
    asked = "这类事项办结要有："
    assert asked in hand.get(f"/work/cases/{number}/claim_finished?subject=1").content.decode()
    answer = hand.post(
        f"/work/cases/{number}/claim_finished", {"subject": 1, "way": "done", "words": "已换井盖"}
    )
    assert answer.status_code == 302, answer.content.decode()
    head = Client()
    sign_in(head, staff("head", ("section_head", "D15")))
    page = head.get("/work/inbox").content.decode()
    assert "待审批" in page
    answer = head.post(f"/work/cases/{number}/decide", {"subject": 1, "approve": "1"})
    assert answer.status_code == 302, answer.content.decode()
    secretary = Client()
    sign_in(secretary, staff("secretary", ("community_secretary", place.community)))
    assert number in secretary.get("/work/list/verification").content.decode()
    page = secretary.get(f"/work/cases/{number}/verify").content.decode()
    assert asked in page
    assert "没有附照片" in page
    answer = secretary.post(f"/work/cases/{number}/verify", {"passed": "1"})
    assert answer.status_code == 302, answer.content.decode()
    me = Client()
    assert "请您评价" in me.get(whistled).content.decode()
    me.post(f"{whistled}/rate", {"solved": "yes", "level-1": "5", "words": "真快"})
    assert state_of(actions.load(number)) == "closed"
    assert "结案：您已评价" in me.get(whistled).content.decode()


def test_it_shows_no_case_to_an_outsider(whistled, staff, signed_in):
    stranger = signed_in(staff("stranger", ("handler", "D31")))
    stranger.get("/work/capacity")
    assert stranger.get(f"/work/cases/{number_in(whistled)}").status_code == 404
    assert stranger.post(f"/work/cases/{number_in(whistled)}/sign", {"subject": 1}).status_code == 404


def sign_in(client: Client, user) -> None:
    from tests.faces.conftest import code, password

    password(client, user.username)
    assert client.post("/accounts/factor/", {"code": code()}).status_code == 302
    client.get("/work/capacity")  # one post: chosen without asking


@pytest.mark.parametrize(
    ("role", "unit"), [("handler", "D15"), ("shift_leader", "C00"), ("street_head", "S01")]
)
def test_it_asks_the_database_eight_times_for_an_inbox(whistled, staff, signed_in, role, unit):
    client = signed_in(staff("inbox", (role, unit)))
    client.get("/work/capacity")
    client.get("/work/inbox")
    with CaptureQueriesContext(connection) as caught:
        page = client.get("/work/inbox")
    assert page.status_code == 200
    statements = [q["sql"] for q in caught if not q["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    assert len(statements) <= 8, "\n".join(statement[:100] for statement in statements)
