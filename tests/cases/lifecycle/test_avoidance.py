"""回避、隐私、日历: a complaint about a unit is never handled by it; who reported is seen with a reason; new calendars."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from tests.cases.lifecycle.world import (
    CALLER,
    GRID,
    LEADER,
    PLACE,
    SEAT,
    SHIFT_LEADER,
    STREET,
    SWEEPER,
    WHISTLER,
    WORDS,
    World,
    moment,
    names,
    of,
    sample,
)

from shaodao.centre.cases.lifecycle import commands as c
from shaodao.centre.cases.lifecycle import events as e


def test_it_never_gives_a_duty_to_the_unit_complained_of(world: World) -> None:
    world.report(against="D15")
    assert world.state == "in_triage"
    assert world.refused(c.Dispatch(by=SEAT, plan=world.plan("D15"))).code == "unit_must_avoid"
    assert world.refused(c.Dispatch(by=SEAT, plan=world.plan("D13", "D15"))).code == "unit_must_avoid"
    assert world.refused(c.SendToRuling(by=SEAT, units=("D15",))).code == "unit_must_avoid"
    world.do(c.Dispatch(by=SEAT, plan=world.plan("D13")))
    called = c.CallAssist(by=of("D13"), to=world.duty_plan("D15"), reason="x")
    assert world.refused(called).code == "unit_must_avoid"
    moved = c.Redispatch(by=SHIFT_LEADER, duty=1, to=world.duty_plan("D15"), reason="x")
    assert world.refused(moved).code == "unit_must_avoid"
    council = c.Convene(by=STREET, units=("D15",), meet_at=moment("03-03 10:00"), place=PLACE, words=WORDS)
    assert world.refused(council).code == "unit_must_avoid"


def test_it_lets_nobody_of_the_unit_complained_of_take_part(world: World) -> None:
    world.report(against="S01", plan=None)
    for command in (
        c.Convene(by=STREET, units=("D15",), meet_at=moment("03-03 10:00"), place=PLACE, words=WORDS),
        c.Comment(by=STREET, words=WORDS),
        c.EscalateTier(by=STREET, reason="x"),
    ):
        assert world.refused(command).code == "unit_must_avoid"
    world.do(c.Erase(by=of("S01", "security_admin"), subject="person:w"))  # a duty of law, whoever does it


def test_it_takes_a_complaint_about_the_centre_to_the_leaders(world: World) -> None:
    world.report(against="C00", plan=None)
    assert (world.state, world.open_clocks()) == ("in_ruling", {"county_ruling case L00"})
    assert world.last(e.RaisedToCounty).reason == "avoid"
    assert world.refused(c.Answer(by=SEAT, words=WORDS)).code == "unit_must_avoid"
    assert world.refused(c.ProposeDecline(by=SHIFT_LEADER, reason="untrue")).code == "unit_must_avoid"
    world.do(c.Rule(by=LEADER, plan=world.plan("D13"), basis=WORDS))
    world.do(c.AskReturn(by=of("D13"), duty=1, reason="not_ours", words=WORDS))
    assert [(s.role, s.unit) for s in world.case.requests[0].steps] == [
        ("section_head", "D13"),
        ("county_leader", "L00"),
    ]
    world.approve("return")
    assert world.open_clocks() == {"county_ruling case L00"}


def test_it_neither_verifies_nor_calls_back_from_the_centre_complained_of(world: World) -> None:
    world.report("MS-17", against="C00", plan=None)
    world.do(c.Rule(by=LEADER, plan=world.plan("S01-01"), basis=WORDS))
    world.turn_out()
    world.do(c.ClaimFinished(by=GRID, duty=1, way="done", words=WORDS))
    assert world.clock("verification").unit == "L00"
    world.do(c.Verify(by=LEADER, passed=True))
    world.tick("03-05 10:00")
    assert not world.case.waits("call_back")
    assert world.refused(c.CallBack(by=CALLER, reached=False)).code == "not_now"


def test_it_refuses_a_decline_of_a_complaint_about_the_centre_without_a_second_queue(world: World) -> None:
    world.report(against="C00", plan=None)
    world.do(c.ProposeDecline(by=LEADER, reason="untrue"))
    assert [s.role for s in world.case.requests[0].steps] == ["county_leader"]
    world.do(c.Decide(by=replace(LEADER, actor="user:99"), request=1, approve=False, words=WORDS))
    assert world.open_clocks() == {"county_ruling case L00"}
    assert world.clock("county_ruling").round == 1


def test_it_reveals_who_reported_to_a_handling_unit_with_a_reason(world: World) -> None:
    world.report()
    reveal = c.RevealIdentity(by=SHIFT_LEADER, unit="D15", reason="must_enter_home", words=WORDS)
    assert world.refused(replace(reveal, reason="")).code == "reason_needed"
    assert world.refused(replace(reveal, unit="D13")).code == "unit_has_no_duty"
    look = c.SeeIdentity(by=of("D15", "handler"), reason="call")
    assert world.refused(look).code == "identity_not_revealed"
    world.do(reveal)
    assert world.case.revealed_to == ("D15",)
    assert names(world.do(look)) == ["IdentitySeen"]
    assert world.refused(replace(look, reason="")).code == "reason_needed"


def test_it_leaves_an_event_of_every_look_of_the_centre(world: World) -> None:
    world.report()
    events = world.do(c.SeeIdentity(by=CALLER, reason="call_back", words=WORDS))
    seen = events[0]
    assert isinstance(seen, e.IdentitySeen)
    assert (seen.by, seen.reason) == (CALLER, "call_back")


def test_it_shares_with_the_unit_where_the_item_is_shared(world: World) -> None:
    world.report("MS-20")
    world.do(c.SeeIdentity(by=of("U02"), reason="appointment"))


def test_it_never_reveals_a_protected_whistler(world: World) -> None:
    world.report("XZ-09")
    reveal = c.RevealIdentity(by=SHIFT_LEADER, unit="D13", reason="x")
    assert world.refused(reveal).code == "identity_protected"


@pytest.mark.parametrize(
    "command", [c.RevealIdentity(by=SHIFT_LEADER, unit="D15", reason="x"), c.SeeIdentity(by=SEAT, reason="x")]
)
@pytest.mark.parametrize("erased", [True, False])
def test_it_has_nobody_to_reveal_when_anonymous_or_erased(
    world: World, command: c.Command, erased: bool
) -> None:
    world.report(anonymous=not erased)
    if erased:
        world.do(c.Erase(by=WHISTLER, subject="person:w"))
        assert world.case.erased
    assert world.refused(command).code == "not_now"


def test_it_reckons_provisional_deadlines_again_when_the_calendar_is_published() -> None:
    world = World("2026-12-30 09:00")
    world.report("XZ-01")  # 20 workdays: into a year without published holidays
    finish = world.clock("finish", "duty:1")
    assert (finish.provisional, finish.due_at) == (True, moment("2027-01-27 09:00"))
    assert world.do(c.Recompute(by=SWEEPER)) == []
    calendar = world.pack.calendar
    days = {**calendar.days, date(2027, 1, 1): False, date(2027, 1, 2): False, date(2027, 1, 4): False}
    published = replace(calendar, published=(*calendar.published, 2027), days=days)
    world.pack = replace(sample(), calendar=published)
    assert names(world.do(c.Recompute(by=SWEEPER))) == ["Recomputed"]
    finish = world.clock("finish", "duty:1")
    assert (finish.provisional, finish.due_at) == (False, moment("2027-01-29 09:00"))
    assert world.due("sign", "duty:1") == "12-30 10:00"
    assert world.do(c.Recompute(by=SWEEPER)) == []


def test_it_does_not_make_anybody_late_by_a_new_calendar() -> None:
    world = World("2026-12-30 09:00")
    world.report("XZ-01")
    world.do(c.Summarise(by=SEAT, words=WORDS))
    world.turn_out()
    calendar = world.pack.calendar
    worked = {date(2027, 1, day): True for day in (2, 3, 9, 10, 16, 17, 23, 24)}
    published = replace(calendar, published=(*calendar.published, 2027), days={**calendar.days, **worked})
    world.pack = replace(sample(), calendar=published)
    world.at("2027-01-25 09:00")
    assert "Recomputed" not in names(world.do(c.Recompute(by=SWEEPER)))
    assert world.clock("finish", "duty:1").due_at == moment("2027-01-27 09:00")
    assert "finish" not in [kind for kind, *_ in world.breaches()]
