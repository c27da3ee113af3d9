"""A machine that leads cases through any life the commands allow, and tries to break what must always hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from tests.cases.lifecycle.world import (
    CALLER,
    DEPUTY_DIRECTOR,
    DIRECTOR,
    GRID,
    LEADER,
    PLACE,
    SEAT,
    SHIFT_LEADER,
    STREET,
    WORDS,
    World,
    of,
    replayed,
)

from shaodao.centre.cases.lifecycle import Refusal, decide
from shaodao.centre.cases.lifecycle import commands as c
from shaodao.centre.cases.lifecycle import events as e
from shaodao.centre.cases.lifecycle.codec import to_payload
from shaodao.centre.cases.lifecycle.deciding.ending import OUTLIVING
from shaodao.centre.cases.lifecycle.model import (
    DUTY_CLOCKS,
    NOTHING,
    TIMERS,
    By,
    DutyPlan,
    Kept,
    Place,
    Plan,
    UnitRating,
)
from shaodao.ground.clocks import Clock, is_running

UNITS = ("D15", "D13", "U01", "D05", "S01", "S01-01", "C00")
PERSONS = (SEAT, SHIFT_LEADER, DEPUTY_DIRECTOR, DIRECTOR, CALLER, LEADER, STREET, GRID, of("D15"), of("D13"))
ITEMS = ("MS-01", "MS-07", "MS-17", "MS-23", "MS-26", "XZ-09", "XZ-01", "")
BY_HAND = tuple(cls for cls in c.COMMANDS.values() if cls not in (c.Tick, c.Report))
# What ends a case or changes little comes less often, so that the machine gets far.
SELDOM = (
    c.Answer, c.Transfer, c.Merge, c.Join, c.Erase, c.Comment, c.Recompute, c.ProposeExclusion, c.ProposeDecline,
    c.RevealIdentity, c.SeeIdentity, c.ConfirmItem, c.PassUp,
)  # fmt: skip
ON = {
    c.Arrive: "council",
    c.ConcludeCouncil: "council",
    c.Decide: "request",
    c.WithdrawRequest: "request",
    c.PassUp: "request",
} | {cls: "duty" for cls in BY_HAND if issubclass(cls, c.DutyCommand) or cls is c.Redispatch}
chances = st.integers(0, 2**32 - 1).map(Random)


def span(chance: Random) -> timedelta:
    return chance.choice(
        (
            timedelta(minutes=chance.randint(1, 240)),
            timedelta(hours=chance.randint(1, 80)),
            timedelta(days=chance.randint(1, 40)),
        )
    )


class Life(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.checked = 0
        self.clocks: dict[tuple[str, str, int], Clock] = {}

    # --- what may happen ---

    @initialize(chance=chances)
    def report(self, chance: Random) -> None:
        world, pick = self.world, chance.choice
        world.later(minutes=chance.randint(0, 60 * 24 * 400))
        item, lead = pick(ITEMS), pick(("D15", "D13"))
        kind, unit = pick(
            (("public", ""), ("public", ""), ("street", "S01"), ("staff", "C00"), ("deputy", ""))
        )
        facts: dict[str, Any] = {"whistler_kind": kind, "whistler_unit": unit}
        if kind == "staff":
            facts |= {"staff_found": True, "requester": ""}
        if not item or chance.random() < 0.3:
            facts |= {"plan": None, "unsure": pick(("unsure", "ownerless"))}
        elif chance.random() < 0.5:
            facts["plan"] = world.rules.plan_by_hand(lead, pick((("U01",), ("U01", "D05"))), item=item)
        world.report(
            item,
            **facts,
            against=pick(("",) * 8 + ("D15", "C00")),
            external_due=pick((None, None, world.now + span(chance))),
            level=pick((0, 0, 1)),
            leader=pick(("", "", "", LEADER.actor)),
            place=pick((PLACE, PLACE, Place(township="S01"))),
        )

    @rule(chance=chances)
    def wait(self, chance: Random) -> None:
        self.world.now += span(chance)

    @rule()
    def tick(self) -> None:
        self.world.tick()
        assert self.world.tick() == []

    @rule(chance=chances)
    def offered(self, chance: Random) -> None:
        """A command that is offered is never refused as coming at the wrong time; a refusal changes nothing."""
        self.world.tick()
        for _ in range(6):
            offers = [(cls, subject) for cls in BY_HAND for subject in self.world.offers(cls)]
            weights = [1 if cls in SELDOM else 20 for cls, _ in offers]
            self._try(self._command(*chance.choices(offers, weights)[0], chance))

    @rule(chance=chances)
    def not_offered(self, chance: Random) -> None:
        """A command that is not offered always is."""
        self.world.tick()
        for cls in BY_HAND:
            subject = chance.randint(0, 4) if cls in ON else 0
            if subject not in self.world.offers(cls):
                assert self.world.refused(self._command(cls, subject, chance)).code == "not_now"

    @precondition(lambda self: self.world.case.active_duties)
    @rule(chance=chances)
    def work(self, chance: Random) -> None:
        """The way most cases go."""
        self.world.tick()
        for cls in (c.Sign, c.ReportIn, c.MakeSafe, c.FinishPart, c.ClaimFinished):
            for duty in self.world.offers(cls):
                self._try(self._command(cls, duty, chance))

    @precondition(lambda self: self.world.case.waits("verification"))
    @rule(passed=st.booleans())
    def verify(self, passed: bool) -> None:
        self.world.tick()
        unit = self.world.clock("verification").unit
        self.world.do(c.Verify(by=of(unit, "seat", 70), passed=passed, words=WORDS))

    @precondition(lambda self: self.world.case.waits("closing"))
    @rule(chance=chances)
    def judge(self, chance: Random) -> None:
        """The requester rates, or the centre calls; or nobody does anything for a while."""
        self.world.later(hours=chance.choice((1, 5, 49)))
        self.world.tick()
        for cls in chance.sample((c.Rate, c.CallBack, c.Close), 2):
            if self.world.offers(cls):
                self._try(self._command(cls, 0, chance))

    @precondition(lambda self: any(r.open for r in self.world.case.requests))
    @rule(chance=chances)
    def approve(self, chance: Random) -> None:
        """All steps of one request, sooner or later."""
        id = chance.choice([r.id for r in self.world.case.requests if r.open])
        for _ in range(3):
            self.world.later(minutes=chance.choice((0, 0, 30, 300)))
            self.world.tick()
            request = self.world.case.request(id)
            if request and request.open:
                step = request.current
                by = By(f"user:{80 + request.step}", step.role, step.unit)
                self._try(c.Decide(by=by, request=id, approve=True))

    # --- what must always hold ---

    @invariant()
    def what_has_happened_holds(self) -> None:
        world, history = self.world, self.world.history
        assert replayed(world) == world.case
        assert world.case.version == len(history)
        for event, at in history[self.checked :]:
            assert is_plain(to_payload(event))
            if isinstance(event, e.Breached):
                (clock,) = event.clocks
                assert clock.breached_at == clock.due_at == at
                assert clock.kind not in TIMERS
            if isinstance(event, e.BreachCancelled):
                duty = event.subject.removeprefix("duty:")
                asked = [
                    r.asked_at for r in world.case.requests if r.kind == "return" and str(r.duty) == duty
                ]
                assert event.clocks[0].breached_at > asked[-1]  # type: ignore[operator]
            if isinstance(event, e.Resumed):
                self._no_pause_counted(event, at)
            self._clocks_only_go_forward(event)
        self.checked = len(history)
        breaches = Counter((b.kind, b.subject, b.round) for b, _ in history if isinstance(b, e.Breached))
        assert set(breaches.values()) <= {1}

    @invariant()
    def every_open_case_has_an_owner_and_a_clock(self) -> None:
        case = self.world.case
        assert case.number == "" or self.world.state != "reported"
        if case.open:
            running = [k for k in case.open_clocks if is_running(k)]
            assert running
            assert all(k.unit for k in running)
            finding = {"triage", "ruling", "county_ruling", "council"} & {k.kind for k in running}
            proposed = any(r.open and r.kind == "decline" for r in case.requests)
            assert case.lead or finding or proposed
        else:
            kept = {r.subject for r in case.requests if r.open}
            assert {r.kind for r in case.requests if r.open} <= set(OUTLIVING)
            assert {k.subject for k in case.open_clocks} == kept
        assert max(Counter((k.kind, k.subject) for k in case.open_clocks).values(), default=1) == 1

    @invariant()
    def every_duty_has_its_clocks(self) -> None:
        case, rules = self.world.case, self.world.rules
        assert sum(d.role == "lead" for d in case.active_duties) <= 1
        for duty in case.duties:
            assert not (case.against and rules.same_unit(duty.unit, case.against))
            waits = {kind: case.waits(kind, duty.subject) for kind in DUTY_CLOCKS}
            if duty.ended:
                assert not any(waits.values())
            elif duty.part_done_at:
                assert not waits["finish"]
            else:
                assert waits == {
                    "sign": not duty.signed_at,
                    "report_in": not duty.reported_in_at,
                    "make_safe": bool(case.clock("make_safe", duty.subject)) and not duty.made_safe_at,
                    "finish": True,
                }
                assert case.shelved_at or is_running(self.world.clock("finish", duty.subject))
            assert 0 <= duty.persons_pending <= duty.persons

    @invariant()
    def a_second_person_decides(self) -> None:
        case = self.world.case
        for request in case.requests:
            hands = [request.by.actor, *request.approvers]
            if request.outcome != "lapsed":
                assert len(set(hands)) == len(hands)
            assert case.waits("approval", request.subject) == request.open
            if request.open:
                assert self.world.clock("approval", request.subject).unit == request.current.unit

    @invariant()
    def states_say_what_they_mean(self) -> None:
        case, state = self.world.case, self.world.state
        if state in ("waiting_verification", "waiting_rating"):
            assert not any(d.working for d in case.duties)
            assert not any(r.open for r in case.requests if r.kind not in OUTLIVING)
        if state == "waiting_verification":
            unit = self.world.clock("verification").unit
            assert not any(self.world.rules.same_unit(unit, d.unit) for d in case.handlers)
        if state == "waiting_rating":
            assert case.verified_at
        if state == "shelved":
            assert {k.kind for k in case.open_clocks if is_running(k)} <= {
                "shelf_review",
                "resume",
                "approval",
            }
        if case.number and case.promised_at is None:
            assert not case.duties

    # --- how ---

    def _no_pause_counted(self, event: e.Resumed, at: Any) -> None:
        for clock in event.clocks:
            before = self.clocks[clock.kind, clock.subject, clock.round]
            if before.paused_at and before.paused_at <= before.due_at:
                calendar = self.world.rules.calendar(clock.unit)
                left = calendar.elapsed(at, clock.due_at, clock.limit.calendar)
                assert left >= timedelta(seconds=before.left_at_pause or 0)

    def _clocks_only_go_forward(self, event: e.Event) -> None:
        for clock in event.clocks:
            key = (clock.kind, clock.subject, clock.round)
            before = self.clocks.get(key)
            if before is not None:
                assert clock.due_at >= before.due_at or isinstance(event, e.Recomputed)
                assert before.breached_at in (None, clock.breached_at)
                assert clock.started_at == before.started_at
                assert clock.cancelled or not before.cancelled
            self.clocks[key] = clock

    def _try(self, command: c.Command) -> None:
        world, before, happened = self.world, self.world.case, len(self.world.history)
        try:
            first = decide(world.case, command, world.rules, world.now)
        except Refusal as refusal:
            if refusal.code == "not_now":
                raise AssertionError(f"offered, but refused: {command}") from refusal
            assert (world.case, len(world.history)) == (before, happened)
            return
        assert decide(before, command, world.rules, world.now) == first
        world.do(command)

    def _command(self, cls: type[c.Command], subject: int, chance: Random) -> c.Command:
        """A command with any arguments, mostly sensible ones."""
        world, pick, rules = self.world, chance.choice, self.world.rules
        duty = world.case.duty(subject) if ON.get(cls) == "duty" else None
        item = world.case.item

        def part() -> DutyPlan:
            return rules.duty_plan(pick(UNITS), pick(("lead", "assist", "local")), item)

        def plan() -> Plan:
            lead, assist = chance.sample(UNITS, 2)
            return rules.plan_by_hand(lead, pick(((), (assist,))), item=item)

        def levels() -> tuple[UnitRating, ...]:
            return tuple(
                UnitRating(d.id, chance.randint(1, 5)) for d in world.case.handlers if pick((True, False))
            )

        def vacant() -> tuple[str, ...]:
            request = world.case.request(subject)
            seats = [f"{step.role}@{step.unit}" for step in request.steps] if request else []
            return tuple(chance.sample(seats, chance.randint(0, len(seats))))

        by = {
            c.Verify: of("C00", "seat", 70),
            c.CallBack: CALLER,
            c.Decide: of(pick(UNITS), "section_head", chance.randint(60, 62)),
            c.StateView: of(pick(UNITS)),
        }.get(cls, of(duty.unit, "handler") if duty else pick(PERSONS))
        values: dict[str, Callable[[], Any]] = {
            "plan": lambda: pick((None, plan())) if cls is c.EscalateTier else plan(),
            "to": lambda: "110" if cls is c.Transfer else pick((None, part())) if cls is c.Decide else part(),
            "tasks": lambda: tuple(part() for _ in range(chance.randint(0, 2))),
            "units": lambda: tuple(chance.sample(UNITS, chance.randint(0, 3))),
            "unit": lambda: pick([d.unit for d in world.case.duties] or UNITS),
            "levels": levels,
            "until": lambda: world.now + span(chance) + timedelta(days=pick((0, 10))),
            "meet_at": lambda: world.now + span(chance),
            "place": lambda: PLACE,
            "words": lambda: pick((WORDS, WORDS, WORDS, WORDS, NOTHING)),
            "minutes": lambda: WORDS,
            "basis": lambda: pick((WORDS, WORDS, NOTHING)),
            "photos": lambda: pick(((), ("f1",))),
            "reason": lambda: pick(("some", "some", "some", "")),
            "persons": lambda: chance.randint(0, 4),
            "distance": lambda: pick((None, 0, 100, 200, 400)),
            "mode": lambda: pick(("site", "site", "site", "call")),
            "way": lambda: "penalty" if duty and duty.filed_until else pick(("done", "done", "penalty")),
            "solved": lambda: pick(("yes", "partly", "no", "no")),
            "failing": lambda: pick(((), (1,), (2,))),
            "person": lambda: Kept("p"),
            "leader": lambda: LEADER.actor,
            "item": lambda: pick((item or "MS-01", "MS-07", "NONE", "XX-00")),
            "into": lambda: pick(("HN1", "HN2")),
            "other": lambda: "HN3",
            "receipt": lambda: pick(("R1", "")),
            "subject": lambda: "person:w",
            "section": lambda: pick(("", "D15-1")),
            "handler": lambda: pick(("", "user:9")),
            "passed": lambda: pick((True, False)),
            "came": lambda: pick((True, False)),
            "approve": lambda: pick((True, True, False)),
            "mine": lambda: pick((True, False)),
            "reached": lambda: pick((True, False)),
            "vacant": vacant,
        }
        said = {name: values[name]() for name in cls.__dataclass_fields__ if name in values}
        return cls(**said | {"by": by} | ({ON[cls]: subject} if cls in ON else {}))


def is_plain(value: Any) -> bool:
    """Integers, strings, booleans, null, lists and objects of these."""
    if isinstance(value, dict):
        return all(isinstance(key, str) and is_plain(each) for key, each in value.items())
    if isinstance(value, list):
        return all(map(is_plain, value))
    return value is None or type(value) in (int, str, bool)


def run(examples: int, steps: int) -> None:
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.reuse, Phase.generate],  # a life told by chance does not shrink
            report_multiple_bugs=False,
            print_blob=True,
        ),
    )


def test_it_holds_in_any_life_of_a_case() -> None:
    run(200, 30)


@pytest.mark.nightly
def test_it_holds_in_two_thousand_lives() -> None:
    run(2000, 50)
