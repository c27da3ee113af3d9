"""The values a case is made of."""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import Any

import pytest
from tests.cases.lifecycle.world import SEAT, World, moment

from shaodao.centre.cases.lifecycle import Case, state_of
from shaodao.centre.cases.lifecycle.model import Council, Duty, Place, Plan, Request, Step
from shaodao.ground.clocks import Limit

NOW = moment("03-03 09:00")
BEGUN = {
    Case: {
        "place": Place(),
        "nature": "help",
        "identity_mode": "contactable",
        "tier": "department",
        "round": 1,
    },
    Duty: {"round": 1},
    Request: {},
    Place: {},
    Council: {},
}


@pytest.mark.parametrize("kind", BEGUN)
def test_it_begins_with_nothing(kind: Any) -> None:
    """Nothing is known of a case, a duty, a request … that nobody has said."""
    begun = {field.name: field.default for field in fields(kind) if field.default is not MISSING}
    assert {name: value for name, value in begun.items() if value or value is None} == BEGUN[kind] | {
        name: None for name, value in begun.items() if value is None
    }
    assert {type(value) for name, value in begun.items() if not value} <= {str, int, bool, tuple, type(None)}


def test_it_has_not_happened_before_it_is_reported() -> None:
    case = Case()
    assert state_of(case) == "reported"
    assert not case.open
    assert (case.lead, case.informing, case.handlers, case.open_clocks) == (None, "", (), ())


def test_it_knows_the_step_that_a_request_waits_for() -> None:
    steps = tuple(Step(role, "D15", Limit(1, "hour")) for role in ("section_head", "unit_head"))
    request = Request(3, "return", 1, SEAT, "not_ours", "", steps, NOW, step=1)  # type: ignore[arg-type]
    assert (request.current.role, request.subject, request.open) == ("unit_head", "request:3", True)


def test_it_finds_duties_requests_and_councils_by_their_number() -> None:
    world = World()
    world.joint("U01")
    assert [world.case.duty(id).unit for id in (1, 2)] == ["D15", "U01"]  # type: ignore[union-attr]
    assert (world.case.duty(3), world.case.request(1), world.case.council(1)) == (None, None, None)
    assert world.case.clock("finish", "duty:9") is None


def test_it_says_that_a_place_is_known_from_the_township_on() -> None:
    assert Place(township="S01").known
    assert not Place(grid="G").known
    assert Plan((), "county", "r").tier == "county"
