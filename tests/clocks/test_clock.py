"""A clock's life: pauses never count, a breach is dated at the deadline and happens once."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shaodao.ground.clocks import (
    Calendar,
    Clock,
    ClockError,
    Limit,
    breach,
    bring_forward,
    cancel_breach,
    extend,
    is_breached,
    is_expired,
    is_running,
    pause,
    recompute,
    restart,
    resume,
    start,
    stop,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
SECOND = timedelta(seconds=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)


def clock(calendar: Calendar, begin: datetime, limit: str | Limit = "2h working") -> Clock:
    limit = Limit.parse(limit) if isinstance(limit, str) else limit
    return start("finish", "D1", 1, "ZJ", limit, begin, calendar)


moments = st.integers(int(at("2021-01-01").timestamp()), int(at("2026-06-30").timestamp())).map(
    lambda s: datetime.fromtimestamp(s, UTC)
)
spans = st.integers(0, 30 * 86400).map(lambda s: timedelta(seconds=s))
limits = st.builds(
    Limit,
    st.integers(1, 200),
    st.sampled_from(["minute", "hour"]),
    st.sampled_from(["natural", "working", "extended"]),
) | st.builds(Limit, st.integers(1, 30), st.sampled_from(["day", "workday"]))


def test_it_starts_with_its_deadline(huinan):
    begun = clock(huinan, at("2026-03-10 09:31:20"))
    assert begun == Clock(
        *("finish", "D1", 1, "ZJ", Limit(2, "hour", "working")),
        at("2026-03-10 09:31:20"),
        at("2026-03-10 13:01:20"),
    )
    assert is_running(begun)
    assert not begun.provisional


def test_it_has_expired_after_the_second_of_its_deadline(huinan):
    begun = clock(huinan, at("2026-03-10 09:00"))
    assert [is_expired(begun, begun.due_at + n * SECOND) for n in (-1, 0, 1)] == [False, False, True]
    assert not is_expired(begun, begun.due_at + timedelta(microseconds=999_999))


def test_what_is_done_in_time_never_expires(huinan):
    begun = clock(huinan, at("2026-03-10 09:00"))
    later = begun.due_at + timedelta(days=9)
    assert not is_expired(stop(begun, begun.due_at), later)
    assert is_expired(stop(begun, begun.due_at + SECOND), later)
    assert not is_expired(pause(begun, begun.due_at, huinan), later)


@given(begin=moments, limit=limits, worked=spans, rests=st.lists(st.tuples(spans, spans), max_size=4))
def test_pauses_never_count(huinan, begin, limit, worked, rests):
    """Whatever the pauses, the open time that ran before the deadline is the limit's."""
    running = clock(huinan, begin, limit)
    whole = huinan.left(begin, running.due_at, limit)
    now, ran = begin, timedelta(0)
    for run, rest in rests:
        if now + run > running.due_at:
            break
        ran += huinan.elapsed(now, now + run, limit.calendar)
        paused = pause(running, now + run, huinan)
        assert not is_running(paused)
        assert not is_expired(paused, now + timedelta(days=400))
        now += run + rest
        running = resume(paused, now, huinan)
        assert running.due_at >= now
    assert ran + huinan.left(now, running.due_at, limit) == whole


@given(begin=moments, limit=limits, rest=spans)
def test_a_pause_at_once_gives_the_deadline_of_a_later_start(huinan, begin, limit, rest):
    if limit.unit == "workday":  # its length in office hours may differ between the seasons
        return
    resumed = resume(pause(clock(huinan, begin, limit), begin, huinan), begin + rest, huinan)
    assert resumed.due_at == clock(huinan, begin + rest, limit).due_at


@given(begin=moments, limit=limits, late=spans, rest=spans)
def test_a_pause_does_not_save_what_was_overdue(huinan, begin, limit, late, rest):
    begun = clock(huinan, begin, limit)
    when = begun.due_at + SECOND + late
    resumed = resume(pause(begun, when, huinan), when + rest, huinan)
    assert resumed.due_at == begun.due_at
    assert is_expired(resumed, when + rest)


def test_a_pause_in_the_second_of_the_deadline_leaves_no_time_but_is_in_time(huinan):
    begun = clock(huinan, at("2026-03-10 09:00"))
    resumed = resume(pause(begun, begun.due_at, huinan), at("2026-03-12 09:00"), huinan)
    assert resumed.due_at == at("2026-03-12 09:00")


def test_it_keeps_what_is_left_over_a_pause(huinan):
    paused = pause(clock(huinan, at("2026-03-10 09:00")), at("2026-03-10 09:30"), huinan)
    assert paused.left_at_pause == 5400
    resumed = resume(paused, at("2026-03-13 16:00"), huinan)
    assert resumed.due_at == at("2026-03-16 09:00")
    assert (resumed.paused_at, resumed.left_at_pause) == (None, None)


def test_a_seasonal_pause_waits_for_the_spring(huinan):
    """What was shelved in November resumes in May with the workdays that were left, in office time."""
    paused = pause(clock(huinan, at("2025-11-03 09:30"), "5wd"), at("2025-11-05 09:30"), huinan)
    assert paused.left_at_pause == 3 * 7 * 3600
    assert resume(paused, at("2026-05-06 08:30"), huinan).due_at == at("2026-05-08 17:30")


def test_a_claim_stops_it_and_a_failed_claim_lets_it_run_on(huinan):
    begun = clock(huinan, at("2026-03-10 09:00"))
    stopped = stop(begun, at("2026-03-10 10:00"))
    assert not is_running(stopped)
    assert restart(stopped) == begun
    assert is_expired(restart(stopped), at("2026-03-11 09:00"))  # the time of verification counted


def test_an_extension_follows_the_deadline(huinan):
    begun = clock(huinan, at("2026-03-10 09:00"), "1wd")
    longer = extend(begun, Limit(1, "workday"), huinan)
    assert longer.due_at == at("2026-03-12 09:00")
    assert longer.limit == begun.limit
    by_hand = extend(longer, at("2026-03-20 12:00"), huinan)
    assert by_hand.due_at == at("2026-03-20 12:00")


def test_an_extension_of_a_paused_clock_is_there_when_it_resumes(huinan):
    paused = pause(clock(huinan, at("2026-03-10 09:00")), at("2026-03-10 10:00"), huinan)
    for longer in (
        extend(paused, Limit(1, "hour", "working"), huinan),
        extend(paused, at("2026-03-10 13:30"), huinan),
    ):
        assert longer.left_at_pause == 7200
        assert resume(longer, at("2026-03-11 09:00"), huinan).due_at == at("2026-03-11 11:00")


def test_an_extension_is_never_to_an_earlier_moment(huinan):
    begun = clock(huinan, at("2026-03-10 09:00"))
    for due in (begun.due_at, begun.due_at - SECOND):
        with pytest.raises(ClockError):
            extend(begun, due, huinan)


@given(begin=moments, limit=limits, more=limits)
def test_an_extension_is_always_later(huinan, begin, limit, more):
    begun = clock(huinan, begin, limit)
    assert extend(begun, more, huinan).due_at > begun.due_at


@given(begin=moments, limit=limits, by_hand=spans, rest=spans)
def test_a_pause_never_brings_a_deadline_forward(huinan, begin, limit, by_hand, rest):
    longer = extend(
        clock(huinan, begin, limit), clock(huinan, begin, limit).due_at + SECOND + by_hand, huinan
    )
    resumed = resume(pause(longer, begin, huinan), begin + rest, huinan)
    assert resumed.due_at >= longer.due_at


def test_a_pause_on_a_day_off_leaves_the_deadline_it_had(huinan):
    longer = extend(clock(huinan, at("2026-03-10 09:00")), at("2026-03-15 12:00"), huinan)  # a Sunday
    resumed = resume(pause(longer, at("2026-03-14 09:00"), huinan), at("2026-03-14 10:00"), huinan)
    assert resumed == longer


def test_an_earlier_deadline_set_outside_takes_the_place_of_ours(huinan, next_year):
    begun = clock(huinan, at("2026-12-30 09:00"), "5wd")
    bound = bring_forward(begun, at("2027-01-01 12:00:00.5"))
    assert bound == replace(
        begun, due_at=at("2027-01-01 12:00"), resumed_at=at("2027-01-01 12:00"), provisional=False
    )
    assert recompute(bound, next_year).due_at == bound.due_at
    assert recompute(extend(bound, Limit(1, "workday"), huinan), next_year).due_at > bound.due_at
    for due in (begun.started_at, begun.due_at):
        with pytest.raises(ClockError):
            bring_forward(begun, due)
    with pytest.raises(ClockError):
        bring_forward(stop(begun, begun.started_at), at("2027-01-01 12:00"))


def test_a_breach_is_dated_at_the_deadline_and_happens_once(huinan):
    begun = clock(huinan, at("2026-03-10 09:00"))
    breached = breach(begun)
    assert breached.breached_at == begun.due_at
    assert is_breached(breached)
    with pytest.raises(ClockError):
        breach(breached)


def test_an_extension_after_expiry_does_not_undo_the_breach(huinan):
    breached = breach(clock(huinan, at("2026-03-10 09:00")))
    longer = extend(breached, Limit(1, "workday"), huinan)
    assert longer.breached_at == breached.breached_at
    with pytest.raises(ClockError):
        breach(longer)


def test_a_cancelled_breach_stays_on_record_and_cannot_return(huinan):
    cancelled = cancel_breach(breach(clock(huinan, at("2026-03-10 09:00"))))
    assert cancelled.breached_at
    assert not is_breached(cancelled)
    for again in (cancel_breach, breach):
        with pytest.raises(ClockError):
            again(cancelled)


def test_it_refuses_what_its_condition_does_not_allow(huinan):
    begun, now = clock(huinan, at("2026-03-10 09:00")), at("2026-03-10 10:00")
    stopped, paused = stop(begun, now), pause(begun, now, huinan)
    for refused in (
        lambda: pause(paused, now, huinan),
        lambda: pause(stopped, now, huinan),
        lambda: resume(begun, now, huinan),
        lambda: resume(paused, now - SECOND, huinan),
        lambda: stop(stopped, now),
        lambda: restart(begun),
        lambda: extend(stopped, Limit(1, "hour"), huinan),
        lambda: cancel_breach(begun),
    ):
        with pytest.raises(ClockError):
            refused()


# --- a newly published calendar ---


@pytest.fixture(scope="module")
def next_year(hours, holidays) -> Calendar:
    """2027 as it might be published: three days off at New Year, a make-up Sunday."""
    days = [("2027-01-01", "off"), ("2027-01-04", "off"), ("2027-01-10", "work")]
    rows = [{"date": day, "kind": kind, "name": "元旦", "source": "演示"} for day, kind in days]
    return Calendar.from_data(hours | {"published": [*hours["published"], 2027]}, [*holidays, *rows])


@pytest.mark.parametrize(
    ("limit", "before", "after"),
    [("1wd", "2027-01-01 15:00", "2027-01-05 15:00"), ("6wd", "2027-01-08 15:00", "2027-01-11 15:00")],
)
def test_a_provisional_deadline_moves_with_the_published_calendar(huinan, next_year, limit, before, after):
    begun = clock(huinan, at("2026-12-31 15:00"), limit)
    assert (begun.due_at, begun.provisional) == (at(before), True)
    again = recompute(begun, next_year)
    assert (again.due_at, again.provisional) == (at(after), False)
    assert again == clock(next_year, at("2026-12-31 15:00"), limit)


@given(begin=moments, limit=limits, run=spans, rest=spans, more=limits)
def test_a_recomputed_clock_is_the_one_the_calendar_would_have_made(
    huinan, next_year, begin, limit, run, rest, more
):
    """Pauses and extensions are kept: the same facts replayed under the new calendar give the same clock."""

    def life(calendar: Calendar, pauses: bool) -> Clock:
        begun = clock(calendar, begin + timedelta(days=180), limit)
        if pauses and begun.started_at + run <= begun.due_at:
            paused = pause(begun, begun.started_at + run, calendar)
            begun = resume(paused, begun.started_at + run + rest, calendar)
        return extend(begun, more, calendar)

    for pauses in (False, True):
        old, new = life(huinan, pauses), life(next_year, pauses)
        if new.resumed_left == old.resumed_left:
            assert recompute(old, next_year) == new
        assert recompute(old, huinan) == old


def test_a_deadline_set_by_hand_does_not_move(huinan, next_year):
    by_hand = extend(clock(huinan, at("2026-12-31 15:00"), "1wd"), at("2027-01-03 12:00"), huinan)
    assert not by_hand.provisional
    assert recompute(by_hand, next_year) == by_hand
    longer = extend(by_hand, Limit(1, "workday"), huinan)
    assert longer.provisional
    assert recompute(longer, next_year).due_at == at("2027-01-06 08:30")


def test_a_deadline_set_by_hand_forgets_how_it_was_reckoned_before(huinan, next_year):
    paused = pause(clock(huinan, at("2026-12-31 09:00")), at("2026-12-31 10:00"), huinan)
    resumed = extend(resume(paused, at("2026-12-31 16:00"), huinan), Limit(1, "workday"), huinan)
    by_hand = extend(resumed, at("2027-01-08 12:00"), huinan)
    assert not by_hand.provisional
    assert recompute(by_hand, next_year) == by_hand


def test_what_is_over_is_not_recomputed(huinan, next_year):
    begun = clock(huinan, at("2026-12-31 15:00"), "1wd")
    for over in (
        stop(begun, at("2027-01-01 09:00")),
        breach(begun),
        pause(begun, at("2026-12-31 16:00"), huinan),
    ):
        assert recompute(over, next_year) == over


@given(begin=moments, limit=limits, run=spans, rest=spans, more=limits, breached=st.booleans())
def test_a_clock_survives_its_event(huinan, begin, limit, run, rest, more, breached):
    begun = clock(huinan, begin, limit)
    paused = pause(begun, begin + run, huinan)
    resumed = extend(resume(paused, begin + run + rest, huinan), more, huinan)
    stopped = stop(replace(resumed, breached_at=resumed.due_at if breached else None), begin + run + rest)
    for each in (begun, paused, resumed, stopped, cancel_breach(breach(begun))):
        data = each.as_data()
        assert Clock.from_data(data) == each
        assert all(
            value is None or isinstance(value, int | str) or all(isinstance(v, str) for v in value)
            for value in data.values()
        )
