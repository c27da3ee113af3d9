"""What if: published months scored once more by other rules, from the facts as they stood when each was published."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from shaodao.centre.assessment.positions import past
from shaodao.centre.scores import models, projection
from shaodao.centre.scores.actions import RANKINGS
from shaodao.centre.scores.reckoning import period_of, reckon
from shaodao.centre.scores.scoring import Entry, Standing, standings
from shaodao.county.pack import versions
from shaodao.county.pack.model import Pack


def what_if(pack: Pack, since: datetime, until: datetime) -> dict[str, Any]:
    """The means of the months published between two moments, as scored and as the rules of `pack` would score them: units
    with both, by ranking, in the order they would have then; points in hundredths. Nothing where no rule differs."""
    rows = [
        row
        for row in models.Month.objects.filter(state="published").order_by("position", "code")
        if period_of(row.code, pack.zone).since >= since and period_of(row.code, pack.zone).until <= until
    ]
    if all(versions.load_version(row.pack).score_rules == pack.score_rules for row in rows):
        return {"months": [], "units": []}
    before: dict[str, list[int]] = defaultdict(list)
    after: dict[str, list[int]] = defaultdict(list)
    cases: dict[str, int] = defaultdict(int)
    with past() as then:
        for row in rows:
            then.go(row.position)
            found = reckon(period_of(row.code, pack.zone), pack)
            entries, counts = projection.stored(row.code)
            for means, made in ((before, entries), (after, found.entries)):
                for unit, points in _points(made).items():
                    means[unit].append(points)
            for unit, count in counts.items():
                cases[unit] += count
    ranked = [_ranked(means, cases, pack, len(rows)) for means in (before, after)]
    return {
        "months": sorted(row.code for row in rows),
        "units": [
            {
                "unit": now.unit,
                "ranking": now.ranking,
                "before": was.points,
                "after": now.points,
                "rank_before": was.rank,
                "rank_after": now.rank,
            }
            for now in ranked[1].values()
            if (was := ranked[0].get(now.unit))
        ],
    }


def _points(entries: Sequence[Entry]) -> dict[str, int]:
    points: dict[str, int] = defaultdict(int)
    for entry in entries:
        points[entry.unit] += entry.points
    return points


def _ranked(
    points: Mapping[str, Sequence[int]], cases: Mapping[str, int], pack: Pack, months: int
) -> dict[str, Standing]:
    """Units that the pack does not know any more are left out."""
    means = {unit: round(sum(each) / len(each)) for unit, each in points.items() if unit in pack.units}
    least = pack.settings.numbers.ranking_cases * months
    return {s.unit: s for s in standings(means, cases, lambda unit: RANKINGS[pack.units[unit].kind], least)}
