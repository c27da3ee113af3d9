"""A month's scores from the rows of cases, of today or of the past (`assessment.positions`)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from shaodao.centre.assessment.figures import Period, behind, broken_down
from shaodao.centre.cases import permissions
from shaodao.centre.cases.lifecycle.refusal import Refusal
from shaodao.centre.scores.projection import digest_of
from shaodao.centre.scores.scoring import Entry, Fact, Facts, entries
from shaodao.county.pack.model import Pack, Scored, ScoreGroup, ScoreRule
from shaodao.county.units import LOCALS, Kind

ALL = 10**9


@dataclass(frozen=True, slots=True)
class Reckoned:
    """Everything a month's scores are made of."""

    entries: tuple[Entry, ...]
    cases: Mapping[str, int]  # duties given, by scored unit

    @property
    def digest(self) -> str:
        return digest_of(self.entries, self.cases)


def period_of(code: str, zone: str) -> Period:
    """A month such as 2026-10 in the county's time. Raises Refusal."""
    if not re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", code):
        raise Refusal("field_wrong", field="month")
    first = datetime(int(code[:4]), int(code[5:]), 1, tzinfo=ZoneInfo(zone))
    return Period(first, (first + timedelta(days=32)).replace(day=1))


def reckon(period: Period, pack: Pack) -> Reckoned:
    """By the rules of a pack. One statement for the shares, one for the counts, one for each rule of single facts."""
    facts = _facts(period, pack.score_rules, pack)
    return Reckoned(tuple(entries(pack.score_rules, facts, scored_units(period, pack))), facts.cases)


def scored_units(period: Period, pack: Pack) -> dict[str, ScoreGroup]:
    """Who is scored in a period, by which group of rules."""
    day = pack.day(period.until - timedelta(seconds=1))
    return {unit.code: group for unit in pack.tree.in_force(day) if (group := _group(unit.kind)) is not None}


def _group(kind: Kind) -> ScoreGroup | None:
    if kind in (Kind.DEPARTMENT, Kind.UTILITY):
        return ScoreGroup.DEPARTMENT
    if kind in LOCALS:
        return ScoreGroup.STREET
    return ScoreGroup.CENTRE if kind is Kind.CENTRE else None


def _facts(period: Period, rules: Iterable[ScoreRule], pack: Pack) -> Facts:
    shares = {rule.fact for rule in rules if rule.how is Scored.SHARE}
    each = {rule.fact for rule in rules if rule.how is Scored.EACH}
    added: dict[str, dict[str, tuple[int, int]]] = {id: {} for id in shares}
    counts: dict[str, int] = defaultdict(int)
    for unit, row in broken_down(period, "unit", sorted(shares | {"duties_given"})).items():
        if scored := permissions.scored_as(unit, pack):
            counts[scored] += row["duties_given"].numerator
            for id in shares:
                counted, of = added[id].get(scored, (0, 0))
                added[id][scored] = (counted + row[id].numerator, of + (row[id].denominator or 0))
    return Facts(added, {id: _each(id, period, pack) for id in each}, dict(sorted(counts.items())))


def _each(id: str, period: Period, pack: Pack) -> list[Fact]:
    """Oldest first."""
    found = behind(id, period, size=ALL)
    told = [Fact(permissions.scored_as(b.unit, pack), b.number, b.part, b.weight, b.at) for b in found]
    return sorted((f for f in told if f.unit), key=lambda f: (f.at, f.number, f.part))
