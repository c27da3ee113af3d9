"""值班: seats, hand-over, and what the centre's own people did."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta, timezone
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.cases.conftest import NOW, by

from shaodao.centre.assessment.figures import Period
from shaodao.centre.cases import actions as cases
from shaodao.centre.cases import permissions
from shaodao.centre.cases.lifecycle.codec import from_payload, to_payload
from shaodao.centre.cases.lifecycle.model import Kept
from shaodao.centre.cases.lifecycle.refusal import Refusal
from shaodao.centre.shifts import actions, shift, work
from shaodao.centre.shifts.models import Done, Note, Stint
from shaodao.centre.shifts.projection import SHIFTS
from shaodao.ground.ledger import projections, sealer, store, subscriptions
from shaodao.ground.ledger.events import Stream

SEAT, OTHER, HEAD = by("seat", "C00", 1), by("seat", "C00", 2), by("shift_leader", "C00", 3)
CITY, CITY_NEXT, WATER = by("stationed", "D13", 4), by("stationed", "D13", 5), by("stationed", "D10", 6)
OUTSIDER = by("handler", "D15", 7)
DAY = (NOW - timedelta(days=200)).replace(tzinfo=None)
EAST = timezone(timedelta(hours=8))
EVENING = datetime(2026, 4, 15, 10, 0, tzinfo=UTC)  # 18:00


def refused(call, *args, **kwargs) -> str:
    with pytest.raises(Refusal) as found:
        call(*args, **kwargs)
    return found.value.code


@given(
    st.times(),
    st.times(),
    st.datetimes(
        timezones=st.just(EAST),
        min_value=DAY,
        max_value=DAY + timedelta(days=400),
    ),
)
def test_a_turn_holds_the_moment_it_was_found_for(start, end, moment):
    at = moment
    turn = shift.running(SimpleNamespace(code="x", start=start, end=end), at, EAST)
    if turn is None:
        assert not start <= at.time() < end
        assert start < end or end <= at.time() < start
        return
    assert turn.starts_at <= at < turn.ends_at
    assert turn.ends_at - turn.starts_at <= timedelta(days=1)
    assert turn.starts_at.time() == start
    assert turn.ends_at.time() == end


def test_a_night_shift_is_named_after_the_day_it_began():
    night = SimpleNamespace(code="night", start=time(23), end=time(8))
    turn = shift.running(night, datetime(2026, 4, 16, 3, 0, tzinfo=EAST), EAST)
    assert turn is not None
    assert turn.code == "2026-04-15-night"


def test_it_seats_people_on_the_shift_they_are_rostered_for(pack):
    assert actions.sign_on(SEAT, at=NOW).code == "2026-04-15-office"
    actions.sign_on(CITY, at=NOW)
    by_row = {(each.row.unit, each.row.role): each for each in actions.seats(pack, NOW)[0]}
    assert [s.actor for s in by_row["C00", "seat"].there] == [SEAT.actor]
    assert by_row["C00", "seat"].missing == 5
    assert by_row["D13", "stationed"].missing == 0
    assert by_row["D05", "stationed"].missing == 1
    assert ("U01", "handler") not in by_row  # on duty at home, not at the desk
    assert sorted(Stint.objects.values_list("seat", flat=True)) == [1, 2]  # one numbering for the room


def test_whoever_helps_out_is_there_beside_the_roster(pack):
    actions.sign_on(CITY, at=EVENING)  # the department has nobody at the desk in the evening
    assert [s.actor for s in actions.seats(pack, EVENING)[1]] == [CITY.actor]


def test_it_refuses_a_second_seat_and_a_taken_one(pack):
    actions.sign_on(SEAT, 7, at=NOW)
    assert refused(actions.sign_on, SEAT, at=NOW) == "on_already"
    assert refused(actions.sign_on, CITY, 7, at=NOW) == "seat_taken"
    assert refused(actions.sign_on, CITY, 100, at=NOW) == "field_wrong"
    assert refused(actions.sign_off, OTHER, at=NOW) == "not_on"
    actions.sign_off(SEAT, at=NOW + timedelta(hours=1))
    actions.sign_on(OTHER, 7, at=NOW + timedelta(hours=2))


def test_whoever_forgets_to_sign_off_is_gone_when_the_shift_ends(pack):
    actions.sign_on(SEAT, at=NOW)
    assert actions.where_is(SEAT.actor, EVENING - timedelta(minutes=31))
    assert actions.where_is(SEAT.actor, EVENING) is None
    actions.sign_on(SEAT, at=EVENING)


def test_it_is_handed_over_and_taken_by_somebody_else(pack, whistle):
    number = whistle(text="不知道归谁管的事").case.number
    assert refused(actions.hand_over, SEAT, "盯着井盖", [], at=NOW) == "not_on"
    actions.sign_on(SEAT, at=NOW)
    assert refused(actions.hand_over, SEAT, " ", [], at=NOW) == "words_needed"
    assert refused(actions.hand_over, SEAT, "看", ["2020-999999"], at=NOW) == "no_such_case"
    actions.hand_over(SEAT, "老李说下午三点回电话", [number], at=EVENING)
    note = Note.objects.get()
    assert note.cases == [number]
    assert note.waiting == [["triage", 1, 1]]
    assert refused(actions.take_over, note.turn, 1, SEAT, at=EVENING) == "second_person_needed"
    actions.take_over(note.turn, 1, OTHER, at=EVENING)
    assert Note.objects.get().taken_by == OTHER.actor
    assert refused(actions.take_over, note.turn, 1, HEAD, at=EVENING) == "not_now"
    late = NOW + timedelta(days=2)
    assert refused(actions.hand_over, SEAT, "太晚了", [], at=late) == "not_on"


def test_a_stationed_officer_reads_and_takes_only_what_is_the_own_departments(pack):
    actions.sign_on(SEAT, at=NOW)
    actions.sign_on(CITY, at=NOW)
    actions.hand_over(SEAT, "中心的", [], at=NOW)
    actions.hand_over(CITY, "城管局的", [], at=NOW + timedelta(minutes=1))
    read = {
        who: [n.unit for n in actions.notes(who, pack, EVENING)] for who in (SEAT, HEAD, CITY_NEXT, WATER)
    }
    assert read == {SEAT: ["D13", "C00"], HEAD: ["D13", "C00"], CITY_NEXT: ["D13"], WATER: []}
    left = Note.objects.get(unit="D13")
    which = left.turn, left.note
    with pytest.raises(actions.NoSuchNote):
        actions.take_over(*which, WATER, at=EVENING)
    with pytest.raises(actions.NoSuchNote):
        actions.take_over(*which, OUTSIDER, at=EVENING)
    with pytest.raises(permissions.Forbidden):
        actions.take_over(*which, HEAD, at=EVENING)
    actions.take_over(*which, CITY_NEXT, at=EVENING)


@pytest.mark.parametrize("who", [OUTSIDER, by("county_leader", "L00"), by("system_admin", "C00")])
def test_nobody_else_sits_at_the_desk(pack, who):
    for call in (lambda: actions.sign_on(who, at=NOW), lambda: actions.hand_over(who, "x", [], at=NOW)):
        with pytest.raises(permissions.Forbidden):
            call()


def test_rows_are_compared_with_replay_and_words_stay_out_of_events(pack):
    actions.sign_on(SEAT, at=NOW)
    actions.hand_over(SEAT, "老李说下午三点回电话", [], at=NOW)
    turn = Stint.objects.get().turn
    history = store.history(SHIFTS.stream(turn))
    assert "老李" not in str([event.payload for event in history])
    assert "老李" not in str(list(Note.objects.values()))
    assert list(SHIFTS.check([(turn, history)])) == []
    Stint.objects.update(seat=9)
    Note.objects.update(role="caller")
    assert len(list(SHIFTS.check([(turn, history)]))) == 2
    Stint.objects.all().delete()
    Note.objects.update(turn="2020-01-01-office")
    assert [fault.where for fault in SHIFTS.strays()] == ["shift/2020-01-01-office"]
    assert "shift" in projections.registered()


@pytest.mark.parametrize("name", sorted(shift.EVENTS))
def test_it_reads_its_events_back(name):
    made = {
        "SignedOn": shift.SignedOn(SEAT, 3, NOW),
        "SignedOff": shift.SignedOff(SEAT),
        "HandedOver": shift.HandedOver(SEAT, 1, Kept("a"), ("1",), (shift.Waiting("triage", 2, 1),)),
        "TakenOver": shift.TakenOver(OTHER, 1),
    }[name]
    assert from_payload(name, to_payload(made), shift.EVENTS) == made


def test_what_was_done_belongs_to_whoever_stopped_the_clock(pack, whistle, django_assert_num_queries):
    prompt, tardy = (whistle(text=f"不知道归谁管的事{n}").case.number for n in range(2))
    give = {"item": "MS-07", "words": "核实过"}
    cases.act(prompt, "dispatch", give, SEAT, at=NOW + timedelta(minutes=4))
    cases.act(tardy, "dispatch", give, OTHER, at=NOW + timedelta(minutes=40))
    sealer.seal_all(NOW + timedelta(hours=1))
    assert subscriptions.run("desk_work", NOW + timedelta(hours=1))
    period = Period(NOW, NOW + timedelta(days=1))
    with django_assert_num_queries(1):
        found = work.by_person(period)
    assert {hand[0]: kinds["triage"] for hand, kinds in found.items()} == {
        SEAT.actor: work.Tally(1, 1, 4, 0),
        OTHER.actor: work.Tally(1, 0, 40, 0),
    }
    assert list(work.by_person(period, SEAT.actor)) == [(SEAT.actor, "seat", "C00")]
    assert work.by_unit(period)["C00"]["triage"].done == 2
    assert [(row.number, row.minutes) for row in work.late(period)] == [(tardy, 40)]
    assert work.late(period, SEAT.actor) == []
    kept = list(Done.objects.order_by("number").values())
    work.watch(store.history(Stream("case", prompt)))  # told again: nothing changes
    assert list(Done.objects.order_by("number").values()) == kept


def test_work_of_units_is_never_counted_by_persons(pack, whistle):
    number = whistle(text="西门口的井盖丢了", item="MS-07").case.number
    cases.act(number, "sign", {"duty": 1}, by("liaison", "D15", 8), at=NOW + timedelta(minutes=5))
    work.watch(store.history(Stream("case", number)))
    assert not Done.objects.exists()


def test_a_persons_work_is_for_that_person_and_the_heads():
    may = permissions.may_read_desk_work
    assert may(SEAT, SEAT.actor)
    assert may(HEAD, SEAT.actor)
    assert not may(OTHER, SEAT.actor)
    assert not may(CITY, SEAT.actor)
    assert not may(OUTSIDER, OUTSIDER.actor)
