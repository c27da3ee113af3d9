"""Small charts as SVG made here: no script, no style attribute. Numbers in, elements out. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import cos, radians

from shapely.geometry.base import BaseGeometry

HEIGHT = 32
GAP = 1
STEPS = (1, 3, 7, 14, 30)  # days in one bar
MOST_BARS = 30
LEAST = 2  # height of a bar that is not nothing


@dataclass(frozen=True, slots=True)
class Area:
    """An area as the `d` of a path, and where its name has room: None where it has none."""

    path: str
    label: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Areas:
    """Areas side by side on a canvas, by their code. The numbers are of the canvas, no positions on the ground."""

    areas: Mapping[str, Area]
    width: int
    height: int


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


def areas(shapes: Mapping[str, BaseGeometry], width: int = 320, room: int = 44) -> Areas:
    """Shapes in degrees, drawn as they lie. `room`: how wide one must be for its name."""
    bounds = [shape.bounds for shape in shapes.values()]
    if not bounds:
        return Areas({}, width, width)
    west, south = min(b[0] for b in bounds), min(b[1] for b in bounds)
    east, north = max(b[2] for b in bounds), max(b[3] for b in bounds)
    narrow = cos(radians((south + north) / 2))
    scale = width / ((east - west) * narrow)

    def point(x: float, y: float) -> tuple[int, int]:
        return round((x - west) * narrow * scale), round((north - y) * scale)

    def drawn(shape: BaseGeometry) -> Area:
        rings = [
            ring for part in getattr(shape, "geoms", [shape]) for ring in (part.exterior, *part.interiors)
        ]
        path = "".join(
            "M" + "L".join(f"{x} {y}" for x, y in dict.fromkeys(point(*at) for at in ring.coords)) + "Z"
            for ring in rings
        )
        middle = shape.representative_point()
        left, _, right, _ = shape.bounds
        wide = (right - left) * narrow * scale >= room
        return Area(path, point(middle.x, middle.y) if wide else None)

    return Areas(
        {code: drawn(shape) for code, shape in shapes.items()}, width, round((north - south) * scale)
    )
