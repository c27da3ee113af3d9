"""A limit: how much time, of which kind, counted on which hours."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Unit = Literal["minute", "hour", "day", "workday"]
Hours = Literal["natural", "working", "extended", "duty"]

HOURS: tuple[Hours, ...] = ("natural", "working", "extended", "duty")
_SECONDS: dict[Unit, int] = {"minute": 60, "hour": 3600, "day": 86400}
_SHORT: dict[Unit, str] = {"minute": "m", "hour": "h", "day": "d", "workday": "wd"}
_LONG: dict[str, Unit] = {word: unit for unit, short in _SHORT.items() for word in (short, unit, f"{unit}s")}
_TEXT = re.compile(r"(\d{1,6})\s*([a-z]+)(?:\s+([a-z]+))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Limit:
    """An amount of time (1 or more units).

    Minutes and hours count on any hours. Days are natural days of 24 hours. Workdays always count on
    office hours, so `Limit(1, "workday")` reads back as `working`. Other combinations raise ValueError.
    The text form is `15m`, `2h working`, `3d`, `1wd`; `natural` may be left out.
    """

    amount: int
    unit: Unit
    calendar: Hours = "natural"

    def __post_init__(self) -> None:
        if isinstance(self.amount, bool) or not isinstance(self.amount, int) or self.amount < 1:
            raise ValueError(f"a limit is one or more whole units of time, not {self.amount!r}")
        if self.unit not in _SHORT:
            raise ValueError(f"unknown unit of time {self.unit!r}")
        if self.calendar not in HOURS:
            raise ValueError(f"unknown calendar {self.calendar!r}")
        if self.unit == "workday" and self.calendar == "natural":
            object.__setattr__(self, "calendar", "working")
        if (self.unit, self.calendar) not in (("day", "natural"), ("workday", "working")) and self.unit in (
            "day",
            "workday",
        ):
            raise ValueError(f"{self.unit}s do not count on {self.calendar} hours")

    @property
    def seconds(self) -> int:
        """Seconds on the limit's hours; a workday has no fixed length and raises KeyError."""
        return self.amount * _SECONDS[self.unit]

    @classmethod
    def parse(cls, text: str) -> Limit:
        """Read the text form; ValueError says what is wrong."""
        return _parsed(text)

    def __str__(self) -> str:
        text = f"{self.amount}{_SHORT[self.unit]}"
        return text if self.calendar == "natural" or self.unit == "workday" else f"{text} {self.calendar}"


@lru_cache(maxsize=1024)  # a county has a few dozen, and its events name them again and again
def _parsed(text: str) -> Limit:
    found = _TEXT.fullmatch(text.strip().lower())
    if not found or found[2] not in _LONG:
        raise ValueError(f"not a limit: {text!r} (write 15m, 2h working, 3d or 1wd)")
    return Limit(int(found[1]), _LONG[found[2]], found[3] or "natural")  # type: ignore[arg-type]
