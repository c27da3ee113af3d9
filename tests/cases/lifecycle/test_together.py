"""提级、县级统筹、哨单会商、并案."""

from __future__ import annotations

from tests.cases.lifecycle.world import (
    LEADER,
    PLACE,
    SEAT,
    SHIFT_LEADER,
    STREET,
    WORDS,
    World,
    moment,
    names,
    of,
)

from shaodao.centre.cases.lifecycle import commands as c
from shaodao.centre.cases.lifecycle import events as e
from shaodao.centre.cases.lifecycle.model import Kept


def convene(*units: str, at: str = "03-03 10:00") -> c.Convene:
    return c.Convene(by=STREET, units=units, meet_at=moment(at), place=PLACE, words=WORDS)


def conclude(*tasks: object, council: int = 1) -> c.ConcludeCouncil:
    return c.ConcludeCouncil(by=STREET, council=council, tasks=tasks, words=WORDS)  # type: ignore[arg-type]


def coordinate(*tasks: object) -> c.Coordinate:
    return c.Coordinate(by=LEADER, leader=LEADER.actor, tasks=tasks, minutes=WORDS)  # type: ignore[arg-type]


def test_it_raises_from_the_community_to_a_department(world: World) -> None:
    world.report("MS-17")
    up = c.EscalateTier(by=STREET, reason="too_big")
    assert world.refused(up).code == "lead_needed"
    sideways = c.EscalateTier(by=STREET, reason="too_big", plan=world.plan("S01"))
    assert world.refused(sideways).code == "higher_tier_needed"
    world.later(hours=1)
    world.do(c.EscalateTier(by=STREET, reason="too_big", plan=world.plan("D15"), words=WORDS))
    assert [(d.unit, d.ended) for d in world.case.duties] == [("S01-01", "raised"), ("D15", "")]
    assert (world.last(e.DutyEnded).reason, world.last(e.Dispatched).reason) == ("too_big", "too_big")
    assert (world.last(e.DutyEnded).words, world.last(e.Dispatched).words) == (WORDS, WORDS)
    assert (world.state, world.case.tier) == ("dispatched", "department")
    assert not world.case.moved  # up a tier is no mistake
    assert world.due("report_in", "duty:2") == "03-03 15:30"


def test_it_raises_from_a_department_to_the_county_while_it_goes_on(world: World) -> None:
    world.report()
    world.do(c.EscalateTier(by=of("D15"), reason="too_big", words=WORDS))
    assert world.state == "dispatched"
    assert (world.clock("coordination").unit, world.due("coordination")) == ("L00", "03-05 09:00")
    assert world.refused(c.EscalateTier(by=of("D15"), reason="too_big")).code == "not_now"
    world.turn_out()
    assert (
        world.refused(coordinate().__class__(by=LEADER, leader="user:6", tasks=(), minutes=Kept(""))).code
        == "words_needed"
    )
    events = world.do(coordinate(world.duty_plan("D13", "assist"), world.duty_plan("D15")))
    assert names(events) == ["Coordinated", "Dispatched"]
    assert (world.last(e.Dispatched).rule, world.last(e.Dispatched).reason) == (
        "coordination",
        "coordination",
    )
    assert (world.last(e.RaisedToCounty).reason, world.last(e.RaisedToCounty).words) == ("too_big", WORDS)
    assert [(d.unit, d.role, d.ended) for d in world.case.duties] == [
        ("D15", "lead", ""),
        ("D13", "assist", ""),
    ]
    assert (world.case.tier, world.case.in_charge) == ("county", LEADER.actor)
    assert world.refused(c.EscalateTier(by=of("D15"), reason="again")).code == "not_now"
    assert world.refused(coordinate()).code == "not_now"


def test_it_changes_the_lead_by_coordination(world: World) -> None:
    world.joint("U01")
    world.do(c.EscalateTier(by=of("D15"), reason="too_big"))
    world.do(coordinate(world.duty_plan("U01")))
    assert [(d.unit, d.role, d.ended) for d in world.case.duties] == [
        ("D15", "lead", "redispatched"),
        ("U01", "assist", "withdrawn"),
        ("U01", "lead", ""),
    ]
    world.do(c.Redispatch(by=SHIFT_LEADER, duty=3, to=world.duty_plan("D13"), reason="theirs"))
    assert world.case.tier == "county"


def test_it_names_an_owner_by_coordination_when_there_is_none(world: World) -> None:
    world.report(plan=None, unsure="ownerless")
    world.do(c.EscalateTier(by=SHIFT_LEADER, reason="nobody"))
    assert world.open_clocks() == {"county_ruling case L00"}
    assert world.refused(c.EscalateTier(by=SHIFT_LEADER, reason="nobody")).code == "not_now"
    assert world.refused(coordinate()).code == "lead_needed"
    assert world.refused(coordinate(world.duty_plan("U01", "assist"))).code == "lead_needed"
    world.do(coordinate(world.duty_plan("D15"), world.duty_plan("U01", "assist")))
    assert (world.state, world.case.tier) == ("dispatched", "county")


def test_it_needs_an_owner_by_coordination_even_if_those_named_help_already(world: World) -> None:
    world.joint("U01")
    world.do(c.AskReturn(by=of("D15"), duty=1, reason="not_ours", words=WORDS))
    world.approve("return")
    world.do(c.EscalateTier(by=SHIFT_LEADER, reason="nobody"))
    assert world.refused(coordinate(world.duty_plan("U01", "assist"))).code == "lead_needed"
    world.do(coordinate(world.duty_plan("U01")))
    assert world.case.lead
    assert (world.case.lead.unit, world.case.tier) == ("U01", "county")


def test_it_summons_units_to_a_place_and_time(world: World) -> None:
    world.report()
    assert world.refused(convene()).code == "units_needed"
    assert world.refused(convene("D15", at="03-03 08:59")).code == "date_must_be_later"
    assert world.refused(convene("D15", at="04-03 09:00")).code == "too_far_ahead"
    assert world.refused(convene("D15", at="2099-03-03 08:59")).code == "date_too_far"
    assert world.refused(convene("D99")).code == "unknown_unit"
    nine = ("D05", "D06", "D07", "D08", "D09", "D10", "D11", "D12", "D13")
    assert world.refused(convene(*nine)).code == "too_many_units"
    world.do(convene("D15", "U01", "D15"))
    council = world.case.councils[0]
    assert (council.units, council.meet_at) == (("D15", "U01"), moment("03-03 10:00"))
    assert (world.clock("council", "council:1").unit, world.due("council", "council:1")) == (
        "S01",
        "03-04 10:00",
    )
    assert world.clock("council", "council:1").round == 1
    assert world.state == "dispatched"


def test_it_may_meet_at_once(world: World) -> None:
    world.report()
    world.do(convene("D15", at="03-03 09:00"))
    assert world.case.councils[0].meet_at == world.now


def test_it_sees_who_came_and_who_did_not(world: World) -> None:
    world.report()
    world.do(convene("D15", "U01", "D05"))
    world.at("03-03 10:02")
    stranger = c.Arrive(by=of("D09"), council=1, unit="D09", person=Kept("p0"))
    assert world.refused(stranger).code == "not_summoned"
    for person in ("p1", "p2"):
        world.do(c.Arrive(by=of("D15"), council=1, unit="D15", person=Kept(person)))
    world.do(c.Arrive(by=of("U01"), council=1, unit="U01", person=Kept("p3")))
    assert world.case.councils[0].absent == ("D05",)
    assert [(a.unit, a.person, a.at) for a in world.case.councils[0].arrivals][-1] == ("U01", "p3", world.now)
    events = world.do(conclude(world.duty_plan("U01", "assist"), world.duty_plan("D15")))
    concluded = events[0]
    assert isinstance(concluded, e.CouncilConcluded)
    assert concluded.absent == ("D05",)
    assert (world.last(e.Dispatched).rule, world.last(e.Dispatched).tier) == ("council", "department")
    assert [(d.unit, d.role) for d in world.case.duties] == [("D15", "lead"), ("U01", "assist")]
    assert world.case.councils[0].conclusions == WORDS
    late = c.Arrive(by=of("D05"), council=1, unit="D05", person=Kept("p4"))
    assert world.refused(late).code == "not_now"
    assert world.refused(conclude()).code == "not_now"


def test_it_lets_thirty_persons_of_a_unit_sign_in(world: World) -> None:
    world.report()
    world.do(convene("D15", "U01"))
    for person in range(30):
        world.do(c.Arrive(by=of("D15"), council=1, unit="D15", person=Kept(f"p{person}")))
    more = c.Arrive(by=of("D15"), council=1, unit="D15", person=Kept("p30"))
    assert world.refused(more).code == "too_many_persons"
    world.do(c.Arrive(by=of("U01"), council=1, unit="U01", person=Kept("p31")))


def test_it_finds_the_owner_in_a_council_out_of_triage(world: World) -> None:
    world.report(plan=None)
    world.do(convene("D15", "U01"))
    assert (world.state, world.open_clocks()) == ("in_ruling", {"council council:1 S01"})
    only_help = conclude(world.duty_plan("U01", "assist"))
    assert world.refused(only_help).code == "lead_needed"
    assert (
        world.refused(c.ConcludeCouncil(by=STREET, council=1, tasks=(), words=Kept(""))).code
        == "words_needed"
    )
    world.do(conclude(world.duty_plan("D15")))
    assert world.state == "dispatched"


def test_it_goes_back_to_triage_after_a_council_without_an_owner(world: World) -> None:
    world.report(plan=None)
    world.do(convene("D15"))
    assert names(world.do(conclude())) == ["CouncilConcluded", "Queued"]
    assert world.last(e.Queued).reason == "council_without_owner"
    assert world.state == "in_triage"


def test_it_goes_back_to_triage_though_a_helper_has_done_its_part(world: World) -> None:
    world.joint("U01")
    world.do(c.AskReturn(by=of("D15"), duty=1, reason="not_ours", words=WORDS))
    world.approve("return")
    world.do(c.ProposeDecline(by=SEAT, reason="untrue"))
    world.do(c.Decide(by=SHIFT_LEADER, request=2, approve=False, words=WORDS))
    world.turn_out(2)
    world.do(c.FinishPart(by=of("U01"), duty=2, words=WORDS))
    world.do(convene("D15"))
    world.do(conclude())
    assert world.state == "in_triage"


def test_it_leaves_a_ruling_to_the_centre_after_a_council(world: World) -> None:
    world.report(plan=None, unsure="ownerless")
    world.do(convene("D15"))
    world.do(conclude())
    assert world.open_clocks() == {"ruling case C00"}


def test_it_waits_with_verification_for_an_open_council(world: World) -> None:
    world.report()
    world.do(convene("D15"))
    world.handled()
    assert world.state == "dispatched"
    assert world.open_clocks() == {"council council:1 S01"}
    world.do(conclude())
    assert world.state == "waiting_verification"


def test_it_dissolves_a_council_when_the_case_ends(world: World) -> None:
    world.report(plan=None)
    world.do(convene("D15"))
    world.do(c.Answer(by=SEAT, words=WORDS))
    assert not world.case.councils[0].open
    world.do(c.Reopen(by=SEAT, reason="not_solved"))
    world.do(c.Dispatch(by=SEAT, plan=world.plan("D15")))
    world.handled()
    assert world.state == "waiting_verification"


def test_it_breaches_a_council_without_conclusions(world: World) -> None:
    world.report()
    world.turn_out()
    world.do(convene("D15"))
    world.tick("03-04 10:01")
    assert world.breaches() == [("council", "council:1", "S01", "03-04 10:00")]


def test_it_holds_several_councils(world: World) -> None:
    world.report()
    world.do(convene("D15"))
    world.do(convene("D15", "U01"))
    world.do(conclude(world.duty_plan("U01", "assist"), council=2))
    assert [council.open for council in world.case.councils] == [True, False]


def test_it_merges_into_another_open_case(world: World) -> None:
    world.report()
    assert world.refused(c.Merge(by=SEAT, into="HN1")).code == "same_case"
    world.do(c.Merge(by=SEAT, into="HN2"))
    assert (world.state, world.case.outcome_detail) == ("merged", "HN2")
    assert [d.ended for d in world.case.duties] == ["withdrawn"]
    assert world.open_clocks() == set()
    assert world.refused(c.Merge(by=SEAT, into="HN3")).code == "not_now"


def test_it_takes_along_what_is_merged_into_it_but_not_when_closed(world: World) -> None:
    world.report()
    world.do(c.Join(by=SEAT, other="HN2", requester="person:x"))
    assert world.case.joined == ("HN2",)
    world.closed()
    assert world.refused(c.Join(by=SEAT, other="HN3")).code == "not_now"


def test_it_does_not_merge_what_is_being_judged(world: World) -> None:
    world.report()
    world.handled()
    assert world.refused(c.Merge(by=SEAT, into="HN2")).code == "not_now"
