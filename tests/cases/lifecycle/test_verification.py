"""核查与退回重办."""

from __future__ import annotations

from tests.cases.lifecycle.world import GRID, LEADER, SEAT, WORDS, World, names, of

from shaodao.centre.cases.lifecycle import commands as c
from shaodao.centre.cases.lifecycle import events as e
from shaodao.centre.cases.lifecycle.model import Place


def test_it_is_verified_where_it_lies_and_never_by_the_handlers_unit(world: World) -> None:
    world.report()
    world.handled()
    assert world.clock("verification").unit == "S01-01"
    own = c.Verify(by=of("D15-2", "handler"), passed=True)
    assert world.refused(own).code == "unit_must_avoid"
    world.do(c.Verify(by=GRID, passed=True, photos=("f1",)))
    assert world.case.verified_at == world.now


def test_it_verifies_what_a_community_did_itself_one_tier_up(world: World) -> None:
    world.report("MS-17")
    world.turn_out()
    world.do(c.ClaimFinished(by=GRID, duty=1, way="done", words=WORDS))
    assert world.clock("verification").unit == "C00"
    assert world.refused(c.Verify(by=GRID, passed=True)).code == "unit_must_avoid"


def test_it_verifies_at_the_centre_what_lies_nowhere(world: World) -> None:
    world.report("MS-36", place=Place())
    world.do(c.ReportIn(by=of("D22"), duty=1, mode="call", words=WORDS))
    world.claim()
    assert world.clock("verification").unit == "C00"


def test_it_stops_the_clock_provisionally_and_lets_it_run_on_after_a_failed_verification(
    world: World,
) -> None:
    world.report()
    world.turn_out()
    world.at("03-09 16:00")
    world.claim()
    assert not world.case.waits("finish", "duty:1")
    world.at("03-10 14:00")  # finishing was due at 09:00
    assert world.refused(c.Verify(by=GRID, passed=False)).code == "words_needed"
    events = world.do(c.Verify(by=GRID, passed=False, words=WORDS))
    assert names(events) == ["Verified", "Reworked", "Breached"]
    assert world.last(e.Reworked).reason == "verification"
    assert world.breaches()[-1] == ("finish", "duty:1", "D15", "03-10 09:00")
    duty = world.case.duties[0]
    assert (world.state, duty.round, duty.reworks, duty.part_done_at) == ("dispatched", 2, 1, None)
    assert duty.reported_in_at is not None
    assert world.clock("finish", "duty:1").round == 1
    world.claim()
    assert world.state == "waiting_verification"
    assert len([b for b in world.breaches() if b[0] == "finish"]) == 1


def test_it_sends_back_only_the_parts_that_failed(world: World) -> None:
    world.joint("U01")
    world.handled()
    assert world.refused(c.Verify(by=GRID, passed=False, words=WORDS, failing=(3,))).code == "no_such_duty"
    assert world.refused(c.Verify(by=GRID, passed=True, failing=(2,))).code == "no_such_duty"
    world.do(c.Verify(by=GRID, passed=False, words=WORDS, failing=(2,)))
    assert [d.reworks for d in world.case.duties] == [0, 1]
    assert [d.working for d in world.case.duties] == [False, True]
    world.do(c.FinishPart(by=of("U01"), duty=2, words=WORDS))
    assert world.state == "waiting_verification"


def test_it_sends_back_the_lead_when_no_part_is_named(world: World) -> None:
    world.joint("U01")
    world.handled()
    world.do(c.Verify(by=GRID, passed=False, words=WORDS))
    assert [d.reworks for d in world.case.duties] == [1, 0]


def test_it_goes_up_to_the_county_with_the_third_rework(world: World) -> None:
    world.report()
    for _ in range(3):
        assert not world.case.waits("coordination")
        world.handled()
        world.do(c.Verify(by=GRID, passed=False, words=WORDS))
    assert world.last(e.RaisedToCounty).reason == "reworked_too_often"
    assert world.case.waits("coordination")
    world.do(c.Coordinate(by=LEADER, leader=LEADER.actor, tasks=(), minutes=WORDS))
    world.verified()
    assert not world.case.waits("coordination")


def test_it_dates_the_breach_of_a_late_verification(world: World) -> None:
    world.report()
    world.handled()
    world.tick("03-05 09:00")
    assert world.breaches() == [("verification", "case", "S01-01", "03-04 09:00")]
    assert world.state == "waiting_verification"


def test_it_closes_what_staff_found_with_a_rating_of_the_verification(world: World) -> None:
    world.report(staff_found=True, whistler_kind="staff", requester="")
    world.handled()
    events = world.do(c.Verify(by=GRID, passed=True, words=WORDS))
    assert names(events) == ["Verified", "Rated", "Closed"]
    assert [(r.kind, r.solved) for r in world.case.ratings] == [("verification", "yes")]
    assert (world.state, world.case.outcome_detail) == ("closed", "verified")


def test_it_brings_an_assigned_case_back_to_its_leader(world: World) -> None:
    world.report(by=LEADER, leader=LEADER.actor, staff_found=True, whistler_kind="leader", requester="")
    world.handled()
    world.do(c.Verify(by=GRID, passed=True))
    assert world.state == "waiting_rating"
    world.do(c.Rate(by=LEADER, solved="yes"))
    assert [(r.kind, r.solved) for r in world.case.ratings] == [("leader", "yes")]
    assert world.state == "closed"


def test_it_does_not_verify_before_all_parts_are_done(world: World) -> None:
    world.report()
    assert world.refused(c.Verify(by=GRID, passed=True)).code == "not_now"
    world.verified()
    assert world.refused(c.Verify(by=SEAT, passed=True)).code == "not_now"
    assert world.offers(c.Rate) == (0,)
    assert world.refused(c.ClaimFinished(by=of("D15"), duty=1, way="done", words=WORDS)).code == "not_now"
