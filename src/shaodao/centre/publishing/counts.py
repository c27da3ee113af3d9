"""Counts of a table that everybody may have, so that no small one can be told. Pure.

A count below 5 is "<5". That alone would not do: who knows the total takes the others from it. So as long as a small count
could be narrowed to fewer than three values from the total and all that is shown, the smallest of those still shown is left
out too; and where even that is not enough, the total.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

FEWEST = 5  # what is shown as it is
OPEN = 3  # a small count may be any of so many values, at least
SMALL, LEFT_OUT = "<5", "—"


@dataclass(frozen=True, slots=True)
class Table:
    """`cells`: a number, "<5", or "—" = 5 or more, but left out. `total` None: left out as well."""

    cells: Mapping[str, int | str]
    total: int | None


def protected(counts: Mapping[str, int]) -> Table:
    """The counts as they may be shown; for each key of `counts` one cell."""
    total = sum(counts.values())
    small = {key for key, count in counts.items() if count < FEWEST}
    shown = sorted(counts.keys() - small, key=lambda key: (counts[key], key))
    left_out: list[str] = []
    safe = _safe(counts, small, left_out, shown)
    while not safe and shown:
        left_out.append(shown.pop(0))
        safe = _safe(counts, small, left_out, shown)
    cells = {key: SMALL if key in small else LEFT_OUT if key in left_out else n for key, n in counts.items()}
    return Table(cells, total if safe and total >= FEWEST else None)


def _safe(counts: Mapping[str, int], small: set[str], left_out: Sequence[str], shown: Sequence[str]) -> bool:
    """Whether each small count may be `OPEN` values or more, for somebody who knows how this was made: what is left out is
    5 or more, and no more than any that is shown."""
    if not small:
        return True
    rest = sum(counts[key] for key in (*small, *left_out))
    most = counts[shown[0]] if shown else rest
    others_least = FEWEST * len(left_out)
    others_most = (FEWEST - 1) * (len(small) - 1) + most * len(left_out)
    least = max(0, rest - others_most)
    return min(FEWEST - 1, rest - others_least) - least + 1 >= OPEN
