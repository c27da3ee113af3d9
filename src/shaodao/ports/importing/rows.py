"""What a row of a table says: a whistle, with the number it has in the other system. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from shaodao.centre.intake.filing import Whistle
from shaodao.centre.intake.placing import place_of
from shaodao.county.pack.model import Pack
from shaodao.ports.importing.cells import MapFault, Wrong, mapped, moment, plain, tidy

LONGEST_ID = 64

PlaceRule = Literal["names", "spread", "none"]


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
            phone=plain(cells.get("phone")),
            name=plain(cells.get("person"))[:64],
            channel=f"{self.channel}_spread" if spread else self.channel,
            system=self.system,
            external_id=id,
            occurred_at=moment(cells.get("at"), pack.zone),
        )

    def id_of(self, row: Mapping[str, Any]) -> str:
        """The number of a row in its own system; without such a column, the hash of what the row says."""
        if "id" in self.columns:
            id = plain(row.get(self.columns["id"]))
            if not id or len(id) > LONGEST_ID:
                raise Wrong("id", "field_wrong" if id else "field_needed")
            return id
        said = json.dumps([plain(cell) for cell in row.values()], ensure_ascii=False)
        return f"row:{hashlib.sha256(said.encode()).hexdigest()[:40]}"

    def _place(
        self, cells: Mapping[str, Any], text: str, id: str, pack: Pack
    ) -> tuple[Mapping[str, Any], bool]:
        if any(plain(cells.get(name)) for name in ("lon", "lat")):
            return {"lon": cells.get("lon"), "lat": cells.get("lat"), "crs": self.crs}, False
        if self.place_rule == "none":
            return {"unknown": True}, False
        named = {"address": plain(cells.get("address"))}
        if self.place_rule == "spread" and not place_of(named, text, pack).known:
            return {"grid": spread_over(pack, f"{self.system}:{id}")}, True
        return named, False


def reading(
    mapping: str, columns: Sequence[str], system: str, *, place_rule: PlaceRule = "names", crs: str = ""
) -> Reading:
    """Read `text=列名,title=列名,…` against the columns of a file. Raises MapFault."""
    found = mapped(mapping, columns)
    if found.keys() & {"lon", "lat"} and not (found.keys() >= {"lon", "lat"} and crs):
        raise MapFault("坐标要有 lon 和 lat 两列，并用 --crs 写明坐标系")
    return Reading(found, system, place_rule, crs)


def words(cells: Mapping[str, Any]) -> str:
    """Title and text as one, without the blanks of other systems' pages; how many people seconded it, last."""
    title, text = (tidy(cells.get(name)) for name in ("title", "text"))
    parts = [title] if title and title not in text else []
    parts += [text] if text else []
    likes = plain(cells.get("likes"))
    if parts and likes.isdigit() and int(likes):
        parts.append(f"（{int(likes)} 人附议）")
    return "\n".join(parts)


def spread_over(pack: Pack, key: str) -> str:
    """One of the county's grids by the hash of a key: the same key always gives the same grid."""
    codes = sorted(grid.code for grid in pack.places.grids)
    return codes[int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big") % len(codes)]


def _item(cells: Mapping[str, Any], pack: Pack) -> str:
    """The code of an item given by code or name; empty where the column is empty. Raises Wrong."""
    said = plain(cells.get("item"))
    if not said or said in pack.items:
        return said
    by_name = {item.name: code for code, item in pack.items.items()}
    if said not in by_name:
        raise Wrong("item", "unknown_item")
    return by_name[said]
