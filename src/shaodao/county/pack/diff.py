"""What changed between two packs, row by row: for the person who approves."""

from __future__ import annotations

import csv
import io
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .files import REQUIRED, Files

# Which columns tell rows apart; elsewhere it is the code.
KEYS = {
    "holidays.csv": ("date",),
    "editions.csv": ("number",),
    "owners.csv": ("mark",),
    "unit_names.csv": ("unit",),
    "items.csv": ("code", "valid_from"),
    "approvals.csv": ("kind", "condition", "step"),
    "rosters.csv": ("unit", "role", "shift", "days"),
}


@dataclass(frozen=True, slots=True, order=True)
class Change:
    """One cell, key or property. `before` None: it is new; `after` None: it is gone."""

    file: str
    row: str
    column: str
    before: str | None
    after: str | None

    def __str__(self) -> str:
        if self.before is None:
            return f"{self.file}: + {self.row} {self.column} = {self.after}"
        if self.after is None:
            return f"{self.file}: − {self.row} {self.column} = {self.before}"
        return f"{self.file}: {self.row} {self.column}: {self.before} → {self.after}"


def diff(before: Files, after: Files) -> list[Change]:
    """Every change, in the order of files, rows and columns. Both packs must be readable."""
    changes = []
    for file in REQUIRED:
        old, new = _cells(file, before.get(file)), _cells(file, after.get(file))
        for key in old.keys() | new.keys():
            if old.get(key) != new.get(key):
                changes.append(Change(file, *key, old.get(key), new.get(key)))
    return sorted(changes, key=lambda change: (REQUIRED.index(change.file), change.row, change.column))


def _cells(file: str, content: bytes | None) -> dict[tuple[str, str], str]:
    """(row, column) → text. Empty cells are left out: a new empty column changes nothing."""
    if content is None:
        return {}
    text = content.decode("utf-8-sig")
    if file.endswith(".toml"):
        return {(path, ""): value for path, value in _flat(tomllib.loads(text)).items()}
    if file.endswith(".geojson"):
        return _features(json.loads(text))
    cells: dict[tuple[str, str], str] = {}
    for row in csv.DictReader(io.StringIO(text)):
        columns = KEYS.get(file, ("code",))
        key = "/".join(row[column] for column in columns if row[column])
        cells |= {(key, column): value.strip() for column, value in row.items() if value.strip()}
    return cells


def _flat(table: Mapping[str, Any], path: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in table.items():
        where = f"{path}.{key}" if path else key
        if isinstance(value, dict):
            flat |= _flat(value, where)
        else:
            flat[where] = str(value)
    return flat


def _features(document: Mapping[str, Any]) -> dict[tuple[str, str], str]:
    cells: dict[tuple[str, str], str] = {}
    for feature in document.get("features", []):
        properties = feature["properties"]
        key = str(properties.get("code") or properties.get("name"))
        cells |= {(key, column): str(value) for column, value in properties.items()}
        cells[key, "geometry"] = json.dumps(feature.get("geometry"))
    return cells
