"""Several people at one case at the same moment, with real commits: in some order, nothing lost, nobody stuck."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from tests.api.scenes import LEAD, Scenes
from tests.trust.conftest import OPEN, PHONE, SPOT, by, file, give
from tests.trust.test_intake import at_once

from shaodao.centre.cases import actions, permissions, sweeper
from shaodao.centre.cases.lifecycle import Refusal, state_of
from shaodao.centre.cases.lifecycle.model import By
from shaodao.centre.cases.models import Case as CaseRow
from shaodao.centre.cases.projection import CASES
from shaodao.ground.ledger import store
from shaodao.ground.ledger.store import Conflict, Stream
from shaodao.ground.messages.models import Outgoing

ROUNDS = 4


@pytest.fixture
def scenes(committed) -> Scenes:
    return Scenes(actions.now() - timedelta(minutes=30))


def whole(*numbers: str) -> None:
    """Replay equals the rows, no number of an event is missing, and each is there once."""
    for number in numbers:
        events = store.history(Stream("case", number))
        assert [event.seq for event in events] == list(range(1, len(events) + 1))
        assert not list(CASES.check([(number, events)]))
        assert CaseRow.objects.get(number=number).version == len(events)


def told(number: str) -> None:
    keys = list(Outgoing.objects.filter(params__number=number).values_list("dedupe_key", flat=True))
    assert len(keys) == len(set(keys))


def refused(results: list[Any], *allowed: type[Exception]) -> list[Exception]:
    wrong = [each for each in results if isinstance(each, Exception)]
    assert all(isinstance(each, allowed) for each in wrong), wrong
    return wrong


def test_of_two_hands_that_sign_one_does(scenes):
    for _ in range(ROUNDS):
        number = scenes.dispatched()
        results = at_once(
            lambda index, number=number: give(number, "sign", by("handler", LEAD, index + 1), duty=1), 4
        )
        assert len(refused(results, Refusal)) == 3
        signed = [e for e in store.history(Stream("case", number)) if e.type == "Signed"]
        assert len(signed) == 1
        whole(number)
        told(number)


def test_of_two_that_act_on_the_same_version_one_is_told_to_look_again(scenes):
    for _ in range(ROUNDS):
        number = scenes.dispatched()
        version = actions.load(number).version

        def comment(index: int, number: str = number, version: int = version) -> Any:
            who = by("liaison", LEAD, index + 1)
            return actions.act(number, "comment", {"words": f"第{index}句"}, who, version=version)

        results = at_once(comment, 4)
        assert len(refused(results, actions.Stale, Conflict)) == 3
        whole(number)


def test_without_a_version_nothing_that_was_said_is_lost(scenes):
    number = scenes.dispatched()
    results = at_once(
        lambda index: give(number, "comment", by("liaison", LEAD, index), words=f"第{index}句"), 8
    )
    assert not refused(results)
    case = actions.load(number)
    assert case.version == 2 + 8
    whole(number)


def test_of_two_approvers_one_decides(scenes):
    for _ in range(ROUNDS):
        number = scenes.asked_return()
        results = at_once(
            lambda index, number=number: give(
                number,
                "decide",
                by("section_head", LEAD, 50 + index),
                request=1,
                approve=bool(index),
                words="意见",
            )
        )
        assert len(refused(results, Refusal, permissions.Forbidden)) == 1
        whole(number)
        told(number)


def test_a_rating_and_a_merge_of_the_same_case_come_one_after_the_other(scenes):
    for _ in range(ROUNDS):
        number, other = scenes.dispatched(), scenes.dispatched()
        requester = By(actions.load(number).requester, permissions.WHISTLER)
        work: list[Callable[[], Any]] = [
            lambda number=number, other=other: give(number, "merge", by("seat", "C00"), into=other),
            lambda number=number, who=requester: give(number, "comment", who, words="还没来"),
            lambda number=number: give(
                number, "report_in", by("handler", LEAD), duty=1, mode="site", position=SPOT
            ),
        ]
        results = at_once(lambda index, work=work: work[index](), len(work))
        refused(results, Refusal, permissions.Forbidden)
        assert state_of(actions.load(number)) == "merged"
        whole(number, other)


def test_merging_in_both_directions_does_not_block(scenes):
    for _ in range(ROUNDS * 2):
        pair = [scenes.dispatched(), scenes.dispatched()]
        results = at_once(
            lambda index, pair=pair: give(
                pair[index], "merge", by("seat", "C00", index + 1), into=pair[1 - index]
            )
        )
        assert len(refused(results, Refusal)) == 1, results
        states = sorted(state_of(actions.load(number)) for number in pair)
        assert states == ["dispatched", "merged"]
        whole(*pair)


def test_a_breach_is_recorded_once_however_many_sweep_while_somebody_acts(scenes):
    number = scenes.emergency()
    late = actions.now() + timedelta(days=3)

    def work(index: int) -> Any:
        if index < 4:
            return sweeper.sweep(late)
        return actions.act(number, "comment", {"words": f"第{index}句"}, by("liaison", LEAD, index), at=late)

    results = at_once(work, 6)
    assert not refused(results)
    breaches = [
        (e.payload["kind"], e.payload["subject"], e.payload["round"])
        for e in store.history(Stream("case", number))
        if e.type == "Breached"
    ]
    assert breaches
    assert len(breaches) == len(set(breaches))
    whole(number)
    told(number)


def test_an_erasure_and_a_whistle_of_the_same_person_come_one_after_the_other(committed):
    for round in range(ROUNDS):
        person = file(item=OPEN, phone=PHONE).case.requester
        work: list[Callable[[], Any]] = [
            lambda person=person: actions.erase_person(person, by("security_admin", "C00")),
            lambda round=round: file(f"第{round}次", item=OPEN, phone=PHONE),
        ]
        results = at_once(lambda index, work=work: work[index](), 2)
        assert not refused(results), results
        new = results[1].case
        case = actions.load(new.number)
        if case.requester == person:  # the whistle came first: it was erased with the others
            assert case.erased
        whole(new.number)
