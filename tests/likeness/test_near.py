"""What is offered to residents and proposed to the centre; what is kept of it, and what goes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.cases.conftest import SPOT, by, install

from shaodao.centre.cases import actions
from shaodao.centre.cases.lifecycle.model import Place
from shaodao.centre.cases.models import Case as Row
from shaodao.centre.intake import filing, placing
from shaodao.centre.intake.filing import Whistle
from shaodao.centre.intake.gate import Caller
from shaodao.centre.likeness import near, watching
from shaodao.centre.likeness.evidence import METRES, Evidence, metres_between
from shaodao.centre.likeness.models import Band, Pair
from shaodao.centre.likeness.near import matter, offers
from shaodao.ground.ledger import sealer, subscriptions

LID = "西门口的井盖丢了，夜里很危险，已经有人摔倒"
AGAIN = "您好，西门路口井盖丢了，晚上走路很危险，请尽快来人"
OTHER = "饭店油烟一直往楼上窜，熏得开不了窗"
BUSY = settings(
    deadline=None, suppress_health_check=[HealthCheck.too_slow]
)  # other work on the machine is no fault
METRES_NORTH = 1 / 111_320
OPEN, PROTECTED = "MS-07", "XZ-09"


@pytest.fixture
def pack(db):
    return install()


def north(metres):
    return SPOT | {"lat": SPOT["lat"] + metres * METRES_NORTH}


@pytest.fixture
def now():
    return datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def file(pack, now):
    def make(text=LID, *, at=None, **said):
        said.setdefault("place", SPOT)
        said.setdefault("item", OPEN)
        return filing.file(Whistle(text=text, **said), Caller("test", trusted=True), at=at or now).case

    return make


def told():
    at = datetime.now(UTC)
    sealer.seal_all(at)
    while subscriptions.run_all(at):
        pass


def offered(pack, now, text=AGAIN, place=SPOT, item=OPEN):
    return [f.number for f in offers(matter(text, item, placing.place_of(place, "", pack), now, pack), pack)]


# --- the evidence ---

evidences = st.builds(
    Evidence,
    metres=st.none() | st.integers(0, 500),
    minutes=st.integers(0, 5000),
    same_grid=st.booleans(),
    same_item=st.booleans(),
    words=st.floats(0, 1),
    picture=st.booleans(),
)


@BUSY
@given(evidences)
def test_the_score_is_a_share_and_more_evidence_is_never_less(one):
    better = Evidence(one.metres, one.minutes, one.same_grid, True, min(1, one.words + 0.1), True)
    assert 0 <= one.score(100) <= better.score(100) <= 1000


@BUSY
@given(evidences)
def test_a_picture_alone_makes_nothing_one_across_the_county(one):
    alone = Evidence(400, one.minutes, False, one.same_item, 0.0, True)
    assert not alone.likely(100)


@BUSY
@given(st.integers(-900, 900), st.integers(-900, 900))
def test_metres_are_mutual(east, north_):
    here, there = (1260428000, 426835000), (1260428000 + east, 426835000 + north_)
    assert metres_between(here, there) == metres_between(there, here)
    assert metres_between(here, here) == 0
    assert metres_between(here, (None, None)) is None


# --- what residents are offered ---


def test_it_offers_what_is_open_near_and_recent(pack, file, now):
    number = file().number
    told()
    assert offered(pack, now) == [number]
    assert offered(pack, now, place=north(60)) == [number]
    assert offered(pack, now, place=north(150)) == []
    assert offered(pack, now + timedelta(hours=80)) == []
    assert offered(pack, now, text=OTHER, item="XZ-17") == []


def test_it_tells_nobody_where_exactly_it_is(pack, file, now):
    """Asked from all sides, the answers are those for any other point of the same square."""
    here = (round(float(SPOT["lon"]) * 1e7), round(float(SPOT["lat"]) * 1e7))
    other = next(
        point
        for metres in range(5, 30)
        for point in [(here[0], here[1] + round(side * metres / METRES)) for side in (1, -1)]
        if near.blurred(*point) == near.blurred(*here)
    )
    file()
    first = _asked_from_all_sides(pack, now)
    assert {f.number for answer in first for f in answer}
    Row.objects.update(lon=other[0], lat=other[1])
    assert _asked_from_all_sides(pack, now) == first


def _asked_from_all_sides(pack, now):
    places = [placing.place_of(north(metres), "", pack) for metres in range(-130, 131, 5)]
    return [offers(matter(AGAIN, OPEN, place, now, pack), pack) for place in places]


@BUSY
@given(st.integers(1258000000, 1262000000), st.integers(425000000, 428000000))
def test_a_blurred_point_is_near_and_stays(lon, lat):
    there = near.blurred(lon, lat)
    assert near.blurred(*there) == there
    assert metres_between((lon, lat), there) <= 36


def test_it_never_offers_what_betrays_somebody(pack, file, now):
    file(item=PROTECTED)
    file(nature="denounce")
    file(against="D05")
    file("这里的事情一直这样，请来看看", item="")  # nobody knows yet what it is
    told()
    assert offered(pack, now) == offered(pack, now, item=PROTECTED) == []


def test_it_never_offers_what_has_ended(pack, file, now):
    one, other = file(), file(AGAIN)
    actions.act(other.number, "merge", {"into": one.number}, by("seat", "C00"), at=now)
    told()
    assert offered(pack, now) == [one.number]


def test_an_offer_costs_two_statements_whatever_there_is(pack, file, now):
    for _ in range(12):
        file()
    told()
    asked = matter(AGAIN, OPEN, placing.place_of(SPOT, "", pack), now, pack, [b"\x0f" * 32])
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert len(offers(asked, pack)) == near.LIKELIEST
    assert len(queries) == 2


def test_without_a_place_nothing_is_offered(pack, file, now):
    file()
    told()
    assert offers(matter(AGAIN, OPEN, Place(), now, pack), pack) == []


# --- what is proposed to the centre ---


def pairs():
    return {(p.earlier, p.later) for p in watching.all_open().pairs}


def test_it_proposes_pairs_with_the_evidence(pack, file, now):
    one = file(at=now - timedelta(minutes=90))
    other = file(AGAIN, place=north(40), phone="13812345678")
    file(OTHER, item="XZ-17", place=north(5000))
    told()
    (pair,) = watching.of_case(other.number)
    assert (pair.earlier, pair.later) == (one.number, other.number)
    assert (pair.metres, pair.minutes, pair.same_item) == (40, 90, True)
    assert pair.words > 200
    assert pairs() == {(one.number, other.number)}


def test_it_finds_the_same_words_anywhere(pack, file, now):
    text = "我们小区全体业主要求公开维修资金的收支账目，请主管部门督促物业公示"
    one, other = file(text), file(text + "！", place=north(4000))
    told()
    assert pairs() == {tuple(sorted((one.number, other.number)))}


def test_told_twice_it_says_it_once(pack, file):
    file(), file(AGAIN)
    told()
    before = list(Pair.objects.values())
    with connection.cursor() as cursor:
        cursor.execute("UPDATE ledger_cursor SET position = 0 WHERE name = 'likeness'")
    told()
    assert list(Pair.objects.values()) == before


def test_what_somebody_set_apart_stays_apart(pack, file):
    one, other = sorted((file().number, file(AGAIN).number))
    told()
    assert watching.set_apart(one, other, "user:1")
    assert not watching.set_apart(one, other, "user:1")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE ledger_cursor SET position = 0 WHERE name = 'likeness'")
    told()
    assert pairs() == set()
    assert watching.of_case(one) == []


def test_what_has_ended_is_proposed_no_more(pack, file, now):
    one, other = file(), file(AGAIN)
    told()
    actions.act(other.number, "merge", {"into": one.number}, by("seat", "C00"), at=now)
    assert pairs() == set()
    watching.prune()
    assert set(Band.objects.values_list("number", flat=True)) == {one.number}


def test_pages_hold_each_pair_once(pack, file):
    for _ in range(4):
        file()
    told()
    found, after = [], ""
    while True:
        page = watching.all_open(after, size=2)
        found += [(p.earlier, p.later) for p in page.pairs]
        if page.after is None:
            break
        after = page.after
    assert len(found) == len(set(found)) == 6


def test_erasing_takes_what_words_were_like(pack, file, now):
    case = file(phone="13812345678")
    file(AGAIN)
    told()
    assert Pair.objects.exists()
    actions.erase_person(case.whose, by("security_admin", "C00"), at=now)
    assert not Pair.objects.exists()
    assert not Band.objects.filter(number=case.number).exists()
