"""地图: what a capacity may list is what it sees on the map; one statement gathers however much there is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st
from tests.faces.test_flow import sign_in

from shaodao.centre.cases import on_map
from shaodao.centre.cases.models import Clock
from shaodao.centre.intake import filing
from shaodao.centre.intake.filing import Whistle
from shaodao.centre.intake.gate import Caller
from shaodao.faces import tiles
from shaodao.run.middleware import content_policy

SPOT = {"lon": 126.0428, "lat": 42.6835, "crs": "WGS-84"}
COUNTY = {"west": 125.9, "south": 42.2, "east": 126.8, "north": 42.9}


def file(index: int, *, east: float = 0, item: str = "MS-07", **said: object) -> str:
    said.setdefault("place", SPOT | {"lon": SPOT["lon"] + east})
    whistle = Whistle(text=f"路边的井盖坏了，第 {index} 处", item=item, phone=f"138{index:08}", **said)  # type: ignore[arg-type]
    return filing.file(whistle, Caller("test", f"map{index}", trusted=True)).case.number


@pytest.fixture
def open_map(staff):
    """Signs somebody in and gives what the map answers them."""

    def as_(name: str, role: str, unit: str):
        client = Client()
        sign_in(client, staff(name, (role, unit)))

        def ask(path: str = "cells", **more: object):
            box = COUNTY | {"zoom": 9} if path != "grids" else {}
            return client.get(f"/work/map/{path}?{urlencode(box | more)}")

        ask.client = client  # type: ignore[attr-defined]
        return ask

    return as_


def count(answer) -> int:
    assert answer.status_code == 200
    return sum(cell[2] for cell in answer.json()["cells"])


def test_it_shows_what_one_may_list_and_no_more(county, open_map):
    manholes = [file(n, east=n / 10_000) for n in range(3)]  # for housing, D15
    file(9, item="MS-17")  # for somebody else
    owner, colleague = open_map("owner", "handler", "D15"), open_map("colleague", "liaison", "D15")
    outsider, centre = open_map("outsider", "liaison", "D13"), open_map("centre", "shift_leader", "C00")
    assert (count(owner()), count(colleague()), count(outsider()), count(centre())) == (3, 3, 0, 4)
    for ask, seen in ((owner, 3), (colleague, 3), (outsider, 0), (centre, 4)):
        assert ask("grids").json()["total"] == seen
        assert ask("near").content.decode().count('class="item"') == seen
        assert ask.client.get("/work/cases").content.decode().count('class="item"') == seen
    assert manholes[0] not in outsider("near").content.decode()
    assert Client().get("/work/map/cells").status_code == 302


def test_a_complaint_about_a_unit_is_not_on_its_map(county, open_map):
    file(1, against="D15")
    assert count(open_map("owner", "handler", "D15")()) == 0
    assert count(open_map("centre", "shift_leader", "C00")()) == 1


def test_what_lies_apart_is_apart_when_one_is_near(county, open_map):
    numbers = {file(n, east=n / 1000) for n in range(4)}  # 80 metres from each other
    ask = open_map("centre", "shift_leader", "C00")
    assert [cell[2] for cell in ask(zoom=8).json()["cells"]] == [4]
    near = ask(zoom=18).json()["cells"]
    assert {cell[5] for cell in near} == numbers
    assert {cell[6] for cell in near} == {"hand"}
    assert count(ask(zoom=18, west=126.0425, east=126.0431)) == 1


def test_it_keeps_the_filters_of_the_list(county, open_map):
    number = file(1)
    file(2, item="MS-17", east=0.001)
    ask = open_map("centre", "shift_leader", "C00")
    assert count(ask(item="MS-07")) == 1
    assert count(ask(q=number)) == 1
    assert count(ask(state="closed")) == 0
    assert count(ask(overdue="1")) == 0
    now = datetime.now(UTC)
    Clock.objects.filter(case_id=number, kind="report_in").update(breached_at=now - timedelta(hours=1))
    [late] = ask(overdue="1").json()["cells"]
    assert (late[3], late[5]) == (1, number)
    page = ask.client.get("/work/map?item=MS-07&overdue=1").content.decode()
    assert "/work/cases?item=MS-07&amp;overdue=1" in page
    assert 'data-query="item=MS-07&amp;overdue=1"' in page
    listed = ask.client.get("/work/cases?item=MS-07&overdue=1").content.decode()
    assert "/work/map?" in listed
    assert "item=MS-07" in listed.split("/work/map?")[1].split('"')[0]


def test_without_a_filter_it_shows_what_is_not_finished(county, open_map):
    ask = open_map("centre", "shift_leader", "C00")
    assert 'data-query="open=1"' in ask.client.get("/work/map").content.decode()
    assert 'data-query=""' in ask.client.get("/work/map?q=").content.decode()


def test_what_has_no_point_is_counted_in_its_grid(county, open_map):
    grid = next(place.code for place in county.places.grids)
    file(1, place={"grid": grid})
    file(2)
    ask = open_map("centre", "shift_leader", "C00")
    found = ask("grids").json()
    assert found["grids"][grid] == [1, 0]
    assert (found["total"], found["placed"]) == (2, 1)
    assert ask("near", grid=grid).content.decode().count('class="item"') == 1


def test_it_costs_the_same_however_many_there_are(county, open_map):
    file(0)
    ask = open_map("centre", "shift_leader", "C00")
    ask()
    with CaptureQueriesContext(connection) as few:
        ask()
    for n in range(1, 12):
        file(n, east=n / 1000)
    with CaptureQueriesContext(connection) as many:
        assert count(ask()) == 12
    assert len(many) == len(few)
    assert sum("cases_case" in query["sql"] for query in many) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"west": "x"}, {"west": "nan"}, {"west": 127}, {"north": 91}, {"zoom": ""}, {"zoom": "inf"}, {"west": "1e999"},
    ],
)  # fmt: skip
def test_it_refuses_what_is_no_part_of_a_map(county, open_map, wrong):
    assert open_map("centre", "shift_leader", "C00")(**wrong).status_code == 400


def test_the_shapes_of_grids_are_everybodys(county, client):
    found = client.get("/map/grids.json").json()
    assert len(found["features"]) == len(county.places.grids)


@given(st.integers(-3, 40), st.floats(-80, 80))
def test_cells_halve_with_each_zoom_and_never_vanish(zoom, latitude):
    wide, high = on_map.steps(zoom, latitude)
    assert 1 <= high <= wide
    assert on_map.steps(zoom + 1, latitude)[0] <= wide


def test_no_tiles_are_asked_for_unless_they_are_set():
    assert tiles.layers("") == ()
    assert tiles.origins("") == ()


def test_it_knows_the_ground_and_the_labels_of_tianditu():
    ground, labels = tiles.layers("tianditu", "a key")
    assert "LAYER=vec" in ground
    assert "LAYER=cva" in labels
    assert ground.endswith("TILEMATRIX={z}&TILEROW={y}&TILECOL={x}&tk=a%20key")
    assert tiles.origins("tianditu") == ("https://t0.tianditu.gov.cn",)
    own = "https://a.example/{z}/{x}/{y}.png https://b.example/{z}/{x}/{y}.png?k={key}"
    assert tiles.layers(own, "7")[1] == "https://b.example/{z}/{x}/{y}.png?k=7"
    assert tiles.origins(own) == ("https://a.example", "https://b.example")


def test_the_policy_allows_the_tiles_that_are_set_and_nothing_else():
    assert "http" not in content_policy()
    policy = dict(part.split(" ", 1) for part in content_policy("tianditu").split("; "))
    allowed = {name for name, sources in policy.items() if "https://t0.tianditu.gov.cn" in sources}
    assert allowed == {"img-src", "connect-src"}


def test_a_page_names_the_tiles_that_are_set(county, open_map, settings):
    ask = open_map("centre", "shift_leader", "C00")
    assert "data-tiles" not in ask.client.get("/work/map").content.decode()
    settings.MAP_TILES, settings.MAP_KEY, settings.MAP_CREDIT = "tianditu", "k", "天地图 审图号"
    page = ask.client.get("/work/map").content.decode()
    assert "LAYER=cva" in page
    assert 'data-credit="天地图 审图号"' in page
