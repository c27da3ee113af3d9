"""A month of the county's calendar, its days, and those it is compared with. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

FIRST, LAST = 2000, 2100


@dataclass(frozen=True, slots=True, order=True)
class Month:
    year: int
    month: int

    @classmethod
    def parse(cls, text: str) -> Month:
        """`2022-03`. Raises ValueError."""
        year, dash, month = text.partition("-")
        if len(text) != 7 or not dash or not (year + month).isdecimal() or not (year + month).isascii():
            raise ValueError(text)
        found = cls(int(year), int(month))
        if not (FIRST <= found.year < LAST and 1 <= found.month <= 12):
            raise ValueError(text)
        return found

    @classmethod
    def of(cls, at: datetime, zone: str) -> Month:
        """The month of a moment, in the county."""
        local = at.astimezone(ZoneInfo(zone))
        return cls(local.year, local.month)

    @property
    def before(self) -> Month:
        return Month(self.year - 1, 12) if self.month == 1 else Month(self.year, self.month - 1)

    @property
    def after(self) -> Month:
        return Month(self.year + 1, 1) if self.month == 12 else Month(self.year, self.month + 1)

    @property
    def year_before(self) -> Month:
        return Month(self.year - 1, self.month)

    def begins(self, zone: str) -> datetime:
        return datetime(self.year, self.month, 1, tzinfo=ZoneInfo(zone)).astimezone(UTC)

    def ends(self, zone: str) -> datetime:
        """The first moment that is not in it."""
        return self.after.begins(zone)

    @property
    def name(self) -> str:
        return f"{self.year}年{self.month}月"

    def __str__(self) -> str:
        return f"{self.year:04}-{self.month:02}"
