"""Joining and merging at the same moment, by many: each happens once, and nothing is left between."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from django.db import connections
from tests.trust.conftest import OPEN, PHONE, by, file, give

from shaodao.centre.cases import actions, permissions
from shaodao.centre.cases.lifecycle import Refusal, state_of
from shaodao.centre.cases.models import Follower
from shaodao.centre.intake.gate import Caller
from shaodao.centre.likeness.joining import Witness, join
from shaodao.ground.ledger import sealer, verify
from shaodao.ground.ledger.store import Conflict


def at_once(*calls: Any) -> list[Any]:
    start = Barrier(len(calls))

    def one(call: Any) -> Any:
        start.wait()
        try:
            return call()
        except (Refusal, Conflict, permissions.Forbidden) as refused:
            return refused
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(one, calls))


def clean() -> bool:
    sealer.seal_all(actions.now())
    return verify.run().clean


def test_the_same_form_sent_at_once_joins_once(committed):
    number = file(item=OPEN, phone=PHONE).case.number
    witness, caller = (
        Witness(text="我也看到了", phone="13912345678", name="王"),
        Caller("t", "k", trusted=True),
    )
    answers = at_once(*[lambda: join(number, witness, caller)] * 6)
    assert len({answer.token for answer in answers}) == 1
    assert Follower.objects.filter(case_id=number).count() == 1
    assert clean()


def test_many_join_at_once_and_each_has_a_seat(committed):
    number = file(item=OPEN, phone=PHONE).case.number
    calls = [
        lambda index=index: join(
            number, Witness(phone=f"1391234567{index}"), Caller("t", f"k{index}", trusted=True)
        )
        for index in range(6)
    ]
    answers = at_once(*calls)
    assert len({answer.token for answer in answers}) == 6
    assert actions.load(number).reporters == 7
    assert clean()


def test_two_clerks_who_merge_each_into_the_other_merge_one(committed):
    one, other = (file(item=OPEN, phone=f"1391234567{n}").case.number for n in range(2))
    seat = by("seat", "C00", 8)
    at_once(lambda: give(one, "merge", seat, into=other), lambda: give(other, "merge", seat, into=one))
    states = [state_of(actions.load(number)) for number in (one, other)]
    assert sorted(states) == ["dispatched", "merged"]
    assert clean()


def test_who_joins_while_it_is_merged_follows_what_is_open(committed):
    one, other = (file(item=OPEN, phone=f"1391234567{n}").case.number for n in range(2))
    seat = by("seat", "C00", 8)
    _, joined = at_once(
        lambda: give(one, "merge", seat, into=other),
        lambda: join(one, Witness(text="也看到了"), Caller("t", "k", trusted=True)),
    )
    taken = bool(Follower.objects.filter(case_id=one))
    assert taken != isinstance(joined, Refusal)
    assert actions.load(other).reporters == 2 + taken
    assert clean()
