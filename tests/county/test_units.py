from dataclasses import replace
from datetime import date

import pytest

from shaodao.county.units import CALLED, FIRST_TIER, Kind, Unit, UnitTree


def unit(code, kind, parent=None, **more):
    return Unit(code, code, code, kind, parent, date(2021, 1, 1), **more)


def test_it_has_the_units_that_the_source_names(pack):
    count = {kind: sum(u.kind is kind for u in pack.units.values()) for kind in Kind}
    assert (count[Kind.DEPARTMENT], count[Kind.UTILITY]) == (32, 9)
    assert (count[Kind.STREET], count[Kind.TOWNSHIP], count[Kind.ZONE]) == (3, 11, 1)
    assert sum(u.stationed for u in pack.units.values()) == 8
    assert sum(u.data_port for u in pack.units.values()) == 9


def test_it_finds_who_answers_for_a_section_or_a_station(pack):
    assert pack.tree.head_unit("D13-2").code == "D13"
    assert pack.tree.head_unit("D05-P01").code == "D05"
    assert pack.tree.head_unit("D13").code == "D13"
    assert pack.tree.head_unit("S01-02").code == "S01-02"
    assert pack.tree.head_unit("C00-2").code == "C00"


def test_it_knows_what_lies_within_what(pack):
    tree = pack.tree
    assert tree.is_within("S01-02", "S01")
    assert tree.is_within("S01", "S01")
    assert not tree.is_within("S01", "S01-02")
    assert [above.code for above in tree.ancestors("S01-02")] == ["S01", "X00"]
    assert tree.local_of("T03-04").code == "T03"
    assert tree.local_of("D13") is None
    assert {u.kind for u in tree.below("S01")} <= FIRST_TIER
    assert all(u.level == len(list(tree.ancestors(u.code))) for u in pack.units.values())


def test_it_finds_the_branch_that_serves_a_township(pack):
    day = date(2026, 1, 1)
    assert pack.tree.part_serving("D05", "T03", day).name.endswith("样子哨派出所")
    assert pack.tree.part_serving("D20", "T03", day) is None


def test_it_lets_the_successor_act_after_a_unit_has_ended():
    old = unit("A", Kind.DEPARTMENT, "X", valid_until=date(2023, 1, 1), successor="B")
    middle = unit("B", Kind.DEPARTMENT, "X", valid_until=date(2024, 1, 1), successor="C")
    tree = UnitTree(
        {u.code: u for u in (unit("X", Kind.COUNTY), old, middle, unit("C", Kind.DEPARTMENT, "X"))}
    )
    assert tree.successor_of("A", date(2022, 12, 31)).code == "A"
    assert tree.successor_of("A", date(2023, 1, 1)).code == "B"
    assert tree.successor_of("A", date(2024, 1, 1)).code == "C"
    with pytest.raises(LookupError):
        tree.successor_of("A", date(2020, 1, 1))
    orphan = UnitTree({**tree.units, "A": replace(old, successor=None)})
    with pytest.raises(LookupError):
        orphan.successor_of("A", date(2023, 1, 1))


def test_it_gives_posts_to_every_unit_of_a_kind_and_every_grid(pack):
    assert sum(post.role == "grid_chief" for post in pack.posts.values()) == len(pack.places.grids)
    for called in (u for u in pack.units.values() if u.kind in CALLED):
        assert {"liaison", "handler", "unit_head"} <= {post.role for post in pack.posts_at(called.code)}
    assert pack.posts["S01-01-01/grid_chief"].capacity == "凤鸣社区第一网格网格长"
    assert pack.capacity_name("grid_chief", "S01-01", "S01-01-01") == "凤鸣社区第一网格网格长"
    assert pack.capacity_name("handler", "D13") == "城管局经办人"
    assert pack.capacity_name("caller", "D13") == "城管局回访员"
