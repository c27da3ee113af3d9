"""How alike two texts are: the share of their bigrams that both hold. Pure.

What every message says (greetings, thanks, names of places: where it is, is a matter of metres) weighs little. Among
thousands of texts those that may be alike are found by a sketch (MinHash): two texts of which a share s is common have
a band of it in common with probability 1 - (1 - s²)^40, which is 0.977 at `NEAR_DUPLICATE`, 0.999 at one half.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from zlib import crc32

import numpy as np

from shaodao.centre.cases.grams import LONGEST, grams

NEAR_DUPLICATE = 0.3  # share of the bigrams of either: one text, written twice
SIMILAR = 0.2  # enough where place and time say the same
ENOUGH = 4  # bigrams: shorter words are like nothing
LIGHT = 0.1  # weight of what every message says
BANDS, ROWS = 40, 2

Light = frozenset[str]
NONE: Light = frozenset()
# What letters to an office say whatever they are about.
COURTESIES = (
    "尊敬的领导您好", "各位领导你们好", "打扰了", "请问一下", "我想反映一个问题", "向您反映", "我是本地居民",
    "我们是这里的住户", "希望有关部门尽快处理", "请相关部门派人来看看", "希望能够尽快解决", "恳请领导重视",
    "请帮忙协调一下", "麻烦你们了", "多次反映没有人管", "至今没有解决", "盼复", "谢谢", "非常感谢", "此致敬礼",
    "望领导在百忙之中", "给老百姓一个说法",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Words:
    """A text made ready to be compared: its bigrams, and their weight in all."""

    grams: frozenset[str]
    weight: float

    @property
    def enough(self) -> bool:
        return len(self.grams) >= ENOUGH


def read(text: str | Iterable[str], light: Light = NONE) -> Words:
    """A text, or its bigrams as they are kept, made ready."""
    found = frozenset(grams(text) if isinstance(text, str) else text)
    return Words(found, _weight(found, light))


def share(one: Words, other: Words, light: Light = NONE) -> float:
    """From 0 to 1: what both hold, of what either holds. 0 where one of them says too little."""
    if not (one.enough and other.enough):
        return 0.0
    common = _weight(one.grams & other.grams, light)
    either = one.weight + other.weight - common
    return common / either if either else 0.0


def _weight(found: frozenset[str], light: Light) -> float:
    return len(found) - (1 - LIGHT) * len(found & light)


def light(sentences: Iterable[str]) -> Light:
    """The bigrams of sentences and names that say nothing about a matter."""
    return frozenset(gram for sentence in sentences for gram in grams(sentence))


# --- among thousands --------------------------------------------------------------------------------------------

_PRIME = (1 << 31) - 1
_rng = np.random.default_rng(20260701)
_A = _rng.integers(1, _PRIME, BANDS * ROWS, dtype=np.uint64)
_B = _rng.integers(0, _PRIME, BANDS * ROWS, dtype=np.uint64)
_BAND = np.arange(BANDS, dtype=np.uint64) * np.uint64(0x9E3779B1)


def sketch(found: Iterable[str]) -> list[int]:
    """Forty signed 32-bit numbers by which bigrams like these are found; empty where there are too few."""
    hashes = np.array([crc32(gram.encode()) for gram in found], dtype=np.uint64)
    if len(hashes) < ENOUGH:
        return []
    least = ((hashes[:, None] % _PRIME * _A + _B) % _PRIME).min(axis=0).reshape(BANDS, ROWS)
    mixed = (least[:, 0] * np.uint64(31) + least[:, 1] * np.uint64(0x85EBCA6B) + _BAND) & np.uint64(
        0xFFFFFFFF
    )
    return mixed.astype(np.uint32).view(np.int32).tolist()


def pairs(
    texts: Sequence[Words], least: float = NEAR_DUPLICATE, light: Light = NONE
) -> Iterator[tuple[int, int, float]]:
    """Among many texts the pairs that share at least so much: (index, index, share)."""
    sharing: dict[int, list[int]] = defaultdict(list)
    for index, text in enumerate(texts):
        for band in sketch(text.grams):
            sharing[band].append(index)
    met = {pair for together in sharing.values() for pair in combinations(together, 2)}
    for one, other in sorted(met):
        found = share(texts[one], texts[other], light)
        if found >= least:
            yield one, other, found


def groups(count: int, joined: Iterable[tuple[int, int]]) -> list[list[int]]:
    """The groups of two and more that pairs among `count` things make."""
    first = list(range(count))

    def head(index: int) -> int:
        while first[index] != index:
            first[index] = first[first[index]]
            index = first[index]
        return index

    for one, other in joined:
        first[max(head(one), head(other))] = min(head(one), head(other))
    sizes: Mapping[int, int] = Counter(head(index) for index in range(count))
    together: dict[int, list[int]] = {}
    for index in range(count):
        if sizes[head(index)] > 1:
            together.setdefault(head(index), []).append(index)
    return list(together.values())


# --- showing it -------------------------------------------------------------------------------------------------

_RUN = re.compile(r"\w+")


def marked(text: str, other: str) -> list[tuple[str, bool]]:
    """A text in pieces, in order: each with whether its bigrams stand in the other text too."""
    theirs = frozenset(grams(other))
    common = [False] * len(text)
    for run in _RUN.finditer(text[:LONGEST]):
        start, stop = run.span()
        for at in range(start, stop - 1):
            if text[at : at + 2].lower() in theirs:
                common[at] = common[at + 1] = True
    pieces: list[tuple[str, bool]] = []
    start = 0
    for at in range(1, len(text) + 1):
        if at == len(text) or common[at] != common[start]:
            pieces.append((text[start:at], common[start]))
            start = at
    return pieces
