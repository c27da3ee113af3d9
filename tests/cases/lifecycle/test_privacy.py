"""What handling units of a protected case read, and what becomes of a person who is erased."""

from __future__ import annotations

import pytest
from tests.cases.lifecycle.world import (
    LEADER,
    SEAT,
    SHIFT_LEADER,
    STREET,
    SWEEPER,
    WHISTLER,
    WORDS,
    World,
    names,
    of,
)

from shaodao.centre.cases.lifecycle import commands as c
from shaodao.centre.cases.lifecycle import events as e
from shaodao.centre.cases.lifecycle.model import NOTHING, By, Kept

PROTECTED, CONTACTABLE = "XZ-02", "MS-01"
SUMMARY = Kept("cd" * 32)


def summarise(**said: object) -> c.Summarise:
    return c.Summarise(**{"by": SEAT, "words": SUMMARY} | said)  # type: ignore[arg-type]


def test_it_gives_the_centre_half_an_hour_for_the_summary_of_a_protected_case(world: World) -> None:
    world.report(PROTECTED)
    assert world.due("summary") == "03-03 09:30"
    assert world.clock("summary").unit == "C00"
    world.tick("03-03 09:31")
    assert ("summary", "case", "C00", "03-03 09:30") in world.breaches()
    assert names(world.do(summarise())) == ["Summarised"]
    assert (world.case.summary, world.case.waits("summary")) == (SUMMARY, False)


def test_it_needs_no_summary_where_the_units_read_the_words(world: World) -> None:
    world.report(CONTACTABLE)
    assert not world.case.waits("summary")
    assert world.refused(summarise()).code == "not_now"


def test_it_may_be_written_before_the_dispatch_and_again_later(world: World) -> None:
    world.report("", plan=None, unsure="unsure")
    assert not world.case.waits("summary")
    world.do(summarise())
    world.do(c.Dispatch(by=SEAT, plan=world.plan("D13")))
    assert not world.case.waits("summary")
    assert world.refused(summarise(words=NOTHING)).code == "words_needed"
    world.do(summarise(words=WORDS))
    assert world.case.summary == WORDS


def test_it_stops_asking_when_the_item_turns_out_to_be_an_open_one(world: World) -> None:
    world.report(PROTECTED)
    world.do(c.AskReturn(by=of("D13"), duty=1, reason="unclear_owner", words=WORDS))
    world.approve("return")
    assert world.case.waits("summary")
    plan = world.rules.plan_by_hand("D15", (), item=CONTACTABLE)
    world.do(c.Rule(by=SHIFT_LEADER, plan=plan, item=CONTACTABLE, basis=WORDS))
    assert not world.case.waits("summary")


def test_the_leaders_write_it_where_the_centre_is_complained_of(world: World) -> None:
    world.report(PROTECTED, against="C00")
    assert world.clock("summary").unit == "L00"
    assert world.refused(summarise()).code == "unit_must_avoid"
    world.do(summarise(by=LEADER))


def test_it_asks_for_no_summary_of_what_was_erased(world: World) -> None:
    world.report(PROTECTED)
    world.do(c.Erase(by=WHISTLER, subject="person:w"))
    assert not world.case.waits("summary")
    assert world.offers(c.Summarise) == ()


def test_it_erases_a_person_once_and_each_for_themselves(world: World) -> None:
    world.report(CONTACTABLE, whistler="person:neighbour", requester="person:w", on_behalf=True)
    assert world.case.persons == ("person:neighbour", "person:w")
    assert world.refused(c.Erase(by=WHISTLER, subject="person:neighbour")).code == "no_such_person"
    assert world.refused(c.Erase(by=SWEEPER, subject="person:x")).code == "no_such_person"
    world.do(c.Erase(by=By("person:neighbour", "whistler"), subject="person:neighbour"))
    assert not world.case.erased
    (erased,) = world.do(c.Erase(by=SWEEPER, subject="person:w", reason="kept_long_enough"))
    assert isinstance(erased, e.Erased)
    assert world.case.erased
    assert world.refused(c.Erase(by=SWEEPER, subject="person:w")).code == "not_now"


@pytest.mark.parametrize("whistler", ["user:7", ""])
def test_it_has_nobody_to_erase_where_staff_whistled(world: World, whistler: str) -> None:
    world.report(CONTACTABLE, by=STREET, whistler=whistler, requester=whistler, whistler_unit="S01")
    assert (world.case.persons, world.case.erased) == ((), False)
    assert world.offers(c.Erase) == ()


def test_it_hides_who_reported_from_the_handling_unit_also_after_closing(world: World) -> None:
    world.report()
    world.closed()
    look = c.SeeIdentity(by=of("D15"), reason="curious")
    assert world.refused(look).code == "identity_not_revealed"
