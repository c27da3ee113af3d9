"""What a row of a table says: a whistle, with the number it has in the other system. Pure."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from shaodao.centre.intake.filing import Whistle
from shaodao.centre.intake.placing import place_of
from shaodao.county.pack.model import Pack

FIELDS = ("id", "title", "text", "at", "lon", "lat", "address", "item", "person", "phone", "likes")
MOMENTS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%Y%m%d%H%M%S", "%Y%m%d")
SPACE = re.compile(r"[ \t\u3000\xa0]+")
LONGEST_ID = 64

PlaceRule = Literal["names", "spread", "none"]


class MapFault(Exception):
    """The mapping names an unknown field or column; the message says which."""


class Wrong(Exception):
    """A cell cannot be used: `field` says which, `code` is a refusal."""

    def __init__(self, field: str, code: str = "field_wrong") -> None:
        self.field, self.code = field, code
        super().__init__(f"{field}: {code}")


@dataclass(frozen=True, slots=True)
class Reading:
    """How the rows of one file are read: which column holds what, how places are found, and whose numbers they are.

    `place_rule`: `names` looks for names of the county's places in address and words; `spread` gives a row without
    such a name a grid by the hash of its number, for demonstrations with words from elsewhere, and its channel says
    so; `none` leaves every place open that is no point.
    """

    columns: Mapping[str, str]  # field → column
    system: str
    place_rule: PlaceRule = "names"
    crs: str = ""
    channel: str = "import"

    def whistle(self, row: Mapping[str, Any], pack: Pack) -> Whistle:
        """The whistle of a row. Raises Wrong."""
        cells = {field: row.get(column) for field, column in self.columns.items()}
        text = words(cells)
        id = self.id_of(row)
        place, spread = self._place(cells, text, id, pack)
        return Whistle(
            text=text,
            place=place,
            item=_item(cells, pack),
            phone=_plain(cells.get("phone")),
            name=_plain(cells.get("person"))[:64],
            channel=f"{self.channel}_spread" if spread else self.channel,
            system=self.system,
            external_id=id,
            occurred_at=moment(cells.get("at"), pack.zone),
        )

    def id_of(self, row: Mapping[str, Any]) -> str:
        """The number of a row in its own system; without such a column, the hash of what the row says."""
        if "id" in self.columns:
            id = _plain(row.get(self.columns["id"]))
            if not id or len(id) > LONGEST_ID:
                raise Wrong("id", "field_wrong" if id else "field_needed")
            return id
        said = json.dumps([_plain(cell) for cell in row.values()], ensure_ascii=False)
        return f"row:{hashlib.sha256(said.encode()).hexdigest()[:40]}"

    def _place(
        self, cells: Mapping[str, Any], text: str, id: str, pack: Pack
    ) -> tuple[Mapping[str, Any], bool]:
        if any(_plain(cells.get(name)) for name in ("lon", "lat")):
            return {"lon": cells.get("lon"), "lat": cells.get("lat"), "crs": self.crs}, False
        if self.place_rule == "none":
            return {"unknown": True}, False
        named = {"address": _plain(cells.get("address"))}
        if self.place_rule == "spread" and not place_of(named, text, pack).known:
            return {"grid": spread_over(pack, f"{self.system}:{id}")}, True
        return named, False


def reading(
    mapping: str, columns: Sequence[str], system: str, *, place_rule: PlaceRule = "names", crs: str = ""
) -> Reading:
    """Read `text=列名,title=列名,…` against the columns of a file. Raises MapFault."""
    pairs = [part.partition("=") for part in mapping.split(",") if part.strip()]
    found = {field.strip(): column.strip() for field, _, column in pairs}
    for field, column in found.items():
        if field not in FIELDS:
            raise MapFault(f"不认识“{field}”；可用：{'、'.join(FIELDS)}")
        if column not in columns:
            raise MapFault(f"没有“{column}”这一列；有：{'、'.join(filter(None, columns))}")
    if not found.keys() & {"text", "title"}:
        raise MapFault("至少要指明 text 或 title 是哪一列")
    if found.keys() & {"lon", "lat"} and not (found.keys() >= {"lon", "lat"} and crs):
        raise MapFault("坐标要有 lon 和 lat 两列，并用 --crs 写明坐标系")
    return Reading(found, system, place_rule, crs)


def words(cells: Mapping[str, Any]) -> str:
    """Title and text as one, without the blanks of other systems' pages; how many people seconded it, last."""
    title, text = (_tidy(cells.get(name)) for name in ("title", "text"))
    parts = [title] if title and title not in text else []
    parts += [text] if text else []
    likes = _plain(cells.get("likes"))
    if parts and likes.isdigit() and int(likes):
        parts.append(f"（{int(likes)} 人附议）")
    return "\n".join(parts)


def moment(cell: Any, zone: str) -> datetime | None:
    """A moment of the county's time, unless the cell names another offset. Raises Wrong."""
    if cell in (None, ""):
        return None
    found = cell if isinstance(cell, datetime) else _parsed(_plain(cell))
    if found is None:
        raise Wrong("at")
    return (found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone))).replace(microsecond=0)


def spread_over(pack: Pack, key: str) -> str:
    """One of the county's grids by the hash of a key: the same key always gives the same grid."""
    codes = sorted(grid.code for grid in pack.places.grids)
    return codes[int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big") % len(codes)]


def _parsed(text: str) -> datetime | None:
    plain = text.replace("/", "-").replace(".", "-", 2) if text[:4].isdigit() else text
    for form in MOMENTS:
        try:
            return datetime.strptime(plain, form)  # noqa: DTZ007  # the county's zone is set by the caller
        except ValueError:
            continue
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _item(cells: Mapping[str, Any], pack: Pack) -> str:
    """The code of an item given by code or name; empty where the column is empty. Raises Wrong."""
    said = _plain(cells.get("item"))
    if not said or said in pack.items:
        return said
    by_name = {item.name: code for code, item in pack.items.items()}
    if said not in by_name:
        raise Wrong("item", "unknown_item")
    return by_name[said]


def _plain(cell: Any) -> str:
    """A cell as one line of text; a whole number without its point."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return SPACE.sub(" ", str(cell)).replace("\x00", "").strip()


def _tidy(cell: Any) -> str:
    lines = (SPACE.sub(" ", line).strip() for line in _plain_lines(cell))
    return "\n".join(line for line in lines if line)


def _plain_lines(cell: Any) -> list[str]:
    return [] if cell is None else str(cell).replace("\x00", "").splitlines()
