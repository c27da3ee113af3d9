"""Scores: rules of the pack × facts → entries. Pure.

An entry is one rule, one unit and what it gives or takes, in hundredths of a point. A `share` rule gives its points times
the unit's share of a figure, one entry; where nothing was due it gives all of them. An `each` rule gives its points for each
fact, one entry for each; where the rule has a `most`, the entry that reaches it is cut and those after it come to nothing;
rules of one `pool` share it.
A unit's score is the sum of its entries.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from shaodao.county.pack.model import Scored, ScoreGroup, ScoreRule


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact of a figure: `weight` times, in case `number` at `at`; `part` tells several of one case apart."""

    unit: str
    number: str
    part: int
    weight: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a month. `shares`: figure → unit → (counted, of); `each`: figure → its facts, oldest first."""

    shares: Mapping[str, Mapping[str, tuple[int, int]]]
    each: Mapping[str, Sequence[Fact]]
    cases: Mapping[str, int]  # unit → duties given in the month


@dataclass(frozen=True, slots=True)
class Entry:
    """`number` is empty for a share; then `counted` of `of` made the points."""

    unit: str
    rule: str
    number: str
    part: int
    points: int
    counted: int
    of: int
    at: datetime | None = None

    @property
    def order(self) -> tuple[str, str, float, str, int]:
        """By unit and rule, oldest first."""
        return self.unit, self.rule, self.at.timestamp() if self.at else 0.0, self.number, self.part


@dataclass(frozen=True, slots=True)
class Standing:
    """A unit's score; `rank` from 1 among those of its ranking, None: too few cases."""

    unit: str
    ranking: str
    points: int
    cases: int
    rank: int | None


def entries(rules: Iterable[ScoreRule], facts: Facts, units: Mapping[str, ScoreGroup]) -> list[Entry]:
    """All entries of a month, by unit and rule. `units`: whom the rules of which group are for."""
    found: list[Entry] = []
    pools: dict[str, list[ScoreRule]] = defaultdict(list)
    for rule in rules:
        if rule.how is Scored.SHARE:
            found += _of_share(rule, facts, _scored(rule, units))
        else:
            pools[rule.pool or rule.code].append(rule)
    for together in pools.values():
        found += _of_each(together, facts, _scored(together[0], units))
    return sorted(found, key=lambda entry: entry.order)


def _of_share(rule: ScoreRule, facts: Facts, units: Sequence[str]) -> Iterable[Entry]:
    known = facts.shares[rule.fact]
    for unit in units:
        counted, of = known.get(unit, (0, 0))
        points = round(Fraction(rule.points * counted, of)) if of else rule.points
        yield Entry(unit, rule.code, "", 0, points, counted, of)


def _of_each(rules: Sequence[ScoreRule], facts: Facts, units: Sequence[str]) -> Iterable[Entry]:
    """Rules that share a `most`, oldest facts first."""
    told = [(fact, rule) for rule in rules for fact in facts.each[rule.fact] if fact.unit in units]
    given: dict[str, int] = defaultdict(int)
    for fact, rule in sorted(told, key=lambda each: (each[0].at, each[0].number, each[0].part, each[1].code)):
        points = rule.points * fact.weight
        if rule.most is not None:
            left = rule.most - abs(given[fact.unit])
            points = max(-left, min(left, points))
        given[fact.unit] += points
        yield Entry(fact.unit, rule.code, fact.number, fact.part, points, fact.weight, 1, fact.at)


def _scored(rule: ScoreRule, units: Mapping[str, ScoreGroup]) -> list[str]:
    return [unit for unit, group in units.items() if group is rule.group]


def standings(
    points: Mapping[str, int], cases: Mapping[str, int], ranking_of: Callable[[str], str], least: int
) -> list[Standing]:
    """Units by ranking, best first; equal scores share a rank; with fewer than `least` cases none is given."""
    by_ranking: dict[str, list[str]] = defaultdict(list)
    for unit in points:
        by_ranking[ranking_of(unit)].append(unit)
    found = []
    for ranking, units in sorted(by_ranking.items()):
        enough = [unit for unit in units if cases.get(unit, 0) >= least]
        better = sorted((points[unit] for unit in enough), reverse=True)
        ranks = {unit: better.index(points[unit]) + 1 for unit in enough}
        found += sorted(
            (Standing(unit, ranking, points[unit], cases.get(unit, 0), ranks.get(unit)) for unit in units),
            key=lambda s: (s.rank is None, -s.points, s.unit),
        )
    return found
