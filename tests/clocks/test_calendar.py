"""Deadlines: examples a person can check by hand, and laws that hold for every moment."""

from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shaodao.ground.clocks import Calendar, CalendarFault, Limit, OutOfCalendar

SHANGHAI = ZoneInfo("Asia/Shanghai")
KINDS = ("natural", "working", "extended", "duty")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def local(moment: datetime) -> str:
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"


seconds_of_years = st.integers(int(at("2021-01-01").timestamp()), int(at("2027-12-31").timestamp()))
moments = seconds_of_years.map(lambda s: datetime.fromtimestamp(s, UTC))
amounts = st.integers(1, 400)
counted = st.builds(Limit, amounts, st.sampled_from(["minute", "hour"]), st.sampled_from(KINDS))
limits = counted | st.builds(Limit, amounts, st.sampled_from(["day", "workday"]))


@pytest.mark.parametrize(
    ("start", "limit", "due"),
    [
        ("2026-03-10 09:00", "15m", "2026-03-10 09:15:00"),
        ("2026-03-10 22:00", "3d", "2026-03-13 22:00:00"),
        ("2026-03-10 09:00", "2h working", "2026-03-10 11:00:00"),
        ("2026-03-10 09:30", "2h working", "2026-03-10 11:30:00"),  # the closing, not the opening after lunch
        ("2026-03-10 09:31", "2h working", "2026-03-10 13:01:00"),  # over lunch, winter hours
        ("2026-07-07 09:31", "2h working", "2026-07-07 13:31:00"),  # summer hours
        ("2026-03-10 12:00", "2h working", "2026-03-10 15:00:00"),  # started at lunch
        ("2026-03-13 16:30", "1h working", "2026-03-16 09:00:00"),  # over a weekend
        ("2026-02-13 16:30", "1h working", "2026-02-14 09:00:00"),  # into a make-up Saturday
        ("2026-02-14 16:30", "1h working", "2026-02-24 09:00:00"),  # over the Spring Festival
        ("2025-12-31 16:00", "2h working", "2026-01-04 09:30:00"),  # over the year's end, to a worked Sunday
        ("2026-03-10 22:30", "1h extended", "2026-03-11 06:30:00"),
        ("2026-02-17 03:00", "1h extended", "2026-02-17 07:00:00"),  # New Year's Day of the lunar year too
        ("2026-03-10 10:00", "1wd", "2026-03-11 10:00:00"),
        ("2026-03-10 20:00", "1wd", "2026-03-12 08:30:00"),  # started closed: from the next opening
        ("2026-03-10 17:00", "1wd", "2026-03-12 08:30:00"),  # the closing instant is closed
        ("2026-03-13 10:00", "1wd", "2026-03-16 10:00:00"),
        ("2026-02-13 10:00", "3wd", "2026-02-25 10:00:00"),
        ("2026-04-30 13:10", "1wd", "2026-05-06 11:30:00"),  # 13:10 is lunch in summer: the closing before it
        ("2025-09-30 17:15", "1wd", "2025-10-09 17:00:00"),  # 17:15 is closed in winter
        ("2026-12-31 10:00", "1wd", "2027-01-01 10:00:00"),  # unpublished: no holiday is invented
    ],
)
def test_it_finds_the_deadline(huinan, start, limit, due):
    assert local(huinan.add(at(start), Limit.parse(limit))) == due


def walk(calendar: Calendar, start: datetime, amount: int) -> datetime:
    """Another way to the same deadline: cross off office time day by day."""
    wall, day = start.astimezone(SHANGHAI), start.astimezone(SHANGHAI).date()
    while True:
        summer = (5, 1) <= (day.month, day.day) < (10, 1)
        lunch_ends, closes = (time(13, 30), time(17, 30)) if summer else (time(13), time(17))
        if calendar.is_workday(day):
            for opens, shuts in ((time(8, 30), time(11, 30)), (lunch_ends, closes)):
                begin = max(wall, datetime.combine(day, opens, SHANGHAI))
                open_for = (datetime.combine(day, shuts, SHANGHAI) - begin).total_seconds()
                if open_for >= amount:
                    return begin + timedelta(seconds=amount)
                amount -= max(open_for, 0)
        day += timedelta(days=1)


@given(start=moments, amount=st.integers(1, 2000))
def test_it_equals_crossing_off_office_time_day_by_day(huinan, start, amount):
    assert huinan.add(start, Limit(amount, "minute", "working")) == walk(huinan, start, amount * 60)


@given(start=moments, amount=st.integers(1, 60))
def test_a_workday_limit_ends_that_many_workdays_later(huinan, start, amount):
    begin = huinan.next_open(start, "working").astimezone(SHANGHAI)
    due = huinan.add(start, Limit(amount, "workday")).astimezone(SHANGHAI)
    between = [begin.date() + timedelta(days=n) for n in range(1, (due.date() - begin.date()).days + 1)]
    assert sum(map(huinan.is_workday, between)) == amount
    assert huinan.is_workday(due.date())
    assert due.time() <= begin.time()
    if huinan.is_open(datetime.combine(due.date(), begin.time(), SHANGHAI), "working"):
        assert due.time() == begin.time()
    else:
        assert due.time() in (time(11, 30), time(17))


@given(one=moments, other=moments, limit=limits)
def test_a_later_start_never_gives_an_earlier_deadline(huinan, roster, one, other, limit):
    first, second = sorted([one, other])
    assert roster.add(first, limit) <= roster.add(second, limit)


@given(start=moments, later=st.integers(0, 60), limit=limits)
def test_nearby_starts_keep_their_order(huinan, roster, start, later, limit):
    assert roster.add(start, limit) <= roster.add(start + timedelta(minutes=later), limit)


@given(start=moments, limit=limits, more=amounts)
def test_a_larger_amount_gives_a_later_deadline(huinan, roster, start, limit, more):
    larger = Limit(limit.amount + more, limit.unit, limit.calendar)
    assert start < roster.add(start, limit) < roster.add(start, larger)


@given(start=moments, limit=counted)
def test_what_is_left_at_the_start_is_the_limit(huinan, roster, start, limit):
    assert roster.left(start, roster.add(start, limit), limit) == timedelta(seconds=limit.seconds)


@given(start=moments, now=moments, limit=limits)
def test_elapsed_and_left_make_up_the_whole(huinan, roster, start, now, limit):
    due = roster.add(start, limit)
    whole = roster.elapsed(start, due, limit.calendar)
    assert roster.elapsed(start, now, limit.calendar) + roster.left(now, due, limit) == whole
    assert roster.elapsed(now, start, limit.calendar) == -roster.elapsed(start, now, limit.calendar)


@given(start=moments, limit=counted)
def test_nothing_less_than_the_deadline_would_do(huinan, roster, start, limit):
    """The deadline is the earliest such moment: a second before, a second of the limit is still left."""
    due = roster.add(start, limit)
    assert roster.left(due - timedelta(seconds=1), due, limit) == timedelta(seconds=1)


@given(now=moments, kind=st.sampled_from(KINDS))
def test_the_next_opening_is_open_and_nothing_opens_before_it(huinan, roster, now, kind):
    opening = roster.next_open(now, kind)
    assert roster.is_open(opening, kind)
    assert roster.elapsed(now, opening, kind) == (timedelta(0) if kind != "natural" else opening - now)
    assert (opening == now) == roster.is_open(now, kind)


@given(start=moments, limit=limits)
def test_equal_data_gives_equal_deadlines(huinan, hours, holidays, start, limit):
    assert Calendar.from_data(hours, reversed(holidays)).version == huinan.version
    assert huinan.add(start, limit) == huinan.add(start.astimezone(timezone(timedelta(hours=-7))), limit)


# --- rosters ---


@pytest.fixture(scope="session")
def roster(huinan) -> Calendar:
    """Night shifts from Monday to Thursday of one week, two of them touching a day shift."""
    return huinan.with_duty(
        [
            (at("2026-03-09 17:00"), at("2026-03-10 08:00")),
            (at("2026-03-10 08:00"), at("2026-03-10 12:00")),
            (at("2026-03-11 20:00"), at("2026-03-12 06:00")),
            (at("2026-03-12 05:00"), at("2026-03-12 07:00")),
        ]
    )


@pytest.mark.parametrize(
    ("start", "due"),
    [
        ("2026-03-09 22:00", "2026-03-10 00:00:00"),
        ("2026-03-10 07:00", "2026-03-10 09:00:00"),  # from one shift into the next
        ("2026-03-10 11:00", "2026-03-11 21:00:00"),  # off duty between the shifts, office hours or not
        ("2026-03-12 04:00", "2026-03-12 06:00:00"),  # overlapping shifts count once
        ("2026-03-12 06:00", "2026-03-12 09:30:00"),  # after the roster ends: office hours
        ("2026-03-09 10:00", "2026-03-09 13:30:00"),  # before it begins: office hours
    ],
)
def test_duty_time_counts_on_the_roster(roster, start, due):
    assert local(roster.add(at(start), Limit(2, "hour", "duty"))) == due


def test_a_unit_without_a_roster_keeps_office_hours(huinan):
    start = at("2026-03-10 20:00")
    assert huinan.add(start, Limit(2, "hour", "duty")) == huinan.add(start, Limit(2, "hour", "working"))


def test_a_roster_changes_no_other_hours_and_is_another_version(huinan, roster):
    start = at("2026-03-10 20:00")
    for kind in ("natural", "working", "extended"):
        assert roster.add(start, Limit(2, "hour", kind)) == huinan.add(start, Limit(2, "hour", kind))
    assert roster.version != huinan.version
    assert roster != huinan


def test_a_shift_that_ends_before_it_begins_is_refused(huinan):
    with pytest.raises(CalendarFault, match=r"duty\[1\]"):
        huinan.with_duty([(at("2026-03-09"), at("2026-03-10")), (at("2026-03-10"), at("2026-03-10"))])


# --- the edges ---


def test_a_deadline_beyond_the_published_years_is_provisional(huinan, roster):
    assert huinan.published_until == date(2026, 12, 31)
    last, next_year = at("2026-12-31 23:59:59"), at("2027-01-01 00:00")
    assert [huinan.is_provisional(moment) for moment in (last, next_year)] == [False, True]
    assert not huinan.is_provisional(next_year, "natural")
    assert not huinan.is_provisional(next_year, "extended")  # the same hours every day
    assert huinan.is_provisional(next_year, "duty")
    end = at("2026-03-12 07:00")
    assert [roster.is_provisional(m, "duty") for m in (end, end + timedelta(seconds=1))] == [False, True]


def test_parts_of_a_second_are_cut_off(huinan):
    limit, start = Limit(1, "minute"), at("2026-03-10 09:00")
    assert huinan.add(start + timedelta(microseconds=999_999), limit) == huinan.add(start, limit)


def test_a_moment_without_a_zone_is_refused(huinan):
    with pytest.raises(ValueError, match="time zone"):
        huinan.add(datetime(2026, 3, 10, 9), Limit(1, "minute"))  # noqa: DTZ001


@pytest.mark.parametrize("year", [1990, 2050])
@pytest.mark.parametrize("limit", ["1h working", "1h extended", "1wd"])
def test_a_moment_decades_away_is_refused(huinan, year, limit):
    with pytest.raises(OutOfCalendar):
        huinan.add(datetime(year, 1, 1, tzinfo=UTC), Limit.parse(limit))


def test_a_limit_that_ends_decades_away_is_refused(huinan):
    for limit in (Limit(9000, "workday"), Limit(90_000, "hour", "working")):
        with pytest.raises(OutOfCalendar):
            huinan.add(at("2026-03-10 09:00"), limit)


def test_the_tables_are_good_to_their_very_ends(huinan):
    """Ten years around the published ones: from 2011 to the last closing of 2036, a Wednesday."""
    closing, first = at("2036-12-31 17:00"), at("2011-01-03 08:30")
    assert huinan.add(closing - timedelta(minutes=1), Limit(1, "minute", "working")) == closing
    assert huinan.add(at("2036-12-30 10:00"), Limit(1, "workday")) == at("2036-12-31 10:00")
    assert huinan.elapsed(first, closing, "working") > timedelta(days=365)
    assert huinan.elapsed(closing, closing, "working") == timedelta(0)
    for beyond in (
        lambda: huinan.add(closing - timedelta(minutes=1), Limit(2, "minute", "working")),
        lambda: huinan.add(at("2036-12-31 10:00"), Limit(1, "workday")),
        lambda: huinan.next_open(closing, "working"),
        lambda: huinan.passed(closing + timedelta(seconds=1), "working"),
        lambda: huinan.passed(first - timedelta(seconds=1), "working"),
    ):
        with pytest.raises(OutOfCalendar):
            beyond()


def test_a_deadline_before_the_published_years_is_provisional_too(huinan):
    moments = [at("2020-12-31 23:59:59"), at("2021-01-01 00:00")]
    assert [huinan.is_provisional(moment) for moment in moments] == [True, False]


def test_a_season_begins_on_its_day(hours, holidays):
    late, early = {"from": "03-10", "hours": ["10:00-12:00"]}, {"from": "06-01", "hours": ["08:00-12:00"]}
    calendar = Calendar.from_data(hours | {"office": [early, late]}, holidays)
    opened = [calendar.next_open(at(f"2026-03-{day}"), "working") for day in ("09", "10")]
    assert opened == [at("2026-03-09 08:00"), at("2026-03-10 10:00")]


def test_a_version_is_a_short_name(huinan):
    assert len(huinan.version) == 16


def test_unknown_hours_are_refused(huinan):
    with pytest.raises(ValueError, match="lunar"):
        huinan.elapsed(at("2026-03-10"), at("2026-03-11"), "lunar")


def test_office_hours_follow_a_zone_with_daylight_saving(hours, holidays):
    """Nothing assumes a fixed offset: the day after the clocks change, ten is still ten."""
    berlin = ZoneInfo("Europe/Berlin")
    calendar = Calendar.from_data(hours | {"timezone": "Europe/Berlin"}, holidays)
    friday = datetime(2026, 3, 27, 10, tzinfo=berlin)
    assert calendar.add(friday, Limit(1, "workday")).astimezone(berlin) == datetime(
        2026, 3, 30, 10, tzinfo=berlin
    )
    seven_hours = calendar.add(friday, Limit(7, "hour", "working"))
    assert seven_hours.astimezone(berlin) == datetime(2026, 3, 30, 10, tzinfo=berlin)


# --- faults of the data ---


def test_every_fault_of_the_data_is_named(hours):
    data = hours | {
        "timezone": "Asia/Huinan",
        "week": [0, 1],
        "published": [2025, 2027],
        "extended": ["23:00-06:00"],
        "office": [{"from": "13-01", "hours": ["08:30-11:30"]}],
    }
    rows = [
        {"date": "2026-02-30", "kind": "off", "name": "春节", "source": ""},
        {"date": "2026-03-01", "kind": "free", "name": "春节", "source": ""},
    ]
    with pytest.raises(CalendarFault) as fault:
        Calendar.from_data(data, rows)
    assert {where for where, _ in fault.value.faults} == {
        *("timezone", "week", "published", "extended", "office", "holidays[0].date", "holidays[1].kind"),
    }


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"published": [2025, 2026, 2027]}, "published"),  # a year without any notice
        ({"published": []}, "published"),
        ({"week": []}, "week"),
        ({"week": [1, 8]}, "week"),
        ({"office": []}, "office"),
        ({"office": [{"from": "05-01", "hours": ["08:30-11:30"]}] * 2}, "office"),
        ({"office": [{"from": "05-01", "hours": ["08:30-11:30", "11:00-17:00"]}]}, "office"),
        ({"office": [{"from": "05-01", "hours": "08:30-11:30"}]}, "office"),
        ({"office": [{"from": "05-01", "hours": []}]}, "office"),
        ({"extended": ["06:00-25:00"]}, "extended"),
        ({"extended": ["06:00-24:30"]}, "extended"),
        ({"extended": ["06:00-06:00"]}, "extended"),
        ({"extended": ["06:00-12:00", "12:00-23:00"]}, "extended"),  # one session, not two that touch
        ({"extended": ["06:00-22:60"]}, "extended"),
        ({"extended": ["-1:00-22:00"]}, "extended"),
    ],
)
def test_a_fault_says_where(hours, holidays, change, where):
    rows = [row for row in holidays if row["date"] >= "2025"]
    with pytest.raises(CalendarFault) as fault:
        Calendar.from_data(hours | {"published": [2025, 2026]} | change, rows)
    assert where in {place for place, _ in fault.value.faults}


def test_missing_keys_doubled_days_and_unlisted_years_are_faults(hours, holidays):
    without = {key: value for key, value in hours.items() if key != "week"}
    extra = [*holidays, holidays[0], {"date": "2027-01-01", "kind": "off", "name": "元旦", "source": ""}]
    with pytest.raises(CalendarFault) as fault:
        Calendar.from_data(without, extra)
    wheres = [where for where, _ in fault.value.faults]
    assert wheres == ["week", f"holidays[{len(holidays)}].date", f"holidays[{len(holidays) + 1}].date"]


def test_round_the_clock_hours_never_close(hours, holidays):
    calendar = Calendar.from_data(hours | {"extended": ["00:00-24:00"]}, holidays)
    start = at("2026-03-10 23:30")
    assert calendar.add(start, Limit(48, "hour", "extended")) == start + timedelta(hours=48)


def test_a_county_may_work_every_day_of_the_week(hours, holidays):
    every_day = Calendar.from_data({**hours, "week": [1, 2, 3, 4, 5, 6, 7], "source": "a notice"}, holidays)
    assert every_day.is_workday(date(2026, 3, 15))
    assert every_day.source == "a notice"
    unsigned = {key: value for key, value in hours.items() if key != "source"}
    assert Calendar.from_data(unsigned, holidays).source == ""
