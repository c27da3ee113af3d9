"""A case that nobody touches, under a frozen clock: exactly the right posts at the right minutes, over the National Day
holiday with its make-up Saturday, by day and by night."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from shaodao.centre.cases import actions, sweeper
from shaodao.centre.pressing import actions as pressing
from shaodao.centre.pressing.models import Step
from shaodao.ground.messages.models import Outgoing

LOCAL = ZoneInfo("Asia/Shanghai")
MINUTE = timedelta(minutes=1)


def local(text: str) -> datetime:
    return datetime.strptime(f"2026-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=LOCAL)


# Filed on the last afternoon before the holiday: October 1 to 7 are off, Saturday the 10th is worked, and office hours
# change to winter on the 1st (08:30 to 17:30 before, to 17:00 after).
ORDINARY = (  # MS-08: signed in 60 minutes of work, report-in and made safe in 4 hours, finished in 7 workdays
    ("09-30 15:40", "sign-b", "role:handler@D15"),
    ("09-30 16:00", "sign-0", "role:liaison@D15"),
    ("10-08 09:00", "sign-1", "role:unit_head@D15"),  # two hours of work: 16:00 to 17:30, and 08:30 to 09:00
    ("10-08 09:30", "report-b", "role:handler@D15"),
    ("10-08 09:30", "safe-b", "role:handler@D15"),
    ("10-08 10:00", "report-0", "role:unit_head@D15"),
    ("10-08 10:00", "safe-0", "role:unit_head@D15"),
    ("10-08 12:00", "safe-1", "role:centre_deputy@C00"),
    ("10-08 15:30", "report-1", "role:centre_deputy@C00"),
    ("10-14 15:00", "finish-b1", "role:handler@D15"),
    ("10-15 13:00", "finish-b2", "role:section_head@D15"),
    ("10-15 15:00", "finish-0", "role:unit_head@D15"),  # workdays: 8, 9, 10 (make-up), 12, 13, 14, 15
    ("10-16 15:00", "finish-1", "role:centre_deputy@C00"),
    ("10-18 15:00", "finish-3", "role:county_leader@L00"),
    ("10-22 15:00", "finish-7", "role:supervisor@V00"),
    ("10-29 15:00", "finish-14", "role:inspector@J00"),
)
# An emergency in the night of a holiday: the roster decides, where it says anything.
EMERGENCY = (  # MS-07: signed in 5 minutes, report-in 30, made safe 2 hours, finished in 24
    ("10-02 23:35", "sign-0", "role:handler@D15"),  # on duty; acts for the liaison
    ("10-02 23:35", "sign-e0", "role:shift_leader@C00"),
    ("10-02 23:40", "sign-e1", "role:unit_head@D15"),
    ("10-02 23:45", "sign-e2", "role:county_leader@L00"),
    ("10-02 23:45", "sign-e3", "role:centre_director@C00"),
    ("10-02 23:50", "report-eb", "role:handler@D15"),
    ("10-03 00:00", "report-0", "role:unit_head@D15"),
    ("10-03 00:15", "report-e1", "role:centre_director@C00"),
    ("10-03 00:30", "report-e2", "role:county_leader@L00"),
    ("10-03 01:00", "safe-b", "role:handler@D15"),
    ("10-03 01:30", "safe-0", "role:unit_head@D15"),
    ("10-03 03:30", "safe-1", "role:shift_leader@C00"),  # acts for the deputy
    ("10-03 21:30", "finish-b2", "role:handler@D15"),  # acts for the head of section
    ("10-03 23:30", "finish-0", "role:unit_head@D15"),
    ("10-04 23:30", "finish-1", "role:centre_deputy@C00"),  # can wait for the morning, and for its own post
    ("10-06 23:30", "finish-3", "role:county_leader@L00"),
    ("10-10 23:30", "finish-7", "role:supervisor@V00"),
    ("10-17 23:30", "finish-14", "role:inspector@J00"),
)
CASES = {
    "before the holiday": ("MS-08", "09-30 15:00", ORDINARY),
    "in a night of it": ("MS-07", "10-02 23:30", EMERGENCY),
}


def ticks(first: datetime, last: datetime, minutes: Iterable[datetime]) -> list[datetime]:
    """Every hour between, and the minutes before, at and after the given ones."""
    hours = int((last - first).total_seconds() // 3600) + 1
    around = {minute + n * MINUTE for minute in minutes for n in (-1, 0, 1)}
    return sorted(
        {first + timedelta(hours=n) for n in range(hours)} | {at for at in around if first <= at <= last}
    )


def live(number: str, first: datetime, last: datetime, minutes: Iterable[datetime]) -> None:
    for at in ticks(first, last, minutes):
        for each in sweeper.due(at):
            actions.let_time_pass(each, at)
        pressing.press(at)


@pytest.mark.parametrize("name", CASES)
def test_it_tells_the_right_ones_at_the_right_minutes(whistle, name):
    item, filed, expected = CASES[name]
    first = local(filed)
    number = whistle(item=item, at=first).case.number
    live(number, first, local(expected[-1][0]) + timedelta(days=3), (local(when) for when, *_ in expected))
    steps = Step.objects.filter(number=number).order_by("at", "seq")
    found = [(f"{s.at.astimezone(LOCAL):%m-%d %H:%M}", s.rung, " ".join(s.to)) for s in steps]
    assert sorted(found) == sorted(expected)
    for step in steps:  # told at its minute: what can wait, the next morning
        told = told_at(step)
        assert len(told) == len(step.to)
        late = [moment - step.at for moment in told]
        assert all(
            timedelta(0) <= each <= (timedelta(hours=24) if step.how == "digest" else MINUTE) for each in late
        )


def told_at(step: Step) -> list[datetime]:
    """When the messages of a step were to be read in the application, or with the day's digest."""
    which = f"press:{step.number}:{step.clock}:{step.subject}:{step.round}:{int(step.due_at.timestamp())}:{step.rung}:"
    rows = Outgoing.objects.filter(dedupe_key__startswith=which, channel__in=("notice", "digest"))
    return list(rows.values_list("not_before", flat=True))


def test_it_rings_no_telephone_at_night_but_for_emergencies(whistle):
    """In the application at once; outside from seven in the morning."""
    plain = whistle(
        item="MS-13", at=local("09-30 20:40")
    ).case.number  # due at 07:40, two hours before is 05:40
    urgent = whistle(item="MS-07", at=local("09-30 22:10")).case.number
    for number in (plain, urgent):
        live(number, local("09-30 20:40"), local("10-01 06:00"), [local("10-01 05:40"), local("09-30 22:15")])
    outside = Outgoing.objects.filter(
        channel="reach", template="pressing", created_at__gt=local("09-30 22:00")
    )
    assert {row.not_before for row in outside if row.params["number"] == plain} == {local("10-01 07:00")}
    rung = [row for row in outside if row.params["number"] == urgent]
    assert rung
    assert all(row.not_before == row.created_at and row.params["urgent"] for row in rung)
