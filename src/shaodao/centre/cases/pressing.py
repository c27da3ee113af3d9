"""催办: before a deadline, at it and after it the next higher post is told, by the ladder of the pack.

Nothing is kept of what is still to be told: a rung has come or it has not, and the key of its notice lets it be told
once for each deadline, however many processes look. After a longer standstill only the rungs of the last days are told.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django.db.models import Q

from shaodao.centre.cases import actions, notices
from shaodao.centre.cases.models import Clock, Duty
from shaodao.centre.cases.notices import Notice
from shaodao.centre.cases.rules import PackRules
from shaodao.county.pack import versions
from shaodao.county.pack.model import Moment, Pack, Rung
from shaodao.ground.clocks import Calendar, OutOfCalendar

FRESH = timedelta(days=3)  # a rung that came longer ago is no news
# How far from a deadline its rungs may lie. A working day is at most so many days of a long holiday.
BEFORE, AFTER = timedelta(days=14), timedelta(days=60)


def came_at(
    rung: Rung, started: datetime, due: datetime, now: datetime, calendar: Calendar
) -> datetime | None:
    """When the rung of a running clock came, for `Moment.BEFORE` no later than `now`; None = not yet, or never: a limit
    shorter than the warning has none."""
    try:
        if rung.moment is Moment.AT or rung.offset is None:
            return due if due < now else None
        if rung.moment is Moment.AFTER:
            moment = calendar.add(due, rung.offset)
            return moment if moment <= now else None
        early = calendar.add(started, rung.offset) < due
        return now if early and now < due <= calendar.add(now, rung.offset) else None
    except OutOfCalendar:
        return None


def recipient(rung: Rung, clock: Clock, duty: Duty | None, rules: PackRules) -> str:
    """Whom the rung tells: the post it names, the person who has the duty in hand, or where a unit lacks the post the
    unit. Empty: 回避, the complaint is about it."""
    section = duty.section if duty else ""
    unit = rules.seat(rung.at, clock.unit, section, clock.case.township)
    if clock.case.against and rules.same_unit(unit, clock.case.against):
        return ""
    if rung.role == "handler" and duty is not None:
        if duty.handler:
            return duty.handler
        unit = duty.section or unit
    return f"role:{rung.role}@{unit}" if rules.has_post(unit, rung.role) else f"unit:{unit}"


def due(at: datetime, pack: Pack) -> list[Notice]:
    """Every rung that has come lately. Two statements."""
    rules = PackRules(pack, at)
    clocks = list(_running(at, pack))
    duties = _duties(clocks)
    found = []
    for clock in clocks:
        duty = duties.get((clock.case_id, clock.subject))
        for rung in pack.ladder:
            if rung.clock != clock.kind or rung.emergency not in (None, clock.case.emergency):
                continue
            moment = came_at(rung, clock.started_at, clock.due_at, at, rules.calendar(clock.unit))
            if moment is None or moment <= at - FRESH:
                continue
            if who := recipient(rung, clock, duty, rules):
                which = f"{clock.case_id}:{clock.kind}:{clock.subject}:{clock.round}"
                key = f"{which}:{rung.code}:{int(clock.due_at.timestamp())}"
                params = {"number": clock.case_id, "words": rung.words}
                found.append(Notice(who, "pressing", key, params, clock.case.emergency))
    return found


def press(at: datetime | None = None) -> int:
    """Tell what has come and was not told; return how many notices that were looked at."""
    moment = at or actions.now()
    try:
        pack = versions.current(moment)
    except versions.NoPack:
        return 0
    found = due(moment, pack)
    notices.post(found, moment)
    return len(found)


def tick(stop: threading.Event) -> None:
    """The loop of the background process."""
    press()


def _running(at: datetime, pack: Pack) -> Iterable[Clock]:
    """Clocks that run, or ran out and are still waited for, with deadlines near enough to have a rung."""
    kinds = sorted({rung.clock for rung in pack.ladder})
    near = Q(due_at__gt=at - AFTER - FRESH, due_at__lt=at + BEFORE)
    rows = Clock.objects.filter(near, kind__in=kinds, stopped_at=None, paused_at=None, cancelled=False)
    return rows.select_related("case")


def _duties(clocks: Iterable[Clock]) -> Mapping[tuple[str, str], Duty]:
    numbers = {clock.case_id for clock in clocks if clock.subject.startswith("duty:")}
    rows = Duty.objects.filter(case_id__in=numbers, ended="") if numbers else ()
    return {(duty.case_id, f"duty:{duty.duty_id}"): duty for duty in rows}
