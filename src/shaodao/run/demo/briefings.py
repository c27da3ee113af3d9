"""The briefings of the demonstration: each month's is drafted, checked, signed, published and read, by the same actions as
any, when only what had happened until then stood in the tables.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from shaodao.centre.briefings import actions, drafting
from shaodao.centre.briefings.months import Month
from shaodao.centre.cases.lifecycle.model import By
from shaodao.county.pack.model import Pack
from shaodao.county.units import Kind
from shaodao.faces.briefings.shown import names_of

from .people import Cast

DRAFTED_ON, DRAFTED_AT = 3, 9  # day of the next month, hour
MONTHS = 24


def drafted_at(month: Month, zone: str) -> datetime:
    after = month.after
    return datetime(after.year, after.month, DRAFTED_ON, DRAFTED_AT, tzinfo=ZoneInfo(zone))


def moments(pack: Pack, until: datetime) -> dict[datetime, Month]:
    """When each month's briefing is drafted, the earliest first: the last two years of months that are over."""
    month = Month.of(until, pack.zone).before
    if drafted_at(month, pack.zone) + timedelta(hours=8) > until:
        month = month.before
    found = {}
    for _ in range(MONTHS):
        found[drafted_at(month, pack.zone)] = month
        month = month.before
    return dict(sorted(found.items()))


def publish(month: Month, pack: Pack, cast: Cast, at: datetime, until: datetime, seed: int) -> None:
    """One month, from draft to the leaders' reading."""
    rng = Random(f"{seed}/briefing/{month}")
    centre = next(unit for unit in pack.units.values() if unit.kind is Kind.CENTRE)
    desk = _pick(cast, "handler", f"{centre.code}-1", rng)
    director = _pick(cast, "centre_director", centre.code, rng)
    signer = _pick(cast, "unit_head", centre.parent or "", rng)
    found = actions.draft(month, desk, at=at)
    for each in found.problems[1:]:
        if rng.random() < 0.08:
            later = at + timedelta(minutes=20)
            actions.pick(str(month), *each.named.key, desk, leave_out="已约定整改日期，单独督办", at=later)
    content, names = actions.content_of(found.digest), names_of(pack)
    named = tuple(each.named for each in found.problems)
    opinions, steps = drafting.opinions(content, named, names), drafting.steps(content, named, names)
    actions.write(str(month), opinions, steps, desk, at=at + timedelta(minutes=50))
    for minutes, command, by in (
        (60, "submit", desk),
        (150, "check", director),
        (330, "sign", signer),
        (400, "publish", desk),
    ):
        actions.act(str(month), command, by, at=at + timedelta(minutes=minutes))
    for leader in cast.actors.get(("county_leader", "L00"), ()):
        read_at = at + timedelta(days=rng.randrange(1, 4), minutes=rng.randrange(-40, 480))
        if read_at < until and rng.random() < 0.85:
            actions.act(str(month), "read", By(leader, "county_leader", "L00"), at=read_at)


def _pick(cast: Cast, role: str, unit: str, rng: Random) -> By:
    found = cast.pick(role, unit, rng)
    if found is None:
        raise LookupError(f"nobody is {role} at {unit}")
    return found
