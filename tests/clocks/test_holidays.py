"""The county's own holiday file against two libraries, day by day."""

from datetime import date, timedelta

import chinese_calendar
import holidays as world
import pytest

DAYS = [date(2021, 1, 1) + timedelta(days=n) for n in range((date(2027, 1, 1) - date(2021, 1, 1)).days)]


def test_it_agrees_with_chinesecalendar_on_every_day(huinan):
    assert [d for d in DAYS if huinan.is_workday(d) != chinese_calendar.is_workday(d)] == []


def test_it_agrees_with_holidays_on_every_day(huinan):
    """`holidays` takes make-up days from the notices; its names differ, its days must not."""
    china = world.China(years=range(2021, 2027))
    assert [d for d in DAYS if huinan.is_workday(d) != china.is_working_day(d)] == []


def test_it_names_every_listed_day_and_its_notice(holidays):
    for row in holidays:
        assert row["name"]
        assert row["source"].startswith("国办发明电〔")
    assert [row["date"] for row in holidays] == sorted(row["date"] for row in holidays)


@pytest.mark.parametrize("year", range(2021, 2027))
def test_it_has_as_many_workdays_as_the_law_leaves(huinan, year):
    """Weekdays less the statutory holidays (11 days, 13 from 2025), however days are exchanged.

    A statutory day falling on a weekend is made up for; a day of the notice for next year's New Year may
    be exchanged across the year's end, so one day either way is allowed.
    """
    weekdays = sum(d.year == year and d.isoweekday() <= 5 for d in DAYS)
    worked = sum(d.year == year and huinan.is_workday(d) for d in DAYS)
    statutory = 13 if year >= 2025 else 11
    assert abs(weekdays - worked - statutory) <= 1


def test_it_lists_make_up_days_on_weekends_near_their_holiday(holidays):
    """Every make-up workday is a weekend day, and lies near its holiday."""
    off = [date.fromisoformat(row["date"]) for row in holidays if row["kind"] == "off"]
    for row in holidays:
        day = date.fromisoformat(row["date"])
        if row["kind"] == "work":
            assert day.isoweekday() > 5
            assert min(abs((day - other).days) for other in off) <= 12
