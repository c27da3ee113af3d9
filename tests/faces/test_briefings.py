"""专报 on its pages: from the draft to the leaders' reading; every number of page one opens as many cases."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests.faces.test_flow import sign_in

from shaodao.centre.briefings import actions
from shaodao.centre.briefings.models import Briefing, Problem
from shaodao.centre.briefings.months import Month
from shaodao.centre.cases import sweeper
from shaodao.centre.cases.lifecycle.model import By
from shaodao.centre.intake import filing
from shaodao.centre.intake.filing import Whistle
from shaodao.centre.intake.gate import Caller
from shaodao.county.pack import read_folder, versions

from .conftest import HUINAN

SPOT = {"lon": 126.0428, "lat": 42.6835, "crs": "WGS-84"}
DESK, DIRECTOR = By("user:901", "handler", "C00-1"), By("user:902", "centre_director", "C00")
SIGNER = By("user:903", "unit_head", "D01")
OUTSIDERS = (
    ("unit_head", "D15"), ("handler", "D15-2"), ("caller", "C00"), ("street_head", "S01"), ("system_admin", "C00"),
)  # fmt: skip
PROBLEM = re.compile(r'name="(case|kind|unit)" value="([\w-]+)"')
LIST_STATEMENTS, PAGE_STATEMENTS, CASES_STATEMENTS = 16, 24, 26


@pytest.fixture
def county(db):
    """The pack in force for long."""
    versions.forget()
    then = datetime(2021, 1, 1, tzinfo=UTC)
    versions.install(read_folder(HUINAN), effective_from=then, now=then)
    yield versions.current()
    versions.forget()


@pytest.fixture
def month(county) -> Month:
    """The month before this one, with a few cases nobody touched."""
    month = Month.of(datetime.now(UTC), county.zone).before
    for n in range(4):
        at = month.begins(county.zone) + timedelta(days=2 + n, hours=2)
        whistle = Whistle(text=f"第 {n} 个井盖丢了", phone=f"138{n:08}", place=SPOT, item="MS-07")
        filing.file(whistle, Caller("test", f"k{n}", trusted=True), at=at)
    sweeper.sweep(month.ends(county.zone))
    return month


def client_of(staff, name: str, role: str, unit: str) -> Client:
    client = Client()
    sign_in(client, staff(name, (role, unit)))
    return client


def publish(month: Month) -> None:
    name = str(month)
    actions.draft(month, DESK)
    actions.write(name, "意见", "措施", DESK)
    for command, by in (("submit", DESK), ("check", DIRECTOR), ("sign", SIGNER), ("publish", DESK)):
        actions.act(name, command, by)


def test_it_goes_from_draft_to_read(month, staff):
    desk, director = (
        client_of(staff, "desk", "handler", "C00-1"),
        client_of(staff, "director", "centre_director", "C00"),
    )
    signer, leader = (
        client_of(staff, "signer", "unit_head", "D01"),
        client_of(staff, "leader", "county_leader", "L00"),
    )
    at = f"/work/briefings/{month}"
    assert "取数起草" in desk.get("/work/briefings").content.decode()
    assert desk.post(f"{at}/draft").status_code == 302
    page = desk.get(at).content.decode()
    assert "还没有人采用" in page
    assert re.search(r"<button[^>]* disabled>送核稿", page)
    assert leader.get(at).status_code == 404
    problem = Problem.objects.count()
    said = dict(PROBLEM.findall(page)[:3])
    assert "请选择原因" in desk.post(f"{at}/problem", said | {"out": "1"}, follow=True).content.decode()
    page = desk.post(f"{at}/problem", said | {"out": "1", "words": "正在协调"}, follow=True).content.decode()
    assert "不点名的理由：正在协调" in page
    desk.post(f"{at}/words", {"opinions": "1. 井盖没人管", "steps": "1. 一周换好"})
    for client, name in ((desk, "submit"), (director, "check"), (signer, "sign"), (desk, "publish")):
        assert client.post(f"{at}/{name}").status_code == 302
    assert Briefing.objects.get().state == "published"
    assert Problem.objects.count() > problem
    page = leader.get(at).content.decode()
    assert "第1期（总第1期）" in page
    assert "井盖没人管" in page
    assert "未阅" in leader.get("/work/briefings").content.decode()
    assert "已印发，请阅" in leader.get("/work/notices").content.decode()
    leader.post(f"{at}/read")
    assert re.search(r"<dt>演示leader</dt><dd>.*?已阅", leader.get(at).content.decode(), re.DOTALL)
    assert "请刷新" in desk.post(f"{at}/draft", follow=True).content.decode()


def test_it_is_nobody_elses(month, staff):
    publish(month)
    for role, unit in OUTSIDERS:
        client = client_of(staff, f"{role}{unit}", role, unit)
        assert client.get("/work/briefings").status_code == 403
        assert client.get(f"/work/briefings/{month}").status_code == 404
        assert client.get(f"/work/briefings/{month}/cases/now/whistles").status_code == 404
        assert client.post(f"/work/briefings/{month}/draft").status_code == 403
        assert client.post(f"/work/briefings/{month}/read").status_code == 403
        assert "/work/briefings" not in client.get("/work/notices").content.decode()
    reader = client_of(staff, "inspector", "inspector", "J00")
    assert reader.get(f"/work/briefings/{month}").status_code == 200
    assert reader.post(f"/work/briefings/{month}/read").status_code == 403


def test_it_opens_as_many_cases_as_each_number_says(month, staff):
    publish(month)
    leader = client_of(staff, "leader", "county_leader", "L00")
    page = leader.get(f"/work/briefings/{month}").content.decode()
    numbers = re.findall(r'data-count="(\d+)" href="([^"]+)"', page)
    assert len(numbers) == 42  # four shares of three numbers and two counts, in three months
    for count, url in numbers:
        listed = leader.get(url).content.decode()
        assert re.search(r"data-total>(\d+)<", listed).group(1) == count
        assert listed.count("data-fact") == int(count)
    assert any(int(count) for count, _ in numbers)


def test_it_costs_few_statements(month, staff):
    publish(month)
    leader = client_of(staff, "leader", "county_leader", "L00")
    for url, most in (
        ("/work/briefings", LIST_STATEMENTS),
        (f"/work/briefings/{month}", PAGE_STATEMENTS),
        (f"/work/briefings/{month}/cases/now/whistles", CASES_STATEMENTS),
    ):
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert leader.get(url).status_code == 200
        assert len(captured) <= most, (url, len(captured))


def test_it_is_given_as_a_document_to_whoever_may_see_it(month, staff):
    actions.draft(month, DESK)
    leader, desk = (
        client_of(staff, "leader", "county_leader", "L00"),
        client_of(staff, "desk", "handler", "C00-1"),
    )
    for kind, begins in (("docx", b"PK"), ("pdf", b"%PDF"), ("html", b"<!doctype")):
        url = f"/work/briefings/{month}/file/{kind}"
        assert leader.get(url).status_code == 404  # a draft
        assert desk.get(url).content.lstrip().startswith(begins)
    assert desk.get(f"/work/briefings/{month}/file/exe").status_code == 404


def test_it_does_not_know_other_addresses(month, staff):
    publish(month)
    leader = client_of(staff, "leader", "county_leader", "L00")
    for path in ("2020-13", "abc", f"{month}/cases/then/whistles", f"{month}/cases/now/nothing", "2020-01"):
        assert leader.get(f"/work/briefings/{path}").status_code == 404
    assert leader.post(f"/work/briefings/{month}/put_right").status_code == 404


def version_of(page) -> str:
    return re.search(r'name="version" value="(\d+)"', page.content.decode()).group(1)


def test_who_acts_on_an_old_page_is_told_and_keeps_what_was_typed(month, staff):
    client, there = client_of(staff, "desk", "handler", "C00-1"), f"/work/briefings/{month}"
    client.post(f"{there}/draft")
    seen = version_of(client.get(there))
    actions.write(str(month), "同事的意见", "同事的措施", DESK)
    before = Briefing.objects.get().version
    said = {"opinions": "我的意见", "steps": "我的措施", "version": seen}
    answer = client.post(f"{there}/words", said)
    assert answer.status_code == 422
    assert "别人刚刚办理了这一件" in answer.content.decode()
    assert "我的意见" in answer.content.decode()
    for name in ("submit", "return"):
        told = client.post(f"{there}/{name}", {"version": seen, "words": "退"}, follow=True)
        assert Briefing.objects.get().version == before, told.content.decode()
    assert (
        "别人刚刚办理了这一件"
        in client.post(f"{there}/draft", {"version": seen}, follow=True).content.decode()
    )
    assert Briefing.objects.get().version == before
    assert client.post(f"{there}/words", {**said, "version": version_of(answer)}).status_code == 302


def test_two_leaders_read_from_the_same_page(month, staff):
    publish(month)
    clients = [client_of(staff, f"leader{n}", "county_leader", "L00") for n in range(2)]
    pages = [client.get(f"/work/briefings/{month}") for client in clients]
    for client, page in zip(clients, pages, strict=True):
        client.post(f"/work/briefings/{month}/read", {"version": version_of(page)})
    assert Briefing.objects.get().readings.count() == 2


def test_it_says_that_opinions_were_written_before_the_figures_changed(month, staff):
    """To who drafts until the words are taken over again, and to who checks."""
    name, mark = str(month), "又重新取过数"
    desk = client_of(staff, "desk", "handler", "C00-1")
    director = client_of(staff, "director", "centre_director", "C00")
    actions.draft(month, DESK)
    actions.write(name, "意见", "措施", DESK)
    actions.draft(month, DESK, at=datetime.now(UTC) + timedelta(hours=3))
    assert mark not in desk.get(f"/work/briefings/{name}").content.decode()  # the figures are the same
    at = month.begins("Asia/Shanghai") + timedelta(days=3)
    whistle = Whistle(text="又一个井盖丢了", phone="13900000000", place=SPOT, item="MS-07")
    filing.file(whistle, Caller("test", "late", trusted=True), at=at)
    actions.draft(month, DESK)
    assert mark in desk.get(f"/work/briefings/{name}").content.decode()
    actions.act(name, "submit", DESK)
    assert mark in director.get(f"/work/briefings/{name}").content.decode()
    actions.act(name, "return", DIRECTOR, words="数字变了")
    actions.write(name, "新的意见", "措施", DESK)
    assert mark not in desk.get(f"/work/briefings/{name}").content.decode()
