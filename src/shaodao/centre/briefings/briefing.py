"""One briefing: what may be asked of it, what has happened, how it stands. Pure.

drafted → checking → signing → signed → published. Whoever checks or signs may send it back to be drafted again. Its
figures are frozen at a sealed position of the ledger before anybody judges them, and never change once it is published.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from shaodao.centre.cases.lifecycle.model import NOTHING, By, Kept
from shaodao.centre.cases.lifecycle.refusal import Refusal

MOST_PROBLEMS = 60
State = Literal["", "drafted", "checking", "signing", "signed", "published"]


@dataclass(frozen=True, slots=True)
class Named:
    """A problem as the briefing names it: whose, which case, of what kind, the limit that ran out, seconds late then."""

    case: str
    kind: str
    unit: str
    due_at: datetime
    late: int

    @property
    def key(self) -> tuple[str, str, str]:
        return self.case, self.kind, self.unit


# --- events ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BriefingDrafted:
    by: By
    month: str  # YYYY-MM


@dataclass(frozen=True, slots=True)
class NumbersFrozen:
    """Computed from exactly the events before `position`; `root` is the log's root there, `digest` the hash of the content's
    canonical bytes. Of the problems found, those that may be named."""

    by: By
    position: int
    root: str
    digest: str
    problems: tuple[Named, ...]


@dataclass(frozen=True, slots=True)
class ProblemLeftOut:
    by: By
    case: str
    kind: str
    unit: str
    words: Kept


@dataclass(frozen=True, slots=True)
class ProblemTakenBack:
    """A problem left out is named after all."""

    by: By
    case: str
    kind: str
    unit: str


@dataclass(frozen=True, slots=True)
class WordsWritten:
    """Opinions and next steps as a person wrote or took them over."""

    by: By
    opinions: Kept
    steps: Kept


@dataclass(frozen=True, slots=True)
class BriefingSubmitted:
    by: By


@dataclass(frozen=True, slots=True)
class BriefingChecked:
    by: By


@dataclass(frozen=True, slots=True)
class BriefingReturned:
    by: By
    words: Kept


@dataclass(frozen=True, slots=True)
class BriefingSigned:
    by: By


@dataclass(frozen=True, slots=True)
class BriefingPublished:
    """第N期(总第N期): the issue of its year, and of all."""

    by: By
    issue: int
    total: int


@dataclass(frozen=True, slots=True)
class BriefingRead:
    by: By


@dataclass(frozen=True, slots=True)
class ProblemPutRight:
    case: str
    kind: str
    unit: str


Event = (
    BriefingDrafted
    | NumbersFrozen
    | ProblemLeftOut
    | ProblemTakenBack
    | WordsWritten
    | BriefingSubmitted
    | BriefingChecked
    | BriefingReturned
    | BriefingSigned
    | BriefingPublished
    | BriefingRead
    | ProblemPutRight
)
EVENTS: dict[str, type[Event]] = {
    cls.__name__: cls
    for cls in (
        BriefingDrafted,
        NumbersFrozen,
        ProblemLeftOut,
        ProblemTakenBack,
        WordsWritten,
        BriefingSubmitted,
        BriefingChecked,
        BriefingReturned,
        BriefingSigned,
        BriefingPublished,
        BriefingRead,
        ProblemPutRight,
    )
}
Happened = tuple[Event, datetime]


# --- state -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Problem:
    named: Named
    left_out: Kept = NOTHING  # why it is not named
    put_right_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    actor: str
    unit: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Briefing:
    version: int = 0
    month: str = ""
    state: State = ""
    position: int = 0
    root: str = ""
    digest: str = ""
    frozen_at: datetime | None = None
    problems: tuple[Problem, ...] = ()
    opinions: Kept = NOTHING
    steps: Kept = NOTHING
    written_by: str = ""  # the actor whose opinions and next steps it holds
    written_for: str = ""  # the digest of the figures they were written for
    drafted_by: str = ""  # the actor who sent it to be checked
    checked_by: str = ""
    signed_by: str = ""
    issue: int = 0
    total: int = 0
    published_at: datetime | None = None
    readings: tuple[Reading, ...] = ()

    @property
    def named(self) -> tuple[Problem, ...]:
        """The problems it names."""
        return tuple(problem for problem in self.problems if not problem.left_out)

    def problem(self, case: str, kind: str, unit: str) -> Problem | None:
        return next((p for p in self.problems if p.named.key == (case, kind, unit)), None)


def evolve(before: Briefing, event: Event, at: datetime) -> Briefing:
    """The briefing after an event."""
    now = replace(before, version=before.version + 1)
    match event:
        case BriefingDrafted():
            return replace(now, month=event.month, state="drafted")
        case NumbersFrozen():
            kept = {p.named.key: p.left_out for p in before.problems}
            problems = tuple(Problem(each, kept.get(each.key, NOTHING)) for each in event.problems)
            return replace(
                now, position=event.position, root=event.root, digest=event.digest, frozen_at=at, problems=problems
            )  # fmt: skip
        case ProblemLeftOut():
            return _with(now, event, left_out=event.words)
        case ProblemTakenBack():
            return _with(now, event, left_out=NOTHING)
        case WordsWritten():
            return replace(
                now,
                opinions=event.opinions,
                steps=event.steps,
                written_by=event.by.actor,
                written_for=now.digest,
            )
        case BriefingSubmitted():
            return replace(now, state="checking", drafted_by=event.by.actor)
        case BriefingChecked():
            return replace(now, state="signing", checked_by=event.by.actor)
        case BriefingReturned():
            return replace(now, state="drafted", checked_by="")
        case BriefingSigned():
            return replace(now, state="signed", signed_by=event.by.actor)
        case BriefingPublished():
            return replace(now, state="published", issue=event.issue, total=event.total, published_at=at)
        case BriefingRead():
            return replace(now, readings=(*now.readings, Reading(event.by.actor, event.by.unit, at)))
        case ProblemPutRight():
            return _with(now, event, put_right_at=at)


def _with(
    briefing: Briefing, event: ProblemLeftOut | ProblemTakenBack | ProblemPutRight, **changed: object
) -> Briefing:
    key = event.case, event.kind, event.unit
    return replace(
        briefing,
        problems=tuple(
            replace(each, **changed) if each.named.key == key else each  # type: ignore[arg-type]
            for each in briefing.problems
        ),
    )


def replay(events: Iterable[Happened], briefing: Briefing = Briefing()) -> Briefing:
    for event, at in events:
        briefing = evolve(briefing, event, at)
    return briefing


# --- commands ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Draft:
    by: By
    month: str


@dataclass(frozen=True, slots=True)
class Freeze:
    """Take the figures (again) as they stand at a position."""

    by: By
    position: int
    root: str
    digest: str
    problems: tuple[Named, ...]


@dataclass(frozen=True, slots=True)
class LeaveOut:
    by: By
    case: str
    kind: str
    unit: str
    words: Kept


@dataclass(frozen=True, slots=True)
class TakeBack:
    by: By
    case: str
    kind: str
    unit: str


@dataclass(frozen=True, slots=True)
class Write:
    by: By
    opinions: Kept
    steps: Kept


@dataclass(frozen=True, slots=True)
class Submit:
    by: By


@dataclass(frozen=True, slots=True)
class Check:
    by: By


@dataclass(frozen=True, slots=True)
class Return:
    by: By
    words: Kept


@dataclass(frozen=True, slots=True)
class Sign:
    by: By


@dataclass(frozen=True, slots=True)
class Publish:
    by: By
    issue: int
    total: int


@dataclass(frozen=True, slots=True)
class Read:
    by: By


@dataclass(frozen=True, slots=True)
class PutRight:
    case: str
    kind: str
    unit: str
    at: datetime


Command = (
    Draft | Freeze | LeaveOut | TakeBack | Write | Submit | Check | Return | Sign | Publish | Read | PutRight
)
POSSIBLE: dict[State, tuple[str, ...]] = {
    "": ("draft",),
    "drafted": ("freeze", "leave_out", "take_back", "write", "submit"),
    "checking": ("check", "return"),
    "signing": ("sign", "return"),
    "signed": ("publish", "return"),
    "published": ("read", "put_right"),
}
NAMES: dict[type[Command], str] = {
    Draft: "draft", Freeze: "freeze", LeaveOut: "leave_out", TakeBack: "take_back", Write: "write", Submit: "submit",
    Check: "check", Return: "return", Sign: "sign", Publish: "publish", Read: "read", PutRight: "put_right",
}  # fmt: skip


def decide(briefing: Briefing, command: Command, now: datetime) -> Sequence[Happened]:
    """What comes of a command. Raises Refusal."""
    if NAMES[type(command)] not in POSSIBLE[briefing.state]:
        raise Refusal("not_now")
    match command:
        case Read() if any(each.actor == command.by.actor for each in briefing.readings):
            return []  # read once is read
        case PutRight():
            problem = briefing.problem(command.case, command.kind, command.unit)
            if problem is None or problem.left_out or problem.put_right_at:
                return []
            return [(ProblemPutRight(command.case, command.kind, command.unit), command.at)]
        case _:
            return [(_event(briefing, command), now)]


def _event(briefing: Briefing, command: Command) -> Event:
    match command:
        case Draft():
            return BriefingDrafted(command.by, command.month)
        case Freeze():
            named = command.problems[:MOST_PROBLEMS]
            return NumbersFrozen(command.by, command.position, command.root, command.digest, named)
        case LeaveOut() | TakeBack():
            return _picked(briefing, command)
        case Write():
            opinions, steps = (_needed(said, "words_needed") for said in (command.opinions, command.steps))
            return WordsWritten(command.by, opinions, steps)
        case Submit():
            if not briefing.digest:
                raise Refusal("field_needed", field="figures")
            _needed(briefing.opinions, "words_needed")
            _needed(briefing.steps, "words_needed")
            return BriefingSubmitted(command.by)
        case Check():
            _somebody_else(command.by, briefing.written_by, briefing.drafted_by)
            return BriefingChecked(command.by)
        case Return():
            return BriefingReturned(command.by, _needed(command.words, "reason_needed"))
        case Sign():
            _somebody_else(command.by, briefing.written_by, briefing.drafted_by, briefing.checked_by)
            return BriefingSigned(command.by)
        case Publish():
            return BriefingPublished(command.by, command.issue, command.total)
        case Read():
            return BriefingRead(command.by)
        case _:
            raise TypeError(command)


def _picked(briefing: Briefing, command: LeaveOut | TakeBack) -> Event:
    problem = briefing.problem(command.case, command.kind, command.unit)
    if problem is None:
        raise Refusal("no_such_case")
    if bool(problem.left_out) is isinstance(command, LeaveOut):
        raise Refusal("not_now")
    if isinstance(command, TakeBack):
        return ProblemTakenBack(command.by, command.case, command.kind, command.unit)
    words = _needed(command.words, "reason_needed")
    return ProblemLeftOut(command.by, command.case, command.kind, command.unit, words)


def _somebody_else(by: By, *before: str) -> None:
    """Nobody judges what they wrote or judged before."""
    if by.actor in before:
        raise Refusal("own_proposal")


def _needed(words: Kept, code: str) -> Kept:
    if not words:
        raise Refusal(code)
    return words
