"""One case on the sample county's pack, and a clock that tests move by hand. No database.

Moments are written as local time, `"03-03 09:00"` (2026, a Tuesday); persons as `By` of their post.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import pytest

from shaodao.centre.cases.lifecycle import Case, Happened, Refusal, decide, evolve, possible, replay, state_of
from shaodao.centre.cases.lifecycle import commands as c
from shaodao.centre.cases.lifecycle import events as e
from shaodao.centre.cases.lifecycle.codec import from_payload, to_payload
from shaodao.centre.cases.lifecycle.model import By, DutyPlan, Kept, Place, Plan
from shaodao.centre.cases.rules import PackRules
from shaodao.county.pack import Pack, load
from shaodao.ground.clocks import Clock

Found = TypeVar("Found", bound=e.Event)
LOCAL = ZoneInfo("Asia/Shanghai")
WORDS = Kept("ab" * 32)
PLACE = Place(grid="S01-01-G1", community="S01-01", township="S01", kind="grid")

WHISTLER = By("person:w", "whistler")
SEAT = By("user:1", "seat", "C00")
SHIFT_LEADER = By("user:2", "shift_leader", "C00")
DEPUTY_DIRECTOR = By("user:3", "centre_deputy", "C00")
DIRECTOR = By("user:4", "centre_director", "C00")
CALLER = By("user:5", "caller", "C00")
LEADER = By("user:6", "county_leader", "L00")
STREET = By("user:7", "street_head", "S01")
GRID = By("user:8", "grid_chief", "S01-01")
SWEEPER = By("system:sweeper", "system")


def of(unit: str, role: str = "liaison", user: int = 20) -> By:
    """Somebody of a unit."""
    return By(f"user:{user}@{unit}", role, unit)


@cache
def sample() -> Pack:
    return load(Path(__file__).resolve().parents[3] / "county" / "huinan")


def moment(text: str) -> datetime:
    """`"03-03 09:00"` or `"2027-01-05 09:00"`, local."""
    full = text if text.count("-") == 2 else f"2026-{text}"
    return datetime.fromisoformat(full).replace(tzinfo=LOCAL).astimezone(UTC)


class World:
    """A case on its way. `do` gives a command and checks what holds for every decision."""

    def __init__(self, at: str = "03-03 09:00", pack: Pack | None = None) -> None:
        self.pack = pack or sample()
        self.now = moment(at)
        self.case = Case()
        self.history: list[Happened] = []

    @property
    def rules(self) -> PackRules:
        return PackRules(self.pack, self.now)

    @property
    def state(self) -> str:
        return state_of(self.case)

    # --- time ---

    def at(self, text: str) -> World:
        """Move on to a moment; nothing happens before the next command."""
        self.now = moment(text)
        return self

    def later(self, **span: float) -> World:
        self.now += timedelta(**span)
        return self

    def tick(self, text: str = "") -> list[e.Event]:
        if text:
            self.at(text)
        return self.do(c.Tick(by=SWEEPER))

    # --- commands ---

    def do(self, command: c.Command) -> list[e.Event]:
        happened = decide(self.case, command, self.rules, self.now)
        for event, at in happened:
            payload = to_payload(event)
            assert from_payload(type(event).__name__, payload) == event
            self.case = evolve(self.case, event, at)
        self.history += happened
        return [event for event, _ in happened]

    def refused(self, command: c.Command) -> Refusal:
        """The refusal of a command that must be refused; nothing has happened."""
        before = self.case
        with pytest.raises(Refusal) as caught:
            self.do(command)
        assert self.case == before
        return caught.value

    def offers(self, command: type[c.Command]) -> tuple[int, ...]:
        return possible(self.case, command)

    def report(self, item: str = "MS-01", **facts: Any) -> list[e.Event]:
        """A resident's report; `plan` as the pack routes it, unless it is given."""
        facts.setdefault("by", WHISTLER)
        facts.setdefault("place", PLACE)
        facts.setdefault("whistler_kind", "public")
        facts.setdefault("whistler", "person:w")
        facts.setdefault("requester", "person:w")
        if "plan" not in facts:
            facts["plan"], why = self.rules.route(
                item,
                "",
                facts["place"],
                whistler_unit=facts.get("whistler_unit", ""),
                against=facts.get("against", ""),
                level=facts.get("level", 0),
            )
            facts.setdefault("unsure", "" if facts["plan"] else why)
        return self.do(c.Report(number="HN1", channel="app", item=item, words=WORDS, **facts))

    def plan(self, lead: str, *assists: str) -> Plan:
        return self.rules.plan_by_hand(lead, assists, item=self.case.item)

    def duty_plan(self, unit: str, role: Any = "lead") -> DutyPlan:
        return self.rules.duty_plan(unit, role, self.case.item)

    # --- the way through, for tests that begin further on ---

    def joint(self, *assists: str) -> World:
        """Reported and dispatched to the housing department with assisting units."""
        self.report(plan=self.rules.plan_by_hand("D15", assists, item="MS-01"))
        return self

    def turn_out(self, duty: int = 1, persons: int = 1) -> World:
        self.do(c.ReportIn(by=self.hand(duty), duty=duty, mode="site", distance=20, persons=persons))
        if "make_safe" in {k.kind for k in self.case.open_clocks if k.subject == f"duty:{duty}"}:
            self.do(c.MakeSafe(by=self.hand(duty), duty=duty, words=WORDS))
        return self

    def claim(self, duty: int = 1) -> World:
        """The lead claims, its section head approves."""
        self.do(c.ClaimFinished(by=self.hand(duty), duty=duty, way="done", words=WORDS))
        return self.approve("claim")

    def approve(self, kind: str, **said: Any) -> World:
        """Every step of the latest request of a kind, each by its own person."""
        while request := next((r for r in self.case.requests if r.kind == kind and r.open), None):
            step = request.current
            by = By(f"user:approver{request.step}", step.role, step.unit)
            last = request.step + 1 == len(request.steps)
            self.do(c.Decide(by=by, request=request.id, approve=True, **(said if last else {})))
        return self

    def handled(self) -> World:
        """On to verification."""
        for duty in self.case.duties:
            if duty.working and not duty.reported_in_at:
                self.turn_out(duty.id)
        for duty in self.case.duties:
            if duty.working and duty.role != "lead":
                self.do(c.FinishPart(by=self.hand(duty.id), duty=duty.id, words=WORDS))
        lead = self.case.lead
        if lead and lead.working:
            self.claim(lead.id)
        return self

    def verified(self) -> World:
        self.handled()
        unit = self.clock("verification").unit
        self.do(c.Verify(by=of(unit, "community_secretary"), passed=True))
        return self

    def closed(self) -> World:
        self.verified()
        self.do(c.Rate(by=WHISTLER, solved="yes"))
        return self

    # --- looking ---

    def hand(self, duty: int) -> By:
        found = self.case.duty(duty)
        assert found is not None
        return of(found.unit, "handler")

    def clock(self, kind: str, subject: str = "case") -> Clock:
        found = self.case.clock(kind, subject)
        assert found is not None, f"no clock {kind} of {subject}"
        return found

    def due(self, kind: str, subject: str = "case") -> str:
        """The deadline as local time."""
        return self.clock(kind, subject).due_at.astimezone(LOCAL).strftime("%m-%d %H:%M")

    def last(self, kind: type[Found]) -> Found:
        """The latest event of a kind."""
        return next(event for event, _ in reversed(self.history) if isinstance(event, kind))

    def open_clocks(self) -> set[str]:
        return {f"{k.kind} {k.subject} {k.unit}" for k in self.case.open_clocks}

    def breaches(self) -> list[tuple[str, str, str, str]]:
        """(kind, subject, unit, local moment) of each breach, in the order recorded."""
        return [
            (event.kind, event.subject, event.unit, at.astimezone(LOCAL).strftime("%m-%d %H:%M"))
            for event, at in self.history
            if isinstance(event, e.Breached)
        ]


def names(events: list[e.Event]) -> list[str]:
    return [type(event).__name__ for event in events]


def replayed(world: World) -> Case:
    """The case folded from what the ledger would hold."""
    return replay(
        (from_payload(type(event).__name__, to_payload(event)), at.replace(microsecond=0))
        for event, at in world.history
    )


def without_number(case: Case) -> Case:
    return replace(case, number="")
