"""A short title for a group, and the words its messages have in common. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise

from shaodao.centre.hot_issues.likeness import ELSEWHERE, READ, Message, Read
from shaodao.centre.hot_issues.names import marks

LONGEST = 30
LONGEST_WORD = 6
OFTEN = 0.3  # of a group's messages have a word in common
APART = 4  # times as often as the others have it
_OPENING = re.compile(
    r"^(?:[！!？?，,。、：:\s]|关于|投诉|反映|反应|咨询|举报|请问|再次|强烈|要求|恳请|恳求|呼吁|求助|您好|你好|领导)+"
)
_CLOSING = re.compile(
    r"(?:的)?(?:相关|有关|一些|几个)?(?:问题|事宜|情况)?(?:的)?(?:反映|投诉|咨询|建议|请求)?[。！!？?，,~…\s]*$"
)
_NUMBERS = re.compile(r"\d{7,}")  # of telephones and papers
_SENTENCE = re.compile(r"[。！!？?\n；;]")
_CLAUSE = re.compile(r"[，,、：:\s]")


def title_of(message: Message) -> str:
    """What a message is about in a few words: its title, or the beginning of its text."""
    said = message.title.strip() or _first_words(message.text)
    said = _NUMBERS.sub("…", " ".join(said.split()))
    opened = _OPENING.sub("", said)
    bare = _CLOSING.sub("", opened) or opened or said
    return bare if len(bare) <= LONGEST else f"{bare[: LONGEST - 1]}…"


def _first_words(text: str) -> str:
    sentence = next((part for part in _SENTENCE.split(text) if len(part.strip()) > 3), text)
    if len(sentence) <= LONGEST:
        return sentence
    found = ""
    for clause in _CLAUSE.split(sentence):
        if len(found) >= 10 and len(found) + len(clause) >= LONGEST:
            break
        found = f"{found}，{clause}" if found else clause
    return found


def title(
    messages: Sequence[Message], known: Sequence[Read], group: Sequence[int], centrality: Mapping[int, float]
) -> str:
    """The title of the most central message that names what most of them name."""
    name = main_name(known, group)
    shared = marks([name])

    def fits(index: int) -> tuple[bool, float]:
        said = title_of(messages[index])
        named = not shared or any(mark in said for mark in shared)
        return named and 6 <= len(said) < LONGEST, centrality.get(index, 0.0)

    return title_of(messages[max(group, key=fits)])


def main_name(known: Sequence[Read], group: Sequence[int]) -> str:
    """The name that most of a group's messages have, "" where it is less than half of them."""
    seen = Counter(mark for index in group for mark in known[index].marks)
    if not seen:
        return ""
    mark, count = max(seen.items(), key=lambda pair: (pair[1], pair[0]))
    if 2 * count < len(group):
        return ""
    spelled = Counter(name for index in group for name in known[index].names if mark in name)
    return max(spelled.items(), key=lambda pair: (pair[1], -len(pair[0]), pair[0]))[0]


def common_words(
    messages: Sequence[Message],
    known: Sequence[Read],
    group: Sequence[int],
    everywhere: Mapping[str, int],
    most: int = 6,
) -> tuple[str, ...]:
    """Words that set the group apart: many of its messages have them, few others do. `everywhere` says in how many of all
    messages a pair of characters stands."""
    often = max(2, OFTEN * len(group))
    inside = Counter(pair for index in group for pair in known[index].words if len(pair) == 2)
    others = len(known) - len(group) + ELSEWHERE
    telling = {
        pair
        for pair, count in inside.items()
        if count >= often and count * others >= APART * (everywhere[pair] - count + 1) * len(group)
    }
    runs = Counter(run for index in group for run in set(_runs_of(messages[index], telling)))
    found: list[str] = []
    for run in sorted(runs, key=lambda run: (-runs[run] * (len(run) - 1), run)):
        if runs[run] >= often and not any(run in other or other in run for other in found):
            found.append(run)
    return tuple(found[:most])


def _runs_of(message: Message, pairs: set[str]) -> list[str]:
    """The longest runs of a message in which every two characters are one of these pairs."""
    found, run = [], ""
    for one, two in pairwise(f"{message.title} {message.text[:READ]} "):
        if one + two in pairs:
            run = run + two if run else one + two
        elif run:
            found.append(run)
            run = ""
    return [run for run in found if len(run) <= LONGEST_WORD]
