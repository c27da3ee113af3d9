"""Rules × facts → entries, and ranks."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from shaodao.centre.scores.scoring import Fact, Facts, entries, standings
from shaodao.county.pack.model import Scored, ScoreGroup, ScoreRule

AT = datetime(2026, 10, 5, tzinfo=UTC)
UNITS = {"D1": ScoreGroup.DEPARTMENT, "D2": ScoreGroup.DEPARTMENT, "S1": ScoreGroup.STREET}


def rule(
    code: str, how: Scored, fact: str, points: int, most: int | None = None, group=ScoreGroup.DEPARTMENT
):
    return ScoreRule(code, group, how, fact, points, most, "")


def facts(shares=None, each=None) -> Facts:
    return Facts(shares or {}, each or {}, {})


def test_a_share_gives_its_part_and_all_where_nothing_was_due():
    found = entries([rule("A", Scored.SHARE, "f", 25_00)], facts({"f": {"D1": (2, 3)}}), UNITS)
    assert [(e.unit, e.points, e.counted, e.of) for e in found] == [("D1", 16_67, 2, 3), ("D2", 25_00, 0, 0)]


def test_each_fact_is_an_entry_and_the_most_cuts_it():
    late = [Fact("D1", f"N{n}", 0, 2, AT + timedelta(hours=n)) for n in range(4)] + [
        Fact("S1", "N9", 0, 1, AT)
    ]
    found = entries([rule("B", Scored.EACH, "l", -50, 250)], facts(each={"l": late}), UNITS)
    assert [(e.unit, e.number, e.points) for e in found] == [
        ("D1", "N0", -100), ("D1", "N1", -100), ("D1", "N2", -50), ("D1", "N3", 0),
    ]  # fmt: skip
    found = entries([rule("C", Scored.EACH, "l", 20, 30)], facts(each={"l": late}), UNITS)
    assert [e.points for e in found] == [30, 0, 0, 0]


def test_rules_of_one_pool_give_their_most_together_oldest_first():
    found = [Fact("D1", f"N{n}", 0, 1, AT + timedelta(hours=2 * n)) for n in range(3)]
    rated = [Fact("D1", f"R{n}", 0, 1, AT + timedelta(hours=2 * n + 1)) for n in range(3)]
    rules = [
        replace(rule("A", Scored.EACH, "f", 200, 500), pool="plus"),
        replace(rule("B", Scored.EACH, "r", 200, 500), pool="plus"),
        rule("C", Scored.EACH, "r", 100, 500),
    ]
    made = entries(rules, facts(each={"f": found, "r": rated}), UNITS)
    points = {(e.rule, e.number): e.points for e in made}
    assert sum(p for (code, _), p in points.items() if code in "AB") == 500
    assert points["A", "N0"] == points["B", "R0"] == 200
    assert points["A", "N1"] == 100  # cut
    assert points["B", "R1"] == points["A", "N2"] == 0
    assert sum(p for (code, _), p in points.items() if code == "C") == 300


@given(st.lists(st.integers(0, 9), max_size=20), st.integers(-300, 300), st.none() | st.integers(0, 900))
def test_a_rule_never_gives_or_takes_more_than_its_most(weights, points, most):
    told = [Fact("D1", f"N{n}", 0, weight, AT) for n, weight in enumerate(weights)]
    found = entries([rule("B", Scored.EACH, "l", points, most)], facts(each={"l": told}), UNITS)
    total = sum(e.points for e in found)
    wanted = points * sum(weights)
    assert len(found) == len(weights)
    assert total == (wanted if most is None else max(-most, min(most, wanted)))


def test_ranks_are_shared_and_few_cases_have_none():
    points = {"D1": 90, "D2": 95, "D3": 95, "D4": 99, "S1": 50}
    cases = {"D1": 5, "D2": 9, "D3": 6, "D4": 4, "S1": 5}
    found = standings(points, cases, lambda unit: unit[0], least=5)
    assert [(s.unit, s.rank) for s in found] == [("D2", 1), ("D3", 1), ("D1", 3), ("D4", None), ("S1", 1)]
