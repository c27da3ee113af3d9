"""From the same facts come a figure, its break-down and the cases behind it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.demo.conftest import SEED, UNTIL, County, county  # noqa: F401
from tests.trust.conftest import OPEN, PHONE, SPOT, by, file, give
from tests.trust.test_watching import HEAD

from shaodao.centre.assessment.figures import FIGURES, KEYS, Period, behind, broken_down, figures
from shaodao.run.demo import replay, writing

EVER = Period(UNTIL - timedelta(days=1000), UNTIL + timedelta(seconds=1))


@pytest.fixture
def lived(county: County):  # noqa: F811
    """Some hundred cases of two years."""
    writing.write(
        [s for f in replay.families(county.plan(200)) for s in replay.family(county.world, f, SEED)], UNTIL
    )


def test_the_cases_behind_a_figure_are_as_many_as_it_says(lived):
    found = figures(EVER)
    for id, figure in found.items():
        counted = behind(id, EVER, size=10**6)
        among = behind(id, EVER, among=True, size=10**6)
        assert [each for each in among if each.counts] == counted, id
        assert len({each.key for each in among}) == len(among), id  # each has a place of its own
        if FIGURES[id].measure in ("count", "share"):
            assert sum(each.weight for each in counted) == figure.numerator, id
        if figure.denominator is not None:
            assert sum(each.weight for each in among) == figure.denominator, id
    assert found["whistles"].numerator == 200
    assert found["finish_on_time"].denominator
    assert found["satisfied"].denominator


@pytest.mark.parametrize("by", KEYS)
def test_a_break_down_adds_up_to_the_whole(lived, by):
    ids = [id for id, one in FIGURES.items() if one.measure in ("count", "share")]
    whole, rows = figures(EVER, ids), broken_down(EVER, by, ids)
    for id, figure in whole.items():
        assert sum(row[id].numerator for row in rows.values()) == figure.numerator, id
        if figure.denominator is not None:
            assert sum(row[id].denominator or 0 for row in rows.values()) == figure.denominator, id
    for key, row in list(rows.items())[:5]:
        assert figures(EVER, ids, {by: key}) == row


def test_pages_hold_each_fact_once(lived):
    every = behind("report_in_units", EVER, size=10**6)
    paged, after = [], ""
    while page := behind("report_in_units", EVER, after=after, size=17):
        paged += page
        after = page[-1].key
    assert paged == every


def test_what_is_open_or_late_is_so_at_the_end_of_the_period(lived):
    then = Period(UNTIL - timedelta(days=400), UNTIL - timedelta(days=200))
    assert figures(then, ["open"])["open"].numerator > 0
    assert {b.number for b in behind("overdue", then, size=10**6)} <= {
        b.number for b in behind("open", then, size=10**6)
    }


def test_it_asks_once_however_many_figures(lived):
    with CaptureQueriesContext(connection) as asked:
        figures(EVER)
        broken_down(EVER, "unit", FIGURES)
        behind("satisfied", EVER, {"unit": "D15"})
    assert len(asked) == 3


# --- pages ------------------------------------------------------------------------------------------------------


def test_every_number_of_the_page_opens_as_many_lines(pack, sign_in):

    for n in range(3):
        number = file(f"路面塌了一块，第{n}处", item=OPEN, phone=PHONE).case.number
    give(number, "report_in", by("handler", "D15"), duty=1, mode="site", persons=2, position=SPOT)
    leader = sign_in("county_leader", "L00")
    text = leader.get("/work/figures").content.decode()
    tiles = re.findall(
        r'href="(/work/figures/[^"]+)"><span class="quiet small">([^<]+)</span>(.*?)</a>', text, re.S
    )
    assert len(tiles) > 25
    for url, name, rest in tiles:
        if name == "报到人次" or "等待时长" in name:
            continue  # these count persons and minutes
        page = leader.get(url.replace("&amp;", "&")).content.decode()
        shares = re.search(r">(\d+) / (\d+)<", rest)
        count = int(shares[1] if shares else re.search(r"nowrap\">(\d+)<", rest)[1])
        assert len(re.findall(r'<li><(?:a|span) class="item"', page)) == count, name
    assert "2 人" in leader.get("/work/figures/report_in_persons").content.decode()
    assert leader.get("/work/figures?by=street").status_code == 200
    assert leader.get("/work/figures?by=nothing").status_code == 404
    assert leader.get("/work/figures/nothing").status_code == 404
    assert leader.get("/work/figures/whistles?after=x").status_code == 200


@pytest.mark.parametrize(
    ("role", "unit", "sees"),
    [
        ("county_leader", "L00", 2), ("audit_admin", "C00", 2), ("unit_head", "D15", 1), ("unit_head", "D18", 1),
        ("street_head", "S01", 2), ("street_head", "S02", 0), ("handler", "D15", None), ("system_admin", "C00", None),
    ],
)  # fmt: skip
def test_each_sees_what_is_theirs(pack, sign_in, role, unit, sees):

    file("路面塌了一块", item=OPEN, phone=PHONE)
    other = file("路面又塌了一块", item=OPEN, phone=PHONE).case.number
    give(other, "redispatch", HEAD, duty=1, to="D18", reason="wrong_unit")
    client = sign_in(role, unit)
    answer = client.get("/work/figures/whistles")
    if sees is None:
        assert answer.status_code == client.get("/work/figures").status_code == 403
    else:
        assert len(re.findall(r'<li><(?:a|span) class="item"', answer.content.decode())) == sees
        stolen = client.get("/work/figures/whistles?unit=D15&street=S01").content.decode()
        assert len(re.findall(r'<li><(?:a|span) class="item"', stolen)) <= sees


def test_the_pages_cost_the_same_few_statements(pack, sign_in):

    client = sign_in("county_leader", "L00")

    def cost() -> list[int]:
        counts = []
        for path in ("/work/figures", "/work/figures/whistles"):
            client.get(path)
            with CaptureQueriesContext(connection) as asked:
                assert client.get(path).status_code == 200
            counts.append(len(asked))
        return counts

    file("路面塌了一块", item=OPEN, phone=PHONE)
    few = cost()
    for n in range(5):
        file(f"路面塌了一块，第{n}处", item=OPEN, phone=PHONE)
    assert cost() == few
    assert max(few) <= 10


def test_a_period_holds_its_first_moment_and_not_its_last(pack):

    row = file("路面塌了一块", item=OPEN, phone=PHONE).case
    at = row.reported_at
    assert figures(Period(at, at + timedelta(seconds=1)), ["whistles"])["whistles"].numerator == 1
    assert figures(Period(datetime(2021, 1, 1, tzinfo=UTC), at), ["whistles"])["whistles"].numerator == 0
