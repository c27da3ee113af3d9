"""Two characters are a word in Chinese: the bigrams of a text, by which cases are found and compared. Pure."""

from __future__ import annotations

import re

_KEPT = re.compile(r"[\w]+")
LONGEST = 600  # characters of a text that are looked at


def grams(text: str) -> list[str]:
    """The distinct bigrams of a text, lower case, within runs of letters and digits; single characters stand alone."""
    found: set[str] = set()
    for run in _KEPT.findall(text.lower()[:LONGEST]):
        found.update(run[i : i + 2] for i in range(len(run) - 1))
        if len(run) == 1:
            found.add(run)
    return sorted(found)
