"""大屏: the same figures as everywhere, nothing of a person, a bounded cost; put up and taken down by the centre."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st
from tests.faces.test_case_map import file
from tests.faces.test_flow import sign_in

from shaodao.centre.assessment.figures import Figure, behind, figures, standing
from shaodao.centre.cases.models import Case, Clock
from shaodao.faces.models import Wall
from shaodao.faces.wall import board, links, shown
from shaodao.faces.wall.board import Kept, spans
from shaodao.ground.ledger import store
from shaodao.ground.ledger.events import Stream

pytestmark = pytest.mark.usefixtures("fresh")


@pytest.fixture
def fresh():
    board.forget()
    yield
    board.forget()


@pytest.fixture
def office(staff):
    def as_(name: str, role: str, unit: str) -> Client:
        client = Client()
        sign_in(client, staff(name, (role, unit)))
        return client

    return as_


@pytest.fixture
def address(office) -> str:
    page = office("director", "centre_director", "C00").post("/work/walls/put-up", {"name": "指挥大厅"})
    return re.search(r"http://testserver(/wall/[\w-]+)", page.content.decode())[1]


def test_a_wall_needs_nobody_signed_in_and_never_goes_out(county, address, client):
    file(1)
    page = client.get(address)
    assert page.status_code == 200
    assert "数据时间" in page.content.decode()
    assert "sessionid" not in client.cookies
    later = client.get(f"{address}/board", headers={"X-Background": "1"})
    assert "井盖" in later.content.decode()
    assert Wall.objects.get().seen_at is not None


def test_taken_down_it_shows_nothing(county, address, office, client):
    director = office("deputy", "centre_deputy", "C00")
    assert director.post("/work/walls/take-down", {"wall": Wall.objects.get().pk}).status_code == 302
    assert client.get(address).status_code == 404
    assert client.get(f"{address}/board").status_code == 410
    assert client.get(f"{address[:-1]}_/board").status_code == 410
    listed = director.get("/work/walls").content.decode()
    assert "已停用" in listed
    assert address.rsplit("/", 1)[1] not in listed  # shown once
    wall = Wall.objects.get()
    assert wall.taken_down_by
    told = store.history(Stream(links.KIND, wall.hash))
    assert [(each.type, each.context.actor) for each in told] == [
        ("WallPutUp", wall.put_up_by),
        ("WallTakenDown", wall.taken_down_by),
    ]
    director.post("/work/walls/take-down", {"wall": wall.pk})  # once more: nothing happens
    assert len(store.history(Stream(links.KIND, wall.hash))) == 2


def test_only_the_centres_heads_put_one_up(county, office):
    for name, role, unit in (("seat", "seat", "C00"), ("leader", "county_leader", "L00")):
        person = office(name, role, unit)
        assert person.get("/work/walls").status_code == 200
        assert person.get("/work/wall").status_code == 200
        assert person.post("/work/walls/put-up", {"name": "x"}).status_code == 403
        assert person.post("/work/walls/take-down", {"wall": 1}).status_code == 403
    outsider = office("outsider", "liaison", "D15")
    for path in ("/work/walls", "/work/wall", "/work/wall/board"):
        assert outsider.get(path).status_code == 403
    assert not Wall.objects.exists()
    assert (
        office("head", "centre_director", "C00").post("/work/walls/put-up", {"name": " "}).status_code == 302
    )


def test_its_numbers_are_those_of_the_figures(county, address, client):
    number = file(1)
    file(2)
    late = datetime.now(UTC) - timedelta(hours=30)
    Clock.objects.filter(case_id=number, kind="finish").update(due_at=late, breached_at=late)
    page = client.get(f"{address}/board").content.decode()
    asked = spans(datetime.now(UTC), county.zone)
    counted = figures(asked.today, board.TODAY)
    tiles = re.findall(r'wall-tile[^"]*"><b>([^<]+)</b>', page)
    order = ("whistles", "report_in_units", "verified", "breaches", "open", "overdue")
    assert tiles[:6] == [str(counted[id].numerator) for id in order]
    assert (counted["whistles"].numerator, counted["overdue"].numerator) == (2, 1)
    assert "最久 1 天 6 小时" in page
    [(unit, stuck)] = standing("overdue", asked.today, "unit").items()
    facts = behind("overdue", asked.today)
    assert (unit, stuck.count, stuck.since) == (facts[0].unit, len(facts), facts[0].at)


def test_its_map_counts_the_overdue_as_its_tile_does(county, address, client):
    """A clock of the centre that has run out is overdue in lists; the figure counts duties that are not done."""
    number, other = file(1), file(2)
    late = datetime.now(UTC) - timedelta(hours=30)
    Clock.objects.filter(case_id=number, kind="finish").update(due_at=late, breached_at=late)
    Clock.objects.filter(case_id=other, kind="sign").update(due_at=late, breached_at=late)
    live = board.live.get()
    assert live.today["overdue"].numerator == 1
    assert sum(overdue for _, overdue in live.places.values()) == 1
    assert sum(count for count, _ in live.places.values()) == live.today["open"].numerator == 2


def test_it_tells_the_latest_first_and_what_came_yesterday_as_such(county, address, client):
    early, latest = file(1), file(2)
    now = datetime.now(UTC)
    Case.objects.filter(number=early).update(reported_at=now)
    Case.objects.filter(number=latest).update(reported_at=now - timedelta(hours=23, minutes=50))
    page = client.get(f"{address}/board").content.decode()
    assert page.index(f'data-number="{early}"') < page.index(f'data-number="{latest}"')
    local = now + timedelta(hours=8)
    assert ("昨天" in page) == ((local - timedelta(hours=23, minutes=50)).date() < local.date())


def test_nothing_of_a_person_is_on_it(county, address, client):
    told = file(1)
    quiet = {
        file(2): {"identity_mode": "protected"},
        file(3): {"against": "D15"},
        file(4): {"nature": "denounce"},
        file(5): {"sensitive": True},
    }
    for number, marks in quiet.items():
        Case.objects.filter(number=number).update(**marks)
    page = client.get(f"{address}/board").content.decode()
    assert told in page
    for number in quiet:
        assert number not in page
    assert "第 1 处" not in page  # no words
    assert "126.0428" not in page  # no position, only the middle of the community
    assert "138000" not in page


def test_it_asks_the_database_once_however_many_walls_ask(county, address, client):
    file(1)
    client.get(address)
    board.forget()
    with CaptureQueriesContext(connection) as first:
        client.get(f"{address}/board")
    with CaptureQueriesContext(connection) as second:
        client.get(f"{address}/board")
    assert len(first) <= 14
    assert len(second) == 1  # whether it is still up
    for n in range(2, 8):
        file(n)
    board.forget()
    with CaptureQueriesContext(connection) as more:
        client.get(f"{address}/board")
    assert len(more) == len(first)


def test_it_costs_nothing_to_ask_again_within_some_seconds():
    made = []
    kept = Kept(60, lambda: made.append(1) or len(made))
    assert (kept.get(), kept.get()) == (1, 1)
    kept.forget()
    assert kept.get() == 2
    assert Kept(0, lambda: made.append(1) or len(made)).get() == 3


def test_what_takes_long_is_kept_longer(monkeypatch):
    clock, made = [0.0], []

    def slowly() -> int:
        clock[0] += 3
        made.append(1)
        return len(made)

    monkeypatch.setattr(board.time, "monotonic", lambda: clock[0])
    kept = Kept(10, slowly)
    assert kept.get() == 1
    clock[0] = 59
    assert kept.get() == 1
    clock[0] = 60
    assert kept.get() == 2


@given(st.integers(0, 9 * 365 * 24 * 60))
def test_a_month_is_compared_with_as_much_of_the_one_before(minutes):
    now = datetime(2021, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    asked = spans(now, "Asia/Shanghai")
    assert asked.today.since <= now < asked.today.until
    assert asked.month.since <= asked.today.since
    assert asked.before.since < asked.before.until <= asked.month.since
    assert asked.before.until - asked.before.since <= asked.month.until - asked.month.since


def test_it_says_how_a_figure_moved():
    def count(n: int) -> Figure:
        return Figure("whistles", 1, "吹哨件数", n)

    def share(n: int, of: int) -> Figure:
        return Figure("solved", 1, "解决率", n, of)

    assert shown.moved(count(110), count(100)) == "+10.0%"
    assert shown.moved(count(5), count(0)) == ""
    assert shown.moved(share(9, 10), share(19, 20)) == "−5.0 个百分点"
    assert shown.moved(share(1, 2), share(2, 4)) == "持平"
    assert shown.moved(share(0, 0), share(2, 4)) == ""
