"""The state of one case: frozen values, made only by folding events (see `evolve`).

A place in a queue is a running clock of the queue's kind: whoever owns the clock owns the case at that point.
So "everything open has an owner and a clock" is one fact, not two, and the state a person sees is a pure
function of duties and clocks (`state_of`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NewType

from shaodao.ground.clocks import Clock, Limit

# Words, a name, minutes: kept in the vault; the state and the events hold the commitment.
Kept = NewType("Kept", str)
NOTHING = Kept("")

Role = Literal["lead", "assist", "local"]
Tier = Literal["community", "department", "county"]
Nature = Literal["ask", "help", "complain", "denounce", "suggest", "praise"]
IdentityMode = Literal["protected", "contactable", "shared"]
Solved = Literal["yes", "partly", "no"]
State = Literal[
    "reported",
    "in_triage",
    "in_ruling",
    "dispatched",
    "waiting_verification",
    "waiting_rating",
    "shelved",
    "closed",
    "declined",
    "merged",
    "answered",
    "transferred",
]

# Clocks of a duty; the others below are queues of the case, each with its owner.
DUTY_CLOCKS = ("sign", "report_in", "make_safe", "finish")
# 节点: dated steps of the lead on the way to the end, as 受理 or 立案限拆; the subject names duty and step.
MILESTONE = "milestone"
# Clocks whose expiry is nobody's fault: time itself moves the case on.
TIMERS = ("rating", "closing", "resume")
WHOLE_CASE = "case"
# Requests for a second look, each with the kind that was looked at first; other persons take it.
FIRST_LOOK = {"decline_review": "decline", "wrongful_appeal": "wrongful"}


@dataclass(frozen=True, slots=True)
class By:
    """Who acts, in the one capacity chosen: actor id (`user:7`, `person:…`, `system:sweeper`), role, unit code."""

    actor: str
    role: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where: codes of the place tree and, if known, the point in 1e-7 degrees (WGS-84). Empty code = unknown."""

    grid: str = ""
    community: str = ""
    township: str = ""
    kind: str = ""
    lon: int | None = None
    lat: int | None = None

    @property
    def known(self) -> bool:
        return bool(self.township)


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits one duty is given. `None` = this duty has no such stage; every duty has an end."""

    sign: Limit | None
    report_in: Limit | None
    make_safe: Limit | None
    finish: Limit
    milestones: tuple[tuple[str, Limit], ...] = ()


@dataclass(frozen=True, slots=True)
class DutyPlan:
    """A duty about to be given to a unit."""

    unit: str
    role: Role
    report_in: Literal["site", "call"]
    limits: Limits


@dataclass(frozen=True, slots=True)
class Plan:
    """What the routing says: the duties, on which tier, the rule that decided, and why in one sentence of the pack's words
    (empty: `Rules.explain` finds it)."""

    duties: tuple[DutyPlan, ...]
    tier: Tier
    rule: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Duty:
    """One unit's part in one case."""

    id: int
    unit: str
    role: Role
    report_in: Literal["site", "call"]
    given_at: datetime
    round: int = 1
    section: str = ""
    handler: str = ""
    signed_at: datetime | None = None
    reported_in_at: datetime | None = None
    report_in_pending: bool = False
    persons: int = 0  # 报到人次
    persons_pending: int = 0  # of these, not yet confirmed
    made_safe_at: datetime | None = None
    part_done_at: datetime | None = None
    claim: str = ""
    shown: int = 0  # pictures that came with the claim
    filed_until: datetime | None = None
    reworks: int = 0
    asked_return: bool = False
    ended: Literal["", "done", "returned", "redispatched", "raised", "withdrawn"] = ""
    ended_at: datetime | None = None

    @property
    def active(self) -> bool:
        return not self.ended

    @property
    def working(self) -> bool:
        """Still has something to do: neither ended nor waiting for the others with its own part done."""
        return not self.ended and self.part_done_at is None

    @property
    def subject(self) -> str:
        return f"duty:{self.id}"

    def step(self, name: str) -> str:
        """The subject of the clock of a milestone."""
        return f"{self.subject}:{name}"


@dataclass(frozen=True, slots=True)
class Step:
    """One approval: by whoever holds `role` at `unit`."""

    role: str
    unit: str
    limit: Limit


@dataclass(frozen=True, slots=True)
class Request:
    """Something asked for that others must approve, step by step: return, extension, shelving, decline …"""

    id: int
    kind: str
    duty: int
    by: By
    reason: str
    words: Kept
    steps: tuple[Step, ...]
    asked_at: datetime
    step: int = 0
    approvers: tuple[str, ...] = ()
    minutes: int = 0
    until: datetime | None = None
    claim: str = ""
    photos: tuple[str, ...] = ()
    outcome: Literal["", "granted", "refused", "lapsed"] = ""
    decided_at: datetime | None = None

    @property
    def open(self) -> bool:
        return not self.outcome

    @property
    def current(self) -> Step:
        return self.steps[self.step]

    @property
    def subject(self) -> str:
        return f"request:{self.id}"


@dataclass(frozen=True, slots=True)
class Arrival:
    """One person who signed in at an on-site council; the name is a vault commitment."""

    unit: str
    person: Kept
    at: datetime


@dataclass(frozen=True, slots=True)
class Council:
    """A convening whistle and its on-site council: who was summoned, who came, what was concluded."""

    id: int
    by: By
    units: tuple[str, ...]
    meet_at: datetime
    place: Place
    words: Kept
    arrivals: tuple[Arrival, ...] = ()
    concluded_at: datetime | None = None
    conclusions: Kept = NOTHING

    @property
    def open(self) -> bool:
        return self.concluded_at is None

    @property
    def subject(self) -> str:
        return f"council:{self.id}"

    @property
    def absent(self) -> tuple[str, ...]:
        came = {a.unit for a in self.arrivals}
        return tuple(u for u in self.units if u not in came)


@dataclass(frozen=True, slots=True)
class UnitRating:
    duty: int
    level: int  # 5 very satisfied … 1 very dissatisfied


@dataclass(frozen=True, slots=True)
class Rating:
    """How the result was judged: kind `own`, `call_back`, `leader` (an assigned case comes back to its leader),
    `verification` (staff-found) or `street` (rates the units it summoned)."""

    kind: str
    by: By
    solved: Solved | Literal[""]
    levels: tuple[UnitRating, ...]
    words: Kept
    at: datetime
    round: int


@dataclass(frozen=True, slots=True)
class View:
    """A unit's view before a ruling, with its basis."""

    unit: str
    mine: bool
    basis: str
    words: Kept
    at: datetime
    kind: str = ""  # of basis: law · duties · list · precedent · agreement


@dataclass(frozen=True, slots=True)
class Follower:
    """Somebody besides the requester whose matter it is too, and who is told how it goes on.

    Who joined the case follows under its number and a `seat` (1, 2 …), and acts there as `actor`, a name for this seat
    alone: a number anybody may type proves nothing. Who reported a case of their own that was merged into this one
    follows under its number, seat 0.
    Of whom nothing else is known, `person` and `actor` are the same.
    """

    person: str
    number: str
    at: datetime
    seat: int = 0
    actor: str = ""

    @property
    def anonymous(self) -> bool:
        """Nobody can be told: they look for themselves, by their link."""
        return self.person == self.actor


@dataclass(frozen=True, slots=True)
class Case:
    """One reported problem from report to closing."""

    number: str = ""
    version: int = 0
    reported_at: datetime | None = None
    channel: str = ""
    whistler_kind: str = ""
    whistler: str = ""
    whistler_unit: str = ""
    requester: str = ""
    on_behalf: bool = False
    nature: Nature = "help"
    item: str = ""
    situation: str = ""
    confidence: int = 0  # per mille
    guess: str = ""  # the likeliest item when it came in, also where it was not sure enough to be taken
    margin: int = 0  # per mille: how far the likeliest was ahead of the next
    found_by: str = ""  # what named the item then: named · model:VERSION · the code of a rule · nobody
    place: Place = Place()
    words: Kept = NOTHING
    summary: Kept = (
        NOTHING  # of a protected case: checked, and read by the handling units instead of the words
    )
    photos: tuple[str, ...] = ()
    identity_mode: IdentityMode = "contactable"
    anonymous: bool = False
    sensitive: bool = False
    emergency: bool = False
    staff_found: bool = False
    against: str = ""  # the unit complained of, which never handles it
    external_system: str = ""
    external_id: str = ""
    external_due: datetime | None = None  # the sender's own deadline holds where it is earlier than ours
    occurred_at: datetime | None = None  # when it was said or seen, if before it reached us
    repeat_of: str = ""
    level: int = 0  # raised levels by repetition
    leader: str = ""  # a leader's assigned case returns to this leader
    in_charge: str = ""  # the county leader who coordinates
    tier: Tier = "department"
    at_once: bool = False  # dispatched in the moment it came in
    unsure: str = ""  # why it was not
    routed_by: str = ""  # the rule of its first dispatch
    moved: bool = False  # after a dispatch its lead or its item turned out to be another
    ruled: bool = False
    confirmed: str = ""  # the item (or NONE) that a person of the centre set or confirmed last
    why: str = ""  # the sentence that explains the latest dispatch of a lead
    promised_at: datetime | None = (
        None  # told to the requester at the first dispatch; runs on whoever handles it
    )
    duties: tuple[Duty, ...] = ()
    requests: tuple[Request, ...] = ()
    councils: tuple[Council, ...] = ()
    clocks: tuple[Clock, ...] = ()
    ratings: tuple[Rating, ...] = ()
    views: tuple[View, ...] = ()
    joined: tuple[str, ...] = ()  # cases merged into this one
    followers: tuple[Follower, ...] = ()
    calls: tuple[datetime, ...] = ()
    round: int = 1
    verified_at: datetime | None = None
    returns: int = 0
    reopened: int = 0
    shelved_at: datetime | None = None
    excluded: str = ""
    wrongful: Literal["", "proposed", "judged", "appealed", "upheld", "cancelled"] = ""
    revealed_to: tuple[str, ...] = ()
    outcome: Literal["", "closed", "declined", "merged", "answered", "transferred"] = ""
    outcome_detail: str = ""
    ended_at: datetime | None = None
    helpful: bool = False  # whoever asked said that the answer helped
    reviewed: bool = False
    erased_persons: tuple[str, ...] = ()

    @property
    def persons(self) -> tuple[str, ...]:
        """Who whistled, whose problem it is and who follows, so far as they are persons and not accounts of staff."""
        known = dict.fromkeys((self.whistler, self.requester, *(f.person for f in self.followers)))
        return tuple(actor for actor in known if actor.startswith("person:"))

    @property
    def reporters(self) -> int:
        """How many people reported it, each counted once."""
        return len({self.whose, *(f.person for f in self.followers)})

    def seat(self, seat: int) -> Follower | None:
        """Who joined under this seat."""
        return next((f for f in self.followers if seat and f.seat == seat and f.number == self.number), None)

    def at(self, seat: int) -> str:
        """The actor that follows under a seat; 0 is whose case it is, empty: nobody sits there."""
        found = self.seat(seat)
        return (found.actor if found else "") if seat else self.whose

    def seat_of(self, actor: str) -> Follower | None:
        return next(
            (f for f in self.followers if actor and f.actor == actor and f.number == self.number), None
        )

    def behind(self, actor: str) -> str:
        """The person whom an actor stands for: whose words theirs are."""
        seat = self.seat_of(actor)
        return seat.person if seat else actor

    @property
    def whose(self) -> str:
        """The actor whose problem it is: the requester, or without one whoever whistled."""
        return self.requester or self.whistler

    @property
    def erased(self) -> bool:
        """Whether nothing is known any more of the person whose problem it is."""
        return self.whose in self.erased_persons

    @property
    def open(self) -> bool:
        return bool(self.number) and not self.outcome

    @property
    def praised(self) -> str:
        """The unit whose praise the centre has passed on; empty: it is no praise, or of nobody in particular."""
        kind, _, unit = self.outcome_detail.partition(":")
        return unit if self.outcome == "answered" and kind == "praise" else ""

    @property
    def lead(self) -> Duty | None:
        """The duty of the lead unit in force (the latest, if it has moved)."""
        return next((d for d in reversed(self.duties) if d.role == "lead" and d.ended in ("", "done")), None)

    @property
    def informing(self) -> str:
        """首接负责: the unit that keeps the requester informed, until the next one has signed. Empty = the centre."""
        leads = [d for d in self.duties if d.role == "lead"]
        signed = [d for d in leads[1:] if d.signed_at]
        return (signed or leads[:1])[-1].unit if leads else ""

    @property
    def handlers(self) -> tuple[Duty, ...]:
        """The duties whose units handled the case: still at it, or done."""
        return tuple(d for d in self.duties if d.ended in ("", "done"))

    @property
    def street_rates(self) -> tuple[int, ...]:
        """The duties that a street may rate: of units it summoned to a council that is over, once in each round."""
        summoned = {unit for council in self.councils if not council.open for unit in council.units}
        now = (r for r in self.ratings if r.kind == "street" and r.round == self.round)
        rated = {one.duty for rating in now for one in rating.levels}
        return tuple(d.id for d in self.handlers if d.unit in summoned and d.id not in rated)

    @property
    def active_duties(self) -> tuple[Duty, ...]:
        return tuple(d for d in self.duties if d.active)

    def duty(self, id: int) -> Duty | None:
        return next((d for d in self.duties if d.id == id), None)

    def request(self, id: int) -> Request | None:
        return next((r for r in self.requests if r.id == id), None)

    def council(self, id: int) -> Council | None:
        return next((c for c in self.councils if c.id == id), None)

    def clock(self, kind: str, subject: str = WHOLE_CASE) -> Clock | None:
        """The latest round of a clock, running or not."""
        return next((c for c in reversed(self.clocks) if c.kind == kind and c.subject == subject), None)

    def waits(self, kind: str, subject: str = WHOLE_CASE) -> bool:
        clock = self.clock(kind, subject)
        return clock is not None and is_open(clock)

    @property
    def open_clocks(self) -> tuple[Clock, ...]:
        return tuple(c for c in self.clocks if is_open(c))

    def milestones(self, duty: Duty) -> tuple[Clock, ...]:
        """The steps a duty has still to take, the next one first."""
        steps = (c for c in self.open_clocks if c.kind == MILESTONE and c.subject.startswith(duty.step("")))
        return tuple(sorted(steps, key=lambda c: c.due_at))


def is_open(clock: Clock) -> bool:
    """Neither stopped nor cancelled; a paused clock is open but does not run."""
    return clock.stopped_at is None and not clock.cancelled


QUEUE_STATES: tuple[tuple[str, State], ...] = (
    ("triage", "in_triage"),
    ("ruling", "in_ruling"),
    ("county_ruling", "in_ruling"),
    ("verification", "waiting_verification"),
    ("rating", "waiting_rating"),
    ("call_back", "waiting_rating"),
    ("closing", "waiting_rating"),
)


def state_of(case: Case) -> State:
    """The state of a case, from its outcome, its queues, its duties and what is being decided about it.

    A case without duties whose decline is proposed is still with the centre's triage; one about which units meet is in
    ruling: the council finds its owner.
    """
    if case.outcome:
        return case.outcome
    if case.shelved_at:
        return "shelved"
    for queue, state in QUEUE_STATES:
        if case.waits(queue):
            return state
    if any(r.open and r.kind == "decline" for r in case.requests):
        return "in_triage"
    if case.active_duties:
        return "dispatched"
    return "in_ruling" if any(council.open for council in case.councils) else "reported"
