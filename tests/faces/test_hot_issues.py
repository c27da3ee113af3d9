"""热点问题 and 专题 on their pages: who sees them, what stays hidden, and the way from many cases to one task."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests.faces.test_flow import sign_in

from shaodao.centre.cases import actions
from shaodao.centre.cases.lifecycle.model import By
from shaodao.centre.hot_issues import reading
from shaodao.centre.intake import filing
from shaodao.centre.intake.filing import Whistle
from shaodao.centre.intake.gate import Caller
from shaodao.centre.topics.models import Topic
from shaodao.faces.charts import columns
from shaodao.faces.work.hot_issues import period_of

SPOT = {"lon": 126.0428, "lat": 42.6835, "crs": "WGS-84"}
NOISE = (
    "向阳小区对面的工地夜里还在施工，噪音很大，睡不着觉",
    "向阳小区旁边工地深夜施工噪音扰民，请管一管",
    "每天晚上工地施工到凌晨，向阳小区的人睡不好，噪音太大",
    "投诉向阳小区附近工地夜间施工，噪音严重扰民",
)


def file(text: str, index: int, days_ago: float = 0, **said: object) -> str:
    said.setdefault("place", SPOT)
    said.setdefault("item", "MS-07")
    at = datetime.now(UTC).replace(microsecond=0) - timedelta(days=days_ago, minutes=5)
    whistle = Whistle(text=text, phone=f"138{index:08}", occurred_at=at, **said)  # type: ignore[arg-type]
    return filing.file(whistle, Caller("test", f"k{index}", trusted=True)).case.number


@pytest.fixture
def noisy(county) -> list[str]:
    reading.forget()
    yield [file(text, index, index) for index, text in enumerate(NOISE)]
    reading.forget()


@pytest.fixture
def leader(staff) -> Client:
    client = Client()
    sign_in(client, staff("leader", ("shift_leader", "C00")))
    return client


def client_of(staff, name: str, role: str, unit: str) -> Client:
    client = Client()
    sign_in(client, staff(name, (role, unit)))
    return client


def test_it_lists_what_several_report(noisy, leader):
    page = leader.get("/work/hot-issues").content.decode()
    assert "4 人反映 4 件" in page
    assert "工地" in re.search(r'item-title">([^<]+)<', page)[1]
    assert f"/work/hot-issues/{noisy[3]}?" in page  # by its first case
    long_ago = leader.get("/work/hot-issues?period=own&since=2020-01-01&until=2020-02-01")
    assert "这段时间没有热点" in long_ago.content.decode()


def test_it_shows_one_with_its_cases_and_places(noisy, leader):
    page = leader.get(f"/work/hot-issues/{noisy[0]}").content.decode()
    assert all(number in page for number in noisy)
    assert "立为专题" in page
    points = leader.get(f"/work/hot-issues/{noisy[0]}/points").json()
    assert len(points["features"]) == 4
    assert leader.get("/work/hot-issues/12345678").status_code == 404


@pytest.mark.parametrize(("role", "unit", "status"), [
    ("seat", "C00", 200), ("county_leader", "L00", 200), ("liaison", "D15", 403), ("community_secretary", "S01-01", 403),
    ("stationed", "D15", 403),
])  # fmt: skip
def test_it_is_for_the_centre_and_leaders(noisy, staff, role, unit, status):
    person = client_of(staff, "someone", role, unit)
    for path in ("/work/hot-issues", f"/work/hot-issues/{noisy[0]}", f"/work/hot-issues/{noisy[0]}/points"):
        assert person.get(path).status_code == status


def test_it_makes_no_issue_of_what_may_not_be_seen(county, leader, staff):
    """Complaints about the centre are not the centre's to look at, not even as a number in a list."""
    reading.forget()
    for index, text in enumerate(NOISE):
        file(f"治理中心的接线员态度恶劣，{text}", index, against="C00", item="")
    assert "没有热点" in leader.get("/work/hot-issues").content.decode()
    county_leader = client_of(staff, "county", "county_leader", "L00")
    assert "4 人反映" in county_leader.get("/work/hot-issues").content.decode()


def test_it_forgets_words_that_were_erased(noisy, leader):
    assert "4 人反映" in leader.get("/work/hot-issues").content.decode()
    for number in noisy[:2]:
        actions.erase_person(
            actions.load(number).requester, By("user:1", "security_admin", "C00"), reason="own"
        )
    assert "没有热点" in leader.get("/work/hot-issues").content.decode()


def test_it_costs_the_same_statements_for_more(noisy, leader):
    leader.get("/work/hot-issues")

    def statements(path: str) -> int:
        reading.forget()
        with CaptureQueriesContext(connection) as caught:
            assert leader.get(path).status_code == 200
        return len(caught)

    few = statements("/work/hot-issues"), statements(f"/work/hot-issues/{noisy[0]}")
    for index in range(10, 30):
        file(NOISE[index % 4], index, index % 7)
    many = statements("/work/hot-issues"), statements(f"/work/hot-issues/{noisy[0]}")
    assert few == many
    assert max(many) <= 16


def test_it_gives_a_topic_in_one_form(noisy, leader, staff):
    form = leader.get(f"/work/topics/new?case={noisy[0]}").content.decode()
    assert form.count('name="cases"') == 4
    assert 'value="D' in form
    (proposed,) = re.findall(r'name="title" value="([^"]+)"', form)
    assert "井盖" in proposed
    assert not any(
        said in proposed for said in ("工地", "施工", "噪音")
    )  # what a person said stays with the case
    days = re.findall(r'name="(since|until)" value="([^"]+)"', form)
    said = {
        "case": noisy[0], "period": "own", **dict(days), "title": "向阳小区夜间施工噪音", "lead": "D15",
        "workdays": "10", "words": "查清许可，夜里停工", "cases": noisy[:3],
    }  # fmt: skip
    assert leader.post("/work/topics/new", said | {"words": ""}).status_code == 422
    assert leader.post("/work/topics/new", said | {"cases": ["99999999"]}).status_code == 422
    answer = leader.post("/work/topics/new", said)
    assert answer.status_code == 302, answer.content.decode()
    topic = Topic.objects.get()
    assert topic.cases == noisy[:3]
    assert f"专题 {topic.number}" in leader.get("/work/hot-issues").content.decode()
    assert f"属于专题 {topic.number}" in leader.get(f"/work/cases/{noisy[0]}").content.decode()

    hand = client_of(staff, "hand", "liaison", "D15")
    inbox = hand.get("/work/inbox").content.decode()
    assert re.search(r'href="/work/topics"[^>]*>专题\s*<span class="count">1</span>', inbox)
    assert "有新的专题由本单位牵头" in hand.get("/work/notices").content.decode()
    page = hand.get(answer["Location"]).content.decode()
    assert "查清许可，夜里停工" in page
    assert hand.post(f"{answer['Location']}/sign").status_code == 302
    assert hand.post(f"{answer['Location']}/report", {"words": ""}).status_code == 422
    assert hand.post(f"{answer['Location']}/report", {"words": "夜里停工了"}).status_code == 302
    assert hand.post(f"{answer['Location']}/close").status_code == 403
    assert "夜里停工了" in leader.get(answer["Location"]).content.decode()
    assert leader.post(f"{answer['Location']}/close", {"words": "已停"}).status_code == 302
    assert "已办结" in leader.get("/work/topics").content.decode()


def test_it_shows_a_lead_unit_only_the_cases_it_may_see(noisy, leader, staff):
    from shaodao.centre.topics import actions as topics

    number = topics.open_topic("噪音", "查", "D31", noisy, 10, By("user:1", "shift_leader", "C00"))
    page = client_of(staff, "far", "liaison", "D31").get(f"/work/topics/{number}").content.decode()
    assert "有 4 件不由本单位办理" in page
    assert not any(each in page for each in noisy)
    outsider = client_of(staff, "outsider", "liaison", "D13")
    assert outsider.get(f"/work/topics/{number}").status_code == 404
    assert outsider.post(f"/work/topics/{number}/sign").status_code == 404
    assert "还没有专题" in outsider.get("/work/topics").content.decode()
    assert client_of(staff, "grid", "community_secretary", "S01-01").get("/work/topics").status_code == 403


# --- periods and charts ------------------------------------------------------------------------------------------

TODAY, ZONE = date(2026, 4, 15), ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(("asked", "code", "first", "last"), [
    ({}, "month", date(2026, 3, 17), TODAY),
    ({"period": "week"}, "week", date(2026, 4, 9), TODAY),
    ({"period": "own", "since": "2026-01-01", "until": "2026-01-31"}, "own", date(2026, 1, 1), date(2026, 1, 31)),
    ({"period": "own", "since": "2026-03-17", "until": "2026-04-15"}, "month", date(2026, 3, 17), TODAY),
    ({"period": "own", "since": "2026-02-01", "until": "2026-01-31"}, "month", date(2026, 3, 17), TODAY),
    ({"period": "own", "since": "2020-01-01", "until": "2026-01-31"}, "month", date(2026, 3, 17), TODAY),
    ({"period": "own", "since": "x", "until": "0001-01-01"}, "month", date(2026, 3, 17), TODAY),
    ({"period": "never"}, "month", date(2026, 3, 17), TODAY),
])  # fmt: skip
def test_it_reads_periods(asked, code, first, last):
    found = period_of(asked, TODAY, ZONE)
    assert (found.code, found.first, found.last) == (code, first, last)
    assert (found.until - found.since).days == found.days


def test_it_draws_days_and_weeks():
    counts = [(date(2026, 4, 1), 2), (date(2026, 4, 10), 4)]
    days = columns(counts, date(2026, 4, 1), date(2026, 4, 16), date(2026, 4, 8), 40)
    assert [bar.count for bar in days.bars if bar.count] == [2, 4]
    assert [(bar.earlier, bar.height) for bar in days.bars if bar.count] == [(True, 20), (False, 40)]
    weeks = columns(counts, date(2026, 1, 1), date(2026, 4, 16), date(2026, 3, 1))
    assert sum(bar.count for bar in weeks.bars) == 6
    assert len(weeks.bars) == 15
    assert "起 7 天" in weeks.bars[0].label
    assert columns([], date(2026, 4, 1), date(2026, 4, 2), date(2026, 4, 1)).most == 0
