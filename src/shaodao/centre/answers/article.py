"""An article of the knowledge base: written, published by a second person, withdrawn. Pure; made only by folding events.

A version's words (question, other ways to ask it, answer, source) are kept in the vault like all words, and the event holds
their commitment: what was published when is proven, and a draft made of somebody's case goes when that person is erased.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any, Literal

from shaodao.centre.cases.lifecycle.refusal import Refusal
from shaodao.ground.ledger.events import Recorded

State = Literal["draft", "published", "withdrawn"]
Happened = tuple[str, dict[str, Any]]  # type and payload of an event

LONGEST_LINE, LONGEST_TEXT, MOST_WAYS = 200, 4000, 40


@dataclass(frozen=True, slots=True)
class Wording:
    """What a version says."""

    question: str
    text: str
    source: str
    also: tuple[str, ...] = ()

    def packed(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True)

    @classmethod
    def unpacked(cls, text: str) -> Wording:
        said = json.loads(text)
        return cls(**(said | {"also": tuple(said["also"])}))

    def check(self) -> None:
        """Refuses what is missing or too long, naming the field."""
        for name in ("question", "text", "source"):
            if not getattr(self, name).strip():
                raise Refusal("field_needed", field=name)
        for name, line in (
            ("question", self.question),
            ("source", self.source),
            *(("also", w) for w in self.also),
        ):
            if len(line) > LONGEST_LINE:
                raise Refusal("too_long", longest=LONGEST_LINE, field=name)
        if len(self.text) > LONGEST_TEXT:
            raise Refusal("too_long", longest=LONGEST_TEXT, field="text")
        if len(self.also) > MOST_WAYS:
            raise Refusal("field_wrong", field="also")


@dataclass(frozen=True, slots=True)
class Facts:
    """What else a version says: whose it is, how old its source is, until when it holds, when it must be looked at again."""

    source_date: date
    review_on: date
    unit: str = ""
    item: str = ""
    valid_until: date | None = None
    demonstration: bool = False

    def payload(self) -> dict[str, Any]:
        """The facts that are there, as an event holds them."""
        plain = {name: v.isoformat() if isinstance(v, date) else v for name, v in asdict(self).items()}
        return {name: value for name, value in plain.items() if value}

    @classmethod
    def read(cls, payload: dict[str, Any]) -> Facts:
        until = payload.get("valid_until")
        return cls(
            source_date=date.fromisoformat(payload["source_date"]),
            review_on=date.fromisoformat(payload["review_on"]),
            unit=payload.get("unit", ""),
            item=payload.get("item", ""),
            valid_until=date.fromisoformat(until) if until else None,
            demonstration=payload.get("demonstration", False),
        )


@dataclass(frozen=True, slots=True)
class Version:
    """One wording of an article. `case`: the number of the case whose answer it was made of."""

    number: int
    words: str  # vault commitment
    facts: Facts
    author: str
    case: str = ""


@dataclass(frozen=True, slots=True)
class Article:
    """`latest` is what the centre works on, `live` what residents read; while a new version waits they differ."""

    latest: Version | None = None
    live: Version | None = None
    approver: str = ""
    withdrawn: bool = False

    @property
    def state(self) -> State:
        if self.withdrawn:
            return "withdrawn"
        return "published" if self.live else "draft"

    @property
    def waits(self) -> bool:
        """Whether a version waits for a second person."""
        return self.latest is not None and not self.withdrawn and self.latest != self.live


def evolve(article: Article, recorded: Recorded) -> Article:
    payload = recorded.payload
    match recorded.type:
        case "ArticleWritten":
            number = article.latest.number + 1 if article.latest else 1
            made = Version(
                number, payload["words"], Facts.read(payload), recorded.context.actor, payload.get("case", "")
            )
            return replace(article, latest=made, withdrawn=False)
        case "ArticlePublished":
            assert article.latest is not None
            live = replace(article.latest, words=payload["words"])
            return replace(article, latest=live, live=live, approver=recorded.context.actor)
        case "ArticleReviewed":
            assert article.live is not None
            live = replace(
                article.live,
                facts=replace(article.live.facts, review_on=date.fromisoformat(payload["review_on"])),
            )
            latest = live if article.latest == article.live else article.latest
            return replace(article, latest=latest, live=live)
        case "ArticleWithdrawn":
            return replace(article, live=None, withdrawn=True)
    return article


def fold(events: Iterable[Recorded]) -> Article:
    article = Article()
    for recorded in events:
        article = evolve(article, recorded)
    return article


# --- what may happen to it ---------------------------------------------------------------------------------------


def write(article: Article, words: str, facts: Facts, case: str = "") -> Happened:
    """A new version; what is published stays until the new one is."""
    if facts.valid_until and facts.valid_until <= facts.source_date:
        raise Refusal("field_wrong", field="valid_until")
    made_of = {"case": case} if case else {}
    return "ArticleWritten", {"words": words, **facts.payload(), **made_of}


def publish(article: Article, version: int, actor: str, words: str) -> Happened:
    """By a second person, and the version that this person has read."""
    if not article.waits or article.latest is None:
        raise Refusal("article_not_waiting")
    if article.latest.number != version:
        raise Refusal("stale")
    if article.latest.author == actor:
        raise Refusal("second_person_needed")
    return "ArticlePublished", {"version": version, "words": words}


def review(article: Article, review_on: date, today: date) -> Happened:
    """Looked at again: it still holds, until the next look."""
    if article.live is None:
        raise Refusal("article_not_published")
    if review_on <= today:
        raise Refusal("field_wrong", field="review_on")
    return "ArticleReviewed", {"review_on": review_on.isoformat()}


def withdraw(article: Article) -> Happened:
    if article.withdrawn or article.latest is None:
        raise Refusal("article_not_published")
    return "ArticleWithdrawn", {}
