"""What people do with one case: in every state somebody has something to do, at a moment of their own.

`Life.next` says who gives which command next, and when; it looks at the case as it stands, never at a script, so every
way through the lifecycle that the rules leave open can be taken. Pure: one random generator for each case.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from shaodao.centre.cases import permissions
from shaodao.centre.cases.lifecycle import Case, state_of
from shaodao.centre.cases.lifecycle.model import By, Council, Duty, Request, is_open
from shaodao.centre.cases.rules import PackRules
from shaodao.centre.dispatch import words as reading
from shaodao.centre.intake import placing
from shaodao.county.pack.model import Pack
from shaodao.county.units import FIRST_TIER, LOCALS, Kind
from shaodao.ground.clocks import Clock, Limit, is_running

from . import wording
from .people import Cast
from .planning import Arrival

LOCAL = ZoneInfo("Asia/Shanghai")
MINUTE = timedelta(minutes=1)
NEVER = datetime(1970, 1, 1, tzinfo=LOCAL)
LATELY = timedelta(
    days=10
)  # before the end: more of the rare things happen, so that every list has something in it
# Units that are late more often than others: share in time.
SLOW = {
    "D13": 0.945,
    "D15": 0.94,
    "D27": 0.94,
    "U03": 0.93,
    "D18": 0.935,
    "U06": 0.89,
    "D22": 0.93,
    "T08": 0.92,
}
PUNCTUAL = 0.976
LEVELS = {
    "yes": (0.68, 0.24, 0.066, 0.01, 0.004),
    "partly": (0.02, 0.2, 0.53, 0.2, 0.05),
    "no": (0, 0, 0.1, 0.45, 0.45),
}


Given = tuple[str, dict[str, Any], By | None]  # a command, its fields, and who gives it


@dataclass(frozen=True, slots=True)
class Move:
    """One command to be given. `key` names the task it does."""

    at: datetime
    command: str
    said: dict[str, Any]
    by: By
    key: str


@dataclass(frozen=True, slots=True)
class Task:
    """Something somebody has to do, once. `make` may find that there is nothing to do after all, or nobody to do it."""

    key: str
    when: Callable[[], datetime]
    make: Callable[[], Given | None]


@dataclass(frozen=True, slots=True)
class World:
    """What everybody shares."""

    pack: Pack
    cast: Cast
    until: datetime
    spots: dict[str, tuple[float, float]]  # a point inside each grid
    closings: tuple[
        datetime, ...
    ] = ()  # when figures are taken for a briefing: how each case stood then is kept

    def closing(self, at: datetime) -> datetime | None:
        """The first closing not before a moment."""
        n = bisect_left(self.closings, at)
        return self.closings[n] if n < len(self.closings) else None


@dataclass(slots=True)
class Life:
    """One case and the people around it. `primary`: the case it may be merged into."""

    world: World
    arrival: Arrival
    rng: Random
    case: Case = field(default_factory=Case)
    primary: Life | None = None
    at: datetime = NEVER  # of what happened last
    now: datetime = NEVER  # of what is being thought about
    planned: dict[str, datetime] = field(default_factory=dict)
    done: set[str] = field(default_factory=set)
    traits: dict[str, bool] = field(default_factory=dict)

    def next(self) -> Move | None:
        """The next command, or None where nobody will do anything any more (time may)."""
        while True:
            self.now = self.at
            found: tuple[datetime, Task] | None = None
            for task in self._tasks():
                if task.key in self.done:
                    continue
                if task.key not in self.planned:
                    self.planned[task.key] = task.when()
                if found is None or self.planned[task.key] < found[0]:
                    found = self.planned[task.key], task
            if found is None:
                return None
            at, task = found
            self.now = self._not_before(at)
            command, said, by = task.make() or ("", {}, None)
            if by is not None:
                return Move(self.now, command, said, by, task.key)
            self.done.add(task.key)

    # --- private: chance, moments, persons, words ---

    def _not_before(self, at: datetime) -> datetime:
        """After what has happened already; whole seconds."""
        later = self.at + timedelta(seconds=self.rng.randint(20, 300))
        return (at if at > self.at else later).replace(microsecond=0)

    def trait(self, name: str, share: float) -> bool:
        """Whether this case is of that sort: drawn once. Rare sorts are less rare lately."""
        if name in self.arrival.traits:
            return True
        if name not in self.traits:
            lately = self.world.until - self.arrival.at < LATELY
            self.traits[name] = self.rng.random() < (min(share * 4, 0.5) if lately and share < 0.2 else share)
        return self.traits[name]

    @property
    def rules(self) -> PackRules:
        return PackRules(self.world.pack, self.now)

    def within(self, clock: Clock, low: float, high: float) -> datetime:
        """At a share of the time a clock gives, on the hours it counts; more than 1 is late."""
        calendar = self.world.pack.calendar_of(clock.unit)
        hours = clock.limit.calendar
        whole = calendar.elapsed(clock.started_at, clock.due_at, hours).total_seconds()
        return calendar.after(clock.started_at, int(max(whole, 60) * self.rng.uniform(low, high)), hours)

    def in_time(self, clock: Clock, low: float = 0.08, high: float = 0.92) -> datetime:
        """When a unit does what a clock asks of it: mostly in time."""
        unit = self.world.pack.tree.head_unit(clock.unit).code if clock.unit in self.world.pack.units else ""
        if self.rng.random() < SLOW.get(unit, PUNCTUAL):
            return self.within(clock, low, low + (high - low) * self.rng.betavariate(1.6, 2.4) + 0.01)
        return self.within(clock, 1.06, 1.15 + self.rng.expovariate(2.2))

    def office(self, minutes_low: float, minutes_high: float, since: datetime | None = None) -> datetime:
        """So many minutes of office hours from now."""
        minutes = self.rng.uniform(minutes_low, minutes_high)
        return self.world.pack.calendar.after(since or self.now, int(minutes * 60), "working")

    def awake(self, hours_low: float, hours_high: float, since: datetime | None = None) -> datetime:
        """So many hours from now, when people are up."""
        at = (since or self.now) + timedelta(hours=self.rng.uniform(hours_low, hours_high))
        return self.world.pack.calendar.next_open(at, "extended") + MINUTE * self.rng.randint(0, 40)

    def words(self, kind: str) -> str:
        return self.rng.choice(wording.REMARKS[kind])

    def who(self, role: str, unit: str, besides: frozenset[str] = frozenset()) -> By | None:
        return self.world.cast.pick(role, unit, self.rng, besides)

    def hand(self, duty: Duty, *roles: str) -> By | None:
        """Somebody of the duty's unit who may work on it."""
        pack = self.world.pack
        unit = pack.units.get(duty.unit)
        if unit is None:
            return None
        if unit.kind in FIRST_TIER:
            return self.who("community_secretary", duty.unit)
        if unit.kind in LOCALS:
            return self.who("street_clerk", duty.unit)
        if not roles and duty.section and (by := self.who("handler", duty.section)):
            return by
        for role in roles or ("handler", "liaison"):
            if by := self.who(role, duty.unit):
                return by
        return None

    def requester(self) -> By | None:
        who = self.case.requester or self.case.whistler
        if who.startswith("person:"):
            return By(who, permissions.WHISTLER)
        return self.arrival.by if self.arrival.by and self.arrival.by.role == "deputy" else None

    def rightful(self) -> str:
        """The unit whose matter it really is, "" where nobody can say."""
        truth = self.arrival.truth
        if truth.unit or not truth.item:
            return truth.unit
        place = (
            self.case.place if self.case.place.known else placing.at_code(self.arrival.grid, self.world.pack)
        )
        text = self.arrival.whistle.text
        plan, _ = self.rules.route(
            truth.item,
            reading.situation(text, truth.item, self.world.pack),
            place,
            owner=reading.owner(text, self.world.pack),
            level=self.case.level or int(self.case.tier != "community"),
        )
        return plan.duties[0].unit if plan else self.rules.item(truth.item).lead.replace("OWNER", "D15")

    # --- what there is to do ---

    def _tasks(self) -> Iterator[Task]:
        case = self.case
        for request in case.requests:
            if request.open:
                yield self._decision(request)
        yield from self._about_the_whistle()
        if case.outcome:
            yield from self._afterwards()
            return
        if case.shelved_at:
            yield from self._on_the_shelf()
            return
        state = state_of(case)
        yield from self._at_the_centre(state)
        if state in ("in_triage", "in_ruling", "dispatched"):
            for duty in case.duties:
                if duty.working:
                    yield from self._duty(duty)
        yield from self._confirming()
        if state == "dispatched":
            yield from self._lead()
        if clock := self._waits("verification"):
            late = self.trait(f"verified late {clock.round}", 0.03)
            span = (1.05, 1.6) if late else (0.1, 0.9)
            yield Task(
                f"verify:{clock.round}", lambda: self.within(clock, *span), partial(self._verify, clock)
            )
        if state == "waiting_rating":
            yield from self._rating()
        if self.requester() and not case.anonymous and self.trait("comments", 0.025):
            yield Task("comment", lambda: self.awake(1, 30), self._comment)

    def _waits(self, queue: str) -> Clock | None:
        return self.case.clock(queue) if self.case.waits(queue) else None

    def _at_the_centre(self, state: str) -> Iterator[Task]:
        if self.primary and state in ("in_triage", "dispatched"):
            yield Task("merge", partial(self._minutes, 3, 60), self._merge)
        if clock := self._waits("summary"):
            late = self.trait("summary late", 0.04)
            span = (1.1, 2.5) if late else (0.1, 0.9)
            key = f"summary:{clock.round}"
            yield Task(key, partial(self.within, clock, *span), partial(self._summarise, clock))
        if clock := self._waits("triage"):
            yield Task(f"triage:{clock.round}", partial(self._desk, clock), self._triage)
        if self._waits("ruling") or self._waits("county_ruling"):
            yield from self._ruling()
        if clock := self._waits("coordination"):
            key = f"coordinate:{clock.round}"
            yield Task(key, partial(self.within, clock, 0.2, 1.03), self._coordinate)
        for council in self.case.councils:
            if council.open:
                yield from self._council(council)

    # --- the centre's desk ---

    def _desk(self, clock: Clock) -> datetime:
        if self.trait("triage late", 0.03):
            return self.within(clock, 1.1, 4)
        return self.within(clock, 0.12, 0.95)

    def _merge(self) -> Given | None:
        first = self.primary
        self.primary = None
        if first is None or state_of(first.case) not in ("in_triage", "in_ruling", "dispatched"):
            return None
        return "merge", {"into": first.case.number}, self.who("seat", "C00")

    def _summarise(self, clock: Clock) -> Given | None:
        """What the units read of a protected case instead of the words."""
        item, place = self.world.pack.items.get(self.case.item), self.case.place
        where = self.world.pack.places.get(place.community or place.township)
        what = item.name if item else "有关问题"
        words = f"{where.name if where else '有关单位'}：反映“{what}”，请核实处置。"
        role, unit = (
            ("seat", clock.unit) if clock.unit == self.rules.centre else ("county_leader", clock.unit)
        )
        return "summarise", {"words": words}, self.who(role, unit)

    def _triage(self) -> Given | None:
        """What the seat finds out by calling back, and does."""
        case, truth = self.case, self.arrival.truth
        seat = self.who("seat", "C00")
        if truth.way in ("answer", "suggestion"):
            kind = "thanks" if case.nature in ("praise", "suggest") or truth.way == "suggestion" else "answer"
            return "answer", {"words": self.words(kind), "source": "县治理中心"}, seat
        if truth.way == "transfer":
            receipt = f"Z{self.now:%y%m%d}-{hash_of(case.number) % 100000:05d}"
            return "transfer", {"to": truth.to, "receipt": receipt, "words": self.words("transfer")}, seat
        if truth.way == "decline":
            return "propose_decline", {"reason": truth.to, "words": self.words("decline")}, seat
        if truth.way == "ruling":
            return "send_to_ruling", {"units": list(truth.asked), "words": self.words("ruling")}, seat
        if truth.unit:
            return "dispatch", {"lead": truth.unit}, seat
        said: dict[str, Any] = {"item": truth.item}
        text = self.arrival.whistle.text
        if situation := reading.situation(text, truth.item, self.world.pack):
            said["situation"] = situation
        place = case.place
        if not place.known:
            place = said["place"] = placing.at_code(self.arrival.grid, self.world.pack)
        plan, _ = self.rules.route(truth.item, situation, place, against=case.against)
        if plan is None:
            said["lead"] = self.rightful()
        return "dispatch", said, seat

    def _ruling(self) -> Iterator[Task]:
        for asked in self.case.open_clocks:
            if asked.kind == "view" and not self.trait(f"no view {asked.unit}", 0.08):
                key = f"view:{asked.unit}:{asked.round}"
                yield Task(key, partial(self.within, asked, 0.15, 0.95), partial(self._view, asked))
        queue = "ruling" if self.case.waits("ruling") else "county_ruling"
        clock = self.case.clock(queue)
        assert clock is not None
        late = queue == "ruling" and self.trait("ruled late", 0.05)
        span = (1.1, 1.4) if late else (0.45, 0.95)
        yield Task(f"{queue}:{clock.round}", lambda: self.within(clock, *span), partial(self._rule, queue))

    def _view(self, clock: Clock) -> Given | None:
        owner = self.rightful()
        mine = clock.unit == owner and self.rng.random() < 0.6
        basis = self.arrival.truth.basis if mine else "本单位三定方案"
        said = {
            "mine": mine,
            "basis": basis or "事项指导手册",
            "words": self.words("mine" if mine else "not_mine"),
        }
        return "state_view", said, self.who("liaison", clock.unit) or self.who("street_clerk", clock.unit)

    def _rule(self, queue: str) -> Given | None:
        truth = self.arrival.truth
        by = self.who("shift_leader", "C00") if queue == "ruling" else self.who("county_leader", "L00")
        owner = self.rightful()
        if not owner:  # nobody's matter: it is answered
            return "answer", {"words": self.words("answer"), "source": "县治理中心"}, self.who("seat", "C00")
        said: dict[str, Any] = {"lead": owner, "basis": truth.basis or "事项指导手册和单位职责规定"}
        if truth.item:
            said["item"] = truth.item
        if truth.way == "ruling":
            said |= {"scope": "county", "precedent": "yes"}
        return "rule", said, by

    def _coordinate(self) -> Given | None:
        leader = self.who("county_leader", "L00")
        if leader is None:
            return None
        return "coordinate", {"leader": leader.actor, "tasks": [], "minutes": self.words("minutes")}, leader

    def _decision(self, request: Request) -> Task:
        key = f"decide:{request.id}:{request.step}"
        clock = self.case.clock("approval", request.subject)
        assert clock is not None
        if request.kind == "claim" and not self.trait("slow head", 0.07):  # decided on the phone
            return Task(key, partial(self._minutes, 2, 20), partial(self._decide, request))
        span = (1.05, 2.0) if self.trait(key, 0.03) else (0.1, 0.9)
        return Task(key, lambda: self.within(clock, *span), partial(self._decide, request))

    def _decide(self, request: Request) -> Given | None:
        step = request.current
        first = {"decline_review": "decline", "wrongful_appeal": "wrongful"}.get(request.kind)
        looked_at = [r for r in self.case.requests if r.kind == first]
        hands = {a for r in (request, *looked_at) for a in (r.by.actor, *r.approvers)}
        by = self.who(step.role, step.unit, frozenset(hands))
        if by is None:
            return None
        said: dict[str, Any] = {"request": request.id, "approve": self._approves(request)}
        if request.kind == "return" and said["approve"] and step.role != "section_head":
            duty = self.case.duty(request.duty)
            owner = self.rightful()
            if duty and owner and not self.rules.same_unit(owner, duty.unit):
                said["to"] = {"unit": owner, "role": duty.role}
        if not said["approve"]:
            said["words"] = self.words("return_refused" if request.kind == "return" else "refused")
        return "decide", said, by

    def _approves(self, request: Request) -> bool:
        luck = self.rng.random()
        if request.kind == "return":
            duty = self.case.duty(request.duty)
            wrong = duty is not None and not self.rules.same_unit(self.rightful() or "-", duty.unit)
            at_home = request.current.role in ("section_head", "unit_head")
            return luck < (0.96 if wrong or at_home else 0.12)
        duty = self.case.duty(request.duty)
        if request.kind == "claim" and duty and duty.reported_in_at is None:
            return False
        shares = {"claim": 0.985, "extension": 0.9, "wrongful_appeal": 0.35, "decline_review": 0.3}
        return luck < shares.get(request.kind, 0.94)

    # --- the units ---

    def _duty(self, duty: Duty) -> Iterator[Task]:
        case, mark = self.case, f"{duty.id}:{duty.round}"
        if not duty.signed_at and (sign := case.clock("sign", duty.subject)):
            act = partial(self._act, "sign", duty, "liaison", "handler")
            yield Task(f"sign:{mark}", lambda: self.in_time(sign), act)
        if any(r.open and r.kind == "return" and r.duty == duty.id for r in case.requests):
            return
        if duty.role == "lead" and (refuses := self._refuses(duty)) and refuses.key not in self.done:
            yield refuses
            return
        if duty.signed_at and not duty.section and self.trait(f"assigns {duty.id}", 0.6):
            yield Task(
                f"assign:{mark}",
                partial(self._minutes, 2, 25),
                partial(self._assign, duty),
            )
        if duty.reported_in_at is None:
            clock = case.clock("report_in", duty.subject)
            again = sum(1 for k in self.done if k.startswith(f"report_in:{mark}"))
            key = f"report_in:{mark}:{again}"
            at = (lambda: self.in_time(clock)) if clock and is_open(clock) and not again else self._soon
            yield Task(key, at, partial(self._report_in, duty))
            return
        if (safe := case.clock("make_safe", duty.subject)) and is_open(safe):
            yield Task(f"safe:{mark}", lambda: self.in_time(safe, 0.1, 0.75), partial(self._make_safe, duty))
            return
        finish = case.clock("finish", duty.subject)
        if finish is None or not is_running(finish):
            return
        asked = ("claim", "extension", "shelving")
        if any(r.open and r.kind in asked and r.duty == duty.id for r in case.requests):
            return
        if duty == case.lead and (asks := [t for t in self._asks(duty, finish) if t.key not in self.done]):
            yield from asks
            return
        refused = sum(r.kind == "claim" and r.duty == duty.id for r in case.requests)
        key = f"finish:{mark}:{refused}:{finish.due_at:%y%m%d%H}"
        at = self._soon if refused else lambda: self.in_time(finish, 0.1, 0.68)
        yield Task(key, at, partial(self._finish, duty))

    def _refuses(self, duty: Duty) -> Task | None:
        """What a lead does that is, or says it is, the wrong one; in an emergency the centre moves the duty at once."""
        wrong = self._is_wrong(duty)
        if self.case.emergency:
            at_once = partial(self._minutes, 4, 18)
            return Task(f"move:{duty.id}", at_once, partial(self._move, duty)) if wrong else None
        if duty.asked_return or not (wrong or self.trait("shirks", 0.009)):
            return None
        return Task(f"return:{duty.id}", lambda: self.office(15, 105), partial(self._ask_return, duty))

    def _minutes(self, low: int, high: int, since: datetime | None = None) -> datetime:
        return (since or self.now) + MINUTE * self.rng.randint(low, high)

    def _soon(self) -> datetime:
        return self.office(20, 150)

    def _is_wrong(self, duty: Duty) -> bool:
        """Whether it went to somebody who has nothing to do with it; the place's own people first try themselves."""
        truth, pack = self.arrival.truth, self.world.pack
        if duty.unit in pack.units and pack.units[duty.unit].kind in LOCALS | FIRST_TIER:
            return False
        if truth.item and truth.item == self.case.item and not truth.unit:
            return False
        owner = self.rightful()
        if not owner:  # nobody's at all: in an emergency whoever is there deals with it
            return not self.case.emergency
        return not (self.rules.same_unit(owner, duty.unit) or owner in self._locals())

    def _locals(self) -> tuple[str, ...]:
        return (self.case.place.community, self.case.place.township)

    def _act(self, command: str, duty: Duty, *roles: str, **said: Any) -> Given:
        return command, {"duty": duty.id, **said}, self.hand(duty, *roles)

    def _ask_return(self, duty: Duty) -> Given | None:
        reason = (
            "not_ours"
            if self._is_wrong(duty)
            else self.rng.choice(("overlap", "unclear_owner", "too_little"))
        )
        return self._act("ask_return", duty, "liaison", reason=reason, words=self.words("return"))

    def _move(self, duty: Duty) -> Given | None:
        owner = self.rightful()
        by = self.who("shift_leader", "C00")
        if not owner or self.rules.same_unit(owner, duty.unit):
            return None
        return (
            "redispatch",
            {"duty": duty.id, "to": {"unit": owner, "role": "lead"}, "reason": "wrong_unit"},
            by,
        )

    def _assign(self, duty: Duty) -> Given | None:
        tree = self.world.pack.tree
        if duty.unit not in tree.units or tree.units[duty.unit].kind not in (Kind.DEPARTMENT, Kind.UTILITY):
            return None
        day = self.world.pack.day(self.now)
        station = tree.part_serving(duty.unit, self.case.place.township, day)
        parts = [station] if station else [u for u in tree.children(duty.unit) if u.kind is Kind.SECTION]
        if not parts:
            return None
        section = parts[hash_of(self.case.item) % len(parts)]  # one kind of matter goes to one section
        return self._act("assign", duty, "liaison", section=section.code)

    def _report_in(self, duty: Duty) -> Given | None:
        if duty.report_in == "call":
            return self._act("report_in", duty, mode="call", persons=1, words=self.words("call"))
        persons = self.rng.choices((1, 2, 3, 4, 5), (30, 42, 17, 8, 3))[0]
        said: dict[str, Any] = {"mode": "site", "persons": persons}
        if self.rng.random() < 0.93:
            said["position"] = self._here()
        if self.rng.random() < 0.5:
            said["words"] = self.words("site")
        return self._act("report_in", duty, **said, **self._picture(duty, 0))

    def _here(self) -> dict[str, Any]:
        """Where a phone says one is: at the place, give or take, seldom far away."""
        place = self.case.place
        if place.lon is not None and place.lat is not None:
            lon, lat = place.lon / 1e7, place.lat / 1e7
        else:
            lon, lat = self.world.spots[place.grid or self.arrival.grid]
        off = 0.02 if self.rng.random() < 0.03 else 0.0006
        return {
            "lon": round(lon + self.rng.uniform(-off, off), 6),
            "lat": round(lat + self.rng.uniform(-off, off), 6),
            "crs": "WGS-84",
        }

    def _confirming(self) -> Iterator[Task]:
        for duty in self.case.handlers:
            if duty.report_in_pending:
                turned_out = sum(k.startswith(f"report_in:{duty.id}:") for k in self.done)
                key = f"confirm:{duty.id}:{turned_out}"
                yield Task(key, lambda: self.awake(0.3, 3), partial(self._confirm, duty))

    def _confirm(self, duty: Duty) -> Given | None:
        community = self.case.place.community
        came = self.rng.random() < 0.94
        local = None if duty.unit == community else self.who("community_secretary", community)
        return "confirm_report_in", {"duty": duty.id, "came": came}, local or self.who("seat", "C00")

    def _make_safe(self, duty: Duty) -> Given | None:
        return self._act("make_safe", duty, words=self.words("make_safe"))

    def _finish(self, duty: Duty) -> Given | None:
        if duty.role != "lead":
            return self._act("finish_part", duty, words=self.words("part"))
        way = "done"
        if duty.filed_until is not None:
            way = "penalty"
        elif self.case.item in ("MS-32", "MS-42", "MS-46") and self.rng.random() < 0.7:
            way = "mediated"
        elif self.case.nature == "ask" or (duty.report_in == "call" and self.rng.random() < 0.45):
            way = "answered"
        words = self.rng.choice(wording.done(self.case.item)) if way == "done" else self.words(way)
        return self._act("claim_finished", duty, way=way, words=words, **self._picture(duty, 1))

    def _picture(self, duty: Duty, which: int) -> dict[str, Any]:
        """The picture somebody took, if anybody did: each is shown once."""
        key = f"picture:{which}"
        if self.arrival.pictures is None or duty.role != "lead" or key in self.done:
            return {}
        self.done.add(key)
        return {"photos": [self.arrival.pictures[which]]}

    def _lead(self) -> Iterator[Task]:
        """What a lead, its street or the community may do besides: call others, ask for time, go up."""
        case, lead = self.case, self.case.lead
        if lead is None or not lead.working or not lead.signed_at or self._is_wrong(lead):
            return
        finish = case.clock("finish", lead.subject)
        if finish is None or finish.breached_at or not is_running(finish):
            return
        tier = case.tier
        if tier == "community" and lead.round == 1 and self.trait("goes up", 0.06) and lead.reported_in_at:
            yield Task("escalate", lambda: self.within(finish, 0.3, 0.7), self._escalate)
        if tier == "department" and self.trait("to the county", 0.004) and lead.reported_in_at:
            yield Task("county", lambda: self.within(finish, 0.3, 0.7), partial(self._to_county, lead))
        item = self.world.pack.items.get(case.item)
        if item and item.on_call and tier != "community":
            if self.trait("calls help", 0.05):
                yield Task("assist", lambda: self.within(finish, 0.1, 0.4), partial(self._call_assist, lead))
            if len(item.on_call) > 1 and self.trait("convenes", 0.016) and case.place.township:
                yield Task("convene", lambda: self.within(finish, 0.1, 0.4), self._convene)

    def _asks(self, lead: Duty, finish: Clock) -> Iterator[Task]:
        """What a lead asks for before it can finish: more time, a shelf until spring, a penalty's statutory date."""
        if (
            finish.breached_at
            or any(r.open for r in self.case.requests)
            or state_of(self.case) != "dispatched"
        ):
            return
        days = finish.limit.unit == "workday"
        if days and self.trait("extends", 0.05):
            yield Task("extend", lambda: self.within(finish, 0.6, 0.9), lambda: self._extend(lead, finish))
        if self._may_wait() and not lead.filed_until:
            yield Task("shelve", lambda: self.within(finish, 0.2, 0.6), partial(self._shelve, lead))
        item = self.world.pack.items.get(self.case.item)
        at_law = item and item.category == "law" and self.world.pack.units[lead.unit].kind is Kind.DEPARTMENT
        if at_law and days and self.trait("files", 0.08):
            yield Task("file", lambda: self.within(finish, 0.2, 0.6), lambda: self._file(lead, finish))

    def _may_wait(self) -> bool:
        item = self.world.pack.items.get(self.case.item)
        if item is None or self.case.emergency:
            return False
        frozen = item.season_block is not None and item.season_block.covers(self.now.astimezone(LOCAL).date())
        return (frozen and self.trait("waits for spring", 0.35)) or (
            item.plan_then_shelve and self.trait("plans", 0.12)
        )

    def _escalate(self) -> Given | None:
        item = self.case.item or self.arrival.truth.item
        plan, _ = self.rules.route(item, self.case.situation, self.case.place, level=1)
        lead = self.case.lead
        if plan is None or lead is None or self.rules.tier_of(plan.duties[0].unit) == "community":
            return None
        said = {"reason": "beyond_power", "plan": {"lead": plan.duties[0].unit}, "words": self.words("raise")}
        return "escalate_tier", said, self.hand(lead, "liaison")

    def _to_county(self, lead: Duty) -> Given | None:
        said = {"reason": "several_units", "words": self.words("county")}
        return "escalate_tier", said, self.hand(lead, "unit_head", "liaison")

    def _others(self, count: int) -> list[str]:
        """Units that are often called in for this kind of matter and are not at it yet."""
        at_it = {d.unit for d in self.case.duties if d.active}
        item = self.world.pack.items[self.case.item]
        against = self.case.against
        able = [u for u in item.on_call if u in self.world.pack.units and u not in at_it]
        return [u for u in able if not (against and self.rules.same_unit(u, against))][:count]

    def _call_assist(self, lead: Duty) -> Given | None:
        others = self._others(1)
        if not others:
            return None
        said = {"to": {"unit": others[0], "role": "assist"}, "reason": "power", "words": self.words("assist")}
        return "call_assist", said, self.hand(lead, "liaison")

    def _convene(self) -> Given | None:
        street, lead = self.case.place.township, self.case.lead
        assert lead is not None
        units = [lead.unit, *self._others(3)]
        by = self.who("street_clerk", street)
        if by is None or len(units) < 2 or street == lead.unit:
            return None
        meet_at = self.office(150, 600)
        said = {"units": units, "meet_at": meet_at, "place": self.case.place, "words": self.words("convene")}
        return "convene", said, by

    def _council(self, council: Council) -> Iterator[Task]:
        for unit in council.units:
            if self.trait(f"absent {council.id} {unit}", 0.07):
                continue
            for n in range(1 + hash_of(f"{self.case.number}{unit}") % 3):
                key = f"arrive:{council.id}:{unit}:{n}"
                yield Task(
                    key, partial(self._minutes, -14, 9, council.meet_at), partial(self._arrive, council, unit)
                )
        after = partial(self._minutes, 60, 130, council.meet_at)
        yield Task(f"conclude:{council.id}", after, partial(self._conclude, council))

    def _arrive(self, council: Council, unit: str) -> Given | None:
        by = (
            self.who("handler", unit)
            or self.who("street_clerk", unit)
            or self.who("community_secretary", unit)
        )
        name = self.rng.choice(wording.SURNAMES) + self.rng.choice(wording.TITLES)
        return "arrive", {"council": council.id, "unit": unit, "person": name}, by

    def _conclude(self, council: Council) -> Given | None:
        at_it = {d.unit for d in self.case.duties if d.active}
        tasks = [
            {"unit": u, "role": "assist"} for u in council.units if u not in at_it and u not in council.absent
        ][:2]
        said = {"council": council.id, "tasks": tasks, "words": self.words("concluded")}
        return "conclude_council", said, self.who("street_clerk", council.by.unit)

    def _extend(self, lead: Duty, finish: Clock) -> Given | None:
        days = Limit(self.rng.choice((1, 1, 2, 3)), "workday")
        until = self.world.pack.calendar_of(lead.unit).add(finish.due_at, days)
        reason = self.rng.choice(("weather", "materials", "consent", "complex"))
        said = {"until": until, "reason": reason, "words": self.words("extension")}
        return self._act("ask_extension", lead, **said)

    def _shelve(self, lead: Duty) -> Given | None:
        day = self.now.astimezone(LOCAL)
        if self.trait("waits for spring", 0):
            spring = datetime(day.year + (day.month > 4), 4, 20, 9, 0, tzinfo=LOCAL)
            until, reason = spring + timedelta(days=self.rng.randint(0, 25)), "season"
        else:
            until, reason = day + timedelta(days=self.rng.randint(30, 90)), "plan"
        said = {
            "until": until.replace(microsecond=0).isoformat(),
            "reason": reason,
            "words": self.words("shelving"),
        }
        return "ask_shelving", said, self.hand(lead, "liaison")

    def _file(self, lead: Duty, finish: Clock) -> Given | None:
        until = self.world.pack.calendar_of(lead.unit).add(
            finish.due_at, Limit(self.rng.randint(15, 35), "workday")
        )
        return self._act("file_for_penalty", lead, until=until, words=self.words("filed"))

    def _on_the_shelf(self) -> Iterator[Task]:
        clock, lead = self.case.clock("shelf_review"), self.case.lead
        if clock and is_open(clock) and lead:
            key = f"shelf:{clock.round}"
            yield Task(key, lambda: self.within(clock, 0.8, 0.99), partial(self._review_shelved, lead))

    def _review_shelved(self, lead: Duty) -> Given | None:
        return "review_shelved", {"words": self.words("shelf_review")}, self.hand(lead, "liaison")

    # --- looking, and being judged ---

    def _verify(self, clock: Clock) -> Given | None:
        unit = self.world.pack.units[clock.unit]
        role = {Kind.CENTRE: "seat", Kind.LEADERS: "county_leader"}.get(unit.kind, "street_clerk")
        by = self.who("community_secretary" if unit.kind in FIRST_TIER else role, clock.unit)
        passed = self.rng.random() < (0.962 if self.case.round == 1 else 0.99)
        return "verify", {"passed": passed, "words": self.words("verified" if passed else "failed")}, by

    def _rating(self) -> Iterator[Task]:
        case = self.case
        who, mark = self.requester(), case.round
        window, queue = self._waits("rating"), self._waits("call_back")
        if who and window and self.trait(f"rates {mark}", 0.47):
            yield Task(f"rate:{mark}", partial(self.awake, 0.2, 44, window.started_at), self._rate)
        if queue and not self.trait(f"never called {mark}", 0.03):
            n = len(case.calls)
            if n == 0 and not case.anonymous:
                yield Task(f"look:{mark}", partial(self.within, queue, 0.02, 0.5), self._look)
            if n or case.anonymous or f"look:{mark}" in self.done:
                yield Task(f"call:{mark}:{n}", self._calling_hour if n else self._ring, self._call)
        if case.calls and not queue and not window:
            yield Task(f"close:{mark}", self._soon, lambda: ("close", {}, self.who("shift_leader", "C00")))

    def _rate(self) -> Given | None:
        return "rate", self._judged(), self.requester()

    def _ring(self) -> datetime:
        return self.now + MINUTE * self.rng.randint(1, 6) if not self.case.anonymous else self.office(5, 300)

    def _calling_hour(self) -> datetime:
        """Hours later and at another hour of the day than before."""
        gap = timedelta(hours=self.world.pack.settings.numbers.call_back_gap_hours)
        at = self.office(0, 240, self.case.calls[-1] + gap)
        while at.hour in {call.hour for call in self.case.calls}:
            at = self.office(30, 90, at)
        return at

    def _look(self) -> Given | None:
        return "see_identity", {"reason": "contact"}, self.who("caller", "C00")

    def _call(self) -> Given | None:
        by = self.who("caller", "C00")
        if self.case.anonymous or self.rng.random() < 0.2:
            return "call_back", {"reached": False, "words": self.words("not_reached")}, by
        return "call_back", {"reached": True, **self._judged(), "words": self.words("called")}, by

    def _judged(self) -> dict[str, Any]:
        """First whether it is solved, then how satisfied with each unit; those who were late please less."""
        case, rng = self.case, self.rng
        solved = rng.choices(
            ("yes", "partly", "no"), (0.957, 0.028, 0.015) if case.round == 1 else (0.97, 0.03, 0)
        )[0]
        late = {k.unit for k in case.clocks if k.breached_at and not k.cancelled}
        levels = []
        for duty in case.handlers:
            level = 5 - rng.choices(range(5), LEVELS[solved])[0]
            if duty.unit in late and rng.random() < 0.25:
                level = max(1, level - 1)
            levels.append({"duty": duty.id, "level": level})
        lowest = min((one["level"] for one in levels), default=5)
        return {"solved": solved, "levels": levels, "words": self.words(str(lowest))}

    def _comment(self) -> Given | None:
        return "comment", {"words": self.words("comment")}, self.requester()

    # --- about the whistle itself, and after the end ---

    def _about_the_whistle(self) -> Iterator[Task]:
        case = self.case
        judged = case.wrongful or any(r.kind == "wrongful" for r in case.requests)
        theirs = case.whistler_kind == "street" and self.rules.is_theirs(case.whistler_unit, case.item)
        if theirs and not judged and self.trait("wrongful", 0.15):
            yield Task("wrongful", lambda: self.office(60, 900), self._wrongful)
        if case.wrongful == "judged" and self.trait("appeals", 0.5):
            yield Task("appeal", lambda: self.office(200, 1500), self._appeal)

    def _wrongful(self) -> Given | None:
        said = {"reason": "own_work", "words": self.words("wrongful")}
        return "propose_wrongful", said, self.who("seat", "C00")

    def _appeal(self) -> Given | None:
        return "appeal_wrongful", {"words": self.words("appeal")}, self.arrival.by

    def _afterwards(self) -> Iterator[Task]:
        case, who = self.case, self.requester()
        if case.outcome == "declined" and who and not case.reviewed and self.trait("asks again", 0.35):
            yield Task(
                "review",
                lambda: self.awake(3, 60),
                lambda: ("ask_review", {"words": self.words("review")}, who),
            )
        ended = case.outcome in ("closed", "answered") and not case.reopened and not case.anonymous
        if ended and who and self.trait("breaks again", 0.01):
            yield Task("reopen", lambda: self.awake(40, 600), self._reopen)
        if case.outcome == "closed" and not case.excluded and self.trait("excluded", 0.004):
            yield Task("exclude", lambda: self.office(100, 1500), self._exclude)
        if case.outcome == "closed" and case.councils and case.whistler_kind == "street":
            yield Task("street", lambda: self.office(60, 600), self._rate_units)

    def _exclude(self) -> Given | None:
        said = {"reason": "untrue", "words": self.words("exclusion")}
        return "propose_exclusion", said, self.who("seat", "C00")

    def _reopen(self) -> Given | None:
        reason = "not_solved" if self.rng.random() < 0.4 else "broken_again"
        return "reopen", {"reason": reason, "words": self.words("reopen")}, self.requester()

    def _rate_units(self) -> Given | None:
        summoned = {unit for council in self.case.councils for unit in council.units}
        came = [d for d in self.case.handlers if d.unit in summoned]
        levels = [{"duty": d.id, "level": self.rng.choice((3, 4, 5, 5))} for d in came]
        said = {"levels": levels, "words": self.words("street")}
        return ("rate_units", said, self.arrival.by) if levels else None


def hash_of(text: str) -> int:
    """A number from a text, the same in every process."""
    value = 0
    for char in text:
        value = (value * 131 + ord(char)) % 1_000_003
    return value
