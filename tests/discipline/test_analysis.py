"""What keeps going wrong, by unit and item, within the scope of whoever asks."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.cases.conftest import NOW, by

from shaodao.centre.assessment.figures import Period
from shaodao.centre.cases import actions, sweeper
from shaodao.centre.cases.models import Clock
from shaodao.centre.discipline.analysis import recurring, units_of

COUNTY, GROUP, OTHER = by("inspector", "J00"), by("inspector", "J04"), by("inspector", "J01")
PERIOD = Period(NOW - timedelta(days=1), NOW + timedelta(days=30))


def breached(number: str) -> int:
    kinds = ("sign", "report_in", "make_safe", "milestone", "finish")
    return Clock.objects.filter(
        case_id=number, kind__in=kinds, breached_at__isnull=False, cancelled=False
    ).count()


def test_it_counts_what_is_in_the_rows(whistle, pack):
    numbers = [whistle(item="MS-07", text=f"第 {n} 个井盖丢了").case.number for n in range(3)]
    lead = actions.load(numbers[0]).lead.unit
    sweeper.sweep(NOW + timedelta(days=5))
    found = {(row.unit, row.item): row for row in recurring(COUNTY, pack, PERIOD)}
    row = found[lead, "MS-07"]
    assert row.breaches == sum(breached(number) for number in numbers) > 3
    assert row.cases == tuple(sorted(numbers, reverse=True))
    assert (row.refused, row.reworks) == (0, 0)
    assert dict(units_of(found.values()))[lead] == row.total
    assert recurring(COUNTY, pack, PERIOD, lead, "MS-07") == [row]
    assert recurring(COUNTY, pack, Period(NOW - timedelta(days=9), NOW - timedelta(days=8))) == []


def test_it_stays_within_the_scope(whistle, pack):
    for n in range(2):
        whistle(item="MS-07", text=f"第 {n} 个井盖丢了")
    sweeper.sweep(NOW + timedelta(days=5))
    assert {row.unit for row in recurring(GROUP, pack, PERIOD)} <= {"D13", "D15", "D16"}
    assert recurring(GROUP, pack, PERIOD) != []
    assert recurring(OTHER, pack, PERIOD) == []
    assert recurring(by("system_admin", "C00"), pack, PERIOD) == []


def test_once_is_not_again_and_again_and_it_costs_one_statement(whistle, pack):
    number = whistle(item="MS-07").case.number
    Clock.objects.filter(case_id=number).update(breached_at=None)
    with CaptureQueriesContext(connection) as seen:
        assert recurring(COUNTY, pack, PERIOD) == []
    assert len(seen) == 1
    Clock.objects.filter(case_id=number, kind="sign").update(breached_at=NOW + timedelta(hours=1))
    assert recurring(COUNTY, pack, PERIOD) == []
    Clock.objects.filter(case_id=number, kind="report_in").update(breached_at=NOW + timedelta(hours=2))
    (row,) = recurring(COUNTY, pack, PERIOD)
    assert row.breaches == 2
