"""不予受理与复核、剔除、乱吹哨认定与申诉、两人原则."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.cases.lifecycle.world import (
    DEPUTY_DIRECTOR,
    DIRECTOR,
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
from shaodao.centre.cases.lifecycle.deciding import approvals
from shaodao.centre.cases.lifecycle.model import NOTHING, By
from shaodao.county.pack.check import APPROVALS


def test_it_declines_with_two_persons(world: World) -> None:
    world.report(plan=None)
    world.do(c.ProposeDecline(by=SHIFT_LEADER, reason="unlawful"))
    assert world.state == "in_triage"
    assert world.open_clocks() == {"approval request:1 C00"}
    assert world.refused(c.ProposeDecline(by=SEAT, reason="unlawful")).code == "not_now"
    alone = c.Decide(by=SHIFT_LEADER, request=1, approve=True)
    assert world.refused(alone).code == "second_person_needed"
    other = of("C00", "shift_leader", 77)
    world.do(c.Decide(by=other, request=1, approve=True))
    assert (world.state, world.case.outcome_detail) == ("declined", "unlawful")
    assert world.open_clocks() == set()


def test_it_goes_back_to_triage_when_a_decline_is_refused(world: World) -> None:
    world.report(plan=None)
    world.do(c.ProposeDecline(by=SEAT, reason="unlawful"))
    world.do(c.Decide(by=SHIFT_LEADER, request=1, approve=False, words=WORDS))
    assert world.state == "in_triage"
    assert world.clock("triage").round == 2
    assert world.last(e.Queued).reason == "decline_refused"
    world.do(c.ProposeDecline(by=SEAT, reason="beyond_duty"))


def test_it_may_still_be_answered_while_a_decline_is_proposed(world: World) -> None:
    world.report(plan=None)
    world.do(c.ProposeDecline(by=SEAT, reason="unlawful"))
    world.do(c.Answer(by=SEAT, words=WORDS))
    assert world.case.requests[0].outcome == "lapsed"
    assert world.open_clocks() == set()


def test_it_does_not_decline_what_is_being_handled(world: World) -> None:
    world.report()
    assert world.refused(c.ProposeDecline(by=SEAT, reason="unlawful")).code == "not_now"


def declined(world: World) -> World:
    world.report(plan=None)
    world.do(c.ProposeDecline(by=SEAT, reason="unlawful"))
    world.do(c.Decide(by=SHIFT_LEADER, request=1, approve=True))
    return world


def test_it_reviews_a_decline_once_by_other_hands(world: World) -> None:
    declined(world)
    assert world.refused(c.AskReview(by=WHISTLER, words=NOTHING)).code == "words_needed"
    world.do(c.AskReview(by=WHISTLER, words=WORDS))
    assert (world.state, world.case.reviewed) == ("declined", True)
    assert world.open_clocks() == {"approval request:2 C00"}
    for same in (SEAT, SHIFT_LEADER):
        assert world.refused(c.Decide(by=same, request=2, approve=True)).code == "second_person_needed"
    assert names(world.do(c.Decide(by=DEPUTY_DIRECTOR, request=2, approve=True))) == [
        "RequestDecided",
        "DeclineLifted",
        "Queued",
    ]
    assert (world.state, world.case.outcome_detail, world.case.ended_at) == ("in_triage", "", None)
    assert (world.last(e.DeclineLifted).reason, world.last(e.Queued).reason) == ("review", "review")
    world.do(c.ProposeDecline(by=SEAT, reason="unlawful"))
    world.do(c.Decide(by=SHIFT_LEADER, request=3, approve=True))
    assert world.refused(c.AskReview(by=WHISTLER, words=WORDS)).code == "not_now"


def test_it_stays_declined_when_the_review_says_so(world: World) -> None:
    declined(world)
    world.do(c.AskReview(by=WHISTLER, words=WORDS))
    world.do(c.Decide(by=DEPUTY_DIRECTOR, request=2, approve=False, words=WORDS))
    assert world.state == "declined"
    assert world.refused(c.AskReview(by=WHISTLER, words=WORDS)).code == "not_now"


def test_it_breaches_a_review_that_takes_too_long_though_the_case_has_ended(world: World) -> None:
    declined(world)
    world.do(c.AskReview(by=WHISTLER, words=WORDS))
    world.tick("03-05 09:00")
    assert world.breaches() == [("approval", "request:2", "C00", "03-04 09:00")]
    assert world.state == "declined"


def test_it_excludes_from_the_figures_by_two_persons_even_after_closing(world: World) -> None:
    world.report()
    world.do(c.ProposeExclusion(by=SEAT, reason="before_court"))
    assert world.refused(c.ProposeExclusion(by=SEAT, reason="before_court")).code == "not_now"
    assert world.refused(c.Decide(by=SEAT, request=1, approve=True)).code == "second_person_needed"
    world.closed()
    assert world.open_clocks() == {"approval request:1 C00"}
    world.do(c.Decide(by=DEPUTY_DIRECTOR, request=1, approve=True))
    assert (world.case.excluded, world.state) == ("before_court", "closed")
    assert world.refused(c.ProposeExclusion(by=SEAT, reason="x")).code == "not_now"


def test_it_does_not_exclude_when_the_other_person_refuses(world: World) -> None:
    world.report()
    world.do(c.ProposeExclusion(by=SEAT, reason="untrue"))
    world.do(c.Decide(by=DEPUTY_DIRECTOR, request=1, approve=False, words=WORDS))
    assert world.case.excluded == ""
    world.do(c.ProposeExclusion(by=SEAT, reason="untrue"))


def whistled_by_street(world: World, item: str = "MS-13") -> World:
    world.report(
        item, by=STREET, whistler_kind="street", whistler="user:7", whistler_unit="S01", requester=""
    )
    return world


def test_it_judges_a_street_that_whistles_for_its_own_duty(world: World) -> None:
    whistled_by_street(world)
    world.do(c.ProposeWrongful(by=SEAT, reason="own_duty", words=WORDS))
    assert world.case.wrongful == "proposed"
    assert world.refused(c.ProposeWrongful(by=SEAT, reason="own_duty")).code == "not_now"
    world.approve("wrongful")
    assert world.case.wrongful == "judged"
    assert world.state == "dispatched"


def test_it_keeps_a_judgement_when_another_request_is_refused(world: World) -> None:
    whistled_by_street(world)
    world.do(c.ProposeWrongful(by=SEAT, reason="own_duty"))
    world.approve("wrongful")
    world.do(c.ProposeExclusion(by=SEAT, reason="untrue"))
    world.do(c.Decide(by=DEPUTY_DIRECTOR, request=2, approve=False, words=WORDS))
    assert world.case.wrongful == "judged"


def test_it_drops_a_judgement_that_is_refused(world: World) -> None:
    whistled_by_street(world)
    world.do(c.ProposeWrongful(by=SEAT, reason="own_duty"))
    world.do(c.Decide(by=DEPUTY_DIRECTOR, request=1, approve=False, words=WORDS))
    assert world.case.wrongful == ""
    assert world.refused(c.AppealWrongful(by=STREET, words=WORDS)).code == "not_now"
    world.do(c.ProposeWrongful(by=SEAT, reason="own_duty"))


def test_it_does_not_blame_a_street_for_what_is_not_its_own(world: World) -> None:
    whistled_by_street(world, "MS-01")
    assert world.refused(c.ProposeWrongful(by=SEAT, reason="own_duty")).code == "not_theirs_to_do"


@pytest.mark.parametrize("kind", ["public", "deputy", "leader"])
def test_it_never_judges_residents_deputies_or_leaders(world: World, kind: str) -> None:
    world.report("MS-13", whistler_kind=kind)
    assert world.refused(c.ProposeWrongful(by=SEAT, reason="own_duty")).code == "not_now"


@pytest.mark.parametrize(("approve", "finding"), [(True, "cancelled"), (False, "upheld")])
def test_it_hears_an_appeal_by_other_hands(world: World, approve: bool, finding: str) -> None:
    whistled_by_street(world)
    world.do(c.ProposeWrongful(by=SEAT, reason="own_duty"))
    world.do(c.Decide(by=DEPUTY_DIRECTOR, request=1, approve=True))
    assert world.refused(c.AppealWrongful(by=STREET, words=NOTHING)).code == "words_needed"
    world.at("03-10 09:00")
    world.do(c.AppealWrongful(by=STREET, words=WORDS))
    assert world.case.wrongful == "appealed"
    assert world.refused(c.AppealWrongful(by=STREET, words=WORDS)).code == "not_now"
    for hand in (SEAT, DEPUTY_DIRECTOR, STREET):
        assert world.refused(c.Decide(by=hand, request=2, approve=True)).code == "second_person_needed"
    events = world.do(c.Decide(by=DIRECTOR, request=2, approve=approve, words=WORDS))
    judged = events[-1]
    assert isinstance(judged, e.WrongfulJudged)
    assert (judged.finding, world.case.wrongful) == (finding, finding)


def test_it_hears_an_appeal_within_five_workdays_only(world: World) -> None:
    whistled_by_street(world)
    world.do(c.ProposeWrongful(by=SEAT, reason="own_duty"))
    world.do(c.Decide(by=DEPUTY_DIRECTOR, request=1, approve=True))
    world.at("03-10 09:01")
    late = world.refused(c.AppealWrongful(by=STREET, words=WORDS))
    assert (late.code, late.params["latest"]) == ("too_late_to_appeal", moment("03-10 09:00"))


def test_it_counts_the_days_to_appeal_from_the_judgement_not_from_a_refused_proposal(world: World) -> None:
    whistled_by_street(world)
    world.do(c.ProposeWrongful(by=SEAT, reason="own_duty"))
    world.do(c.Decide(by=DEPUTY_DIRECTOR, request=1, approve=False, words=WORDS))
    world.at("03-09 09:00")
    world.do(c.ProposeWrongful(by=SEAT, reason="own_duty"))
    assert world.case.requests[1].minutes == 0
    world.do(c.Decide(by=DEPUTY_DIRECTOR, request=2, approve=True))
    world.at("03-13 09:00")
    world.do(c.AppealWrongful(by=STREET, words=WORDS))
    assert world.case.wrongful == "appealed"


def test_it_needs_another_person_for_every_step(world: World) -> None:
    world.report()
    world.do(c.AskReturn(by=of("D15"), duty=1, reason="not_ours", words=WORDS))
    both = of("D15", "section_head", 50)
    world.do(c.Decide(by=both, request=1, approve=True))
    assert world.case.requests[0].approvers == (both.actor,)
    assert world.refused(c.Decide(by=both, request=1, approve=True)).code == "second_person_needed"
    world.do(c.Decide(by=SHIFT_LEADER, request=1, approve=True))
    assert world.case.requests[0].decided_at == world.now
    assert world.refused(c.Decide(by=DIRECTOR, request=1, approve=True)).code == "not_now"


@pytest.mark.parametrize(
    ("by", "role", "unit"),
    [
        (SEAT, "shift_leader", "C00"),
        (SHIFT_LEADER, "centre_deputy", "C00"),
        (DEPUTY_DIRECTOR, "shift_leader", "C00"),
    ],
)
def test_it_asks_one_above_about_what_the_approver_proposes(
    world: World, by: By, role: str, unit: str
) -> None:
    """A small centre has one of each on duty: a second person must be somebody who exists."""
    world.report(plan=None)
    world.do(c.ProposeDecline(by=by, reason="untrue"))
    assert [(s.role, s.unit) for s in world.case.requests[0].steps] == [(role, unit)]


def test_it_asks_the_county_above_the_director(world: World) -> None:
    world.report("MS-17")
    world.do(c.ProposeExclusion(by=replace(DEPUTY_DIRECTOR, actor="user:30"), reason="untrue"))
    assert world.case.requests[0].steps[0].role == "centre_director"
    assert [s.role for s in world.rules.steps("wrongful_appeal", world.case, None, DIRECTOR)] == [
        "county_leader"
    ]


def test_it_asks_somebody_else_to_look_again(world: World) -> None:
    """The deputy has approved the decline that the shift leader proposed: the review is the director's."""
    world.report(plan=None)
    world.do(c.ProposeDecline(by=SHIFT_LEADER, reason="untrue"))
    world.do(c.Decide(by=DEPUTY_DIRECTOR, request=1, approve=True))
    world.do(c.AskReview(by=WHISTLER, words=WORDS))
    assert [s.role for s in world.case.requests[1].steps] == ["centre_director"]


def test_it_asks_for_every_approval_that_a_pack_must_name() -> None:
    """A chain that a county writes down and nothing ever asks for would be a promise without anybody behind it."""
    assert APPROVALS - {"pack"} == set(approvals._when_granted)
