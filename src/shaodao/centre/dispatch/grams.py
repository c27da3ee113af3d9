"""From words to what the model counts: runs of up to three characters. Pure; training and serving share it."""

from __future__ import annotations

import re
from itertools import pairwise

HEAD = 40  # characters: a title or first sentence says most, its runs count twice
READ = 400  # characters: what comes after tells little and costs time

_NUMBER = re.compile(r"[a-z]*\d[\d.:：/-]*[a-z]*")
_APART = re.compile(r"[^一-鿿a-z0]+")


def chunks(text: str) -> list[str]:
    """The text in lower case, numbers and codes like A3 as `0`, cut where anything else stands."""
    return [run for run in _APART.split(_NUMBER.sub("0", text.lower())) if run]


def grams(text: str) -> list[str]:
    """Every run of one to three characters, as often as it counts."""
    if len(text) <= HEAD:
        return _runs(text) * 2
    return _runs(text[:HEAD]) + _runs(text[:READ])


def _runs(part: str) -> list[str]:
    found: list[str] = []
    for run in chunks(part):
        found += run
        found += map("".join, pairwise(run))
        found += map("".join, zip(run, run[1:], run[2:], strict=False))
    return found
