"""Small charts as SVG made here: no script, no style attribute. Numbers in, elements out. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

HEIGHT = 32
GAP = 1
STEPS = (1, 3, 7, 14, 30)  # days in one bar
MOST_BARS = 30
LEAST = 2  # height of a bar that is not nothing


@dataclass(frozen=True, slots=True)
class Bar:
    """One day or week: what is drawn of it, and what it says. `earlier`: of the period before."""

    x: int
    y: int
    width: int
    height: int
    count: int
    label: str
    earlier: bool


@dataclass(frozen=True, slots=True)
class Columns:
    """Bars side by side on a canvas of so many units; `most` is the count of the highest."""

    bars: tuple[Bar, ...]
    width: int
    height: int
    most: int


def columns(
    counts: Sequence[tuple[date, int]], since: date, until: date, start: date, height: int = HEIGHT
) -> Columns:
    """The counts of days from `since` to before `until`, several days in one bar where there are many; what lies before
    `start` is earlier."""
    days = (until - since).days
    step = next((step for step in STEPS if days <= step * MOST_BARS), STEPS[-1])
    bins: list[tuple[date, int]] = []
    by_day = dict(counts)
    day = until - timedelta(days=-(-(until - since).days // step) * step)  # the last bin is a whole one
    while day < until:
        bins.append((day, sum(by_day.get(day + timedelta(days=n), 0) for n in range(step))))
        day += timedelta(days=step)
    most = max((count for _, count in bins), default=0)
    width = 6
    return Columns(
        tuple(
            _bar(at, count, index, width, height, most, step, start) for index, (at, count) in enumerate(bins)
        ),
        max(1, len(bins) * width),
        height,
        most,
    )


def _bar(at: date, count: int, index: int, width: int, height: int, most: int, step: int, start: date) -> Bar:
    tall = max(LEAST, round(count / most * height)) if count else 0
    label = f"{at.month}月{at.day}日{f'起 {step} 天' if step > 1 else ''}：{count} 件"
    return Bar(index * width, height - tall, width - GAP, tall, count, label, at < start)
