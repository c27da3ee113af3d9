"""公开: what has been decided about showing one case to everybody, and about ranking units in public. Pure.

(nothing) → published or declined; what is published can be withdrawn, and either be decided anew. Erasing the person
withdraws it too.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from shaodao.centre.cases.lifecycle.model import NOTHING, By, Kept
from shaodao.centre.cases.lifecycle.refusal import Refusal

State = Literal["", "published", "declined", "withdrawn"]
ENDED = frozenset({"closed", "answered"})  # of a case that may be published
NOBODY = By("", "")


# --- events ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture that everybody may see, painted over where the boxes of `ground.files.boxes` are."""

    id: str
    over: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Published:
    """`token` stands for the case in public: with its number and four digits somebody could be followed."""

    by: By
    token: str
    words: Kept  # what it was about, as the reviewer confirmed it
    result: Kept  # what was done, likewise
    photos: tuple[Photo, ...]  # those that were ticked, one by one


@dataclass(frozen=True, slots=True)
class Declined:
    by: By
    reason: Kept


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """`erased`: because a person of the case was."""

    by: By
    reason: Kept = NOTHING
    erased: bool = False


@dataclass(frozen=True, slots=True)
class RankingShown:
    by: By
    reason: Kept


@dataclass(frozen=True, slots=True)
class RankingHidden:
    by: By
    reason: Kept


Event = Published | Declined | Withdrawn
EVENTS: dict[str, type[Event]] = {cls.__name__: cls for cls in (Published, Declined, Withdrawn)}
RANKING_EVENTS: dict[str, type[RankingShown] | type[RankingHidden]] = {
    cls.__name__: cls for cls in (RankingShown, RankingHidden)
}
Happened = tuple[Event, datetime]


# --- state -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Publication:
    """`token` stays from the first time on."""

    version: int = 0
    state: State = ""
    by: By = NOBODY
    token: str = ""
    words: Kept = NOTHING
    result: Kept = NOTHING
    reason: Kept = NOTHING
    photos: tuple[Photo, ...] = ()
    published_at: datetime | None = None
    changed_at: datetime | None = None


def evolve(one: Publication, event: Event, at: datetime) -> Publication:
    one = replace(one, version=one.version + 1, by=event.by, changed_at=at)
    match event:
        case Published():
            return replace(
                one, state="published", token=event.token, words=event.words, result=event.result, reason=NOTHING,
                photos=event.photos, published_at=at,
            )  # fmt: skip
        case Declined():
            return replace(one, state="declined", reason=event.reason)
        case Withdrawn():
            return replace(
                one, state="withdrawn", reason=event.reason, words=NOTHING, result=NOTHING, photos=()
            )


@dataclass(frozen=True, slots=True)
class Ranking:
    """Whether units are ranked in public."""

    version: int = 0
    shown: bool = False
    by: str = ""
    changed_at: datetime | None = None


def evolve_ranking(ranking: Ranking, event: RankingShown | RankingHidden, at: datetime) -> Ranking:
    return Ranking(ranking.version + 1, isinstance(event, RankingShown), event.by.actor, at)


# --- decisions ---------------------------------------------------------------------------------------------------


def publish(
    one: Publication, by: By, token: str, words: Kept, result: Kept, photos: Iterable[Photo]
) -> Published:
    """Show a case to everybody. Raises Refusal."""
    if one.state == "published":
        raise Refusal("not_now")
    if not words:
        raise Refusal("words_needed")
    return Published(by, one.token or token, words, result, tuple(dict.fromkeys(photos)))


def decline(one: Publication, by: By, reason: Kept) -> Declined:
    """Not to be shown. Raises Refusal."""
    if one.state in ("published", "declined"):
        raise Refusal("not_now")
    return Declined(by, _needed(reason))


def withdraw(one: Publication, by: By, reason: Kept) -> Withdrawn:
    """No longer to be shown. Raises Refusal."""
    if one.state != "published":
        raise Refusal("not_now")
    return Withdrawn(by, _needed(reason))


def switch_ranking(ranking: Ranking, on: bool, by: By, reason: Kept) -> RankingShown | RankingHidden:
    """Rank the units in public, or no more. Raises Refusal."""
    if ranking.shown == on:
        raise Refusal("not_now")
    return (RankingShown if on else RankingHidden)(by, _needed(reason))


def _needed(reason: Kept) -> Kept:
    if not reason:
        raise Refusal("reason_needed")
    return reason
