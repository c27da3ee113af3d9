"""群众评、回访、结案、没修好/又坏了."""

from __future__ import annotations

import pytest
from tests.cases.lifecycle.world import (
    CALLER,
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
from shaodao.centre.cases.lifecycle.model import UnitRating


def test_it_asks_the_requester_after_a_passed_verification(world: World) -> None:
    world.report()
    world.verified()
    assert world.state == "waiting_rating"
    assert world.open_clocks() == {"rating case C00", "closing case C00"}
    assert (world.due("rating"), world.due("closing")) == ("03-05 09:00", "03-10 09:00")


@pytest.mark.parametrize("solved", ["yes", "partly"])
def test_it_closes_with_the_rating(world: World, solved: str) -> None:
    world.report()
    world.verified()
    levels = (UnitRating(1, 5),)
    world.do(c.Rate(by=WHISTLER, solved=solved, levels=levels, words=WORDS))  # type: ignore[arg-type]
    assert (world.state, world.case.outcome_detail) == ("closed", "rated")
    rating = world.case.ratings[0]
    assert (rating.kind, rating.solved, rating.levels, rating.round) == ("own", solved, levels, 1)
    assert world.open_clocks() == set()
    assert [d.ended for d in world.case.duties] == ["done"]


@pytest.mark.parametrize(
    ("levels", "code"),
    [
        ((UnitRating(2, 5),), "no_such_duty"),
        ((UnitRating(1, 0),), "level_out_of_range"),
        ((UnitRating(1, 6),), "level_out_of_range"),
        ((UnitRating(1, 5), UnitRating(1, 1)), "no_such_duty"),
    ],
)
def test_it_refuses_levels_that_mean_nothing(world: World, levels: tuple[UnitRating, ...], code: str) -> None:
    world.report()
    world.verified()
    assert world.refused(c.Rate(by=WHISTLER, solved="yes", levels=levels)).code == code


def test_it_does_not_rate_a_unit_that_handed_the_case_back(world: World) -> None:
    world.report()
    world.do(c.Redispatch(by=SHIFT_LEADER, duty=1, to=world.duty_plan("D13"), reason="theirs"))
    world.verified()
    assert world.refused(c.Rate(by=WHISTLER, solved="yes", levels=(UnitRating(1, 5),))).code == "no_such_duty"
    world.do(c.Rate(by=WHISTLER, solved="yes", levels=(UnitRating(2, 1),)))


def test_it_starts_a_new_round_with_full_limits_when_it_is_not_solved(world: World) -> None:
    world.report("MS-07")
    world.verified()
    world.at("03-04 10:00")
    events = world.do(c.Rate(by=WHISTLER, solved="no", words=WORDS))
    assert names(events) == ["Rated", "Reopened", "Reworked"]
    duty = world.case.duties[0]
    assert (world.state, duty.round, duty.signed_at, duty.reported_in_at, duty.made_safe_at) == (
        "dispatched",
        2,
        None,
        None,
        None,
    )
    assert [(k.kind, k.round) for k in world.case.open_clocks] == [
        ("sign", 2),
        ("report_in", 2),
        ("make_safe", 2),
        ("finish", 2),
    ]
    assert (world.last(e.Reopened).reason, world.last(e.Reworked).reason) == ("not_solved", "rating")
    assert (duty.claim, duty.part_done_at, duty.ended) == ("", None, "")
    assert world.due("finish", "duty:1") == "03-05 10:00"
    assert world.case.verified_at is None
    world.verified()
    world.do(c.Rate(by=WHISTLER, solved="yes"))
    assert [r.round for r in world.case.ratings] == [1, 2]


def test_it_sends_back_the_units_the_requester_was_not_satisfied_with(world: World) -> None:
    world.joint("U01")
    world.verified()
    world.do(c.Rate(by=WHISTLER, solved="no", levels=(UnitRating(1, 3), UnitRating(2, 2))))
    assert [d.reworks for d in world.case.duties] == [0, 1]
    world.verified()
    assert world.state == "waiting_rating"


def test_it_calls_back_after_two_days_without_a_rating(world: World) -> None:
    world.report()
    world.verified()
    assert world.refused(c.CallBack(by=CALLER, reached=False)).code == "not_now"
    assert names(world.tick("03-05 10:00")) == ["CallBackDue"]
    assert world.breaches() == []
    assert (world.state, world.due("call_back")) == ("waiting_rating", "03-09 09:00")
    assert world.refused(c.CallBack(by=CALLER, reached=True)).code == "solved_needed"
    world.do(c.CallBack(by=CALLER, reached=True, solved="yes", levels=(UnitRating(1, 4),)))
    assert [(r.kind, r.solved) for r in world.case.ratings] == [("call_back", "yes")]
    assert world.state == "closed"


def test_it_reopens_by_call_back_too(world: World) -> None:
    world.report()
    world.verified()
    world.at("03-05 10:00")
    world.do(c.CallBack(by=CALLER, reached=True, solved="no"))
    assert (world.state, world.case.calls) == ("dispatched", ())


def test_it_tries_three_times_at_different_hours_and_never_from_the_handlers_unit(world: World) -> None:
    world.report()
    world.verified()
    world.at("03-05 09:30")
    assert world.refused(c.CallBack(by=of("D15", "stationed"), reached=False)).code == "unit_must_avoid"
    world.do(c.CallBack(by=CALLER, reached=False))
    world.at("03-05 13:29")
    assert world.refused(c.CallBack(by=CALLER, reached=False)).code == "call_back_too_soon"
    world.at("03-06 09:45")
    assert world.refused(c.CallBack(by=CALLER, reached=False)).code == "call_back_same_hour"
    world.at("03-06 13:30")
    world.do(c.CallBack(by=CALLER, reached=False))
    assert world.refused(c.Close(by=SHIFT_LEADER)).code == "not_now"
    world.at("03-06 17:30")
    world.do(c.CallBack(by=CALLER, reached=False))
    assert not world.case.waits("call_back")
    assert world.refused(c.CallBack(by=CALLER, reached=False)).code == "not_now"
    world.do(c.Close(by=SHIFT_LEADER, words=WORDS))
    assert world.case.outcome_detail == "call_backs_failed"


def test_it_closes_by_rule_after_seven_days_without_a_rating(world: World) -> None:
    world.report()
    world.verified()
    events = world.tick("03-11 09:00")
    assert names(events) == ["CallBackDue", "Breached", "Closed"]
    assert (world.state, world.case.outcome_detail) == ("closed", "unrated")
    assert world.case.ended_at == moment("03-10 09:00")
    assert world.breaches() == [("call_back", "case", "C00", "03-09 09:00")]
    assert world.history[-1].event.by.actor == "system:rule"


def test_it_does_not_call_back_nobody(world: World) -> None:
    world.report(requester="", anonymous=True)
    world.verified()
    world.tick("03-05 10:00")
    assert world.open_clocks() == {"closing case C00"}
    world.do(c.Rate(by=WHISTLER, solved="yes"))


def test_it_lets_the_requester_rate_while_the_centre_tries_to_call(world: World) -> None:
    world.report()
    world.verified()
    world.tick("03-05 10:00")
    world.do(c.Rate(by=WHISTLER, solved="yes"))
    assert world.open_clocks() == set()


@pytest.mark.parametrize("reason", ["not_solved", "broken_again"])
def test_it_reopens_a_closed_case_with_one_tap(world: World, reason: str) -> None:
    world.report()
    world.closed()
    world.at("04-02 09:00")
    events = world.do(c.Reopen(by=WHISTLER, reason=reason, words=WORDS, photos=("f1",)))  # type: ignore[arg-type]
    assert names(events) == ["Reopened", "Reworked"]
    assert (world.last(e.Reopened).reason, world.last(e.Reworked).reason) == (reason, "reopened")
    assert world.last(e.Reopened).photos == ("f1",)
    assert (world.state, world.case.reopened, world.case.outcome_detail, world.case.ended_at) == (
        "dispatched",
        1,
        "",
        None,
    )
    assert world.due("report_in", "duty:1") == "04-02 11:00"
    assert world.case.duties[0].ended == ""
    world.closed()


def test_it_reopens_within_thirty_days_only(world: World) -> None:
    world.report()
    world.closed()
    world.at("04-02 09:01")
    assert world.refused(c.Reopen(by=WHISTLER, reason="broken_again")).code == "too_late_to_reopen"


def test_it_reopens_while_the_rating_is_awaited(world: World) -> None:
    world.report()
    world.verified()
    world.do(c.Reopen(by=WHISTLER, reason="not_solved"))
    assert world.state == "dispatched"
    assert not world.case.waits("closing")


def test_it_takes_an_answer_that_did_not_help_back_to_triage(world: World) -> None:
    world.report(plan=None)
    world.do(c.Answer(by=SEAT, words=WORDS))
    world.do(c.Reopen(by=WHISTLER, reason="not_solved"))
    assert world.state == "in_triage"
    assert world.last(e.Queued).reason == "reopened"
    world.do(c.Dispatch(by=SEAT, plan=world.plan("D15")))
    assert world.state == "dispatched"


@pytest.mark.parametrize("way", ["declined", "merged", "transferred", "dispatched"])
def test_it_reopens_nothing_else(world: World, way: str) -> None:
    world.report(plan=None)
    if way == "declined":
        world.do(c.ProposeDecline(by=SEAT, reason="unlawful"))
        world.approve("decline")
    if way == "merged":
        world.do(c.Merge(by=SEAT, into="HN2"))
    if way == "transferred":
        world.do(c.Transfer(by=SEAT, to="110", receipt="1"))
    if way == "dispatched":
        world.do(c.Dispatch(by=SEAT, plan=world.plan("D15")))
    assert world.state == way
    assert world.refused(c.Reopen(by=WHISTLER, reason="not_solved")).code == "not_now"


def test_it_counts_the_waiting_time_from_the_first_report(world: World) -> None:
    world.report()
    reported = world.case.reported_at
    world.closed()
    world.at("03-20 09:00")
    world.do(c.Reopen(by=WHISTLER, reason="broken_again"))
    world.at("03-20 10:00")
    world.verified()
    assert (world.case.reported_at, world.case.verified_at) == (reported, moment("03-20 10:00"))


def test_it_lets_a_street_rate_only_the_units_it_summoned(world: World) -> None:
    world.joint("U01")
    rate = c.RateUnits(by=STREET, levels=(UnitRating(1, 4),))
    assert world.refused(rate).code == "not_now"
    world.do(
        c.Convene(
            by=STREET, units=("D15",), meet_at=moment("03-03 10:00"), place=world.case.place, words=WORDS
        )
    )
    assert world.refused(rate).code == "not_now"
    world.do(c.ConcludeCouncil(by=STREET, council=1, tasks=(), words=WORDS))
    assert world.refused(c.RateUnits(by=STREET, levels=())).code == "levels_needed"
    assert world.refused(c.RateUnits(by=STREET, levels=(UnitRating(2, 4),))).code == "not_summoned"
    world.do(rate)
    assert [(r.kind, r.solved, r.levels) for r in world.case.ratings] == [("street", "", (UnitRating(1, 4),))]
    assert world.state == "dispatched"


def test_it_lets_a_street_rate_each_unit_once_in_a_round(world: World) -> None:
    """A score that one clerk could give a hundred times would be worth nothing."""
    world.joint("U01")
    world.do(
        c.Convene(
            by=STREET,
            units=("D15", "U01"),
            meet_at=moment("03-03 10:00"),
            place=world.case.place,
            words=WORDS,
        )
    )
    world.do(c.ConcludeCouncil(by=STREET, council=1, tasks=(), words=WORDS))
    assert world.case.street_rates == (1, 2)
    world.do(c.RateUnits(by=STREET, levels=(UnitRating(1, 4),)))
    assert world.case.street_rates == (2,)
    assert world.refused(c.RateUnits(by=STREET, levels=(UnitRating(1, 5),))).code == "rated_already"
    world.do(c.RateUnits(by=STREET, levels=(UnitRating(2, 2),)))
    assert world.offers(c.RateUnits) == ()


def test_it_tells_a_rating_from_the_window_that_passed(world: World) -> None:
    world.report()
    world.verified()
    world.tick("03-05 09:00")
    assert world.case.waits("rating")
    world.tick("03-05 09:01")
    assert [type(event) for event, _ in world.history][-1] is e.CallBackDue
    assert world.history[-1].at == moment("03-05 09:00")


def test_it_calls_nobody_who_was_erased(world: World) -> None:
    """Their number is gone: a call-back would wait for ever."""
    erase = c.Erase(by=WHISTLER, subject=WHISTLER.actor, reason="own")
    world.report()
    world.verified()
    early = World()
    early.report()
    early.verified()
    early.do(erase)
    early.later(hours=49)
    early.tick()
    assert not early.case.waits("call_back")
    assert early.case.waits("closing")
    world.later(hours=49)
    world.tick()
    assert world.case.waits("call_back")
    world.do(erase)
    assert not world.case.waits("call_back")
    assert world.state == "waiting_rating"
