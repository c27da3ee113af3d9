"""The heat of an issue: one number, and the sentence of what it is made of. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from math import log2

AGREEMENT = 0.5  # agreement counts for half as many people again, at the very most
GROWTH = (0.7, 2.0)  # how far growth may lower and raise


@dataclass(frozen=True, slots=True)
class Counts:
    """What is counted of an issue in a period of `days` days.

    `people` are distinct, whatever each wrote; `dates` the days on which somebody did; `before` the people of the period
    before (with `halves` those of its first half, where nothing earlier is known, and `people_late` those of its second);
    `likes` all that was agreed."""

    people: int
    cases: int
    dates: tuple[date, ...]
    end: date
    days: int
    before: int
    people_late: int
    likes: int = 0
    halves: bool = False


def heat(counts: Counts) -> float:
    """people × spread × recency × growth × agreement; see docs/hot-issues.md for why each."""
    found = counts.people * _spread(counts) * _recency(counts) * _growth(counts) * _agreement(counts)
    return round(found, 1)


def _spread(counts: Counts) -> float:
    """1 for one day, and a quarter more for every doubling of the days."""
    return 1 + 0.25 * log2(max(1, len(counts.dates)))


def _recency(counts: Counts) -> float:
    """1 if somebody wrote on the last day, near to a half where the last one was long ago."""
    quiet = (counts.end - max(counts.dates)).days if counts.dates else counts.days
    return 0.5 + 0.5 * 0.5 ** (max(0, quiet) / max(1.0, counts.days / 4))


def _growth(counts: Counts) -> float:
    """A quarter more or less for every doubling or halving of the people."""
    now = counts.people_late if counts.halves else counts.people
    return min(max(1 + 0.25 * log2((now + 1) / (counts.before + 1)), GROWTH[0]), GROWTH[1])


def _agreement(counts: Counts) -> float:
    """Rises with the logarithm of agreements for each person, and never above 1 + AGREEMENT."""
    each = log2(1 + counts.likes / max(1, counts.people))
    return 1 + AGREEMENT * each / (each + 4)


def why(counts: Counts) -> str:
    """One sentence of the numbers behind the heat."""
    days = f"{len(counts.dates)} 天里都有人反映" if len(counts.dates) > 1 else "都在同一天"
    halves = f"前半段 {counts.before} 人、后半段 {counts.people_late} 人"
    growth = halves if counts.halves else f"上期 {counts.before} 人"
    last = f"，最近一次 {max(counts.dates):%Y-%m-%d}" if counts.dates else ""
    liked = f"，附议 {counts.likes} 次" if counts.likes else ""
    return f"{counts.people} 人反映 {counts.cases} 件，{days}{last}，{growth}{liked}。"
