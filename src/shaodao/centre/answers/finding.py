"""Finding the article that answers a question in a resident's words. Pure.

An article is known by the ways to ask it (its question and the others written down) and by its text. Words are character
bigrams, each weighing as much as it is rare among the articles. A way to ask counts by how much of it the question holds,
and by how much of the question it explains; the text fills in. Long messages are read by their first characters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import log

from shaodao.centre.cases.search import grams

_END = re.compile(r"[。！？!?\n]")
READ = 120  # characters of a message: what it is about is said at the beginning
OF_TEXT = 0.6  # what a bigram of the answer's text counts, against one of a way to ask
OF_SINGLE = 0.3  # what a single character counts
LEAST = 0.1  # below this nothing is shown
FAR = 0.4  # of the best one's score: what lies further behind is not shown
SURE = 0.34  # from here an answer is proposed at the desk
# Bigrams that ask about anything: they are in most questions and decide none.
ASKING = frozenset(
    grams(
        "请问 咨询 想问 问一下 怎么 怎样 如何 什么 需要 可以 能不能 是不是 有没有 多少 哪里 去哪 在哪 办理 怎么办 我想 "
        "我们 我的 你们 领导 您好 你好 谢谢 现在 时候 为什么 手续 材料 申请 一下 这个 知道"
    )
)


@dataclass(frozen=True, slots=True)
class Entry:
    """What is searched: an article's id, the ways to ask it, its text."""

    id: int
    ways: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Hit:
    """`score` from 0 to 1: how much of question and article cover each other."""

    id: int
    score: float


@dataclass(frozen=True, slots=True)
class Index:
    """Entries ready to be searched; made once for a set of them."""

    ways: Mapping[str, Sequence[tuple[int, int]]] = field(default_factory=dict)  # bigram → (article, way)
    texts: Mapping[str, Sequence[int]] = field(default_factory=dict)  # bigram → articles
    weight: Mapping[str, float] = field(default_factory=dict)  # bigram → how much it tells
    whole: Mapping[tuple[int, int], float] = field(default_factory=dict)  # (article, way) → all its weight
    articles: int = 1

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> Index:
        ways: dict[str, list[tuple[int, int]]] = {}
        texts: dict[str, list[int]] = {}
        holders: dict[str, set[int]] = {}
        known: dict[tuple[int, int], list[str]] = {}
        for entry in entries:
            for at, way in enumerate(entry.ways):
                known[entry.id, at] = words = telling(way)
                for gram in words:
                    ways.setdefault(gram, []).append((entry.id, at))
                    holders.setdefault(gram, set()).add(entry.id)
            for gram in telling(entry.text):
                texts.setdefault(gram, []).append(entry.id)
                holders.setdefault(gram, set()).add(entry.id)
        articles = len({id for id, _ in known}) or 1
        weight = {gram: _weight(gram, articles, len(ids)) for gram, ids in holders.items()}
        whole = {key: sum(weight[gram] for gram in words) for key, words in known.items()}
        return cls(ways, texts, weight, whole, articles)

    def find(self, text: str, most: int = 5, least: float = LEAST) -> list[Hit]:
        """The articles that answer a text best, best first; none below `least`. Of its first sentence and its beginning
        the one that an article covers better counts: letters begin with greetings, or say all in their title."""
        scores: dict[int, float] = {}
        for part in {text[:READ], first_sentence(text)}:
            for id, score in self._scores(telling(part)).items():
                scores[id] = max(scores.get(id, 0.0), score)
        ranked = sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))[:most]
        least = max(least, FAR * ranked[0][1]) if ranked else least
        return [Hit(id, min(score, 1.0)) for id, score in ranked if score >= least]

    def _scores(self, asked: Sequence[str]) -> dict[int, float]:
        shared: dict[tuple[int, int], float] = {}
        filled: dict[int, float] = {}
        for gram in asked:
            weight = self.weight.get(gram, 0.0)
            for key in self.ways.get(gram, ()):
                shared[key] = shared.get(key, 0.0) + weight
            for id in self.texts.get(gram, ()):
                filled[id] = filled.get(id, 0.0) + weight
        of_question = sum(self.weight.get(gram, _weight(gram, self.articles, 1)) for gram in asked)
        best: dict[int, float] = {}
        for (id, at), both in shared.items():
            score = 2 * both / (self.whole[id, at] + of_question)
            best[id] = max(best.get(id, 0.0), score)
        return {
            id: best.get(id, 0.0) + OF_TEXT * filled.get(id, 0.0) / of_question
            for id in best.keys() | filled.keys()
        }


def first_sentence(text: str) -> str:
    return _END.split(text.strip(), maxsplit=1)[0][:READ]


def telling(text: str) -> list[str]:
    """What of a text says what it is about: its bigrams, and its single characters, which count less."""
    found = [gram for gram in grams(text) if gram not in ASKING]
    return [*found, *sorted({char for gram in found for char in gram if char > "\u3fff"})]


def _weight(gram: str, articles: int, holders: int) -> float:
    return log(1 + articles / holders) * (1.0 if len(gram) > 1 else OF_SINGLE)
