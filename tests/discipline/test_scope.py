"""Who supervises whom."""

from __future__ import annotations

import pytest
from tests.cases.conftest import by

from shaodao.centre.cases import permissions, queries
from shaodao.centre.discipline import scope


def test_it_knows_the_members(pack):
    yes = [
        ("inspector", "J00"),
        ("discipline_head", "J04"),
        ("inspector", "J-S01"),
        ("village_supervisor", "T06-02"),
    ]
    no = [("audit_admin", "J00"), ("inspector", "D13"), ("village_supervisor", "S01-01"), ("inspector", "nowhere"),
          ("system_admin", "C00"), ("centre_director", "C00"), ("county_leader", "L00"), ("supervisor", "V00")]  # fmt: skip
    assert all(scope.is_member(by(*one), pack) for one in yes)
    assert not any(scope.is_member(by(*one), pack) for one in no)


def test_it_knows_the_levels(pack):
    levels = {
        "J00": "county",
        "J04": "group",
        "J-S01": "local",
        "J-T06": "local",
        "T06-02": "village",
        "D13": "",
    }
    assert {unit: scope.level_of(unit, pack) for unit in levels} == levels
    assert scope.above("T06-02", pack) == "J-T06"
    assert scope.above("J-T06", pack) == scope.above("J04", pack) == "J00"
    assert "T06-02" in {unit.code for unit in scope.below("J-T06", pack)}
    assert {"J04", "J-S01"} < {unit.code for unit in scope.below("J00", pack)}
    assert scope.below("J04", pack) == scope.below("T06-02", pack) == []


@pytest.mark.parametrize(
    ("about", "receiver"),
    [("D13", "J04"), ("D15-2", "J04"), ("U02", "J08"), ("T06-02", "J-T06"), ("S01-01", "J-S01"), ("S01", "J00"),
     ("T06", "J00"), ("C00", "J01")],
)  # fmt: skip
def test_it_sends_a_complaint_past_the_unit_it_is_about(pack, about, receiver):
    assert scope.receiver_of(about, pack) == receiver


def test_cases_are_seen_by_those_whose_scope_they_are_in(whistle, pack):
    manhole = whistle(item="MS-07").case  # by the housing bureau
    lead = manhole.lead.unit
    assert lead == "D15"
    local = f"J-{manhole.place.township}"
    other = "J-T06" if local != "J-T06" else "J-S01"
    for who, sees in (
        (("inspector", "J00"), True),
        (("inspector", "J04"), True),
        (("inspector", "J01"), False),
        (("inspector", local), True),
        (("discipline_head", other), False),
        (("village_supervisor", "T06-02"), False),
        (("inspector", "nowhere"), False),
    ):
        one = by(*who)
        assert permissions.may_see(one, manhole, pack) is sees
        assert bool(queries.seen_of([manhole.number], one, pack)) is sees
