"""What may be asked of a case. Every command says who asks (`by`); words and pictures are vault commitments and ids.

A command's name in API and permission table is its class name in snake case (`claim_finished`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeVar, dataclass_transform

from shaodao.centre.cases.lifecycle.model import (
    NOTHING,
    By,
    DutyPlan,
    Follower,
    Kept,
    Nature,
    Place,
    Plan,
    Solved,
    UnitRating,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    by: By


# What a claim about who owns something rests on: law, the plan of a unit's functions (三定), the list of duties, an
# earlier ruling, an agreement between units.
BasisKind = Literal["law", "duties", "list", "precedent", "agreement"]

COMMANDS: dict[str, type[Command]] = {}
C = TypeVar("C", bound=Command)


@dataclass_transform(kw_only_default=True, frozen_default=True)
def command(cls: type[C]) -> type[C]:
    """Declare a command: a frozen dataclass found by its name in snake case."""
    made = dataclass(frozen=True, slots=True, kw_only=True)(cls)
    COMMANDS[name_of(made)] = made
    return made


def name_of(command: type[Command]) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", command.__name__).lower()


@command
class Report(Command):
    """基层报. `plan` is what routing found, None when unsure, ownerless or without the place it needs."""

    number: str
    channel: str
    whistler_kind: str
    whistler: str = ""
    whistler_unit: str = ""
    requester: str = ""
    on_behalf: bool = False
    anonymous: bool = False
    nature: Nature = "help"
    item: str = ""
    situation: str = ""
    confidence: int = 0
    why: str = ""
    place: Place = Place()
    words: Kept = NOTHING
    photos: tuple[str, ...] = ()
    against: str = ""
    external_system: str = ""
    external_id: str = ""
    external_due: datetime | None = None
    occurred_at: datetime | None = None
    repeat_of: str = ""
    level: int = 0
    leader: str = ""
    staff_found: bool = False
    sensitive: bool = False
    plan: Plan | None = None
    guess: str = ""
    margin: int = 0
    unsure: str = ""  # why there is no plan: unsure · no_place · off_manual · ownerless · avoid


# --- the centre -------------------------------------------------------------------------------------------------


@command
class Dispatch(Command):
    """中心接、平台转 by hand, out of triage."""

    plan: Plan
    item: str = ""
    situation: str = ""
    place: Place | None = None
    nature: Nature | None = None
    words: Kept = NOTHING


@command
class Answer(Command):
    """直接答复: from the knowledge base, or thanks for a suggestion or praise.

    `source` says what it rests on: words of a few characters, `article:<id>/<version>`, or `praise:<unit>`."""

    words: Kept
    source: str = ""


@command
class Transfer(Command):
    """转送 to a body outside this system, with its receipt."""

    to: str
    receipt: str
    words: Kept = NOTHING


@command
class SendToRuling(Command):
    """确权: the owner is unclear; these units are asked for their views."""

    units: tuple[str, ...]
    words: Kept = NOTHING


@command
class StateView(Command):
    """发表意见: whether it is the own unit's, and the citation that says so."""

    mine: bool
    basis: Kept
    kind: BasisKind | None = None
    words: Kept = NOTHING


@command
class Rule(Command):
    """Who owns it. `precedent` names the precedent this ruling makes, if it shall bind the next case, as far as `scope`
    and no longer than `until`. `basis` is the citation, `reasons` why it decides, `words` are for the units."""

    plan: Plan
    item: str = ""
    situation: str = ""
    kind: BasisKind | None = None
    basis: Kept = NOTHING
    reasons: Kept = NOTHING
    words: Kept = NOTHING
    scope: str = ""
    precedent: str = ""
    until: datetime | None = None


@command
class ConfirmItem(Command):
    """核对事项: the words are about this item, or `NONE` of the manual. Nobody's duty changes by it."""

    item: str


@command
class Redispatch(Command):
    """转派: a duty moves to another unit with full limits."""

    duty: int
    to: DutyPlan
    reason: str
    words: Kept = NOTHING


@command
class Merge(Command):
    """并案 into another open case about the same matter."""

    into: str


@command
class Join(Command):
    """The other side of `Merge`: this case takes the other one's requester along."""

    other: str
    requester: str = ""
    also: tuple[Follower, ...] = ()
    anonymous: bool = False


@command
class Verify(Command):
    """核查 on the spot or by picture. `failing` names the duties that failed; empty = all that claimed."""

    passed: bool
    words: Kept = NOTHING
    photos: tuple[str, ...] = ()
    failing: tuple[int, ...] = ()


@command
class CallBack(Command):
    """回访: one call; `reached` with the answers, or not."""

    reached: bool
    solved: Solved | None = None
    levels: tuple[UnitRating, ...] = ()
    words: Kept = NOTHING


@command
class Close(Command):
    """结案 of a verified case whose requester could not be reached after all tries."""

    words: Kept = NOTHING


@command
class ReviewShelved(Command):
    """Looked at a shelved case again: it stays shelved for another term."""

    words: Kept


@command
class Resume(Command):
    words: Kept = NOTHING


@command
class RevealIdentity(Command):
    """A unit is told who reported; needs a reason and leaves this event."""

    unit: str
    reason: str
    words: Kept = NOTHING


# --- the units --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyCommand(Command):
    duty: int


@command
class Sign(DutyCommand):
    """签收."""


@command
class Assign(DutyCommand):
    """二级交办 to a section or station and, if named, a person inside the unit."""

    section: str = ""
    handler: str = ""


@command
class ReportIn(DutyCommand):
    """到场报到 (distance from the place in metres, None = no position) or 联系报到 (how the call went)."""

    mode: Literal["site", "call"]
    persons: int = 1
    distance: int | None = None
    words: Kept = NOTHING
    photos: tuple[str, ...] = ()


@command
class ConfirmReportIn(DutyCommand):
    """待确认报到: somebody on the spot says whether they came."""

    came: bool


@command
class MakeSafe(DutyCommand):
    words: Kept = NOTHING
    photos: tuple[str, ...] = ()


@command
class ReachMilestone(DutyCommand):
    """节点完成: the next dated step on the way, as 受理 or 立案限拆, has been taken."""

    words: Kept = NOTHING
    photos: tuple[str, ...] = ()


@command
class CallAssist(Command):
    """请求协办 with a reason."""

    to: DutyPlan
    reason: str
    words: Kept = NOTHING


@command
class FinishPart(DutyCommand):
    """An assisting or local unit's own part is done."""

    words: Kept = NOTHING
    photos: tuple[str, ...] = ()


@command
class FileForPenalty(DutyCommand):
    """立案查处 begins: the statutory date replaces the limit; not "solved" before the decision."""

    until: datetime
    words: Kept = NOTHING


@command
class ClaimFinished(DutyCommand):
    """申请办结 by the lead; may need approval inside the unit first (`approval` request of kind `claim`)."""

    way: Literal["done", "penalty", "answered", "mediated"]
    words: Kept = NOTHING
    photos: tuple[str, ...] = ()


@command
class AskReturn(DutyCommand):
    reason: Literal["wrong_area", "unclear_owner", "overlap", "not_ours", "too_little", "duplicate"]
    words: Kept = NOTHING


@command
class AskExtension(DutyCommand):
    until: datetime
    reason: str
    words: Kept = NOTHING


@command
class AskShelving(Command):
    """挂账 until a date (seasonal: spring); needs plan in words, and an owner, who is the lead."""

    until: datetime
    reason: str
    words: Kept


@command
class ProposeDecline(Command):
    """不予受理."""

    reason: str
    words: Kept = NOTHING


@command
class ProposeExclusion(Command):
    """剔除 from the figures."""

    reason: str
    words: Kept = NOTHING


@command
class Decide(Command):
    """An approver's word on an open request. `to` names the next owner when a return is granted at its last step."""

    request: int
    approve: bool
    words: Kept = NOTHING
    to: DutyPlan | None = None


@command
class WithdrawRequest(Command):
    """撤回申请: whoever asked does not ask any more."""

    request: int
    words: Kept = NOTHING


@command
class EscalateTier(Command):
    """提级办理: community → department (`plan`), department → county."""

    reason: str
    words: Kept = NOTHING
    plan: Plan | None = None


@command
class Coordinate(Command):
    """县级统筹: a leader in charge, a meeting with minutes, and its tasks as duties."""

    leader: str
    tasks: tuple[DutyPlan, ...]
    minutes: Kept


# --- the street -------------------------------------------------------------------------------------------------


@command
class Convene(Command):
    """哨单: units are summoned to a place and time."""

    units: tuple[str, ...]
    meet_at: datetime
    place: Place
    words: Kept


@command
class Arrive(Command):
    """A summoned unit's person signs in on the spot (QR)."""

    council: int
    unit: str
    person: Kept


@command
class ConcludeCouncil(Command):
    council: int
    tasks: tuple[DutyPlan, ...]
    words: Kept


@command
class RateUnits(Command):
    """A street rates the units it summoned."""

    levels: tuple[UnitRating, ...]
    words: Kept = NOTHING


@command
class ProposeWrongful(Command):
    """乱吹哨认定 of a whistle by staff or a street."""

    reason: str
    words: Kept = NOTHING


@command
class AppealWrongful(Command):
    words: Kept


# --- the requester ----------------------------------------------------------------------------------------------


@command
class Rate(Command):
    """群众评: first whether it is solved, then how satisfied, per unit."""

    solved: Solved
    levels: tuple[UnitRating, ...] = ()
    words: Kept = NOTHING


@command
class Reopen(Command):
    """没修好 / 又坏了: one tap on the old case."""

    reason: Literal["not_solved", "broken_again"]
    words: Kept = NOTHING
    photos: tuple[str, ...] = ()


@command
class SeenToo(Command):
    """我也看到了: instead of filing it again. `by` is how they act here from now on, `who` the person they are, if known."""

    who: str = ""
    words: Kept = NOTHING
    photos: tuple[str, ...] = ()


@command
class FindHelpful(Command):
    """有用: the answer was what whoever asked wanted to know."""


@command
class AskReview(Command):
    """申请复核 of a decline, once."""

    words: Kept


@command
class SeeIdentity(Command):
    """A look at who reported; needs a reason and leaves an event."""

    reason: str
    words: Kept = NOTHING


@command
class Comment(Command):
    """补充说明 by anybody who may see the case."""

    words: Kept
    photos: tuple[str, ...] = ()


@command
class Summarise(Command):
    """摘要核定: what the handling units of a protected case read instead of the whistler's own words."""

    words: Kept


@command
class Erase(Command):
    """The words, names and pictures of a person (`person:…`) are gone from the vault; the record of that."""

    subject: str
    reason: str = ""


@command
class Recompute(Command):
    """The calendar has been published further: provisional deadlines are reckoned again."""


@command
class PassUp(Command):
    """Nobody who may decide holds the post that a request waits for. `vacant`: all such posts (`role@unit`) on its way."""

    request: int
    vacant: tuple[str, ...]


@command
class Tick(Command):
    """Nothing but time has passed."""
