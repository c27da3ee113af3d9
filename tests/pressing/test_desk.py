"""The red alarm at the desk: acknowledged once, calls logged, seen by the desk alone; and who stands behind a post."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.cases.conftest import NOW, by

from shaodao.centre.cases import actions as cases
from shaodao.centre.cases import permissions
from shaodao.centre.cases.lifecycle.model import By
from shaodao.centre.cases.lifecycle.refusal import Refusal
from shaodao.centre.pressing import actions, gathering, watch
from shaodao.centre.pressing.models import Call, Charge, Step
from shaodao.centre.pressing.projection import PRESSED
from shaodao.centre.shifts import actions as shifts
from shaodao.county.people import grants, holders
from shaodao.county.people.models import User
from shaodao.ground.ledger import store
from shaodao.ground.ledger.events import Context, Stream
from shaodao.ground.messages import outbox, relay
from shaodao.ground.messages.models import Outgoing

LATE = NOW + timedelta(minutes=6)  # an emergency is signed within five
DESK, COLLEAGUE = by("shift_leader", "C00", 1), by("seat", "C00", 2)
ELSEWHERE = {"lon": 126.0528, "lat": 42.6835, "crs": "WGS-84"}
OUTSIDERS = [
    by("unit_head", "D15", 3), by("county_leader", "L00", 4), by("caller", "C00", 5), by("stationed", "D15", 6),
    by("system_admin", "C00", 7),
]  # fmt: skip


@pytest.fixture
def rung(whistle) -> Step:
    """An emergency that nobody signed."""
    whistle(item="MS-07")
    actions.press(LATE)
    return Step.objects.get(how="alarm")


@pytest.fixture
def person(pack):
    def make(username: str, role: str, unit: str) -> str:
        user = User.objects.create_user(username, f"演示{username}", "x" * 12)
        grants.grant(
            user, role, unit, pack=pack, by=Context(actor="system:init"), now=NOW - timedelta(days=1)
        )
        return f"user:{user.pk}"

    return make


def faults() -> list:
    streams = store.histories(Stream("pressing", row.number) for row in Step.objects.all())
    return [*PRESSED.check([(stream.id, events) for stream, events in streams]), *PRESSED.strays()]


def test_it_rings_until_somebody_acknowledges_it_once(rung, pack):
    (alarm,) = actions.alarms(DESK, pack, LATE)
    assert alarm.rings
    actions.acknowledge(rung.number, rung.seq, COLLEAGUE, at=LATE)
    actions.acknowledge(rung.number, rung.seq, DESK, at=LATE + timedelta(minutes=1))
    (alarm,) = actions.alarms(DESK, pack, LATE)
    assert (alarm.rings, alarm.running, alarm.step.acknowledged_by) == (False, True, COLLEAGUE.actor)
    types = [event.type for event in store.history(Stream("pressing", rung.number))]
    assert types.count("AlarmAcknowledged") == 1
    assert faults() == []


def test_it_stops_by_itself_once_the_unit_has_signed(rung, pack):
    cases.act(rung.number, "sign", {"duty": 1}, by("handler", "D15", 9), at=LATE)
    (alarm,) = actions.alarms(DESK, pack, LATE)
    assert (alarm.rings, alarm.running) == (False, False)
    assert actions.alarms(DESK, pack, LATE + timedelta(days=2)) == []


def test_it_logs_who_called_whom_and_whether_they_were_reached(rung, person, pack):
    head, duty = person("head", "unit_head", "D15"), person("duty", "handler", "D15")
    whom = [
        each.who for each in actions.callable_about(actions.of_case(rung.number).step(rung.seq), pack, LATE)
    ]
    assert whom == [duty, head, "unit:D15"]  # by the roster, who is on duty first
    actions.log_call(rung.number, rung.seq, duty, "no_answer", "", COLLEAGUE, at=LATE)
    step = actions.log_call(rung.number, rung.seq, head, "reached", "马上派人", COLLEAGUE, at=LATE)
    assert [(call.whom, call.result, call.by.actor) for call in step.calls] == [
        (duty, "no_answer", "user:2"), (head, "reached", "user:2"),
    ]  # fmt: skip
    assert step.acknowledged_at == LATE
    assert Call.objects.count() == 2
    for event in store.history(Stream("pressing", rung.number)):
        assert "马上" not in str(event.payload)
    assert faults() == []
    Call.objects.update(result="reached")
    assert [fault.code for fault in faults()] == ["row-differs"]


@pytest.mark.parametrize(
    ("whom", "result", "words", "code"),
    [
        ("user:999999", "reached", "", "field_wrong"),
        ("unit:D15", "shouted", "", "field_wrong"),
        ("unit:D15", "reached", "话" * 501, "too_long"),
    ],
)
def test_it_refuses_a_call_that_makes_no_sense(rung, whom, result, words, code):
    with pytest.raises(Refusal) as refused:
        actions.log_call(rung.number, rung.seq, whom, result, words, DESK, at=LATE)
    assert refused.value.code == code
    assert not Call.objects.exists()


@pytest.mark.parametrize("who", OUTSIDERS, ids=lambda who: who.role)
def test_it_is_the_desks_alone(rung, pack, who):
    assert actions.alarms(who, pack, LATE) == []
    with pytest.raises(permissions.Forbidden):
        actions.acknowledge(rung.number, rung.seq, who, at=LATE)
    with pytest.raises(permissions.Forbidden):
        actions.log_call(rung.number, rung.seq, "unit:D15", "reached", "", who, at=LATE)


def test_it_raises_no_alarm_at_the_desk_about_a_complaint_about_the_centre(whistle, pack):
    number = whistle(item="MS-07", against="C00").case.number
    actions.press(LATE)
    assert Step.objects.filter(number=number).exists()
    assert not Step.objects.filter(number=number, to__contains=["role:shift_leader@C00"]).exists()
    assert actions.alarms(DESK, pack, LATE) == []


def test_it_knows_no_other_step_than_an_alarm(rung):
    other = Step.objects.exclude(how="alarm").first()
    with pytest.raises(cases.NoSuchCase):
        actions.acknowledge(other.number, other.seq, DESK, at=LATE)
    with pytest.raises(cases.NoSuchCase):
        actions.acknowledge("2026-999999", 1, DESK, at=LATE)


# --- who stands behind a post -------------------------------------------------------------------------------------


def test_it_tells_the_leader_in_charge_and_all_of_them_where_nobody_is(whistle, person):
    mine, other = person("mine", "county_leader", "L00"), person("other", "county_leader", "L00")
    watch.put_in_charge("D15", mine, by("centre_director", "C00"), at=NOW)
    whistle(item="MS-07")
    actions.press(NOW + timedelta(minutes=16))
    assert Step.objects.get(rung="sign-e2").to == [mine]
    whistle("另一处", item="MS-23", at=NOW + timedelta(days=1))  # led by U04
    actions.press(NOW + timedelta(days=1, minutes=16))
    assert Step.objects.filter(rung="sign-e2").latest("at").to == ["role:county_leader@L00"]
    assert holders.of("role:county_leader@L00", NOW) == [mine, other]


def test_it_tells_who_is_on_duty_by_name_at_night(whistle, person, monkeypatch):
    mine, duty = person("mine", "county_leader", "L00"), person("duty", "county_leader", "L00")
    watch.put_in_charge("D15", mine, by("centre_director", "C00"), at=NOW)
    monkeypatch.setattr(watch, "_named", [lambda unit, role, at: [duty] if role == "county_leader" else []])
    night = NOW + timedelta(hours=13)  # 23:00
    whistle(item="MS-07", at=night)
    actions.press(night + timedelta(minutes=16))
    assert Step.objects.get(rung="sign-e2").to == [duty]


def test_an_alarm_at_night_reaches_whoever_has_the_shift(whistle, pack, person):
    """The shift leader who signed on, not those who sleep; and the post again when the seat is empty."""
    here, asleep = person("here", "shift_leader", "C00"), person("asleep", "shift_leader", "C00")
    night = NOW + timedelta(hours=13, minutes=5)  # 23:05
    who = By(here, "shift_leader", "C00")
    shifts.sign_on(who, at=night)
    whistle(item="MS-07", at=night)
    actions.press(night + timedelta(minutes=6))
    assert Step.objects.get(how="alarm").to == [here]
    templates = {
        actor: {
            each.template
            for each in outbox.notices(
                holders.names_of(int(actor.partition(":")[2]), night), night + timedelta(days=1)
            )
        }
        for actor in (here, asleep)
    }
    assert "pressing" in templates[here]
    assert "pressing" not in templates[asleep]
    shifts.sign_off(who, at=night + timedelta(minutes=20))
    later = night + timedelta(minutes=30)
    whistle("另一处井盖", item="MS-07", at=later, place=ELSEWHERE)
    actions.press(later + timedelta(minutes=6))
    assert Step.objects.filter(how="alarm").latest("at").to == ["role:shift_leader@C00"]


def test_in_office_hours_the_post_is_told_whoever_has_signed_on(whistle, person):
    here = person("here", "shift_leader", "C00")
    shifts.sign_on(By(here, "shift_leader", "C00"), at=NOW)
    whistle(item="MS-07")
    actions.press(LATE)
    assert Step.objects.get(how="alarm").to == ["role:shift_leader@C00"]


def test_it_lets_only_the_heads_of_the_centre_say_who_is_in_charge(person):
    leader, other = person("leader", "county_leader", "L00"), person("other", "handler", "D15")
    for who in (DESK, by("county_leader", "L00"), by("unit_head", "D15"), by("system_admin", "C00")):
        with pytest.raises(permissions.Forbidden):
            watch.put_in_charge("D15", leader, who, at=NOW)
    director = by("centre_director", "C00")
    for unit, whom in (("D15", other), ("X99", leader), ("C00", leader)):
        with pytest.raises(Refusal):
            watch.put_in_charge(unit, whom, director, at=NOW)
    watch.put_in_charge("D15", leader, director, at=NOW)
    watch.put_in_charge("D15", leader, director, at=NOW)  # says nothing new
    assert len(store.history(Stream("charge", "D15"))) == 1
    watch.put_in_charge("D15", "", director, at=NOW)
    assert watch.present(NOW).in_charge == {}
    histories = [("D15", store.history(Stream("charge", "D15")))]
    assert [*watch.CHARGES.check(histories), *watch.CHARGES.strays()] == []
    Charge.objects.update(leader=leader)
    assert [fault.code for fault in watch.CHARGES.check(histories)] == ["row-differs"]


# --- digests ------------------------------------------------------------------------------------------------------


def test_it_gathers_what_can_wait_to_one_message_a_day_for_each_person(whistle, person, pack):
    first, second = person("first", "handler", "D15"), person("second", "handler", "D15")
    numbers = [whistle(f"第 {n} 处路面坏了", item="MS-08").case.number for n in range(3)]
    due = cases.load(numbers[0]).clock("finish", "duty:1").due_at
    actions.press(due - timedelta(days=1))
    assert Outgoing.objects.filter(channel="digest").count() == 3
    morning = gathering.next_digest(due - timedelta(days=1), pack)
    assert not notices(first, morning)
    for _ in range(2):  # a relay that was killed delivers again
        relay.deliver_batch(morning)
        Outgoing.objects.filter(channel="digest").update(state="waiting", not_before=morning)
    relay.deliver_batch(morning)
    for who in (first, second):
        (told,) = notices(who, morning)
        names = holders.names_of(int(who.partition(":")[2]), morning)
        rows = gathering.gathered(names, pack.day(morning))
        assert (told.template, told.params["day"]) == ("digest", pack.day(morning).isoformat())
        assert [row.params["number"] for row in rows] == numbers


def notices(who: str, at) -> list:
    return [n for n in outbox.notices([who], at) if n.template == "digest"]
