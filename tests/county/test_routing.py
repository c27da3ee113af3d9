from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.county.conftest import HUINAN

from shaodao.county import pack as packs
from shaodao.county.catalogue import LOCAL, Hours, Route, Season, TownshipRole, route
from shaodao.county.catalogue.model import time as clock_time
from shaodao.county.places import PlaceKind
from shaodao.county.units import FIRST_TIER, LOCALS

DAY = datetime(2026, 7, 15, 2, 0, tzinfo=UTC)
NIGHT = datetime(2026, 7, 15, 15, 30, tzinfo=UTC)  # 23:30 in the county
PACK = packs.load(HUINAN)
CITY = PACK.places.locate(126.0428, 42.6835)
VILLAGE = next(grid for grid in PACK.places.grids if grid.kind is PlaceKind.VILLAGE)
TOWN = next(grid for grid in PACK.places.grids if grid.kind is PlaceKind.TOWN)


def answer(item, situation=None, place=CITY, at=DAY, **more):
    return route(PACK, PACK.item(item), PACK.situations.get(situation), place, at, **more)


def test_it_goes_to_the_lead_of_the_item_where_no_row_says_otherwise():
    found = answer("XZ-01")
    assert (found.lead, found.assists, found.local, found.rule) == ("D13", (), None, "item")
    assert found.reason == "按事项指导手册由城管局主办。"


@pytest.mark.parametrize(
    ("item", "situation", "place", "lead"),
    [
        ("XZ-04", "XZ-04-A", CITY, "D13"),
        ("XZ-04", "XZ-04-B", CITY, "D14"),
        ("XZ-13", "XZ-13-A", CITY, "D09"),
        ("XZ-13", "XZ-13-B", CITY, "D05"),
        ("MS-01", "MS-01-A", CITY, "D15"),
        ("MS-01", "MS-01-C", CITY, "U01"),
        ("MS-02", "MS-02-A", CITY, "D13"),
        ("MS-02", "MS-02-D", CITY, "D17"),
        ("MS-03", "MS-03-B", CITY, "D05"),
        ("MS-05", None, CITY, "D15"),
        ("MS-05", "MS-05-A", CITY, "U02"),
        ("MS-05", "MS-05-B", CITY, "U03"),
        ("MS-13", None, CITY, "D13"),
        ("MS-13", None, VILLAGE, PACK.tree.local_of(VILLAGE.unit).code),
        ("MS-14", None, VILLAGE, PACK.tree.local_of(VILLAGE.unit).code),
        ("MS-16", "MS-16-B", CITY, "D25"),
        ("MS-23", "MS-23-A", CITY, "U04"),
        ("MS-23", "MS-23-B", CITY, "D15"),
        ("MS-31", "MS-31-A", CITY, PACK.tree.local_of(CITY.unit).code),
        ("MS-31", "MS-31-B", CITY, "D05"),
        ("MS-47", "MS-47-A", CITY, "D10"),
        ("MS-47", None, VILLAGE, PACK.tree.local_of(VILLAGE.unit).code),
    ],
)
def test_it_splits_by_situation_and_place(item, situation, place, lead):
    assert answer(item, situation, place).lead == lead


def test_it_calls_the_township_first_to_burning_straw():
    found = answer("XZ-25", "XZ-25-A", VILLAGE)
    assert found.lead == "D17"
    assert found.assists == (PACK.tree.local_of(VILLAGE.unit).code,)
    assert "秸秆正在焚烧" in found.reason


def test_it_sends_a_cover_to_its_owner_and_an_unmarked_one_to_drainage():
    assert answer("MS-07", owner="移动").lead == "U05"
    assert answer("MS-07", owner="移动").reason == "设施上写着“移动”，由权属单位移动公司主办。"
    assert answer("MS-07", owner="不认识").lead == "D15"
    assert answer("MS-07").lead == "D15"


def test_it_asks_for_a_ruling_where_no_owner_is_known_and_none_stands_in():
    rows = tuple(replace(row, otherwise=None) for row in PACK.routes["MS-50"])
    pack = replace(PACK, routes={**PACK.routes, "MS-50": rows})
    found = route(pack, pack.item("MS-50"), None, CITY, DAY)
    assert found.lead is None
    assert "确权" in found.reason


def test_it_asks_for_the_place_where_the_township_would_lead():
    found = answer("MS-31", "MS-31-A", place=None)
    assert found.lead is None
    assert "请先确定地点" in found.reason


def test_it_goes_to_the_police_at_night_and_to_the_street_by_day():
    assert answer("MS-02", "MS-02-C", at=NIGHT).lead == "D05"
    assert answer("MS-02", "MS-02-C", at=DAY).lead == "S01"


def test_it_asks_for_help_in_heating_only_in_the_heating_season():
    winter = datetime(2026, 1, 15, 2, 0, tzinfo=UTC)
    assert answer("MS-22", "MS-22-A", at=winter).assists == ("D15",)
    assert answer("MS-22", "MS-22-A", at=DAY).assists == ()


def test_it_minds_the_road_beside_the_point():
    highway = frozenset({PlaceKind.HIGHWAY})
    assert answer("MS-08").lead == "D15"
    found = answer("MS-08", beside=highway)
    assert found.lead == "D18"
    assert found.reason.startswith("国省道上的路面")
    assert answer("MS-07", beside=highway).lead == "D18"
    assert answer("MS-08", place=VILLAGE, beside=frozenset({PlaceKind.VILLAGE_ROAD})).lead[0] == "T"
    assert answer("MS-08", place=TOWN).lead == "D15"


def test_it_follows_the_one_switch_between_housing_and_city_management(files):
    switched = dict(files)
    switched["switches.toml"] = files["switches.toml"].replace(
        b'choice = "split"', b'choice = "city_management"'
    )
    pack = packs.load_files(switched)
    for item in ("MS-09", "MS-06", "MS-15", "MS-08"):
        assert route(pack, pack.item(item), None, CITY, DAY).lead == "D13"
    assert answer("MS-06").lead == "D15"


def test_it_lets_the_successor_lead_after_a_merger():
    heir, day = replace(PACK.units["D17"], code="D99", short="新局"), date(2025, 1, 1)
    units = {**PACK.units, "D99": heir, "D17": replace(PACK.units["D17"], valid_until=day, successor="D99")}
    pack = replace(PACK, units=units)
    assert route(pack, pack.item("XZ-26"), None, CITY, DAY).lead == "D99"
    assert route(pack, pack.item("XZ-26"), None, CITY, datetime(2024, 12, 30, tzinfo=UTC)).lead == "D17"


places = st.sampled_from([None, CITY, TOWN, VILLAGE])
moments = st.datetimes(datetime(2021, 3, 1), datetime(2026, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
beside = st.frozensets(
    st.sampled_from([PlaceKind.HIGHWAY, PlaceKind.COUNTY_ROAD, PlaceKind.RIVER]), max_size=2
)
owners = st.sampled_from([None, *PACK.owners])
matters = st.sampled_from(
    [(code, s) for code in PACK.items for s in (None, *(s.code for s in PACK.situations_of(code)))]
)


@given(matters, places, moments, beside, owners)
def test_it_always_answers_with_units_in_force_and_a_sentence(matter, place, at, roads, owner):
    item, situation = matter
    found = answer(item, situation, place, at, beside=roads, owner=owner)
    assert found.reason.endswith("。")
    assert "{" not in found.reason
    assert "。。" not in found.reason
    assert found.lead is not None or place is None
    given = [found.lead, *found.assists, *([found.local] if found.local else [])]
    assert len(given) == len(set(given))
    assert all(PACK.units[code].in_force(at.date()) for code in given if code)
    assert not set(found.on_call) & set(given)


@given(matters, places, moments, st.booleans())
def test_it_never_gives_a_township_what_the_county_has_taken_back(matter, place, at, by_row):
    item, situation = matter
    taken = replace(PACK.item(item), township_role=TownshipRole.WITHDRAWN, lead=LOCAL, assists=(LOCAL,))
    rows = (
        (Route("R", item, None, frozenset(), None, None, LOCAL, None, (LOCAL,), True, "由{lead}办"),)
        if by_row
        else ()
    )
    pack = replace(PACK, routes={**PACK.routes, item: rows})
    found = route(pack, taken, PACK.situations.get(situation), place, at)
    for code in (found.lead, *found.assists, found.local):
        assert code is None or PACK.units[code].kind not in LOCALS | FIRST_TIER


@given(matters, st.sampled_from([None, *PACK.places.grids]), moments, beside, owners, st.booleans())
def test_it_routes_every_item_everywhere_and_nothing_withdrawn_downwards(
    matter, place, at, roads, owner, to_s01
):
    """In force or honestly nobody; and where a row or a mark names a township itself, what is withdrawn passes it by."""
    item, situation = matter
    pack = PACK
    if to_s01 and owner is not None:
        pack = replace(PACK, owners={**PACK.owners, owner: replace(PACK.owners[owner], unit="S01")})
    found = route(pack, PACK.item(item), PACK.situations.get(situation), place, at, beside=roads, owner=owner)
    for code in filter(None, (found.lead, *found.assists, found.local, *found.on_call)):
        unit = PACK.units[code]
        assert unit.in_force(at.date())
        if PACK.item(item).township_role is TownshipRole.WITHDRAWN:
            assert unit.kind not in LOCALS | FIRST_TIER
    if found.lead is None:
        assert found.reason.endswith("请先确定地点。") or found.reason.endswith("请中心确权。")


@pytest.mark.parametrize(
    ("item", "situation", "place", "month", "hour", "beside", "lead", "words"),
    [
        ("MS-12", None, CITY, 1, 2, (), "D13", "正值 11 月 1 日至 4 月 15 日，冬季清雪期城区道路由城管局清雪"),
        ("MS-12", None, CITY, 10, 2, (), "D13", "城区道路除雪由城管局负责"),
        ("MS-02", "MS-02-E", CITY, 7, 2, (), "D15", "白天的施工和装修噪声由住建局督促工地和物业整改"),
        ("MS-02", "MS-02-E", CITY, 7, 16, (), "D13", "反映时间在 22:00 至 06:00 之间，夜间施工和装修噪声由城管局查处"),
        ("MS-06", "MS-06-A", CITY, 7, 2, (), "D15", "小区内的排污井由住建局督促物业疏通"),
        ("MS-11", None, CITY, 7, 2, (), "D15", "汛期城区内涝由住建局抽排"),
        ("MS-29", None, VILLAGE, 7, 2, ("county_road",), "D18", "县道由交通局养护"),
        ("MS-29", None, VILLAGE, 7, 2, ("village_road",), PACK.tree.local_of(VILLAGE.unit).code, "乡村道由"),
    ],
)  # fmt: skip
def test_it_minds_season_and_hours_and_says_so(item, situation, place, month, hour, beside, lead, words):
    at = datetime(2026, month, 15, hour, tzinfo=UTC)
    found = answer(item, situation, place, at, beside=frozenset(map(PlaceKind, beside)))
    assert found.lead == lead
    assert words in found.reason


def test_it_calls_a_township_that_helps_local_support():
    found = answer("XZ-25", "XZ-25-A", VILLAGE)
    assert found.reason.endswith(f"{PACK.units[found.assists[0]].short}属地配合。")


def test_it_knows_seasons_and_hours_that_run_over_the_end():
    winter, summer = Season((11, 1), (4, 15)), Season((6, 1), (8, 31))
    assert winter.covers(date(2026, 1, 1))
    assert winter.covers(date(2025, 11, 1))
    assert winter.covers(date(2026, 4, 15))
    assert not winter.covers(date(2026, 4, 16))
    assert summer.covers(date(2026, 8, 31))
    assert not summer.covers(date(2026, 9, 1))
    night, noon = Hours(clock_time(22), clock_time(6)), Hours(clock_time(11), clock_time(13))
    assert night.covers(clock_time(22))
    assert night.covers(clock_time(5, 59))
    assert not night.covers(clock_time(6))
    assert noon.covers(clock_time(11))
    assert not noon.covers(clock_time(13))


def test_it_applies_what_a_situation_changes_and_nothing_else():
    item = PACK.item("MS-01")
    broken = PACK.situations["MS-01-C"].applied(item)
    assert broken.emergency
    assert not item.emergency
    assert str(broken.report_in) == "30m"
    assert broken.identity is item.identity
    assert PACK.situations["MS-01-A"].applied(item) == item


def test_it_knows_the_day_on_which_a_season_is_over() -> None:
    winter, summer = Season((11, 1), (4, 15)), Season((6, 1), (8, 31))
    assert winter.over_after(date(2026, 11, 25)) == date(2027, 4, 16)
    assert winter.over_after(date(2027, 4, 15)) == date(2027, 4, 16)
    assert summer.over_after(date(2026, 7, 1)) == date(2026, 9, 1)
