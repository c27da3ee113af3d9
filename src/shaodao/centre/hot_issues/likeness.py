"""How much two messages are about the same matter. Pure; numpy.

The words say what it is about (TF-IDF over runs of two and three characters, the title counted twice, names left out),
names and places say about which one: the same noise at another estate is another matter.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from math import cos, hypot, log, radians

import numpy as np

from shaodao.centre.hot_issues.names import Names, marks

READ = 400  # characters of a text: what comes after tells little and costs time
COMMON = 0.3  # a run that stands in more of very many messages than this tells nothing
MANY = 1000
ELSEWHERE = 200  # messages without a run that are thought beside: a few alone do not say what is rare
FAINT = 0.03  # likeness of words below which two messages are not looked at
NEAR, FAR = 300, 3000  # metres

# What names and places make of the likeness of words: the same place; nothing known; known of one alone; another place.
SAME_PLACE, NO_PLACE, ONE_PLACE, OTHER_PLACE = 2.0, 0.9, 0.4, 0.12
SAME_ITEM, OTHER_ITEM = 1.2, 0.8
OTHER_ITEM_ELSEWHERE = 0.15  # vague words of many matters

_APART = re.compile(r"[^一-鿿a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Message:
    """One message or case. `person` "" = not known: somebody of their own. `likes` are those who agreed with it.

    `grid`, `area` (community, village) and `point` (longitude, latitude in 1e-7 degrees) say where it is, if known."""

    id: str
    text: str
    at: datetime
    title: str = ""
    person: str = ""
    likes: int = 0
    item: str = ""
    grid: str = ""
    area: str = ""
    point: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """What was understood of a message: its words with how much they count, the names in it, and the marks of these and of
    those in its title."""

    words: Counter[str]
    names: tuple[str, ...]
    marks: frozenset[str]
    headed: frozenset[str]


Edge = tuple[int, int, float]  # of two messages by their index, the later one first; likeness 0 … 1


def read(message: Message, names: Names) -> Read:
    title, named = names.apart(message.title)
    text, also = names.apart(message.text[:READ])
    words = Counter(_runs(title) * 2)
    words.update(_runs(text))
    return Read(words, named + also, marks(named + also), marks(named))


def edges(messages: Sequence[Message], known: Sequence[Read]) -> Iterator[Edge]:
    """Every two messages that have something in common."""
    table = _Table([each.words for each in known])
    for one in range(len(messages)):
        alike = table.likeness(one)[:one]
        for other in np.flatnonzero(alike >= FAINT).tolist():
            found = float(alike[other]) * _factor(messages[one], known[one], messages[other], known[other])
            if found >= FAINT:
                yield one, other, min(found, 1.0)


def _factor(a: Message, read_a: Read, b: Message, read_b: Read) -> float:
    place = _place(a, read_a, b, read_b)
    if not a.item or not b.item:
        return place
    if a.item == b.item:
        return place * SAME_ITEM
    return place * (OTHER_ITEM if place == SAME_PLACE else OTHER_ITEM_ELSEWHERE)


def _place(a: Message, read_a: Read, b: Message, read_b: Read) -> float:
    """Where both points are known, they decide when they are near or far; else the names; else the communities."""
    metres = _metres(a.point, b.point)
    if (a.grid and a.grid == b.grid) or (metres is not None and metres <= NEAR):
        return SAME_PLACE
    if metres is not None and metres > FAR:
        return OTHER_PLACE
    if not read_a.marks.isdisjoint(read_b.marks):
        titles_differ = read_a.headed and read_b.headed and read_a.headed.isdisjoint(read_b.headed)
        return NO_PLACE if titles_differ else SAME_PLACE
    if (read_a.marks and read_b.marks) or (a.area and b.area and a.area != b.area):
        return OTHER_PLACE
    return ONE_PLACE if bool(a.area) != bool(b.area) else NO_PLACE


def _metres(one: tuple[int, int] | None, other: tuple[int, int] | None) -> float | None:
    if one is None or other is None:
        return None
    metres = 111_320e-7
    east = (one[0] - other[0]) * metres * cos(radians(one[1] * 1e-7))
    return hypot(east, (one[1] - other[1]) * metres)


def _runs(text: str) -> list[str]:
    found: list[str] = []
    for run in _APART.split(text.lower()):
        found += map("".join, pairwise(run))
        found += map("".join, zip(run, run[1:], run[2:], strict=False))
    return found


class _Table:
    """Rows of weighted words, each of length one, with the rows of each word beside them."""

    def __init__(self, rows: Sequence[Counter[str]]) -> None:
        self.size = len(rows)
        in_rows = Counter(word for row in rows for word in row)
        most = max(MANY, COMMON * self.size)
        self.number = {
            word: i for i, word in enumerate(w for w, count in in_rows.items() if 2 <= count <= most)
        }
        rare = np.array([log((ELSEWHERE + self.size) / in_rows[word]) for word in self.number])
        once = log(ELSEWHERE + self.size)
        self.words, self.weights = [], []
        for row in rows:
            numbers = np.array([self.number.get(word, -1) for word in row], dtype=np.int64)
            counts = 1 + np.log(np.fromiter(row.values(), dtype=float, count=len(row)))
            shared = numbers >= 0
            words = numbers[shared]
            weights = counts[shared] * rare[words]
            alone = once * counts[~shared]
            self.words.append(words)
            self.weights.append(weights / (np.sqrt(weights @ weights + alone @ alone) or 1.0))
        lengths = [len(words) for words in self.words]
        flat = np.concatenate([*self.words, np.zeros(0, dtype=np.int64)])
        order = np.argsort(flat, kind="stable")
        self.rows_of = np.repeat(np.arange(self.size), lengths)[order]
        self.weights_of = np.concatenate([*self.weights, np.zeros(0)])[order]
        self.starts = np.searchsorted(flat[order], np.arange(len(self.number) + 1))

    def likeness(self, row: int) -> np.ndarray:
        """The cosine of one row with all."""
        words = self.words[row]
        first = self.starts[words]
        counts = self.starts[words + 1] - first
        places = np.repeat(first - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())
        parts = self.weights_of[places] * np.repeat(self.weights[row], counts)
        return np.bincount(self.rows_of[places], weights=parts, minlength=self.size)
