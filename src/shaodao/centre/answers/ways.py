"""The ways out of triage: for what waits there, what the centre most likely does with it, with the words to be sent. Pure.

A row of the pack's off-manual list that the words hit, an answer of the knowledge base, one of the likeliest items: each
candidate has a strength from 0 to 1, and the strongest few are proposed. A person decides; nothing goes out by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, cast, get_args

from shaodao.centre.answers.finding import SURE
from shaodao.centre.dispatch.guess import Guess
from shaodao.county.catalogue import OffManual, Way

Kind = Literal["row", "article", "item"]

READ = 160  # characters: what a message is about is said at the beginning
HEAD = 40  # of these, a word counts twice
SHOWN = 3
LEAST = 0.3  # weaker ones are not proposed
PLAUSIBLE = 0.2  # share of an item from which it is a candidate
CLEAR = 0.55  # share from which an item speaks against leaving the manual
USEFUL = 0.45  # share from which a suggestion goes to the item's unit

_REQUEST = re.compile("希望|请(?!客)|建议|能否|能不能|尽快|解决|为什么|何时|什么时候|[？?]")


@dataclass(frozen=True, slots=True)
class WayOut:
    """One way out. `code`: of the row, the article's id, or the item; `why`: what speaks for it, in a clerk's words."""

    kind: Kind
    code: str
    strength: float
    why: str
    item: str = ""  # of a suggestion: whose unit can use it

    @property
    def key(self) -> str:
        """How a form names it."""
        return ":".join(part for part in (self.kind, self.code, self.item) if part)

    @classmethod
    def of_key(cls, key: str) -> WayOut | None:
        """The way out that a form names; None where it names none."""
        kind, code, item = [*key.split(":"), "", ""][:3]
        if kind not in get_args(Kind) or not code:
            return None
        return cls(cast("Kind", kind), code, 0.0, "", item)


def propose(
    text: str,
    nature: str,
    guess: Guess,
    rows: Iterable[OffManual],
    hits: Sequence[tuple[int, float]],
    items: Mapping[str, object],
) -> list[WayOut]:
    """The likeliest ways out, best first; none where nothing speaks for one. `hits` are articles with their scores."""
    shares = [(code, share) for code, share in guess.top if code in items]
    if guess.item and not shares:
        shares = [(guess.item, guess.confidence)]
    clear = bool(shares) and shares[0][1] >= CLEAR and not guess.none_of_these
    found = [
        *_by_row(text, nature, rows, shares, clear, guess.none_of_these),
        *_by_article(nature, hits, clear),
        *_by_item(shares, nature, guess),
    ]
    found.sort(key=lambda way: -way.strength)
    return [way for way in found if way.strength >= LEAST][:SHOWN]


def _by_row(
    text: str,
    nature: str,
    rows: Iterable[OffManual],
    shares: Sequence[tuple[str, float]],
    clear: bool,
    none_of_these: bool,
) -> Iterable[WayOut]:
    for row in rows:
        words = hits_of(row, text, nature)
        if not words:
            continue
        told = "、".join(words)
        if row.nature in ("suggest", "praise"):
            strength, item = 0.6, shares[0][0] if shares and shares[0][1] >= USEFUL else ""
            why = f"写的是{row.name}：{told}"
            yield WayOut("row", row.code, strength, why, item if row.way is Way.SUGGESTION else "")
            continue
        weight = sum(len(word) * (2 if word in text[:HEAD] else 1) for word in words)
        strength = 0.4 + 0.04 * min(weight, 8) + 0.2 * none_of_these - 0.35 * clear - 0.3 * bool(row.nature)
        yield WayOut("row", row.code, min(strength, 0.85), f"提到{told}")


def hits_of(row: OffManual, text: str, nature: str) -> list[str]:
    """The words of a row that the beginning of a text holds; none where its nature is another, or a word speaks against."""
    head = text[:READ]
    if row.nature and row.nature != nature:
        return []
    if row.nature == "praise" and _REQUEST.search(head):
        return []  # who thanks and asks for something asks for something
    if any(word in head for word in row.without):
        return []
    return [word for word in row.keywords if word in head]


def _by_article(nature: str, hits: Sequence[tuple[int, float]], clear: bool) -> Iterable[WayOut]:
    for id, score in hits:
        if score >= SURE:
            asks = nature == "ask"
            strength = 0.2 + 0.35 * asks + 0.6 * score - 0.1 * (clear and not asks)
            yield WayOut("article", str(id), min(strength, 0.95), "知识库里有相近的问题")


def _by_item(shares: Sequence[tuple[str, float]], nature: str, guess: Guess) -> Iterable[WayOut]:
    for code, share in shares[:2]:
        if share >= PLAUSIBLE:
            told = "、".join(guess.why[:4])
            why = f"最像这一项（{share:.0%}）" + (f"：{told}" if told and code == shares[0][0] else "")
            lessened = 0.25 * guess.none_of_these + 0.12 * (nature in ("ask", "suggest"))
            yield WayOut("item", code, 0.25 + 0.6 * share - lessened, why)
