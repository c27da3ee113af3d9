"""Whatever is asked of an order in whatever order: what must hold, holds."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from tests.cases.conftest import NOW, PACK, by

from shaodao.centre.cases.lifecycle.model import NOTHING, Kept
from shaodao.centre.cases.lifecycle.refusal import Refusal
from shaodao.centre.supervision.orders import order
from shaodao.centre.supervision.orders.order import Order
from shaodao.centre.supervision.orders.projection import ORDERS
from shaodao.county.pack import load_files, read_folder
from shaodao.ground.clocks import Limit, is_running

CALENDAR_OF = load_files(read_folder(PACK)).calendar_of
ACTORS = [by("centre_director", "C00", 1), by("supervisor", "V00", 2), by("unit_head", "D15", 3)]
WORDS = Kept("a" * 64)


class Machine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.order, self.now, self.history = Order(), NOW, []
        self.give(
            order.Draft(
                by=ACTORS[0], grade="general", lead="D15", facts=(), title=WORDS, words=WORDS, basis=WORDS,
                demand=WORDS, contact=WORDS, limit=Limit(3, "workday"), copies=("J00",),
            )
        )  # fmt: skip

    def give(self, command):
        before = self.order
        possible = order.possible(before)
        try:
            happened = order.decide(before, command, CALENDAR_OF, self.now)
        except Refusal:
            return
        name = order.NAMES.get(type(command))
        assert name is None or name in possible
        self.history += happened
        self.order = order.replay_on(before, happened)

    @rule(hours=st.integers(0, 200))
    def time_passes(self, hours):
        self.now += timedelta(hours=hours)
        self.give(order.Tick())

    @rule(by=st.sampled_from(ACTORS), words=st.sampled_from([WORDS, NOTHING]), which=st.integers(0, 8))
    def something_is_asked(self, by, words, which):
        self.give(
            [
                order.Issue(by, 2026, 1, Limit(4, "hour")),
                order.Sign(by),
                order.Reply(by, words),
                order.SignReply(by, "C00", Limit(2, "workday")),
                order.Return(by, words),
                order.Follow(by, words, "C00", Limit(20, "workday")),
                order.Strike(by, words),
                order.Withdraw(by, words),
                order.Remind(by, words),
            ][which]
        )

    @invariant()
    def it_is_what_its_events_say(self):
        assert order.replay_on(order.Order(), self.history) == self.order
        assert ORDERS.rows("1", self.order)["supervision_order"]["1",]["state"] == self.order.state

    @invariant()
    def it_has_a_clock_while_it_is_open(self):
        running = [k for k in self.order.clocks if is_running(k)]
        if self.order.state in ("issued", "signed", "replied", "followed"):
            assert running
        else:
            assert not running

    @invariant()
    def each_round_of_a_clock_breaches_once_and_at_its_deadline(self):
        breaches = [(e.kind, e.round) for e, _ in self.history if isinstance(e, order.OrderBreached)]
        assert len(breaches) == len(set(breaches))
        assert all(k.breached_at in (None, k.due_at) for k in self.order.clocks)
        moments = [at for _, at in self.history]
        assert all(at <= self.now for at in moments)

    @precondition(lambda self: self.order.state == "struck")
    @invariant()
    def it_is_struck_off_by_another_than_its_issuer_and_after_a_signed_reply(self):
        assert self.order.reviewer.actor != self.order.issuer.actor
        assert self.order.signer.actor
        assert self.order.replied_at


TestOrders = Machine.TestCase
TestOrders.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
