"""When a rung of the ladder comes, and whom it tells. Pure over the rows of a clock and its duty.

Nothing is kept of what is still to be told: a rung has come or it has not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from shaodao.centre.cases.models import Clock, Duty
from shaodao.centre.cases.rules import PackRules
from shaodao.county.pack.model import How, Moment, Rung
from shaodao.ground.clocks import Calendar, OutOfCalendar

SECOND = timedelta(seconds=1)


def nobody_named(unit: str, role: str, at: datetime) -> Sequence[str]:
    return ()


@dataclass(frozen=True, slots=True)
class Watch:
    """Who stands behind a post: the county leader in charge of each unit, and who is on duty by name (a function of unit,
    role and moment, to actors)."""

    in_charge: Mapping[str, str]
    on_duty: Callable[[str, str, datetime], Sequence[str]] = nobody_named


def came_at(
    rung: Rung, started: datetime, due: datetime, now: datetime, calendar: Calendar
) -> datetime | None:
    """The moment at which a rung of a running clock came; None = not yet, or never: a warning longer than the limit
    itself is none, and once the limit has passed it warns of nothing."""
    try:
        if rung.moment is Moment.AT or rung.offset is None:
            return due if due < now else None
        if rung.moment is Moment.AFTER:
            moment = calendar.add(due, rung.offset)
            return moment if moment <= now else None
        if calendar.add(started, rung.offset) >= due or not now < due <= calendar.add(now, rung.offset):
            return None
        early, late = started, now  # the first second from which the offset reaches the deadline
        while late - early > SECOND:
            middle = early + timedelta(seconds=int((late - early).total_seconds()) // 2)
            early, late = (early, middle) if calendar.add(middle, rung.offset) >= due else (middle, late)
        return late
    except OutOfCalendar:
        return None


def recipients(
    rung: Rung, clock: Clock, duty: Duty | None, rules: PackRules, at: datetime, watch: Watch
) -> tuple[str, ...]:
    """Whom the rung tells at a moment: the person who has the duty in hand; else the post it names, by the roster outside
    office hours, unless it can wait for them; or where a unit lacks the post the unit. Nobody: 回避, the complaint is about
    it."""
    section = duty.section if duty else ""
    unit = rules.seat(rung.at, clock.unit, section, clock.case.township)
    if clock.case.against and rules.same_unit(unit, clock.case.against):
        return ()
    if rung.role == "handler" and duty is not None:
        if duty.handler:
            return (duty.handler,)
        unit = duty.section or unit
    if not rules.has_post(unit, rung.role):
        return (f"unit:{unit}",)
    stand = () if rung.how is How.DIGEST else _on_roster(rung.role, unit, rules, at)
    if named := dict.fromkeys(who for role in stand for who in watch.on_duty(unit, role, at)):
        return tuple(named)
    if rung.role == "county_leader" and (leader := watch.in_charge.get(_head(clock.unit, rules), "")):
        return (leader,)
    return tuple(f"role:{role}@{unit}" for role in stand or (rung.role,))


def _on_roster(role: str, unit: str, rules: PackRules, at: datetime) -> tuple[str, ...]:
    """Outside office hours: the role itself where it is on duty, else who acts for it. Empty: the roster says nothing."""
    if rules.pack.calendar.is_office_day(at):
        return ()
    rows = [row for row, _ in rules.pack.on_duty(unit, at)]
    if any(row.role == role for row in rows):
        return (role,)
    return tuple(dict.fromkeys(row.role for row in rows if role in row.acts_for))


def _head(unit: str, rules: PackRules) -> str:
    return rules.pack.tree.head_unit(unit).code if unit in rules.pack.units else unit
