"""Other limits and calendars, applied to the moments at which things really happened. Pure.

Whatever happened to a clock (paused, extended, stopped, run on) happens again at the same moment; only the limit and the
hours it counts on are others. A date set by hand stays the date it is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from shaodao.centre.cases.lifecycle import Refusal
from shaodao.centre.cases.rules import PackRules
from shaodao.centre.rehearsal.facts import DutyClock, Heard
from shaodao.county.pack.model import Pack
from shaodao.ground import clocks
from shaodao.ground.clocks import Calendar, Clock, Limit


@dataclass(frozen=True, slots=True)
class Shown:
    """What a clock shows: whether it counts in a rate, whether it was late, and the minutes it gave at first."""

    counts: bool
    late: bool
    given: int


@dataclass(frozen=True, slots=True)
class Timed:
    """One clock of a duty as it was, and as it would have been; `after` None: no such stage any more."""

    kind: str
    unit: str
    before: Shown
    after: Shown | None


PackAt = Callable[[datetime], Pack]


def timed(heard: Heard, pack_at: PackAt, changed: Pack, as_of: datetime) -> list[Timed]:
    """Every clock of the duties of a case, before and after."""
    found = []
    for clock in heard.clocks:
        first = clock.first
        before = _shown(heard, clock, first, _judged(clock.last, as_of))
        limit = limit_of(clock, pack_at(first.started_at), changed)
        after = None
        if limit is not None:
            calendar = changed.calendar_of(first.unit)
            after = _shown(heard, clock, *follow(clock, limit, calendar, heard.said.external_due, as_of))
        found.append(Timed(first.kind, first.unit, before, after))
    return found


def limit_of(clock: DutyClock, then: Pack, changed: Pack) -> Limit | None:
    """The limit under the changed pack; the same again where it was set by hand, or the pack no longer knows the item.

    None: the changed pack has no such stage.
    """
    first = clock.first
    usual = _limit(clock, then)
    if usual != (first.limit,):
        return first.limit
    now = _limit(clock, changed)
    return first.limit if now is None else now[0]


def _limit(clock: DutyClock, pack: Pack) -> tuple[Limit | None] | None:
    """What a pack gives such a duty; None where it does not know the item or unit."""
    rules = PackRules(pack, clock.first.started_at)
    try:
        plan = rules.duty_plan(clock.first.unit, clock.role, clock.item, clock.situation)
    except Refusal:
        return None
    return (getattr(plan.limits, clock.first.kind),)


def follow(
    clock: DutyClock, limit: Limit, calendar: Calendar, foreign_due: datetime | None, as_of: datetime
) -> tuple[Clock, Clock]:
    """The clock with another limit as it begins, and after everything that happened to the real one, up to `as_of`."""
    first = clock.first
    now = clocks.start(first.kind, first.subject, first.round, first.unit, limit, first.started_at, calendar)
    if first.kind == "finish" and foreign_due and now.started_at < foreign_due < now.due_at:
        now = clocks.bring_forward(now, foreign_due)
    begun = now
    before = first
    for after, at in clock.steps[1:]:
        now = _step(now, before, after, at, calendar)
        before = after
    now = _judged(now, as_of)
    if clock.returned_at and now.breached_at and now.breached_at > clock.returned_at:
        now = clocks.cancel_breach(now)  # as when a return is granted
    return begun, now


def _step(now: Clock, before: Clock, after: Clock, at: datetime, calendar: Calendar) -> Clock:
    if after.stopped_at and not before.stopped_at:
        return clocks.stop(_judged(now, after.stopped_at), after.stopped_at)
    now = _judged(now, at)
    if before.stopped_at and not after.stopped_at:
        return _judged(clocks.restart(now), at)
    if after.paused_at and not before.paused_at:
        return clocks.pause(now, after.paused_at, calendar)
    if before.paused_at and not after.paused_at:
        return clocks.resume(now, at, calendar)
    by_hand = after.resumed_at == after.due_at and after.resumed_left is None and not after.extensions
    if by_hand and after.due_at != before.due_at:
        return clocks.extend(now, after.due_at, calendar) if after.due_at > now.due_at else now
    if len(after.extensions) > len(before.extensions):
        return clocks.extend(now, after.extensions[-1], calendar)
    return now


def _judged(clock: Clock, at: datetime) -> Clock:
    """A deadline that passed while it ran is a breach, and stays one."""
    over = clocks.is_running(clock) and not clock.breached_at and clocks.is_expired(clock, at)
    return clocks.breach(clock) if over else clock


def _shown(heard: Heard, clock: DutyClock, begun: Clock, ended: Clock) -> Shown:
    given = int((begun.due_at - begun.started_at).total_seconds()) // 60
    return Shown(_counts(heard, clock, ended), clocks.is_breached(ended), given)


def _counts(heard: Heard, clock: DutyClock, ended: Clock) -> bool:
    """As the figures count: judged, neither paused nor left out; a duty that left its unit in time was never due."""
    if heard.excluded or ended.cancelled or ended.paused_at or (ended.kind == "finish" and heard.ask):
        return False
    in_time = ended.stopped_at is not None and clock.duty_ended in ("", "done")
    return clocks.is_breached(ended) or in_time
