"""The board of a wall in words. Pure over what `board` gathered and the pack."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction
from typing import Any

from shapely import MultiPoint

from shaodao.centre.assessment.figures import FIGURES, Figure
from shaodao.centre.briefings.content import Group, Line, enough
from shaodao.centre.cases.models import Case
from shaodao.county.pack.model import Pack
from shaodao.county.places import Level, Place
from shaodao.faces import moments
from shaodao.faces.wall import board
from shaodao.faces.wall.board import Live, Monthly
from shaodao.faces.work import presenting

ITEMS, RANKED, LATE = 8, 18, 8


def board_of(live: Live, monthly: Monthly, pack: Pack) -> dict[str, Any]:
    """What `wall/board.html` shows."""
    charts = _charts(live, monthly, pack)
    by_kind = {group.kind: group for group in monthly.groups}
    return {
        "at": int(live.at.timestamp()),
        "moment": live.at,
        "today": live.today,
        "month": [compared(monthly.month[id], monthly.before[id]) for id in board.MONTH],
        "departments": _ranking(by_kind.get("department"), pack),
        "streets": _ranking(by_kind.get("street"), pack),
        "townships": _ranking(by_kind.get("township"), pack),
        "late": late(live, pack)[:LATE],
        "arrived": [_arrived(case, live.at, pack) for case in live.arrived],
        "charts": json.dumps(charts, ensure_ascii=False),
        "places": json.dumps(_places(live, pack), ensure_ascii=False),
        "items": _items(monthly, pack),
        "other_items": charts["other"],
        "days": board.days(monthly, live.at, pack),
    }


def compared(now: Figure, before: Figure) -> dict[str, Any]:
    """A figure, and in words how it moved against the period before: counts in per cent, shares in points."""
    return {
        "name": FIGURES[now.id].name,
        "figure": now,
        "share": now.denominator is not None,
        "moved": moved(now, before),
    }


def moved(now: Figure, before: Figure) -> str:
    """`+12.5%`, `−0.4 个百分点`, `持平`; "" where there is nothing to compare."""
    if now.denominator is None:
        if not before.numerator:
            return ""
        change, unit = Fraction(now.numerator - before.numerator, before.numerator), "%"
    else:
        if now.share is None or before.share is None:
            return ""
        change, unit = now.share - before.share, " 个百分点"
    shown = f"{abs(float(change)) * 100:.1f}"
    if shown == "0.0":
        return "持平"
    return f"{'+' if change > 0 else '−'}{shown}{unit}"


def late(live: Live, pack: Pack) -> list[dict[str, Any]]:
    """All units with overdue duties, most first: how many, and how long the oldest."""
    return [
        {
            "code": code,
            "unit": presenting.short(code, pack) if code else "还没有主办单位",
            "count": found.count,
            "longest": moments.span(live.at - found.since),
        }
        for code, found in live.late.items()
    ]


def _ranking(group: Group | None, pack: Pack) -> list[dict[str, Any]]:
    lines = group.lines if group else ()
    return [_ranked(place, line, pack) for place, line in enumerate(lines[:RANKED], 1)]


def _ranked(place: int, line: Line, pack: Pack) -> dict[str, Any]:
    """The place of a unit, as the briefing ranks; too few due say nothing of it."""
    finish, report_in = line.count("finish_on_time"), line.count("report_in_on_time")
    return {
        "place": place if enough(line) else None,
        "unit": presenting.short(line.unit, pack),
        "due": line.of("finish_on_time"),
        "finish": finish.share if finish else None,
        "report_in": report_in.share if report_in else None,
    }


def _arrived(case: Case, now: datetime, pack: Pack) -> dict[str, Any]:
    item = pack.items.get(case.item)
    return {
        "number": case.number,
        "item": item.name if item else "待定事项",
        "place": presenting.full_name(case.community or case.township, pack) or "地点待核",
        "at": case.reported_at,
        "yesterday": moments.said(case.reported_at, now).startswith("昨天"),
        "state": case.state,
        "emergency": case.emergency,
    }


def _items(monthly: Monthly, pack: Pack) -> list[tuple[str, int]]:
    """The items most whistled for."""
    return [
        (pack.items[code].name if code in pack.items else "待定事项", count)
        for code, count in monthly.items[:ITEMS]
    ]


def _charts(live: Live, monthly: Monthly, pack: Pack) -> Mapping[str, Any]:
    days = board.days(monthly, live.at, pack)
    return {
        "days": [day for day, _, _ in days],
        "came": [came for _, came, _ in days],
        "done": [done for _, _, done in days],
        "items": _items(monthly, pack),
        "other": sum(count for _, count in monthly.items[ITEMS:]),
    }


def _places(live: Live, pack: Pack) -> Mapping[str, Any]:
    """By community how many are not ended and how many overdue; the same by street and township, with its name in the
    middle of its communities; and where something has just arrived."""
    towns: dict[str, list[Any]] = {}
    for place in pack.places:
        if place.level is Level.COMMUNITY and place.parent and place.shape is not None:
            towns.setdefault(place.parent, []).append(place)
    middles = {
        code: MultiPoint([each.shape.centroid for each in inside]).centroid for code, inside in towns.items()
    }
    counted = {
        code: [sum(live.places.get(each.code, (0, 0))[n] for each in inside) for n in (0, 1)]
        for code, inside in towns.items()
    }
    arrived = [pack.places.get(case.community) for case in live.arrived]
    return {
        "open": live.places,
        "towns": [
            [pack.places[code].name, round(middle.x, 5), round(middle.y, 5), *counted[code]]
            for code, middle in middles.items()
        ],
        "new": [
            [case.number, *_middle(place)]
            for case, place in zip(live.arrived, arrived, strict=True)
            if place is not None and place.shape is not None
        ],
    }


def _middle(place: Place) -> tuple[float, float]:
    assert place.shape is not None
    point = place.shape.representative_point()
    return round(point.x, 5), round(point.y, 5)
