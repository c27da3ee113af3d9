"""催办: who is told before, at and after a deadline."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from tests.cases.conftest import NOW, by

from shaodao.centre.cases import actions
from shaodao.centre.pressing import actions as pressing
from shaodao.centre.pressing import ladder
from shaodao.centre.pressing.models import Step
from shaodao.county.pack.model import At, Moment, Rung
from shaodao.ground.clocks import Limit
from shaodao.ground.messages.models import Outgoing

ITEM = "MS-08"  # signed within an hour, led by D15


def told() -> set[tuple[str, str]]:
    return {(who, step.rung) for step in Step.objects.all() for who in step.to}


def of(codes: str) -> set[str]:
    return {recipient for recipient, code in told() if code == codes}


def due_of(number: str, kind: str) -> datetime:
    clock = actions.load(number).clock(kind, "duty:1")
    assert clock is not None
    return clock.due_at


def test_it_tells_the_handlers_before_the_unit_at_and_its_head_after_the_limit(whistle):
    number = whistle(item=ITEM).case.number
    due = due_of(number, "sign")
    pressing.press(due - timedelta(minutes=21))
    assert told() == set()
    pressing.press(due - timedelta(minutes=20))
    assert told() == {("role:handler@D15", "sign-b")}
    pressing.press(due)
    assert of("sign-0") == set()
    pressing.press(due + timedelta(seconds=1))
    assert of("sign-0") == {"role:liaison@D15"}
    assert of("sign-1") == set()
    pressing.press(due + timedelta(hours=5))  # with the noon break
    assert of("sign-1") == {"role:unit_head@D15"}


def test_it_tells_each_once_whoever_looks_and_however_often(whistle):
    number = whistle(item=ITEM).case.number
    late = due_of(number, "sign") + timedelta(seconds=1)
    for _ in range(3):
        pressing.press(late)
        actions.let_time_pass(number, late)  # a breach that is recorded is told no second time
    assert Step.objects.filter(rung="sign-0").count() == 1
    assert Outgoing.objects.filter(channel="notice", dedupe_key__contains=":sign-0:").count() == 1


def test_it_tells_nobody_of_what_is_done(whistle):
    number = whistle(item=ITEM).case.number
    due = due_of(number, "sign")
    actions.act(number, "sign", {"duty": 1}, by("handler", "D15"), at=NOW + timedelta(minutes=5))
    pressing.press(due + timedelta(seconds=1))
    assert {code for _, code in told()} <= {"report-b"}


def test_it_tells_the_person_who_has_the_duty_in_hand(whistle):
    number = whistle(item=ITEM).case.number
    actions.act(
        number,
        "assign",
        {"duty": 1, "section": "D15-2", "handler": "user:77"},
        by("liaison", "D15"),
        at=NOW + timedelta(minutes=1),
    )
    pressing.press(due_of(number, "report_in") - timedelta(minutes=10))
    assert of("report-b") == {"user:77"}


def test_a_dated_step_is_told_to_who_has_its_duty_in_hand(whistle):
    number = whistle(item="XZ-01").case.number
    at = actions.load(number).reported_at
    actions.act(number, "assign", {"duty": 1, "handler": "user:77"}, by("liaison", "D13"), at=at)
    (clock,) = (k for k in actions.load(number).open_clocks if k.kind == "milestone")
    pressing.press(clock.due_at - timedelta(hours=3))
    assert of("step-b") == {"user:77"}
    pressing.press(clock.due_at + timedelta(seconds=1))
    assert of("step-0") == {"role:unit_head@D13"}


def test_it_tells_the_section_that_has_the_duty(whistle):
    number = whistle(item=ITEM).case.number
    where = {"duty": 1, "section": "D15-2"}
    actions.act(number, "assign", where, by("liaison", "D15"), at=NOW + timedelta(minutes=1))
    pressing.press(due_of(number, "report_in") - timedelta(minutes=10))
    assert of("report-b") == {"role:handler@D15-2"}


def test_it_tells_the_whole_unit_where_it_has_no_such_post(whistle):
    """A community has a secretary and grid chiefs, but nobody called handler or head of unit."""
    number = whistle("楼道灯不亮", item="MS-17").case.number
    duty = actions.load(number).duty(1)
    assert duty is not None
    pressing.press(due_of(number, "report_in") + timedelta(seconds=1))
    assert of("report-0") == {f"unit:{duty.unit}"}


def test_it_tells_a_new_deadline_anew(whistle):
    number = whistle(item=ITEM).case.number
    due = due_of(number, "finish")
    early = NOW + timedelta(minutes=5)
    until = (due + timedelta(hours=2)).isoformat()
    said = {"duty": 1, "until": until, "reason": "materials", "words": "等材料"}
    actions.act(number, "ask_extension", said, by("liaison", "D15"), at=early)
    pressing.press(due - timedelta(hours=1))
    actions.act(number, "decide", {"request": 1, "approve": True}, by("shift_leader", "C00", 2), at=early)
    assert due_of(number, "finish") == due + timedelta(hours=2)
    pressing.press(due + timedelta(hours=1))
    assert Step.objects.filter(rung="finish-b2").count() == 2


def test_it_reaches_the_county_and_the_inspectors_in_the_end(whistle):
    number = whistle(item=ITEM).case.number
    due = due_of(number, "finish")
    actions.let_time_pass(number, due + timedelta(seconds=1))
    for days in (1, 3, 7, 14):
        pressing.press(due + timedelta(days=days))
    reached = {code: who for who, code in told() if code.startswith("finish")}
    assert reached["finish-1"] == "role:centre_deputy@C00"
    assert reached["finish-3"].startswith("role:county_leader@")
    assert reached["finish-7"].startswith("role:supervisor@")
    assert reached["finish-14"].startswith("role:inspector@")


def test_it_does_not_tell_the_unit_that_the_complaint_is_about(whistle):
    """Where the centre is complained of, its heads do not learn of it from the ladder either."""
    number = whistle(item=ITEM, against="C00").case.number
    pressing.press(due_of(number, "finish") + timedelta(days=1, minutes=1))
    assert not any(recipient.endswith("@C00") for recipient, _ in told())


def test_it_tells_no_old_news_after_a_standstill(whistle):
    number = whistle(item=ITEM).case.number
    pressing.press(due_of(number, "sign") + timedelta(days=4))
    assert of("sign-0") == set()


def test_it_asks_the_same_few_statements_for_many(whistle, django_assert_max_num_queries):
    for n in range(6):
        whistle(f"井盖坏了 {n}", item=ITEM)
    assert pressing.press(NOW + timedelta(hours=2)) == 6
    with django_assert_max_num_queries(5):
        assert pressing.press(NOW + timedelta(hours=2)) == 0


@pytest.mark.parametrize(
    ("moment", "offset", "came"),
    [
        (Moment.BEFORE, Limit(30, "minute"), [False, True, True, False, False]),
        (Moment.BEFORE, Limit(2, "hour"), [False, False, False, False, False]),  # the limit is shorter itself
        (Moment.AT, None, [False, False, False, True, True]),
        (Moment.AFTER, Limit(1, "hour"), [False, False, False, False, True]),
    ],
)
def test_it_knows_when_a_rung_comes(pack, moment, offset, came):
    rung = Rung("x", "sign", moment, offset, None, "handler", At.UNIT, "请办理")
    due = NOW + timedelta(hours=1)
    moments = [
        NOW,
        due - timedelta(minutes=30),
        due - timedelta(seconds=1),
        due + timedelta(seconds=1),
        due + timedelta(hours=1),
    ]
    calendar = pack.calendar_of("D15")
    assert [ladder.came_at(rung, NOW, due, at, calendar) is not None for at in moments] == came
