"""From words to what the model counts: runs of up to three characters, and those of the head once more as features of
their own. Pure; training and serving share it."""

from __future__ import annotations

import re
from itertools import pairwise

HEAD = 40  # characters: a title or first sentence says most, its runs weigh for themselves
READ = 700  # characters: what comes after tells little and costs time
AHEAD = "^"  # marks a run of the head

_NUMBER = re.compile(r"[a-z]*\d[\d.:：/-]*[a-z]*")
_APART = re.compile(r"[^一-鿿a-z0]+")


def chunks(text: str) -> list[str]:
    """The text in lower case, numbers and codes like A3 as `0`, cut where anything else stands."""
    return [run for run in _APART.split(_NUMBER.sub("0", text.lower())) if run]


def grams(text: str) -> list[str]:
    """Every run of one to three characters, as often as it stands there; those of the head also with `AHEAD`."""
    return _runs(text[:READ]) + [AHEAD + run for run in _runs(text[:HEAD])]


def _runs(part: str) -> list[str]:
    found: list[str] = []
    for run in chunks(part):
        found += run
        found += map("".join, pairwise(run))
        found += map("".join, zip(run, run[1:], run[2:], strict=False))
    return found
