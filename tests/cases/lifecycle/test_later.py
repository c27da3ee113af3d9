"""延期、挂账: more time, or a shelf until a date."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.cases.lifecycle.world import GRID, SHIFT_LEADER, STREET, WHISTLER, WORDS, World, moment, names, of

from shaodao.centre.cases.lifecycle import commands as c
from shaodao.centre.cases.lifecycle import events as e
from shaodao.centre.cases.lifecycle.model import NOTHING


def extension(until: str, duty: int = 1) -> c.AskExtension:
    return c.AskExtension(
        by=of("D15", "handler"), duty=duty, until=moment(until), reason="parts", words=WORDS
    )


def shelving(until: str) -> c.AskShelving:
    return c.AskShelving(by=of("D15"), until=moment(until), reason="season", words=WORDS)


def test_it_extends_by_a_workday_with_liaison_and_shift_leader(world: World) -> None:
    world.report()  # due 03-10 09:00
    assert world.refused(extension("03-10 09:00")).code == "date_must_be_later"
    assert world.refused(extension("2099-03-10 09:00")).code == "date_too_far"
    no_words = c.AskExtension(by=of("D15"), duty=1, until=moment("03-11 09:00"), reason="x")
    assert world.refused(no_words).code == "words_needed"
    world.do(extension("03-11 10:00"))
    request = world.case.requests[0]
    assert [(s.role, s.unit) for s in request.steps] == [("liaison", "D15"), ("shift_leader", "C00")]
    assert request.minutes == 8 * 60
    assert world.refused(extension("03-12 09:00")).code == "not_now"
    world.approve("extension")
    assert world.due("finish", "duty:1") == "03-11 10:00"
    assert isinstance(world.history[-1].event, e.Extended)


def test_it_asks_only_the_centre_for_the_time_that_the_head_asks_for(world: World) -> None:
    for until, role in (("03-11 10:00", "liaison"), ("03-11 10:01", "unit_head")):
        world = World()
        world.report()
        world.do(replace(extension(until), by=of("D15", role)))
        assert all(step.unit == "C00" for step in world.case.requests[0].steps)


def test_it_extends_longer_with_the_heads(world: World) -> None:
    world.report()
    world.do(extension("03-11 10:01"))
    assert [s.role for s in world.case.requests[0].steps] == ["unit_head", "centre_deputy", "centre_director"]


def test_it_takes_the_heads_for_a_second_and_nobody_for_a_third(world: World) -> None:
    world.report()
    world.do(extension("03-11 09:00"))
    world.approve("extension")
    world.do(extension("03-11 10:00"))
    assert [s.role for s in world.case.requests[1].steps] == ["unit_head", "centre_deputy", "centre_director"]
    world.approve("extension")
    assert world.refused(extension("03-12 10:00")).code == "no_more_extensions"


def test_it_counts_only_granted_extensions(world: World) -> None:
    world.report()
    for until in ("03-11 09:00", "03-12 09:00", "03-13 09:00"):
        world.do(extension(until))
        request = world.case.requests[-1]
        approver = of("D15", "liaison", 30)
        world.do(c.Decide(by=approver, request=request.id, approve=False, words=WORDS))
    assert world.due("finish", "duty:1") == "03-10 09:00"


def test_it_is_asked_for_before_expiry(world: World) -> None:
    world.report()
    world.at("03-10 09:01")
    assert world.refused(extension("03-12 09:00")).code == "extension_after_expiry"


def test_it_does_not_undo_a_breach_by_a_late_approval(world: World) -> None:
    world.report()
    world.turn_out()
    world.at("03-10 08:50")
    world.do(extension("03-11 09:00"))
    world.at("03-10 13:30")
    world.approve("extension")
    finish = world.clock("finish", "duty:1")
    assert (finish.breached_at, finish.cancelled) == (moment("03-10 09:00"), False)
    assert finish.due_at == moment("03-11 09:00")
    world.tick("03-12 09:00")
    assert [b for b in world.breaches() if b[0] == "finish"] == [("finish", "duty:1", "D15", "03-10 09:00")]


@pytest.mark.parametrize("until", ["03-11 09:00", "05-11 09:00"])
def test_it_leaves_a_statutory_date_as_late_or_later_alone(world: World, until: str) -> None:
    world.report()
    world.turn_out()
    world.do(extension("03-11 09:00"))
    world.do(c.FileForPenalty(by=of("D15"), duty=1, until=moment(until)))
    world.approve("extension")
    assert world.due("finish", "duty:1") == until
    assert not any(isinstance(event, e.Extended) for event, _ in world.history)


def test_it_records_the_breach_of_an_approver_who_is_late(world: World) -> None:
    world.report()
    world.turn_out()
    world.do(extension("03-11 09:00"))
    world.tick("03-04 09:00")
    assert world.breaches() == [("approval", "request:1", "D15", "03-03 14:30")]


def test_it_shelves_with_three_approvals_a_plan_and_a_date(world: World) -> None:
    world.report()
    world.turn_out()
    assert world.refused(shelving("03-03 09:00")).code == "date_must_be_later"
    assert (
        world.refused(
            c.AskShelving(by=of("D15"), until=moment("05-01 09:00"), reason="season", words=NOTHING)
        ).code
        == "words_needed"
    )
    world.do(shelving("05-06 09:00"))
    assert world.refused(shelving("05-06 09:00")).code == "not_now"
    assert [s.role for s in world.case.requests[0].steps] == ["unit_head", "centre_director", "county_leader"]
    world.at("03-04 09:00")
    world.approve("shelving")
    assert world.state == "shelved"
    assert world.open_clocks() == {"finish duty:1 D15", "shelf_review case D15", "resume case D15"}
    assert world.clock("finish", "duty:1").paused_at == moment("03-04 09:00")
    assert (world.due("shelf_review"), world.due("resume")) == ("04-03 09:00", "05-06 09:00")


def test_it_never_counts_the_time_on_the_shelf_and_wakes_by_itself_in_spring(world: World) -> None:
    world.report()
    world.turn_out()
    world.do(shelving("05-06 09:00"))
    world.at("03-04 09:00")  # four workdays of the five are left
    world.approve("shelving")
    assert world.tick("04-01 09:00") == []
    world.do(c.ReviewShelved(by=of("D15"), words=WORDS))
    assert world.due("shelf_review") == "05-01 09:00"
    assert names(world.tick("05-06 10:00")) == ["Breached", "Resumed"]
    assert world.history[-1].at == moment("05-06 09:00")
    assert world.state == "dispatched"
    assert world.open_clocks() == {"finish duty:1 D15"}
    left = world.rules.calendar("D15").elapsed(
        moment("05-06 09:00"), world.clock("finish", "duty:1").due_at, "working"
    )
    before = world.rules.calendar("D15").elapsed(moment("03-04 09:00"), moment("03-10 09:00"), "working")
    assert left == before
    assert [b[0] for b in world.breaches()] == ["approval", "shelf_review"]


def test_it_lets_nothing_be_done_on_the_shelf_but_review_and_resume(world: World) -> None:
    world.report()
    world.do(shelving("05-06 09:00"))
    world.approve("shelving")
    for command in (
        c.Sign(by=of("D15"), duty=1),
        extension("05-11 09:00"),
        shelving("05-11 09:00"),
        c.EscalateTier(by=STREET, reason="x"),
        c.Convene(
            by=STREET, units=("D15",), meet_at=moment("03-05 09:00"), place=world.case.place, words=WORDS
        ),
        c.Merge(by=SHIFT_LEADER, into="HN2"),
        c.Reopen(by=WHISTLER, reason="not_solved"),
    ):
        assert world.refused(command).code == "not_now"
    assert world.refused(c.ReviewShelved(by=of("D15"), words=NOTHING)).code == "words_needed"
    world.do(c.Resume(by=SHIFT_LEADER, words=WORDS))
    assert world.state == "dispatched"
    assert world.refused(c.Resume(by=SHIFT_LEADER)).code == "not_now"


def test_it_keeps_a_breach_from_before_the_shelf(world: World) -> None:
    world.report()
    world.turn_out()
    world.do(shelving("05-06 09:00"))
    world.at("03-10 10:00")
    world.approve("shelving")
    world.do(c.Resume(by=SHIFT_LEADER))
    assert [b for b in world.breaches() if b[0] == "finish"] == [("finish", "duty:1", "D15", "03-10 09:00")]
    assert world.due("finish", "duty:1") == "03-10 09:00"


def test_it_wakes_soon_when_the_date_passed_before_the_last_approval(world: World) -> None:
    world.report()
    world.do(shelving("03-03 10:00"))
    world.at("03-03 14:00")
    world.approve("shelving")
    assert world.state == "shelved"
    world.tick("03-03 14:02")
    assert world.state == "dispatched"


def test_it_ends_what_else_was_asked_for_and_waits_for_councils(world: World) -> None:
    world.report()
    world.do(extension("03-12 09:00"))
    world.do(shelving("05-06 09:00"))
    world.do(
        c.Convene(
            by=STREET, units=("D15",), meet_at=moment("03-03 10:00"), place=world.case.place, words=WORDS
        )
    )
    for role, unit in (("unit_head", "D15"), ("centre_director", "C00")):
        world.do(c.Decide(by=of(unit, role, 40), request=2, approve=True))
    last = c.Decide(by=of("L00", "county_leader", 40), request=2, approve=True)
    assert world.refused(last).code == "council_open"
    world.do(c.ConcludeCouncil(by=STREET, council=1, tasks=(), words=WORDS))
    world.do(last)
    assert [r.outcome for r in world.case.requests] == ["lapsed", "granted"]
    assert world.open_clocks() >= {"resume case D15"}
    assert not any("approval" in clock for clock in world.open_clocks())


def test_it_does_not_confirm_a_report_in_on_the_shelf(world: World) -> None:
    world.report("MS-10")
    world.do(c.ReportIn(by=of("D15"), duty=1, mode="site"))
    world.do(shelving("05-06 09:00"))
    world.approve("shelving")
    assert world.refused(c.ConfirmReportIn(by=GRID, duty=1, came=False)).code == "not_now"
    world.do(c.Resume(by=SHIFT_LEADER))
    world.do(c.ConfirmReportIn(by=GRID, duty=1, came=False))


def test_it_takes_a_claimed_part_off_the_shelf_of_no_one(world: World) -> None:
    world.joint("U01")
    world.turn_out(1).turn_out(2)
    world.claim(1)
    assert world.refused(shelving("05-06 09:00")).code == "not_now"


def test_it_is_withdrawn_by_whoever_asked(world: World) -> None:
    """The limit has run on meanwhile, nobody has to approve any more, and it may be asked for again."""
    world.report()
    due = world.due("finish", "duty:1")
    world.do(extension("03-11 09:00"))
    world.do(c.WithdrawRequest(by=of("D15"), request=1, words=WORDS))
    (request,) = world.case.requests
    assert (request.outcome, request.approvers) == ("withdrawn", ())
    assert not world.case.waits("approval", request.subject)
    assert world.due("finish", "duty:1") == due
    assert world.refused(c.WithdrawRequest(by=of("D15"), request=1)).code == "not_now"
    world.do(extension("03-11 09:00"))
    assert world.case.requests[1].open
