"""Orders, leaders' notes, county meetings and the head's page, as people see them."""

from __future__ import annotations

import csv
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from tests.cases.conftest import SPOT
from tests.faces.conftest import code, county, signed_in, staff  # noqa: F401

from shaodao.centre.cases import actions as cases
from shaodao.centre.cases import exports
from shaodao.centre.cases.lifecycle.model import By
from shaodao.centre.intake import filing
from shaodao.centre.intake.filing import Whistle
from shaodao.centre.intake.gate import Caller
from shaodao.centre.supervision.meetings import actions as meetings
from shaodao.centre.supervision.models import Meeting, Note
from shaodao.centre.supervision.models import Order as Row
from shaodao.centre.supervision.notes import actions as notes
from shaodao.centre.supervision.orders import actions as orders
from shaodao.county.people.models import Post

SAID = {
    "unit": "D15", "grade": "general", "title": "井盖丢失长期不补", "words": "三处井盖丢失，没有到场。",
    "basis": "专报第1期", "demand": "三日内补齐。", "contact": "治理中心 8220000", "workdays": "5",
}  # fmt: skip


@pytest.fixture
def desk(county, staff, client):  # noqa: F811
    """Signs in as a role at a unit; the same person when asked again."""
    made = {}

    def sign_in(role, unit):
        name = f"{role}-{unit}".lower()
        if name not in made:
            made[name] = staff(name, (role, unit))
        client.logout()
        user = made[name]
        client.force_login(user)
        session = client.session
        session["second_factor"] = str(user.pk)
        session["capacity"] = Post.objects.get(user=user).pk
        session.save()
        return client, By(f"user:{user.pk}", role, unit)

    return sign_in


@pytest.fixture
def case(county):  # noqa: F811
    whistle = Whistle(text="西门口的井盖丢了", item="MS-07", place=SPOT)
    return filing.file(whistle, Caller("test")).case.number


def late(case):
    return cases.let_time_pass(case, timezone.now() + timedelta(days=9)).number


def test_it_takes_an_order_from_the_form_to_the_heads_signature(desk, case):
    client, _ = desk("centre_director", "C00")
    assert client.get(reverse("staff:order_new")).status_code == 200
    answer = client.post(reverse("staff:order_new"), {**SAID, "case": [case], "cases": [case]}, follow=True)
    assert "待签发" in answer.content.decode()
    number = Row.objects.get().number
    client.post(reverse("staff:order_command", args=[number, "issue"]))
    assert (
        f"督〔{Row.objects.get().year}〕1号"
        in client.get(reverse("staff:order", args=[number])).content.decode()
    )

    client, _ = desk("liaison", "D15")
    client.post(reverse("staff:order_command", args=[number, "sign"]))
    client.post(reverse("staff:order_command", args=[number, "reply"]), {"words": "已全部补齐"})
    assert client.post(
        reverse("staff:order_command", args=[number, "sign_reply"]), {"code": code()}
    ).status_code in (403, 422)

    client, _ = desk("unit_head", "D15")
    shown = client.get(reverse("staff:head")).content.decode()
    assert "1 张待签字" in shown
    wrong = client.post(reverse("staff:order_command", args=[number, "sign_reply"]), {"code": "000000"})
    assert wrong.status_code == 422
    assert Row.objects.get().state == "signed"
    client.post(reverse("staff:order_command", args=[number, "sign_reply"]), {"code": code()})
    assert Row.objects.get().state == "replied"

    client, _ = desk("supervisor", "V00")
    for form, begins in (("pdf", b"%PDF"), ("docx", b"PK")):
        paper = client.get(reverse("staff:order_document", args=[number, form]))
        assert paper.content.startswith(begins)
    assert client.get(reverse("staff:order_document", args=[number, "exe"])).status_code == 404
    client.post(reverse("staff:order_command", args=[number, "strike"]), {"words": "现场看过"})
    register = client.get(reverse("staff:order_register"), {"state": "right"})
    assert "1 个单位有整改销号的" in register.content.decode()
    table = client.get(reverse("staff:order_register"), {"format": "csv"})
    assert table.content.decode().startswith("\ufeff文号")
    assert "已整改销号" in table.content.decode()


def test_it_shows_an_order_to_nobody_else(desk, case):
    client, director = desk("centre_director", "C00")
    number = orders.draft(drafted([case]), director)
    orders.act(number, "issue", "", director)
    page = reverse("staff:order", args=[number])
    for role, unit, status in (
        ("liaison", "D15", 200), ("inspector", "J00", 200), ("inspector", "J02", 404), ("liaison", "D31", 404),
        ("seat", "C00", 404),
    ):  # fmt: skip
        client, _ = desk(role, unit)
        assert client.get(page).status_code == status, role
        assert client.post(
            reverse("staff:order_command", args=[number, "strike"]), {"words": "好"}
        ).status_code in (403, 404)
    for name in ("staff:order_new", "staff:notes"):
        assert client.get(reverse(name)).status_code == 403
    client, _ = desk("seat", "C00")
    assert client.get(reverse("staff:orders")).status_code == 403


def drafted(numbers=()):
    return orders.Drafted(
        lead="D15",
        title="井盖",
        words="不补",
        basis="专报",
        demand="补齐",
        contact="8220000",
        workdays=5,
        cases=numbers,
    )


def test_it_lists_orders_in_few_statements(desk, django_assert_max_num_queries):
    client, director = desk("centre_director", "C00")
    for _ in range(8):
        orders.act(orders.draft(drafted(), director), "issue", "", director)
    for name in ("staff:orders", "staff:order_register"):
        with django_assert_max_num_queries(12) as few:
            assert client.get(reverse(name)).content.decode().count("督〔") >= 8
        assert len(few) <= 12


def test_it_opens_the_heads_page_in_few_statements(desk, county, django_assert_max_num_queries):  # noqa: F811
    for n in range(12):
        whistle = Whistle(text=f"第 {n} 个井盖丢了", item="MS-07", place=SPOT)
        late(filing.file(whistle, Caller("test")).case.number)
    client, _ = desk("unit_head", "D15")
    with django_assert_max_num_queries(22) as few:
        shown = client.get(reverse("staff:head")).content.decode()
    assert "已超期" in shown
    assert len(few) <= 22
    client, _ = desk("seat", "C00")
    assert client.get(reverse("staff:head")).status_code == 403


def test_it_makes_a_leaders_words_a_case_that_returns_to_the_leader(desk, case):
    client, leader = desk("county_leader", "L00")
    shown = client.get(reverse("staff:case", args=[case])).content.decode()
    assert "圈阅、批示" in shown
    said = {
        "about": "case",
        "subject": case,
        "kind": "instructed",
        "words": "请住建局三日内补齐井盖。",
        "unit": "D15",
        "workdays": "3",
    }
    client.post(reverse("staff:note"), said)
    row = Note.objects.get()
    assigned = cases.load(row.case)
    assert (assigned.leader, assigned.whistler_kind, assigned.lead.unit) == (leader.actor, "leader", "D15")
    assert str(assigned.clock("finish", assigned.lead.subject).limit) == "3wd"
    assert "请住建局三日内补齐井盖。" in client.get(reverse("staff:notes")).content.decode()
    unit, _by = desk("liaison", "D15")
    assert "请住建局三日内补齐井盖。" in unit.get(reverse("staff:case", args=[row.case])).content.decode()
    assert unit.get(reverse("staff:notes")).status_code == 403
    assert "领导批示" not in unit.get(reverse("staff:case", args=[case])).content.decode()
    assert unit.post(reverse("staff:note"), said).status_code == 403


def test_it_circles_without_words_and_leaves_no_case(desk, case):
    client, leader = desk("county_leader", "L00")
    before = cases.load(case).version
    client.post(reverse("staff:note"), {"about": "case", "subject": case, "kind": "circled"})
    row = Note.objects.get()
    assert (row.kind, row.case, row.leader) == ("circled", "", leader.actor)
    assert cases.load(case).version == before
    other, _ = desk("county_leader", "L00")
    assert (
        other.post(
            reverse("staff:note"), {"about": "case", "subject": "99999999", "kind": "circled"}
        ).status_code
        == 404
    )


def test_it_gives_an_assigned_case_to_nobody_whom_the_case_complains_about(desk, county):  # noqa: F811
    whistle = Whistle(text="住建局的人收了钱不办事", against="D15", place=SPOT)
    number = filing.file(whistle, Caller("test")).case.number
    _, leader = desk("county_leader", "L00")
    with pytest.raises(Exception, match="unit_must_avoid"):
        notes.write(notes.Said("case", number, "instructed", "查", "D15"), leader)
    assert not Note.objects.exists()


@pytest.fixture
def raised(desk, case):
    """A case that waits for the county."""
    _, director = desk("centre_director", "C00")
    cases.act(case, "escalate_tier", {"reason": "cross_unit"}, director)
    return case


def test_it_calls_a_meeting_and_makes_its_tasks_duties(desk, raised):
    _, leader = desk("county_leader", "L00")
    client, _ = desk("centre_director", "C00")
    page = client.get(reverse("staff:meeting_call", args=[raised]))
    assert page.status_code == 200
    when = (timezone.now() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    said = {
        "leader": leader.actor,
        "units": ["D15", "D13"],
        "meet_at": when,
        "place": "县政府三楼",
        "words": "带图纸",
    }
    assert client.post(reverse("staff:meeting_call", args=[raised]), said).status_code == 302
    number = Meeting.objects.get().number
    assert client.get(reverse("staff:meeting_document", args=[number, "pdf"])).content.startswith(b"%PDF")
    client.post(
        reverse("staff:meeting_command", args=[number, "came"]), {"unit": "D15", "person": "到会的人"}
    )
    for role, unit, status in (("liaison", "D13", 200), ("liaison", "D31", 404)):
        client, _ = desk(role, unit)
        assert client.get(reverse("staff:meeting", args=[number])).status_code == status
        assert client.post(
            reverse("staff:meeting_command", args=[number, "cancel"]), {"words": "不"}
        ).status_code in (403, 404)
    client, _ = desk("county_leader", "L00")
    tasks = {
        "minutes": "由住建局牵头。",
        "unit-0": "D13",
        "role-0": "assist",
        "days-0": "3",
        "unit-1": "D31",
        "role-1": "",
    }
    answer = client.post(reverse("staff:meeting_command", args=[number, "hold"]), tasks, follow=True)
    assert "由住建局牵头。" in answer.content.decode()
    found = cases.load(raised)
    assert (found.in_charge, found.tier) == (leader.actor, "county")
    (duty,) = [d for d in found.duties if d.unit == "D13"]
    assert str(found.clock("finish", duty.subject).limit) == "3wd"
    assert not any(d.unit == "D31" for d in found.duties)
    assert Meeting.objects.get().state == "held"
    assert Meeting.objects.get().came == ["D15"]


def test_it_leaves_no_meeting_without_its_tasks(desk, raised):
    """What the case refuses, the meeting is not held for either."""
    _, leader = desk("county_leader", "L00")
    called = meetings.Called(leader.actor, ["D15"], timezone.now() + timedelta(hours=1), "三楼")
    number = meetings.call(raised, called, leader)
    tasks = [meetings.Task("D13", "lead"), meetings.Task("D31", "lead")]
    with pytest.raises(Exception, match="one_lead"):
        meetings.hold(number, "纪要", tasks, leader)
    assert Meeting.objects.get().state == "called"
    with pytest.raises(Exception, match="not_now"):
        meetings.call(raised, called, leader)  # one at a time
    assert meetings.cancel(number, "改由分管县长协调", leader).state == "cancelled"
    assert meetings.call(raised, called, leader)


def test_a_form_from_a_briefing_never_becomes_a_direct_order_unseen(desk, case):
    """Somebody else has drafted it meanwhile: the form says so, and only sent again it is a direct one."""
    client, _ = desk("centre_director", "C00")
    said = {**SAID, "case": [case], "cases": [case], "briefing": "2026-03"}
    answer = client.post(reverse("staff:order_new"), said)
    assert answer.status_code == 422
    assert "直接督办" in answer.content.decode()
    assert not Row.objects.exists()


def test_the_register_says_who_took_it_away_and_so_does_the_ledger(desk):
    client, director = desk("centre_director", "C00")
    for _ in range(2):
        orders.act(orders.draft(drafted(), director), "issue", "", director)
    table = client.get(reverse("staff:order_register"), {"format": "csv"}).content.decode()
    rows = list(csv.reader(table.removeprefix("\ufeff").splitlines()))
    assert len(rows) == 4
    assert "centre_director-c00（" in rows[-1][0]
    assert "共 2 行，导出编号 1。" in rows[-1][0]
    client, supervisor = desk("supervisor", "V00")
    table = client.get(reverse("staff:order_register"), {"format": "csv", "state": "right"}).content.decode()
    assert "共 0 行，导出编号 2。" in table
    assert [(e.actor, e.capacity, e.rows) for e in exports.of("register")] == [
        (director.actor, "centre_director@C00", 2), (supervisor.actor, "supervisor@V00", 0),
    ]  # fmt: skip
