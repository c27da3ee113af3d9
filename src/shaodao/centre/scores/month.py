"""The scores of one month: proposed by one person, published by another, appealed against, corrected. Pure.

What was published never changes. An appeal that is upheld leaves a correction beside it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from shaodao.centre.cases.lifecycle.model import NOTHING, By, Kept
from shaodao.centre.cases.lifecycle.refusal import Refusal

State = Literal["", "proposed", "published"]


@dataclass(frozen=True, slots=True)
class Which:
    """An entry: what a rule gave or took for a fact; for a share `number` is empty."""

    unit: str
    rule: str
    number: str = ""
    part: int = 0


# --- events ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ScoresProposed:
    """`position` of the ledger and `pack` say how to reckon them again, `digest` (sha256, hex) what came of it."""

    by: By
    position: int
    pack: str
    digest: str


@dataclass(frozen=True, slots=True)
class ScoresRejected:
    by: By
    words: Kept


@dataclass(frozen=True, slots=True)
class ScoresPublished:
    by: By
    appeal_until: datetime


@dataclass(frozen=True, slots=True)
class AppealFiled:
    by: By
    appeal: int
    against: Which
    words: Kept


@dataclass(frozen=True, slots=True)
class AppealRuled:
    """`points`: hundredths that are put right; 0 where it was not upheld."""

    by: By
    appeal: int
    upheld: bool
    points: int
    words: Kept


Event = ScoresProposed | ScoresRejected | ScoresPublished | AppealFiled | AppealRuled
EVENTS: dict[str, type[Event]] = {
    cls.__name__: cls for cls in (ScoresProposed, ScoresRejected, ScoresPublished, AppealFiled, AppealRuled)
}
Happened = tuple[Event, datetime]


# --- state -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Appeal:
    id: int
    by: By
    against: Which
    words: Kept
    filed_at: datetime
    ruled_by: str = ""
    ruled_at: datetime | None = None
    upheld: bool = False
    points: int = 0
    answer: Kept = NOTHING


@dataclass(frozen=True, slots=True)
class Month:
    version: int = 0
    state: State = ""
    position: int = 0
    pack: str = ""
    digest: str = ""
    proposed_by: str = ""
    proposed_at: datetime | None = None
    published_by: str = ""
    published_at: datetime | None = None
    appeal_until: datetime | None = None
    appeals: tuple[Appeal, ...] = ()

    def appeal(self, id: int) -> Appeal | None:
        return next((each for each in self.appeals if each.id == id), None)


def evolve(month: Month, event: Event, at: datetime) -> Month:
    """The month after an event."""
    month = replace(month, version=month.version + 1)
    match event:
        case ScoresProposed():
            return replace(
                month, state="proposed", position=event.position, pack=event.pack, digest=event.digest,
                proposed_by=event.by.actor, proposed_at=at,
            )  # fmt: skip
        case ScoresRejected():
            return replace(month, state="", digest="", proposed_by="", proposed_at=None)
        case ScoresPublished():
            return replace(
                month, state="published", published_by=event.by.actor, published_at=at,
                appeal_until=event.appeal_until,
            )  # fmt: skip
        case AppealFiled():
            filed = Appeal(event.appeal, event.by, event.against, event.words, at)
            return replace(month, appeals=(*month.appeals, filed))
        case AppealRuled():
            return replace(month, appeals=tuple(_ruled(each, event, at) for each in month.appeals))


def _ruled(appeal: Appeal, event: AppealRuled, at: datetime) -> Appeal:
    if appeal.id != event.appeal:
        return appeal
    return replace(
        appeal, ruled_by=event.by.actor, ruled_at=at, upheld=event.upheld, points=event.points, answer=event.words
    )  # fmt: skip


# --- decisions ---------------------------------------------------------------------------------------------------


def propose(month: Month, by: By, position: int, pack: str, digest: str) -> ScoresProposed:
    """Raises Refusal, as all of these."""
    if month.state:
        raise Refusal("not_now")
    return ScoresProposed(by, position, pack, digest)


def reject(month: Month, by: By, words: Kept) -> ScoresRejected:
    _only_when(month, "proposed")
    if not words:
        raise Refusal("reason_needed")
    return ScoresRejected(by, words)


def publish(month: Month, by: By, appeal_until: datetime) -> ScoresPublished:
    _only_when(month, "proposed")
    if by.actor == month.proposed_by:
        raise Refusal("second_person_needed")
    return ScoresPublished(by, appeal_until)


def file_appeal(month: Month, by: By, against: Which, words: Kept, now: datetime) -> AppealFiled:
    _only_when(month, "published")
    assert month.appeal_until
    if now > month.appeal_until:
        raise Refusal("too_late_to_appeal", latest=month.appeal_until)
    if not words:
        raise Refusal("words_needed")
    if any(each.against == against for each in month.appeals):
        raise Refusal("appealed_already")
    return AppealFiled(by, len(month.appeals) + 1, against, words)


def rule_appeal(month: Month, by: By, appeal: int, upheld: bool, points: int, words: Kept) -> AppealRuled:
    """`points`: what the entry took, which an upheld appeal gives back."""
    filed = month.appeal(appeal)
    if filed is None or filed.ruled_at:
        raise Refusal("not_now")
    if by.actor == filed.by.actor:
        raise Refusal("second_person_needed")
    if not words:
        raise Refusal("reason_needed")
    return AppealRuled(by, appeal, upheld, points if upheld else 0, words)


def _only_when(month: Month, state: State) -> None:
    if month.state != state:
        raise Refusal("not_now")
