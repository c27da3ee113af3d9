"""Pages of pressing: alarms, who is in charge, ways to be reached, what was not delivered, the day's digest."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from tests.faces.conftest import code, password

from shaodao.centre.intake import filing
from shaodao.centre.intake.filing import Whistle
from shaodao.centre.intake.gate import Caller
from shaodao.centre.pressing import actions, watch
from shaodao.centre.pressing.models import Call, Charge, Step
from shaodao.county.people import contacts
from shaodao.county.people.models import Contact, Post, User
from shaodao.ground.ledger import vault
from shaodao.ground.messages import outbox, relay
from shaodao.ground.messages.models import Outgoing
from shaodao.ground.messages.outbox import Message

SPOT = {"lon": 126.0428, "lat": 42.6835, "crs": "WGS-84"}


@pytest.fixture
def act(staff):
    def sign_in(username: str, role: str, unit: str) -> Client:
        client = Client()
        password(client, staff(username, (role, unit)).username)
        assert client.post("/accounts/factor/", {"code": code()}).status_code == 302
        client.get("/work/capacity")
        Post.objects.update(since=datetime.now(UTC) - timedelta(days=1))
        return client

    return sign_in


@pytest.fixture
def rung(county, monkeypatch) -> Step:
    return ring(1)[0]


def ring(count: int) -> list[Step]:
    """Emergencies that nobody signed in time."""
    at = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=6)
    for n in range(count):
        filing.file(
            Whistle(text=f"第 {n} 个井盖丢了", item="MS-07", place=SPOT), Caller("test", ""), by=None, at=at
        )
    actions.press(at + timedelta(minutes=6))
    return list(Step.objects.filter(how="alarm"))


@pytest.fixture(autouse=True)
def _since_yesterday(monkeypatch):
    """The pack of these tests is in force from now on; what they tell began a little earlier."""
    from shaodao.county.pack import versions

    current = versions.current
    monkeypatch.setattr(versions, "current", lambda at=None: current())


def test_it_rings_on_every_page_of_the_desk_until_it_is_acknowledged(rung, act):
    desk, colleague = act("desk", "shift_leader", "C00"), act("colleague", "seat", "C00")
    address = f"/work/alarms/{rung.number}/{rung.seq}"
    for page in ("/work/inbox", "/work/cases", "/work/alarms/banner"):
        assert f'data-alarm="{rung.number}-{rung.seq}"' in desk.get(page).content.decode()
    page = desk.get(address).content.decode()
    assert "您好，这里是县治理中心。住建局有一件应急哨" in page
    assert desk.post(f"{address}/acknowledge")["Location"] == address
    for client in (desk, colleague):
        assert "data-alarm" not in client.get("/work/inbox").content.decode()
        assert "已确认，还没签收" in client.get("/work/alarms").content.decode()


def test_it_logs_a_call_and_shows_it_on_the_case(rung, act):
    desk, owner = act("desk", "seat", "C00"), act("owner", "unit_head", "D15")
    contacts.choose(
        User.objects.get(username="owner").pk, "phone", "13812345678", "always", datetime.now(UTC)
    )
    address = f"/work/alarms/{rung.number}/{rung.seq}"
    assert "tel:13812345678" in desk.get(address).content.decode()
    whom = f"user:{User.objects.get(username='owner').pk}"
    assert desk.post(f"{address}/call", {"whom": whom, "words": "没有选结果"}).status_code == 422
    said = {"whom": whom, "result": "reached", "words": "十分钟后到场"}
    assert desk.post(f"{address}/call", said).status_code == 302
    assert Call.objects.get().result == "reached"
    assert "十分钟后到场" in desk.get(address).content.decode()
    page = owner.get(f"/work/cases/{rung.number}").content.decode()
    assert "电话：打通了" in page
    assert "十分钟后到场" not in page  # the desk's own notes


@pytest.mark.parametrize(
    ("role", "unit"), [("unit_head", "D15"), ("county_leader", "L00"), ("caller", "C00")]
)
def test_it_keeps_the_desk_to_itself(rung, act, role, unit):
    other = act("other", role, unit)
    address = f"/work/alarms/{rung.number}/{rung.seq}"
    assert "data-alarm" not in other.get("/work/notices").content.decode()
    for path in ("/work/alarms", "/work/alarms/banner", address):
        assert other.get(path).status_code == 403
    said = {"whom": "unit:D15", "result": "reached"}
    for path, body in ((f"{address}/acknowledge", {}), (f"{address}/call", said)):
        assert other.post(path, body).status_code == 403
    assert Step.objects.get(pk=rung.pk).acknowledged_at is None


def test_it_finds_no_alarm_that_is_none(rung, act):
    desk = act("desk", "seat", "C00")
    other = Step.objects.exclude(how="alarm").first()
    assert desk.get(f"/work/alarms/{other.number}/{other.seq}").status_code == 404
    assert desk.get(f"/work/alarms/261123999999/{rung.seq}").status_code == 404


def test_it_lists_many_alarms_in_as_few_statements_as_one(county, act, django_assert_max_num_queries):
    desk = act("desk", "seat", "C00")
    ring(1)
    desk.get("/work/alarms")
    with django_assert_max_num_queries(14) as one:
        desk.get("/work/alarms")
    ring(5)
    with django_assert_max_num_queries(len(one)):
        assert desk.get("/work/alarms").content.decode().count("待确认") == 6


def test_it_puts_leaders_in_charge(county, act):
    act("leader", "county_leader", "L00")
    leader = f"user:{User.objects.get(username='leader').pk}"
    director, seat, head = (
        act("director", "centre_director", "C00"),
        act("seat", "seat", "C00"),
        act("h", "unit_head", "D15"),
    )
    assert "unit-D15" in director.get("/work/charges").content.decode()
    assert "<select" not in seat.get("/work/charges").content.decode()
    assert head.get("/work/charges").status_code == 403
    assert seat.post("/work/charges/put", {"unit-D15": leader}).status_code == 403
    assert director.post("/work/charges/put", {"unit-D15": leader, "unit-D13": ""}).status_code == 302
    assert watch.present(datetime.now(UTC)).in_charge == {"D15": leader}
    assert Charge.objects.count() == 1


def test_it_keeps_ones_own_ways_and_destroys_what_stood_there(county, act):
    client, other = act("one", "liaison", "D15"), act("two", "liaison", "D15")
    one = User.objects.get(username="one")
    said = {
        "phone": "138 1234 5678",
        "phone_when": "urgent",
        "mail_when": "always",
        "wecom": "Li.Ming",
        "wecom_when": "always",
    }
    assert client.post("/work/reminders", said).status_code == 302
    assert [(way.kind, way.address, way.when) for way in contacts.ways([f"user:{one.pk}"])[f"user:{one.pk}"]] == [
        ("phone", "13812345678", "urgent"), ("wecom", "Li.Ming", "always"),
    ]  # fmt: skip
    assert "13812345678" in client.get("/work/reminders").content.decode()
    assert "13812345678" not in other.get("/work/reminders").content.decode()
    old = Contact.objects.get(kind="phone").address
    assert client.post("/work/reminders", said | {"phone": ""}).status_code == 302
    assert vault.read([old]) == {old: None}
    assert client.post("/work/reminders", said | {"phone": "123"}).status_code == 422


def test_it_shows_what_was_not_delivered_and_tries_it_again(county, act):
    now = datetime.now(UTC)
    for n in range(3):
        outbox.post(
            Message("group", "unit:D15", "pressing", {"number": "261123000001", "words": "快"}, f"k{n}"), now
        )
    relay.deliver_batch(now)  # nobody configured it
    assert Outgoing.objects.filter(state="dead").count() == 3
    head, admin, audit = (
        act("h", "shift_leader", "C00"),
        act("s", "system_admin", "C00"),
        act("a", "audit_admin", "C00"),
    )
    page = head.get("/work/undelivered").content.decode()
    assert page.count("没有配置 [channels.group]") == 3
    assert "261123000001" in page
    assert "261123000001" not in admin.get("/work/undelivered").content.decode()
    assert (
        "重新发送"
        not in audit.get("/work/undelivered").content.decode().split("约四个小时")[0].split("<main")[1]
    )
    ids = list(Outgoing.objects.filter(state="dead").values_list("pk", flat=True))
    for client, status in ((audit, 403), (act("o", "unit_head", "D15"), 403), (admin, 302)):
        assert client.post("/work/undelivered/retry", {"id": ids[:2]}).status_code == status
    assert Outgoing.objects.filter(state="waiting").count() == 2
    assert act("p", "handler", "D15").get("/work/undelivered").status_code == 403


def test_it_shows_the_days_digest_to_those_it_is_for(rung, act):
    number, day = rung.number, "2026-10-08"
    params = {"number": number, "words": "距办结时限还有 1 天，请抓紧办理。", "unit": "D15", "day": day}
    outbox.post(Message("digest", "role:handler@D15", "pressing", params, "d"), datetime.now(UTC))
    handler, other = act("handler", "handler", "D15"), act("other", "handler", "D13")
    relay.deliver_batch(datetime.now(UTC))
    assert f"/work/digests/{day}" in handler.get("/work/notices").content.decode()
    assert f"/work/cases/{number}" in handler.get(f"/work/digests/{day}").content.decode()
    assert number not in other.get(f"/work/digests/{day}").content.decode()
    assert handler.get("/work/digests/2026-13-40").status_code == 404
