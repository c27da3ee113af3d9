"""Sentences as people would write them: the pack's examples, their slots, openings and closings. Pure.

The same sentences teach the model and feed the demonstration."""

from __future__ import annotations

import csv
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from shaodao.county.catalogue import NONE

_SLOT = re.compile(r"\{(\w+)\}")

Names = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Phrases:
    """The examples folder of a pack. `examples` and `terms` by item code, `NONE` among them."""

    examples: Mapping[str, tuple[str, ...]]
    terms: Mapping[str, tuple[str, ...]]  # bare words of an item
    slots: Names
    openings: tuple[str, ...]
    closings: tuple[str, ...]
    fillers: tuple[str, ...]  # sentences that say nothing about the matter

    def fill(self, sentence: str, rng: Random, names: Names | None = None) -> str:
        """Put names into the slots: the caller's where it has any for that slot, else the pack's."""
        return _SLOT.sub(lambda slot: rng.choice((names or {}).get(slot[1]) or self.slots[slot[1]]), sentence)

    def sentence(self, item: str, rng: Random, names: Names | None = None) -> str:
        """One message about an item (or `NONE`); the same state of `rng` gives the same words. KeyError: no such item."""
        core = rng.choice(self.examples[item])
        if item == NONE:
            return self.fill(core, rng, names)
        opening = rng.choice(self.openings) if rng.random() < 0.55 else ""
        closing = rng.choice(self.closings) if rng.random() < 0.7 else ""
        return self.fill(opening + core.rstrip("。！？") + closing, rng, names)


def read(folder: Path) -> Phrases:
    """Read an examples folder: `<CODE>.txt`, `NONE.txt`, `terms.csv`, `slots.toml`. OSError, KeyError, TOMLDecodeError."""
    setting = tomllib.loads((folder / "slots.toml").read_text(encoding="utf-8"))
    surround = setting["phrases"]
    with (folder / "terms.csv").open(encoding="utf-8", newline="") as table:
        terms = {row["item"]: tuple(row["words"].split()) for row in csv.DictReader(table)}
    return Phrases(
        examples={file.stem: _lines(file) for file in sorted(folder.glob("*.txt"))},
        terms=terms,
        slots={slot: tuple(names) for slot, names in setting["slots"].items()},
        openings=tuple(surround["openings"]),
        closings=tuple(surround["closings"]),
        fillers=tuple(surround["fillers"]),
    )


def _lines(file: Path) -> tuple[str, ...]:
    return tuple(line for line in file.read_text(encoding="utf-8").splitlines() if line.strip())
