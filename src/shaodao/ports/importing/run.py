"""Import a table: each row through the same action as every other whistle, in a transaction of its own.

A row that was imported before is known by its number: an import that broke off is simply run again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from shaodao.centre.cases.lifecycle import Refusal
from shaodao.centre.intake import filing
from shaodao.centre.intake.filing import Filed
from shaodao.centre.intake.gate import Caller, KeyReused
from shaodao.county.pack import versions
from shaodao.ports.importing.cells import Wrong
from shaodao.ports.importing.rows import Reading

# Which column a refusal is about, by the parameter or code it has.
COLUMN_OF = {
    "not_a_phone": "phone",
    "bad_point": "lon",
    "outside_county": "lon",
    "in_the_future": "at",
    "too_long": "text",
    "words_needed": "text",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one row. `problem` is a refusal's code with its `params`, `column` the one it is about."""

    row: int
    id: str
    kind: Literal["new", "again", "problem"]
    filed: Filed | None = None
    problem: str = ""
    params: Mapping[str, Any] | None = None
    column: str = ""
    text: str = ""


def import_rows(
    rows: Iterable[tuple[int, Mapping[str, Any]]], reading: Reading, at: datetime | None = None
) -> Iterator[Outcome]:
    """File the rows one after another; yields what became of each. Nothing but a lost database stops it."""
    caller = Caller(f"system:{reading.system}", trusted=True)
    for number, row in rows:
        yield _import(number, row, reading, caller, at)


def _import(
    number: int, row: Mapping[str, Any], reading: Reading, caller: Caller, at: datetime | None
) -> Outcome:
    id = ""
    try:
        id = reading.id_of(row)
        whistle = reading.whistle(row, versions.current(at))
        filed = filing.file(whistle, caller, at=at)
    except Wrong as wrong:
        return _problem(number, id, wrong.code, {"field": wrong.field}, reading.columns.get(wrong.field, ""))
    except KeyReused:
        return _problem(number, id, "changed_since", {}, "")
    except Refusal as refusal:
        column = reading.columns.get(COLUMN_OF.get(refusal.code, ""), "")
        return _problem(number, id, refusal.code, refusal.params, column)
    return Outcome(number, id, "again" if filed.again else "new", filed, text=whistle.text)


def _problem(number: int, id: str, code: str, params: Mapping[str, Any], column: str) -> Outcome:
    return Outcome(
        number,
        id,
        "problem",
        problem=code,
        params={**params, "field": column or params.get("field", "")},
        column=column,
    )
