"""退单、转派、确权: a duty goes back, moves, and whose it is gets ruled."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.cases.lifecycle.world import LEADER, SEAT, SHIFT_LEADER, WORDS, World, names, of

from shaodao.centre.cases.lifecycle import commands as c
from shaodao.centre.cases.lifecycle import events as e
from shaodao.centre.cases.lifecycle.model import NOTHING, Kept


def ask(unit: str = "D15", duty: int = 1, words: Kept = WORDS) -> c.AskReturn:
    return c.AskReturn(by=of(unit), duty=duty, reason="not_ours", words=words)


def test_it_asks_for_a_return_with_a_basis_and_leaves_the_clocks_running(world: World) -> None:
    world.report()
    assert world.refused(ask(words=NOTHING)).code == "words_needed"
    before = world.open_clocks()
    world.do(ask())
    assert world.open_clocks() == before | {"approval request:1 D15"}
    assert [(s.role, s.unit) for s in world.case.requests[0].steps] == [
        ("section_head", "D15"),
        ("shift_leader", "C00"),
    ]
    assert world.refused(ask()).code == "not_now"


@pytest.mark.parametrize("role", ["section_head", "unit_head"])
def test_it_asks_only_the_centre_about_a_return_that_the_head_asks(world: World, role: str) -> None:
    world.report()
    world.do(replace(ask(), by=of("D15", role)))
    assert [(s.role, s.unit) for s in world.case.requests[0].steps] == [("shift_leader", "C00")]


def test_it_allows_a_return_within_two_working_hours_only(world: World) -> None:
    world.report()
    world.at("03-03 11:00")
    assert world.offers(c.AskReturn) == (1,)
    world.do(c.Comment(by=SEAT, words=WORDS))
    late = World()
    late.report()
    late.at("03-03 11:01")
    assert late.refused(ask()).code == "too_late_to_return"


def test_it_argues_about_an_emergency_only_after_it_is_safe(world: World) -> None:
    world.report("MS-07")
    assert world.refused(ask()).code == "make_safe_first"
    world.turn_out()
    world.do(ask())
    assert world.due("approval", "request:1") == "03-03 09:20"


def test_it_does_not_return_what_is_claimed_to_be_done(world: World) -> None:
    world.report()
    world.turn_out()
    world.do(c.ClaimFinished(by=of("D15"), duty=1, way="done", words=WORDS))
    assert world.refused(ask()).code == "not_now"


def test_it_does_not_claim_what_it_wants_to_return(world: World) -> None:
    world.report()
    world.turn_out()
    world.do(ask())
    claim = c.ClaimFinished(by=of("D15"), duty=1, way="done", words=WORDS)
    assert world.refused(claim).code == "not_now"


def test_it_takes_turning_out_for_safety_where_there_is_no_such_stage(world: World) -> None:
    world.report("MS-12")
    unit = world.case.duties[0].unit
    assert world.refused(ask(unit)).code == "make_safe_first"
    world.do(c.ReportIn(by=of(unit), duty=1, mode="site"))
    assert world.refused(ask(unit)).code == "make_safe_first"
    world.do(c.ConfirmReportIn(by=SEAT, duty=1, came=True))
    world.do(ask(unit))


def test_it_cancels_only_breaches_after_the_request_when_a_return_is_granted(world: World) -> None:
    world.report()
    world.at("03-03 10:30")  # signing was due at 10:00
    world.do(ask())
    world.at("03-03 13:30")  # reporting in was due at 11:00
    world.approve("return")
    cancelled = [event for event, _ in world.history if isinstance(event, e.BreachCancelled)]
    assert [(event.kind, event.subject, event.round) for event in cancelled] == [("report_in", "duty:1", 1)]
    assert cancelled[0].reason == "return_granted"
    assert world.clock("report_in", "duty:1").cancelled
    assert not world.clock("sign", "duty:1").cancelled
    finish = world.clock("finish", "duty:1")
    assert finish.stopped_at == world.case.requests[0].asked_at
    assert [kind for kind, subject, _, _ in world.breaches() if subject == "duty:1"] == ["sign", "report_in"]


def test_it_counts_the_time_of_a_refused_return(world: World) -> None:
    world.report()
    world.do(ask())
    world.at("03-03 13:30")
    world.do(c.Decide(by=of("D15", "section_head", 3), request=1, approve=False, words=WORDS))
    assert world.case.requests[0].outcome == "refused"
    assert not any(k.cancelled for k in world.case.clocks)
    assert world.case.waits("finish", "duty:1")
    assert world.refused(ask()).code == "not_now"


def test_it_gives_the_next_unit_full_limits_and_its_own_time(world: World) -> None:
    world.report()
    world.do(ask())
    world.at("03-03 10:30")
    world.approve("return", to=world.duty_plan("D13", "assist"))
    moved = world.case.duties[1]
    assert (moved.unit, moved.role, moved.given_at) == ("D13", "lead", world.now)
    assert world.due("finish", "duty:2") == "03-10 10:30"
    assert (world.last(e.Dispatched).rule, world.last(e.Dispatched).reason) == ("return", "not_ours")
    assert (world.state, world.case.tier, world.case.returns) == ("dispatched", "department", 1)


def test_it_leaves_the_first_unit_in_charge_of_telling_the_requester_until_the_next_signs(
    world: World,
) -> None:
    assert world.case.informing == ""
    world.report()
    assert world.case.informing == "D15"
    world.do(c.Redispatch(by=SHIFT_LEADER, duty=1, to=world.duty_plan("D13"), reason="wrong_area"))
    assert world.case.informing == "D15"
    world.do(c.Sign(by=of("D13"), duty=2))
    assert world.case.informing == "D13"


def test_it_never_returns_to_the_unit_it_comes_from(world: World) -> None:
    world.report()
    world.do(ask())
    world.do(c.Decide(by=of("D15", "section_head", 3), request=1, approve=True))
    back = c.Decide(by=SHIFT_LEADER, request=1, approve=True, to=world.duty_plan("D15"))
    assert world.refused(back).code == "already_has_duty"
    again = c.Redispatch(by=SHIFT_LEADER, duty=1, to=world.duty_plan("D15-3"), reason="x")
    assert world.refused(again).code == "already_has_duty"


def test_it_opens_a_ruling_where_nobody_names_the_next_owner(world: World) -> None:
    world.report()
    world.do(ask())
    world.approve("return")
    assert world.state == "in_ruling"
    assert world.open_clocks() == {"ruling case C00", "view view:D15 D15"}
    assert world.last(e.SentToRuling).reason == "returned"
    ended = world.last(e.DutyEnded)
    assert (ended.why, ended.reason, ended.words) == ("returned", "not_ours", WORDS)


def test_it_rules_on_the_second_return_even_if_the_next_owner_is_named(world: World) -> None:
    world.report()
    world.do(ask())
    world.approve("return", to=world.duty_plan("D13"))
    world.do(ask("D13", 2))
    world.approve("return", to=world.duty_plan("D09"))
    assert world.state == "in_ruling"
    sent = world.history[-1].event
    assert isinstance(sent, e.SentToRuling)
    assert (sent.reason, sent.units) == ("second_return", ("D13",))


def test_it_lets_an_assist_go_without_a_ruling(world: World) -> None:
    world.joint("U01")
    world.do(ask("U01", 2))
    world.approve("return")
    assert (world.state, world.case.duties[1].ended) == ("dispatched", "returned")
    world.handled()
    assert world.state == "waiting_verification"


def test_it_goes_on_to_verification_when_the_last_open_part_is_returned(world: World) -> None:
    world.joint("U01")
    world.turn_out(1)
    world.do(ask("U01", 2))
    world.claim()
    assert world.state == "dispatched"
    world.approve("return")
    assert world.state == "waiting_verification"


def test_it_keeps_a_ruling_open_when_an_assist_moves(world: World) -> None:
    world.joint("U01")
    world.do(ask())
    world.approve("return")
    world.do(c.Redispatch(by=SHIFT_LEADER, duty=2, to=world.duty_plan("U02"), reason="wrong_area"))
    assert world.state == "in_ruling"
    assert world.case.duties[2].role == "assist"


def test_it_asks_units_for_their_views_before_a_ruling(world: World) -> None:
    world.report(plan=None)
    assert world.refused(c.SendToRuling(by=SEAT, units=("D99",))).code == "unknown_unit"
    world.do(c.SendToRuling(by=SEAT, units=("D15", "D13", "D15"), words=WORDS))
    assert world.open_clocks() == {"ruling case C00", "view view:D15 D15", "view view:D13 D13"}
    outsider = c.StateView(by=of("D09"), mine=False, basis=WORDS)
    assert world.refused(outsider).code == "view_not_asked"
    world.do(c.StateView(by=of("D15-1", "section_head"), mine=False, basis=WORDS))
    assert [(v.unit, v.mine) for v in world.case.views] == [("D15", False)]
    assert world.open_clocks() == {"ruling case C00", "view view:D13 D13"}


def test_it_asks_further_units_without_a_new_day_to_rule(world: World) -> None:
    world.report(plan=None)
    world.do(c.SendToRuling(by=SEAT, units=("D15",)))
    world.later(hours=2)
    world.do(c.SendToRuling(by=SEAT, units=("D15", "D13")))
    assert world.due("ruling") == "03-04 09:00"
    assert world.clock("view", "view:D15").round == 1
    assert world.due("view", "view:D13") == "03-03 16:30"


def test_it_rules_with_a_basis_and_a_precedent(world: World) -> None:
    world.report("MS-50", plan=None, unsure="ownerless")
    plan = world.plan("U05")
    assert world.refused(c.Rule(by=SHIFT_LEADER, plan=plan)).code == "basis_needed"
    helpers = c.Rule(
        by=SHIFT_LEADER,
        plan=world.plan("U05").__class__((world.duty_plan("U05", "assist"),), "department", ""),
        basis=WORDS,
    )
    assert world.refused(helpers).code == "lead_needed"
    events = world.do(c.Rule(by=SHIFT_LEADER, plan=plan, basis=WORDS, scope="township", precedent="yes"))
    assert names(events) == ["Ruled", "Dispatched"]
    ruled = events[0]
    assert isinstance(ruled, e.Ruled)
    assert (ruled.owner, ruled.scope, ruled.precedent) == ("U05", "township", "yes")
    assert world.state == "dispatched"
    assert world.last(e.Dispatched).reason == "ruling"
    assert not world.case.waits("ruling")
    assert world.case.views == ()


def test_it_goes_up_to_the_county_when_the_centre_does_not_rule_in_time(world: World) -> None:
    world.report(plan=None, unsure="ownerless")
    world.tick("03-04 09:00")
    assert world.case.waits("ruling")
    world.tick("03-04 14:00")
    assert world.breaches() == [("ruling", "case", "C00", "03-04 09:00")]
    assert world.open_clocks() == {"county_ruling case L00"}
    assert world.last(e.RaisedToCounty).reason == "ruling_overdue"
    assert (world.state, world.due("county_ruling")) == ("in_ruling", "03-06 09:00")
    world.do(c.Rule(by=LEADER, plan=world.plan("D15"), basis=WORDS))
    assert world.state == "dispatched"


def test_it_makes_an_assist_the_lead_when_the_ruling_says_so(world: World) -> None:
    world.joint("U01")
    world.do(ask())
    world.approve("return")
    events = world.do(c.Rule(by=SHIFT_LEADER, plan=world.plan("U01"), basis=WORDS))
    assert names(events) == ["DutyEnded", "Ruled", "Dispatched"]
    assert [(d.unit, d.role, d.ended) for d in world.case.duties[1:]] == [
        ("U01", "assist", "withdrawn"),
        ("U01", "lead", ""),
    ]
    assert not any(k.subject == "duty:2" for k in world.case.open_clocks)


def test_it_redispatches_with_a_reason_and_stops_the_old_clocks(world: World) -> None:
    world.report("MS-17")
    assert world.case.tier == "community"
    world.later(hours=1)
    world.do(
        c.Redispatch(by=SHIFT_LEADER, duty=1, to=world.duty_plan("D15"), reason="wrong_area", words=WORDS)
    )
    assert [(d.unit, d.ended) for d in world.case.duties] == [("S01-01", "redispatched"), ("D15", "")]
    assert world.case.tier == "department"
    assert (world.last(e.Dispatched).rule, world.last(e.Dispatched).reason) == ("redispatch", "wrong_area")
    assert (world.last(e.DutyEnded).reason, world.last(e.DutyEnded).words) == ("wrong_area", WORDS)
    assert {k.subject for k in world.case.open_clocks} == {"duty:2"}


def test_it_redispatches_the_lead_to_a_unit_that_assists(world: World) -> None:
    world.joint("U01")
    world.do(c.Redispatch(by=SHIFT_LEADER, duty=1, to=world.duty_plan("U01"), reason="theirs"))
    assert [(d.unit, d.role, d.ended) for d in world.case.duties] == [
        ("D15", "lead", "redispatched"),
        ("U01", "assist", "withdrawn"),
        ("U01", "lead", ""),
    ]


def test_it_withdraws_requests_about_a_duty_that_moves(world: World) -> None:
    world.report()
    world.do(ask())
    world.do(c.Redispatch(by=SHIFT_LEADER, duty=1, to=world.duty_plan("D13"), reason="theirs"))
    assert world.case.requests[0].outcome == "lapsed"
    assert not world.case.waits("approval", "request:1")


def test_it_counts_as_moved_what_another_lead_took_over_not_another_helper(world: World) -> None:
    world.joint("U01")
    world.do(c.Redispatch(by=SHIFT_LEADER, duty=2, to=world.duty_plan("U02"), reason="wrong_area"))
    assert not world.case.moved
    world.do(c.Redispatch(by=SHIFT_LEADER, duty=1, to=world.duty_plan("D13"), reason="wrong_area"))
    assert world.case.moved
