"""基层报、中心接、平台转: a report and what becomes of it at once."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.cases.lifecycle.world import (
    LEADER,
    PLACE,
    SEAT,
    SHIFT_LEADER,
    WHISTLER,
    WORDS,
    World,
    moment,
    names,
)

from shaodao.centre.cases.lifecycle import commands as c
from shaodao.centre.cases.lifecycle import events as e
from shaodao.centre.cases.lifecycle.model import NOTHING, By, Place, Plan


def test_it_dispatches_a_confident_report_with_a_place_at_once(world: World) -> None:
    assert names(world.report("MS-07")) == ["Reported", "Dispatched"]
    assert world.state == "dispatched"
    assert world.case.at_once
    assert [(d.unit, d.role) for d in world.case.duties] == [("D15", "lead")]
    assert (world.case.duties[0].section, world.case.duties[0].handler) == ("", "")
    assert world.case.emergency
    assert (world.due("sign", "duty:1"), world.due("report_in", "duty:1")) == ("03-03 09:05", "03-03 09:30")
    assert (world.due("make_safe", "duty:1"), world.due("finish", "duty:1")) == ("03-03 11:00", "03-04 09:00")


def test_it_promises_the_requester_the_first_deadline(world: World) -> None:
    world.report("MS-01")
    promised = world.clock("finish", "duty:1").due_at
    assert world.case.promised_at == promised
    world.later(hours=1)
    world.do(
        c.Redispatch(by=SHIFT_LEADER, duty=1, to=world.duty_plan("D13"), reason="wrong_area", words=WORDS)
    )
    assert world.clock("finish", "duty:2").due_at > promised
    assert world.case.promised_at == promised


@pytest.mark.parametrize("why", ["unsure", "no_place", "off_manual", "avoid"])
def test_it_sends_what_is_not_sure_to_triage(world: World, why: str) -> None:
    world.report(plan=None, unsure=why)
    assert world.state == "in_triage"
    assert isinstance(world.history[-1].event, e.Queued)
    assert world.history[-1].event.reason == why
    assert world.due("triage") == "03-03 09:15"


def test_it_gives_an_emergency_three_minutes_of_triage(world: World) -> None:
    world.report("MS-05", plan=None)
    assert world.due("triage") == "03-03 09:03"


def test_it_rules_at_once_on_what_nobody_owns(world: World) -> None:
    world.report("MS-50", plan=None, unsure="ownerless")
    assert world.state == "in_ruling"
    assert world.due("ruling") == "03-04 09:00"


def test_it_never_loses_a_report_to_a_plan_that_cannot_be_given(world: World) -> None:
    plan = world.rules.plan_by_hand("D15", item="MS-01")
    assert names(world.report(plan=plan, against="D15-3")) == ["Reported", "Queued"]
    assert world.state == "in_triage"


@pytest.mark.parametrize("unit", ["S01-01", "S01"])
def test_it_never_gives_what_was_taken_back_to_a_community_or_street(world: World, unit: str) -> None:
    plan = Plan((world.rules.duty_plan(unit, "lead", "MS-23"),), "community", "by_hand")
    world.report("MS-23", plan=plan)
    assert world.state == "in_triage"
    assert world.refused(c.Dispatch(by=SEAT, plan=plan)).code == "unit_may_not_own"
    local = Plan(
        (world.rules.duty_plan("U04", "lead", "MS-23"), world.rules.duty_plan(unit, "local")),
        "department",
        "",
    )
    world.do(c.Dispatch(by=SEAT, plan=local))
    assert [d.unit for d in world.case.duties] == ["U04", unit]
    assert world.last(e.Queued).reason == "unit_may_not_own"


def test_it_dispatches_by_hand_and_takes_over_what_the_seat_corrected(world: World) -> None:
    world.report("", plan=None, unsure="unsure", place=Place())
    assert world.case.identity_mode == "protected"
    world.later(minutes=5)
    world.do(
        c.Dispatch(
            by=SEAT,
            plan=world.rules.plan_by_hand("D15", item="MS-07"),
            item="MS-07",
            place=PLACE,
            nature="complain",
        )
    )
    assert world.state == "dispatched"
    assert (world.case.item, world.case.place, world.case.nature) == ("MS-07", PLACE, "complain")
    assert (world.case.identity_mode, world.case.emergency) == ("contactable", True)
    assert not world.case.waits("triage")
    assert world.last(e.Dispatched).rule == "by_hand"


def test_it_refuses_a_dispatch_without_a_lead_or_with_two(world: World) -> None:
    world.report(plan=None)
    nobody = Plan((), "department", "by_hand")
    assert world.refused(c.Dispatch(by=SEAT, plan=nobody)).code == "nobody_to_dispatch_to"
    only_help = Plan((world.duty_plan("U01", "assist"),), "department", "by_hand")
    assert world.refused(c.Dispatch(by=SEAT, plan=only_help)).code == "lead_needed"
    two = Plan((world.duty_plan("D15"), world.duty_plan("D13")), "department", "by_hand")
    assert world.refused(c.Dispatch(by=SEAT, plan=two)).code == "one_lead"
    twice = Plan((world.duty_plan("D15"), world.duty_plan("D15", "assist")), "department", "by_hand")
    assert world.refused(c.Dispatch(by=SEAT, plan=twice)).code == "already_has_duty"
    assert world.state == "in_triage"


def test_it_answers_from_the_knowledge_base(world: World) -> None:
    world.report(plan=None, nature="ask")
    assert world.refused(c.Answer(by=SEAT, words=NOTHING)).code == "words_needed"
    world.do(c.Answer(by=SEAT, words=WORDS, source="K12"))
    assert (world.state, world.case.outcome_detail) == ("answered", "K12")
    assert world.open_clocks() == set()


@pytest.mark.parametrize("said", [False, True])
def test_what_a_person_calls_sensitive_is_so_whatever_the_item(world: World, said: bool) -> None:
    world.report("MS-01", sensitive=said)
    assert world.case.sensitive is said


def test_the_rule_of_the_first_dispatch_is_kept(world: World) -> None:
    world.report("MS-01")
    first = world.history[-1].event.rule
    world.do(
        c.Redispatch(by=SHIFT_LEADER, duty=1, to=world.duty_plan("D13"), reason="wrong_area", words=WORDS)
    )
    assert first
    assert world.history[-1].event.rule != first
    assert world.case.routed_by == first


def test_an_answer_is_found_helpful_once(world: World) -> None:
    world.report(plan=None, nature="ask")
    helpful = c.FindHelpful(by=WHISTLER)
    assert world.refused(helpful).code == "not_now"
    world.do(c.Answer(by=SEAT, words=WORDS))
    world.do(helpful)
    assert world.case.helpful
    assert world.refused(helpful).code == "not_now"


def test_what_the_words_are_about_is_an_item_of_the_manual_or_none(world: World) -> None:
    world.report("MS-01")
    assert world.refused(c.ConfirmItem(by=SEAT, item="MS-999")).code == "unknown_item"
    assert [each.item for each in world.do(c.ConfirmItem(by=SEAT, item="MS-07"))] == ["MS-07"]
    assert [each.item for each in world.do(c.ConfirmItem(by=SEAT, item="NONE"))] == ["NONE"]
    assert world.case.item == "MS-01"


def test_only_a_person_who_names_the_item_confirms_it(world: World) -> None:
    world.report("", plan=None, unsure="off_manual")
    world.do(c.Dispatch(by=SEAT, plan=world.plan("D15")))
    assert world.case.confirmed == ""
    assert not world.case.at_once


def test_whoever_saw_it_too_has_a_seat_of_their_own(world: World) -> None:
    world.report()
    for who in ("seat:a", "seat:b", "seat:c"):
        world.do(c.SeenToo(by=By(who, "whistler")))
    assert [(each.actor, each.seat) for each in world.case.followers] == [
        ("seat:a", 1), ("seat:b", 2), ("seat:c", 3),
    ]  # fmt: skip


def test_it_says_why_in_the_words_of_the_plan_or_else_of_the_rules(world: World) -> None:
    plan = world.plan("D15")
    world.report("MS-01", plan=replace(plan, why="照判例派"))
    assert world.history[-1].event.why == "照判例派"
    world.do(
        c.Redispatch(by=SHIFT_LEADER, duty=1, to=world.duty_plan("D13"), reason="wrong_area", words=WORDS)
    )
    assert world.history[-1].event.why not in ("", "照判例派")


def test_it_transfers_outside_only_with_a_receipt(world: World) -> None:
    world.report(plan=None)
    assert world.refused(c.Transfer(by=SEAT, to="xinfang", receipt="")).code == "receipt_needed"
    world.do(c.Transfer(by=SEAT, to="xinfang", receipt="XF-7"))
    assert (world.state, world.case.outcome_detail) == ("transferred", "xinfang")


def test_it_does_not_answer_or_transfer_what_a_unit_is_handling(world: World) -> None:
    world.report()
    assert world.refused(c.Answer(by=SEAT, words=WORDS)).code == "not_now"
    assert world.refused(c.Transfer(by=SEAT, to="110", receipt="1")).code == "not_now"


def test_it_dates_a_breach_of_triage_at_its_deadline(world: World) -> None:
    world.report(plan=None)
    world.at("03-03 11:00")
    events = world.do(c.Answer(by=SEAT, words=WORDS))
    assert names(events) == ["Breached", "Answered"]
    assert world.breaches() == [("triage", "case", "C00", "03-03 09:15")]


def test_it_holds_to_a_foreign_deadline_that_is_earlier(world: World) -> None:
    world.report(external_system="12345", external_id="X1", external_due=moment("03-05 12:00"))
    assert world.due("finish", "duty:1") == "03-05 12:00"
    assert world.due("report_in", "duty:1") == "03-03 11:00"
    assert world.case.promised_at == moment("03-05 12:00")


def test_it_holds_to_a_foreign_deadline_after_triage_and_redispatch(world: World) -> None:
    world.report(plan=None, external_due=moment("03-05 12:00"))
    world.do(c.Dispatch(by=SEAT, plan=world.plan("D13")))
    world.do(c.Redispatch(by=SHIFT_LEADER, duty=1, to=world.duty_plan("D15"), reason="wrong_area"))
    assert world.due("finish", "duty:2") == "03-05 12:00"


@pytest.mark.parametrize("due", ["03-20 12:00", "03-03 08:00"])
def test_it_keeps_the_own_limit_when_the_foreign_one_is_later_or_over(world: World, due: str) -> None:
    world.report(external_due=moment(due))
    assert world.due("finish", "duty:1") == "03-10 09:00"


def test_it_refuses_a_second_report_into_the_same_case(world: World) -> None:
    world.report()
    assert (
        world.refused(c.Report(by=SEAT, number="HN1", channel="app", whistler_kind="staff")).code == "not_now"
    )


def test_it_sends_a_repeat_one_level_up_from_the_community_to_the_department(world: World) -> None:
    world.report("MS-17")
    assert [d.unit for d in world.case.duties] == ["S01-01"]
    again = World()
    again.report("MS-17", repeat_of="HN0", level=1)
    assert [d.unit for d in again.case.duties] == ["D15"]
    assert again.case.tier == "department"
    assert not again.case.waits("coordination")


def test_it_sends_a_repeat_of_what_a_department_handles_to_county_coordination(world: World) -> None:
    world.report("MS-01", repeat_of="HN0", level=1)
    assert [d.unit for d in world.case.duties] == ["D15"]
    assert (world.state, world.case.tier) == ("dispatched", "county")
    assert world.clock("coordination").unit == "L00"
    assert world.last(e.RaisedToCounty).reason == "repeated"
    world.do(c.Coordinate(by=LEADER, leader=LEADER.actor, tasks=(), minutes=WORDS))
    assert world.case.in_charge == LEADER.actor


def test_it_keeps_pure_time_from_touching_a_case_not_yet_reported(world: World) -> None:
    assert world.tick() == []
    assert world.state == "reported"
