"""Cells of a table: which column holds what, and what a cell says. Pure, without the rest of the platform."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

FIELDS = ("id", "title", "text", "at", "lon", "lat", "address", "item", "person", "phone", "likes")
MOMENTS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%Y%m%d%H%M%S", "%Y%m%d")
SPACE = re.compile(r"[ \t\u3000\xa0]+")


class MapFault(Exception):
    """The mapping names an unknown field or column; the message says which."""


class Wrong(Exception):
    """A cell cannot be used: `field` says which, `code` is a refusal."""

    def __init__(self, field: str, code: str = "field_wrong") -> None:
        self.field, self.code = field, code
        super().__init__(f"{field}: {code}")


def mapped(mapping: str, columns: Sequence[str], fields: Sequence[str] = FIELDS) -> dict[str, str]:
    """Read `text=列名,title=列名,…` against the columns of a file: field → column. Raises MapFault."""
    pairs = [part.partition("=") for part in mapping.split(",") if part.strip()]
    found = {field.strip(): column.strip() for field, _, column in pairs}
    for field, column in found.items():
        if field not in fields:
            raise MapFault(f"不认识“{field}”；可用：{'、'.join(fields)}")
        if column not in columns:
            raise MapFault(f"没有“{column}”这一列；有：{'、'.join(filter(None, columns))}")
    if not found.keys() & {"text", "title"}:
        raise MapFault("至少要指明 text 或 title 是哪一列")
    return found


def moment(cell: Any, zone: str) -> datetime | None:
    """A moment of the county's time, unless the cell names another offset. Raises Wrong."""
    if cell in (None, ""):
        return None
    found = cell if isinstance(cell, datetime) else _parsed(plain(cell))
    if found is None:
        raise Wrong("at")
    return (found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone))).replace(microsecond=0)


def plain(cell: Any) -> str:
    """A cell as one line of text; a whole number without its point."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return SPACE.sub(" ", str(cell)).replace("\x00", "").strip()


def tidy(cell: Any) -> str:
    """A cell as lines of text, without empty ones and the blanks of other systems' pages."""
    lines = (
        SPACE.sub(" ", line).strip()
        for line in ([] if cell is None else str(cell).replace("\x00", "").splitlines())
    )
    return "\n".join(line for line in lines if line)


def _parsed(text: str) -> datetime | None:
    given = text.replace("/", "-").replace(".", "-", 2) if text[:4].isdigit() else text
    for form in MOMENTS:
        try:
            return datetime.strptime(given, form)  # noqa: DTZ007  # the county's zone is set by the caller
        except ValueError:
            continue
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
