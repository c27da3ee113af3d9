"""一屏: a county leader's minute. The figures of the wall, what is stuck with whom, and what waits for this leader."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests.faces.test_case_map import file
from tests.faces.test_flow import sign_in
from tests.faces.test_pages import _check as check_policy

from shaodao.centre.assessment.figures import figures
from shaodao.centre.briefings.models import Briefing
from shaodao.centre.cases.lifecycle.model import By
from shaodao.centre.cases.models import Clock
from shaodao.centre.pressing import watch
from shaodao.faces.wall import board


@pytest.fixture(autouse=True)
def fresh():
    board.forget()
    yield
    board.forget()


@pytest.fixture
def office(staff):
    def as_(name: str, role: str, unit: str) -> Client:
        client = Client()
        user = staff(name, (role, unit))
        sign_in(client, user)
        client.actor = f"user:{user.pk}"  # type: ignore[attr-defined]
        return client

    return as_


def overdue(number: str, hours: int) -> None:
    at = datetime.now(UTC) - timedelta(hours=hours)
    Clock.objects.filter(case_id=number, kind="finish").update(due_at=at, breached_at=at)


def page_of(client: Client) -> str:
    answer = client.get("/work/leader")
    assert answer.status_code == 200
    return answer.content.decode()


def test_it_is_where_a_leader_begins(county, office):
    leader = office("leader", "county_leader", "L00")
    assert leader.get("/work")["Location"] == "/work/leader"
    page = page_of(leader)
    for words in ("没有等您办的", "没有超期未办的", "还没有印发专报"):
        assert words in page


@pytest.mark.parametrize("path", ["/work/leader", "/work/map", "/work/walls", "/work/wall"])
def test_it_keeps_the_policy(county, office, path):
    overdue(file(1), 30)
    check_policy(office("leader", "county_leader", "L00").get(path))


def test_it_is_the_leaders_alone(county, office):
    for name, role, unit in (("director", "centre_director", "C00"), ("outsider", "liaison", "D15")):
        assert office(name, role, unit).get("/work/leader").status_code == 403
    assert Client().get("/work/leader").status_code == 302


def test_its_numbers_are_those_of_the_figures(county, office):
    overdue(file(1), 30)
    file(2)
    page = page_of(office("leader", "county_leader", "L00"))
    asked = board.spans(datetime.now(UTC), county.zone)
    today, month = figures(asked.today, board.TODAY), figures(asked.month, board.MONTH)
    tiles = re.findall(r"<b>([^<]+)</b>(?=\w)", page)
    counts = ("whistles", "report_in_units", "verified", "open")
    assert tiles[:4] == [str(today[id].numerator) for id in counts]
    assert tiles[4] == str(month["whistles"].numerator) == "2"
    assert "1 个单位超期未办 1 件" in page
    assert "最久 1 天 6 小时" in page


def test_units_in_the_leaders_charge_come_first(county, office):
    director = office("director", "centre_director", "C00")
    leader, other = office("leader", "county_leader", "L00"), office("other", "county_leader", "L00")
    overdue(file(1), 30)
    overdue(file(2), 20)
    overdue(file(3, item="MS-44"), 10)
    [housing, school] = list(board.live.get().late)
    by = By(director.actor, "centre_director", "C00")  # type: ignore[attr-defined]
    watch.put_in_charge(school, leader.actor, by, at=datetime.now(UTC))  # type: ignore[attr-defined]

    def order(page: str) -> list[str]:
        return re.findall(r"/work/figures/overdue\?unit=(\w+)", page)

    assert order(page_of(leader)) == [school, housing]
    assert page_of(leader).count("您分管") == 1
    assert order(page_of(other)) == [housing, school]
    assert "您分管" not in page_of(other)


def test_a_draft_of_a_briefing_is_not_for_leaders(county, office):
    leader = office("leader", "county_leader", "L00")
    codes = ("root", "digest", "opinions", "steps", "drafted_by", "checked_by", "signed_by")
    blank = dict.fromkeys(codes, "") | dict.fromkeys(("version", "position", "issue", "total"), 0)
    Briefing.objects.create(month="2026-10", state="drafted", **blank)
    assert "还没有印发专报" in page_of(leader)


def test_it_costs_the_same_however_much_there_is(county, office):
    leader = office("leader", "county_leader", "L00")
    overdue(file(0), 30)
    page_of(leader)
    board.forget()
    with CaptureQueriesContext(connection) as few:
        page_of(leader)
    with CaptureQueriesContext(connection) as kept:
        page_of(leader)
    for n in range(1, 8):
        overdue(file(n, item="MS-44" if n % 2 else "MS-07"), n)
    board.forget()
    with CaptureQueriesContext(connection) as many:
        page_of(leader)
    assert len(many) == len(few)
    assert len(few) - len(kept) == 12  # of the figures, asked once for everybody
