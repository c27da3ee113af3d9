"""One matter: of which kind, how it goes on, who moves it. Pure.

What is said in it never comes here: a step is a name, a moment, and the commitment of a sealed text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from shaodao.centre.cases.lifecycle.refusal import Refusal

Side = Literal["giver", "holder", "either"]
Seat = Literal["any", "head"]


@dataclass(frozen=True, slots=True)
class Move:
    """One step: from which states, to which, by whom. `head`: the head of a discipline unit; `another`: not who wrote the
    matter. `to` "" = it stays as it is."""

    at: tuple[str, ...]
    to: str
    side: Side = "holder"
    seat: Seat = "any"
    another: bool = False
    needs_words: bool = True


@dataclass(frozen=True, slots=True)
class Kind:
    """`begins`: the state after opening; `down`: opened by a higher unit for a lower one, `up`: the other way round, "own":
    one keeps it oneself, "door": it comes in from outside."""

    begins: str
    way: Literal["down", "up", "own", "door"]
    moves: Mapping[str, Move]
    workdays: int  # until it should be answered, if nobody says otherwise


ENDED = frozenset({"closed", "transferred"})
OPEN = ("given", "signed", "reported", "asked", "taken", "answered", "received", "noticed", "recorded", "drafted",
        "issued", "replied", "looked_back")  # fmt: skip
_NOTE = Move(OPEN, "", "either")
KINDS: dict[str, Kind] = {
    # 派单式: from above, on a case or a pattern.
    "task": Kind(
        "given",
        "down",
        {
            "sign": Move(("given",), "signed", needs_words=False),
            "report": Move(("signed",), "reported"),
            "return": Move(("reported",), "signed", "giver"),
            "close": Move(("given", "signed", "reported"), "closed", "giver"),
            "note": _NOTE,
        },
        10,
    ),
    # 需求式: from streets, townships and stationed groups upward.
    "request": Kind(
        "asked",
        "up",
        {
            "take": Move(("asked",), "taken", needs_words=False),
            "answer": Move(("asked", "taken"), "answered"),
            "close": Move(("asked", "taken", "answered"), "closed", "giver"),
            "note": _NOTE,
        },
        5,
    ),
    # 约谈
    "interview": Kind(
        "noticed",
        "own",
        {
            "record": Move(("noticed",), "recorded"),
            "close": Move(("noticed", "recorded"), "closed"),
            "note": _NOTE,
        },
        5,
    ),
    # 建议书: drafted, issued by the head, answered by the unit, looked back at, struck off.
    "recommendation": Kind(
        "drafted",
        "own",
        {
            "issue": Move(("drafted",), "issued", seat="head", another=True),
            "reply": Move(("issued",), "replied"),
            "return": Move(("replied", "looked_back"), "issued"),
            "look_back": Move(("replied",), "looked_back"),
            "strike_off": Move(("looked_back",), "closed", seat="head"),
            "withdraw": Move(("drafted",), "closed"),
            "note": _NOTE,
        },
        22,  # about thirty days
    ),
    # 监督: what somebody says about a unit.
    "tip": Kind(
        "received",
        "door",
        {
            "take": Move(("received",), "taken", "either", needs_words=False),
            "transfer": Move(("received", "taken"), "transferred", "either"),
            "close": Move(("received", "taken"), "closed", "either"),
            "note": _NOTE,
        },
        5,
    ),
}
# The content is not kept: whoever may act on it has it, and its receipt stays here.
DESTROYS = frozenset({"transfer"})


# --- events --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MatterOpened:
    """`giver` "" = it came in from outside. `readers`: the discipline units whose members it is sealed for."""

    kind: str
    giver: str
    holder: str
    readers: tuple[str, ...]
    due: datetime
    words: str  # commitment of the sealed text
    files: tuple[str, ...] = ()
    by: str = ""  # who wrote it; empty where it came in from outside


@dataclass(frozen=True, slots=True)
class MatterMoved:
    step: str
    words: str = ""
    files: tuple[str, ...] = ()
    by: str = ""


Event = MatterOpened | MatterMoved
EVENTS: dict[str, type[Event]] = {"MatterOpened": MatterOpened, "MatterMoved": MatterMoved}
Happened = tuple[Event, datetime]


# --- state ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Matter:
    version: int = 0
    kind: str = ""
    state: str = ""
    giver: str = ""
    holder: str = ""
    readers: tuple[str, ...] = ()
    words: str = ""  # commitment of what it was opened with
    opened_by: str = ""
    opened_at: datetime | None = None
    due: datetime | None = None
    moved_at: datetime | None = None
    closed_at: datetime | None = None

    @property
    def open(self) -> bool:
        return bool(self.state) and self.state not in ENDED


def evolve(matter: Matter, event: Event, at: datetime) -> Matter:
    matter = replace(matter, version=matter.version + 1, moved_at=at)
    if isinstance(event, MatterOpened):
        if matter.kind:
            raise ValueError("a matter is opened once")  # and who reads it is said then
        return replace(
            matter,
            kind=event.kind,
            state=KINDS[event.kind].begins,
            giver=event.giver,
            holder=event.holder,
            readers=event.readers,
            words=event.words,
            opened_by=event.by,
            opened_at=at,
            due=event.due,
        )
    state = KINDS[matter.kind].moves[event.step].to or matter.state
    return replace(matter, state=state, closed_at=at if state in ENDED else None)


def offered(matter: Matter, unit: str, actor: str, *, head: bool) -> list[str]:
    """The steps that somebody of a discipline unit may take now, in the order of the table."""
    if not matter.open:
        return []
    return [
        name
        for name, move in KINDS[matter.kind].moves.items()
        if matter.state in move.at
        and _on_side(matter, move, unit)
        and (move.seat == "any" or head)
        and not (move.another and actor == matter.opened_by)
    ]


def move(matter: Matter, step: str, *, said: bool) -> Move:
    """The step as it may be taken now, whoever takes it. Raises Refusal."""
    found = KINDS[matter.kind].moves.get(step) if matter.kind else None
    if found is None or matter.state not in found.at:
        raise Refusal("not_now")
    if found.needs_words and not said:
        raise Refusal("words_needed")
    return found


def _on_side(matter: Matter, move: Move, unit: str) -> bool:
    sides = {"giver": (matter.giver,), "holder": (matter.holder,), "either": matter.readers}
    return unit in sides[move.side]
