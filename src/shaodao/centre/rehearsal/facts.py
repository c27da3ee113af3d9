"""What happened to one case, so far as a rehearsal needs it: read off its events. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from shaodao.centre.cases.lifecycle import events as e
from shaodao.centre.cases.lifecycle import replay
from shaodao.centre.cases.lifecycle.model import DUTY_CLOCKS, Case, Place, Role
from shaodao.ground.clocks import Clock

Happened = tuple[e.Event, datetime]
Door = Literal["at_once", "triage", "ruling"]
Known = Literal["whistler", "desk", "words"]  # who said which item it is

NONE = "NONE"  # of `ItemConfirmed`: no item of the manual
PARTED = (e.Dispatched, e.Queued, e.SentToRuling)  # what a report leads to at once


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where a whistle goes. `why`: the rule that dispatched it, or why it waits. `lead` "": nobody yet.

    A case in triage whose item a person named has the lead that this item leads to.
    """

    door: Door
    why: str
    item: str = ""
    lead: str = ""
    helpers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Desk:
    """What a person at the desk said it is."""

    item: str
    situation: str
    place: Place


@dataclass(frozen=True, slots=True)
class DutyClock:
    """One clock of a duty with everything that happened to it: `steps` are its states, each with its moment."""

    duty: int
    role: Role
    item: str  # of the case when the duty was given
    situation: str
    steps: tuple[tuple[Clock, datetime], ...]
    duty_ended: str
    returned_at: datetime | None  # when the return was asked for that was granted

    @property
    def first(self) -> Clock:
        return self.steps[0][0]

    @property
    def last(self) -> Clock:
        return self.steps[-1][0]


@dataclass(frozen=True, slots=True)
class Heard:
    """A case as it was: what was said, what became of it, its duties' clocks. `text` None: erased."""

    number: str
    at: datetime
    said: e.Reported
    text: str | None
    became: Outcome
    desk: Desk | None
    clocks: tuple[DutyClock, ...]
    ask: bool  # nature "ask" is outside finishing
    excluded: bool

    @property
    def known(self) -> Known:
        if self.said.why == "named":
            return "whistler"
        return "desk" if self.desk else "words"


def words_of(events: Iterable[Happened]) -> str:
    """The commitment of the whistler's words; "" where there are none."""
    return next((event.words for event, _ in events if isinstance(event, e.Reported)), "")


def heard(events: Sequence[Happened], text: str | None) -> Heard | None:
    """The facts of a stream; None for one that holds no report."""
    said, at = next(((event, at) for event, at in events if isinstance(event, e.Reported)), (None, None))
    if said is None or at is None:
        return None
    case = replay(events)
    return Heard(
        number=said.number,
        at=at,
        said=said,
        text=text,
        became=_became([event for event, _ in events], said),
        desk=_desk([event for event, _ in events], said),
        clocks=tuple(_clocks(events, case)),
        ask=case.nature == "ask",
        excluded=bool(case.excluded),
    )


def outcome(happened: Iterable[e.Event], item: str) -> Outcome:
    """What the first events after a report made of it."""
    for event in happened:
        if isinstance(event, e.Dispatched):
            units = [duty.unit for duty in event.duties]
            lead = next((duty.unit for duty in event.duties if duty.role == "lead"), "")
            helpers = tuple(sorted(unit for unit in units if unit != lead))
            return Outcome("at_once", event.rule, item, lead, helpers)
        if isinstance(event, e.Queued):
            return Outcome("triage", event.reason, item)
        if isinstance(event, e.SentToRuling):
            return Outcome("ruling", event.reason, item)
    return Outcome("triage", "unsure", item)


def _became(happened: Sequence[e.Event], said: e.Reported) -> Outcome:
    made = outcome(happened, said.item)
    if made.door == "at_once":
        return made
    later = outcome((event for event in happened if _leads(event)), said.item)
    item = next(
        (event.item for event in happened if isinstance(event, e.Dispatched) and event.item), said.item
    )
    return Outcome(made.door, made.why, item, later.lead, later.helpers)


def _leads(event: e.Event) -> bool:
    return isinstance(event, e.Dispatched) and any(duty.role == "lead" for duty in event.duties)


def _desk(happened: Sequence[e.Event], said: e.Reported) -> Desk | None:
    """Read and confirmed by a person; or out of triage by hand, where whoever left the item as it was has confirmed it."""
    said_so = [event.item for event in happened if isinstance(event, e.ItemConfirmed)]
    if said_so and said_so[-1] != NONE:
        situation = said.situation if said_so[-1] == said.item else ""
        place = next(
            (event.place for event in happened if isinstance(event, e.Dispatched) and event.place), None
        )
        return Desk(said_so[-1], situation, place or said.place)
    parted = [event for event in happened if isinstance(event, PARTED)]
    if not parted or not isinstance(parted[0], e.Queued):
        return None
    given = next((event for event in parted if _leads(event)), None)
    if not isinstance(given, e.Dispatched) or not (given.item or said.item):
        return None
    situation = given.situation or (said.situation if given.item in ("", said.item) else "")
    return Desk(given.item or said.item, situation, given.place or said.place)


def _clocks(events: Sequence[Happened], case: Case) -> Iterable[DutyClock]:
    given: dict[str, tuple[str, str]] = {}  # item and situation when a duty was given
    steps: dict[tuple[str, str, int], list[tuple[Clock, datetime]]] = {}
    item = situation = ""
    for event, at in events:
        if isinstance(event, e.Reported | e.Dispatched):
            item, situation = event.item or item, event.situation or situation
        if isinstance(event, e.Dispatched):
            given |= {duty.subject: (item, situation) for duty in event.duties}
        for clock in event.clocks:
            if clock.kind in DUTY_CLOCKS:
                steps.setdefault((clock.kind, clock.subject, clock.round), []).append((clock, at))
    duties = {duty.subject: duty for duty in case.duties}
    granted = (r for r in case.requests if r.kind == "return" and r.outcome == "granted")
    returned = {request.duty: request.asked_at for request in granted}
    for (_, subject, _), states in steps.items():
        duty = duties[subject]
        yield DutyClock(duty.id, duty.role, *given[subject], tuple(states), duty.ended, returned.get(duty.id))
