"""部门办: sign, assign, report in, make safe, the parts of several units."""

from __future__ import annotations

from dataclasses import replace

from tests.cases.lifecycle.world import (
    GRID,
    SEAT,
    SHIFT_LEADER,
    STREET,
    WHISTLER,
    WORDS,
    World,
    moment,
    names,
    of,
)

from shaodao.centre.cases.lifecycle import commands as c
from shaodao.centre.cases.lifecycle import events as e
from shaodao.centre.cases.lifecycle.model import NOTHING


def test_it_stops_the_clock_of_signing(world: World) -> None:
    world.report()
    world.later(minutes=20)
    world.do(c.Sign(by=of("D15"), duty=1))
    assert world.case.duties[0].signed_at == world.now
    assert not world.case.waits("sign", "duty:1")
    assert world.refused(c.Sign(by=of("D15"), duty=1)).code == "not_now"


def test_it_breaches_once_at_the_deadline_however_often_time_passes(world: World) -> None:
    world.report()
    assert world.tick("03-03 10:00") == []
    assert names(world.tick("03-03 13:00")) == ["Breached", "Breached"]
    assert world.tick() == []
    world.do(c.Sign(by=of("D15"), duty=1))
    assert world.breaches() == [
        ("sign", "duty:1", "D15", "03-03 10:00"),
        ("report_in", "duty:1", "D15", "03-03 11:00"),
    ]


def test_it_takes_what_is_done_in_the_very_second_of_the_deadline_as_in_time(world: World) -> None:
    world.report()
    world.at("03-03 10:00")
    world.do(c.Sign(by=of("D15"), duty=1))
    assert world.tick("03-03 10:30") == []


def test_it_assigns_inside_the_unit_only_and_takes_that_as_signing(world: World) -> None:
    world.report()
    assert world.refused(c.Assign(by=of("D15"), duty=1)).code == "assignee_needed"
    assert world.refused(c.Assign(by=of("D15"), duty=1, section="D13-1")).code == "not_of_this_unit"
    assert names(world.do(c.Assign(by=of("D15"), duty=1, section="D15-3", handler="user:9"))) == [
        "Signed",
        "Assigned",
    ]
    assert names(world.do(c.Assign(by=of("D15"), duty=1, handler="user:10"))) == ["Assigned"]
    assert (world.case.duties[0].section, world.case.duties[0].handler) == ("", "user:10")


def test_it_reports_in_on_site_with_persons_and_position(world: World) -> None:
    world.report()
    assert world.refused(c.ReportIn(by=of("D15"), duty=1, mode="call", words=WORDS)).code == "site_needed"
    assert world.refused(c.ReportIn(by=of("D15"), duty=1, mode="site", persons=0)).code == "persons_needed"
    crowd = c.ReportIn(by=of("D15"), duty=1, mode="site", persons=201)
    assert world.refused(crowd).code == "too_many_persons"
    events = world.do(c.ReportIn(by=of("D15"), duty=1, mode="site", persons=3, distance=200))
    assert names(events) == ["Signed", "ReportedIn"]
    duty = world.case.duties[0]
    assert (duty.reported_in_at, duty.persons, duty.report_in_pending) == (world.now, 3, False)
    assert duty.persons_pending == 0
    assert not world.case.waits("report_in", "duty:1")
    assert world.refused(c.ReportIn(by=of("D15"), duty=1, mode="site")).code == "not_now"


def test_it_reports_in_by_call_only_with_the_result_in_words(world: World) -> None:
    world.report("MS-26")
    assert world.refused(c.ReportIn(by=of("D18"), duty=1, mode="call")).code == "words_needed"
    world.do(c.ReportIn(by=of("D18"), duty=1, mode="call", words=WORDS))
    assert not world.case.duties[0].report_in_pending


def test_it_may_turn_out_where_a_call_would_do(world: World) -> None:
    world.report("MS-26")
    world.do(c.ReportIn(by=of("D18"), duty=1, mode="site", distance=5))
    assert not world.case.duties[0].report_in_pending


def test_it_leaves_a_report_in_too_far_away_to_be_confirmed(world: World) -> None:
    world.report()
    world.do(c.ReportIn(by=of("D15"), duty=1, mode="site", persons=2, distance=201))
    assert (world.case.duties[0].report_in_pending, world.case.duties[0].persons_pending) == (True, 2)
    world.do(c.ConfirmReportIn(by=WHISTLER, duty=1, came=True))
    assert world.case.duties[0].persons_pending == 0
    assert not world.case.duties[0].report_in_pending
    assert world.case.duties[0].persons == 2
    assert world.refused(c.ConfirmReportIn(by=WHISTLER, duty=1, came=True)).code == "not_now"


def test_it_lets_the_clock_run_on_when_nobody_came(world: World) -> None:
    world.report()
    world.later(minutes=30)
    world.do(c.ReportIn(by=of("D15"), duty=1, mode="site", persons=2))
    world.at("03-03 11:20")
    events = world.do(c.ConfirmReportIn(by=GRID, duty=1, came=False))
    assert names(events) == ["ReportInConfirmed", "Breached"]
    assert world.breaches() == [("report_in", "duty:1", "D15", "03-03 11:00")]
    duty = world.case.duties[0]
    assert (duty.reported_in_at, duty.persons) == (None, 0)
    world.do(c.ReportIn(by=of("D15"), duty=1, mode="site", persons=1, distance=0))
    assert world.case.duties[0].persons == 1
    assert len(world.breaches()) == 1


def test_it_leaves_the_clocks_of_a_finished_duty_alone_when_a_report_in_is_denied(world: World) -> None:
    world.joint("U01")
    world.do(c.ReportIn(by=of("U01"), duty=2, mode="site"))
    world.closed()
    world.do(c.Reopen(by=WHISTLER, reason="not_solved"))
    assert world.refused(c.ConfirmReportIn(by=WHISTLER, duty=2, came=False)).code == "not_now"


def test_it_counts_only_the_persons_of_the_report_in_that_was_false(world: World) -> None:
    world.report()
    world.verified()
    world.do(c.Rate(by=WHISTLER, solved="no"))
    world.do(c.ReportIn(by=of("D15"), duty=1, mode="site", persons=5))
    assert world.case.duties[0].persons == 6
    world.do(c.ConfirmReportIn(by=GRID, duty=1, came=False))
    assert world.case.duties[0].persons == 1


def test_it_makes_safe_only_after_turning_out_and_before_claiming(world: World) -> None:
    world.report("MS-07")
    assert world.refused(c.MakeSafe(by=of("D15"), duty=1)).code == "not_now"
    world.do(c.ReportIn(by=of("D15"), duty=1, mode="site", distance=1))
    claim = c.ClaimFinished(by=of("D15"), duty=1, way="done", words=WORDS)
    assert world.refused(claim).code == "not_now"
    world.do(c.MakeSafe(by=of("D15"), duty=1, words=WORDS))
    assert world.case.duties[0].made_safe_at == world.now
    assert world.refused(c.MakeSafe(by=of("D15"), duty=1)).code == "not_now"
    world.do(claim)


def test_it_waits_for_every_part_and_blames_only_the_late_one(world: World) -> None:
    world.joint("U01")
    world.turn_out(1).turn_out(2)
    world.at("03-09 10:00")
    world.claim()
    assert world.state == "dispatched"
    assert not world.case.waits("finish", "duty:1")
    world.at("03-12 09:00")
    world.do(c.FinishPart(by=of("U01"), duty=2, words=WORDS))
    assert world.state == "waiting_verification"
    assert [breach for breach in world.breaches() if breach[0] == "finish"] == [
        ("finish", "duty:2", "U01", "03-10 09:00")
    ]


def test_it_keeps_lead_and_assist_to_their_own_words(world: World) -> None:
    world.joint("U01")
    assert world.refused(c.FinishPart(by=of("U01"), duty=2, words=WORDS)).code == "not_now"
    world.turn_out(1).turn_out(2)
    assert world.refused(c.FinishPart(by=of("D15"), duty=1, words=WORDS)).code == "not_now"
    claim = c.ClaimFinished(by=of("U01"), duty=2, way="done", words=WORDS)
    assert world.refused(claim).code == "not_now"


def test_it_asks_for_evidence_of_a_part_whose_report_in_is_in_doubt(world: World) -> None:
    world.joint("U01")
    world.do(c.ReportIn(by=of("U01"), duty=2, mode="site"))
    assert world.refused(c.FinishPart(by=of("U01"), duty=2)).code == "evidence_needed"
    world.do(c.FinishPart(by=of("U01"), duty=2, photos=("f1",)))
    assert (world.case.duties[1].part_done_at, world.case.duties[1].claim) == (world.now, "part")


def test_it_calls_in_another_unit_with_a_reason(world: World) -> None:
    world.report()
    assert (
        world.refused(c.CallAssist(by=of("D15"), to=world.duty_plan("U01"), reason="")).code
        == "reason_needed"
    )
    world.later(hours=1)
    world.do(c.CallAssist(by=of("D15"), to=world.duty_plan("U01"), reason="power"))
    called = world.case.duties[1]
    assert (called.unit, called.role, called.given_at) == ("U01", "assist", world.now)
    assert (world.last(e.Dispatched).rule, world.last(e.Dispatched).reason) == ("called", "power")
    assert world.due("report_in", "duty:2") == "03-03 13:30"
    assert world.case.lead == world.case.duties[0]
    again = c.CallAssist(by=STREET, to=world.duty_plan("U01"), reason="power")
    assert world.refused(again).code == "already_has_duty"
    world.do(c.CallAssist(by=of("D15"), to=world.duty_plan("S01", "local"), reason="order"))
    assert world.case.duties[2].role == "local"


def test_it_does_not_let_a_called_unit_end_a_coordination(world: World) -> None:
    world.report()
    world.do(c.EscalateTier(by=of("D15"), reason="too_big"))
    world.do(c.CallAssist(by=of("D15"), to=world.duty_plan("U01"), reason="power"))
    assert world.case.waits("coordination")


def test_it_asks_the_head_of_section_before_a_claim_counts(world: World) -> None:
    world.report()
    world.turn_out()
    no_words = c.ClaimFinished(by=of("D15"), duty=1, way="done")
    assert world.refused(no_words).code == "words_needed"
    world.do(c.ClaimFinished(by=of("D15", "handler"), duty=1, way="done", words=WORDS, photos=("f1", "f2")))
    assert world.state == "dispatched"
    assert world.case.waits("finish", "duty:1")
    assert [(s.role, s.unit) for s in world.case.requests[0].steps] == [("section_head", "D15")]
    assert world.refused(c.ClaimFinished(by=of("D15"), duty=1, way="done", words=WORDS)).code == "not_now"
    world.later(minutes=30)
    events = world.do(c.Decide(by=of("D15", "section_head", 21), request=1, approve=True))
    assert names(events) == ["RequestDecided", "PartFinished", "VerificationOpened"]
    done = events[1]
    assert isinstance(done, e.PartFinished)
    assert (done.way, done.words, done.photos, done.by.role) == ("done", WORDS, ("f1", "f2"), "handler")


def test_it_asks_no_head_to_approve_what_the_head_asks(world: World) -> None:
    """Of a small unit nobody else holds that post: the request would wait for ever, and with it the duty."""
    world.report()
    world.turn_out()
    events = world.do(c.ClaimFinished(by=of("D15", "section_head"), duty=1, way="done", words=WORDS))
    assert names(events) == ["PartFinished", "VerificationOpened"]
    above = World()
    above.report()
    above.turn_out()
    above.do(c.ClaimFinished(by=of("D15", "unit_head"), duty=1, way="done", words=WORDS))
    assert above.state == "waiting_verification"


def test_it_asks_the_head_above_what_the_head_of_a_section_claims(world: World) -> None:
    world.report()
    world.turn_out()
    world.do(c.ClaimFinished(by=of("D15-1", "section_head"), duty=1, way="done", words=WORDS))
    assert [(s.role, s.unit) for s in world.case.requests[0].steps] == [("section_head", "D15")]


def test_it_goes_on_after_a_refused_claim(world: World) -> None:
    world.report()
    world.turn_out()
    world.do(c.ClaimFinished(by=of("D15"), duty=1, way="done", words=WORDS))
    head = of("D15", "section_head", 21)
    assert world.refused(c.Decide(by=head, request=1, approve=False)).code == "words_needed"
    world.do(c.Decide(by=head, request=1, approve=False, words=WORDS))
    assert world.case.requests[0].outcome == "refused"
    assert world.offers(c.ClaimFinished) == (1,)


def test_it_does_not_grant_a_claim_of_a_unit_that_did_not_come(world: World) -> None:
    world.report("MS-10")
    world.do(c.ReportIn(by=of("D15"), duty=1, mode="site"))
    world.do(c.ClaimFinished(by=of("D15"), duty=1, way="done", words=WORDS))
    world.do(c.ConfirmReportIn(by=WHISTLER, duty=1, came=False))
    assert (
        world.refused(c.Decide(by=of("D15", "section_head"), request=1, approve=True)).code
        == "second_person_needed"
    )
    assert (
        world.refused(c.Decide(by=of("D15", "section_head", 9), request=1, approve=True)).code
        == "report_in_first"
    )


def test_it_lets_a_community_claim_without_a_section_head(world: World) -> None:
    world.report("MS-17")
    world.turn_out()
    world.do(c.ClaimFinished(by=GRID, duty=1, way="mediated", words=WORDS))
    assert world.state == "waiting_verification"


def test_it_files_for_a_penalty_before_one_may_be_claimed(world: World) -> None:
    world.report("XZ-09")
    world.turn_out()
    penalty = c.ClaimFinished(by=of("D13"), duty=1, way="penalty", words=WORDS)
    assert world.refused(penalty).code == "file_first"
    file = c.FileForPenalty(by=of("D13"), duty=1, until=moment("06-01 17:00"), words=WORDS)
    world.do(file)
    assert world.due("finish", "duty:1") == "06-01 17:00"
    assert world.refused(file).code == "not_now"
    done = c.ClaimFinished(by=of("D13"), duty=1, way="done", words=WORDS)
    assert world.refused(done).code == "filed_needs_decision"
    world.do(penalty)
    world.approve("claim")
    assert world.case.duties[0].claim == "penalty"


def test_the_lead_has_dated_steps_on_the_way(world: World) -> None:
    world.report("XZ-01")
    subject = "duty:1:立案限拆"
    assert world.due("milestone", subject) == "03-12 09:00"  # seven working days
    reach = c.ReachMilestone(by=of("D13"), duty=1, words=WORDS, photos=("p",))
    assert world.refused(replace(reach, words=NOTHING)).code == "words_needed"
    world.turn_out()
    (reached,) = world.do(reach)
    assert (reached.step, reached.photos) == ("立案限拆", ("p",))
    assert not world.case.waits("milestone", subject)
    assert world.refused(reach).code == "not_now"
    assert world.case.waits("finish", "duty:1")


def test_a_step_not_taken_in_time_is_breached_at_its_date(world: World) -> None:
    world.report("XZ-01")
    world.tick("03-20 09:00")
    (breached,) = [e_ for e_, at in world.history if names([e_]) == ["Breached"] and e_.kind == "milestone"]
    assert (breached.unit, breached.subject) == ("D13", "duty:1:立案限拆")
    world.turn_out()
    assert world.offers(c.ReachMilestone) == (1,)  # late is better than never


def test_what_is_done_or_gone_has_no_steps_before_it(world: World) -> None:
    world.report("XZ-01")
    world.do(
        c.Redispatch(by=SHIFT_LEADER, duty=1, to=world.duty_plan("D05"), reason="wrong_area", words=WORDS)
    )
    assert not world.case.waits("milestone", "duty:1:立案限拆")
    assert world.case.waits("milestone", "duty:2:立案限拆")
    world.turn_out(2)
    world.do(c.ClaimFinished(by=of("D05"), duty=2, way="done", words=WORDS))
    world.approve("claim")
    assert not world.case.waits("milestone", "duty:2:立案限拆")


def test_an_assisting_unit_has_none(world: World) -> None:
    world.report("XZ-01", plan=world.rules.plan_by_hand("D13", ("D05",), item="XZ-01"))
    assert {k.subject for k in world.case.open_clocks if k.kind == "milestone"} == {"duty:1:立案限拆"}


def test_on_the_shelf_the_steps_wait_too(world: World) -> None:
    world.report("XZ-01")
    world.turn_out()
    world.do(c.AskShelving(by=of("D13"), reason="season", until=moment("05-04 09:00"), words=WORDS))
    world.approve("shelving")
    assert world.clock("milestone", "duty:1:立案限拆").paused_at == world.now


def test_it_refuses_a_statutory_date_before_the_limit_or_beyond_reckoning(world: World) -> None:
    world.report("XZ-09")
    world.turn_out()
    early = c.FileForPenalty(by=of("D13"), duty=1, until=world.clock("finish", "duty:1").due_at)
    assert world.refused(early).code == "date_must_be_later"
    far = c.FileForPenalty(by=of("D13"), duty=1, until=moment("2099-01-01 09:00"))
    assert world.refused(far).code == "date_too_far"


def test_it_leaves_a_unit_at_its_work_while_the_owner_of_the_lead_is_found(world: World) -> None:
    world.joint("U01")
    world.do(c.AskReturn(by=of("D15"), duty=1, reason="not_ours", words=WORDS))
    world.approve("return")
    assert world.state == "in_ruling"
    world.turn_out(2)
    world.do(c.FinishPart(by=of("U01"), duty=2, words=WORDS))
    assert world.state == "in_ruling"
    world.do(c.Rule(by=SHIFT_LEADER, plan=world.plan("D13", "U01"), basis=WORDS))
    assert [(d.unit, d.role, d.ended) for d in world.case.duties] == [
        ("D15", "lead", "returned"),
        ("U01", "assist", ""),
        ("D13", "lead", ""),
        ("U01", "assist", ""),
    ]


def test_it_withdraws_what_was_asked_for_when_the_part_is_done(world: World) -> None:
    world.report()
    world.turn_out()
    world.do(c.AskExtension(by=of("D15"), duty=1, until=moment("03-12 10:00"), reason="parts", words=WORDS))
    world.claim()
    assert world.case.requests[0].outcome == "lapsed"
    assert world.open_clocks() == {"verification case S01-01"}


def test_it_comments_at_any_time_but_not_without_content(world: World) -> None:
    world.report()
    assert world.refused(c.Comment(by=SEAT, words=NOTHING)).code == "words_needed"
    assert names(world.do(c.Comment(by=SEAT, words=WORDS))) == ["Commented"]
    world.closed()
    assert names(world.do(c.Comment(by=WHISTLER, words=NOTHING, photos=("f1",)))) == ["Commented"]
