"""A CSV or XLSX file as rows of cells, read as a stream."""

from __future__ import annotations

import codecs
import csv
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

BLOCK = 1 << 20
DELIMITERS = ",\t;"


class Unreadable(Exception):
    """The file is no table; the message says why."""


@dataclass(frozen=True, slots=True)
class Table:
    """`rows` gives (number of the row in the file, cells by column); it can be read once. `total` may be an estimate."""

    columns: tuple[str, ...]
    rows: Iterator[tuple[int, dict[str, Any]]]
    total: int | None


@contextmanager
def opened(path: Path) -> Iterator[Table]:
    """The first sheet of an XLSX file, or a CSV file in UTF-8 or GB 18030. The first row names the columns.

    Raises Unreadable.
    """
    if path.suffix.lower() in (".xlsx", ".xlsm"):
        yield from _xlsx(path)
    else:
        yield from _csv(path)


def _xlsx(path: Path) -> Iterator[Table]:
    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, OSError) as error:
        raise Unreadable(f"{path.name}: {error}") from error
    try:
        sheet = book.worksheets[0]
        lines = sheet.iter_rows(values_only=True)
        columns = _columns(next(lines, ()), path)
        yield Table(columns, _numbered(columns, lines), sheet.max_row - 1 if sheet.max_row else None)
    finally:
        book.close()


def _csv(path: Path) -> Iterator[Table]:
    csv.field_size_limit(BLOCK)
    try:
        encoding = encoding_of(path)
        with path.open(encoding=encoding, newline="") as file:
            head = file.readline()
            file.seek(0)
            delimiter = max(DELIMITERS, key=head.count)
            lines = csv.reader(file, delimiter=delimiter)
            columns = _columns(tuple(next(lines, ())), path)
            yield Table(columns, _numbered(columns, lines), _lines(path, encoding, delimiter) - 1)
    except (OSError, csv.Error, UnicodeDecodeError) as error:
        raise Unreadable(f"{path.name}: {error}") from error


def encoding_of(path: Path) -> str:
    """UTF-8 (with or without a mark) where the whole file is UTF-8, else GB 18030."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    with path.open("rb") as file:
        try:
            while block := file.read(BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "gb18030"
    return "utf-8-sig"


def _lines(path: Path, encoding: str, delimiter: str) -> int:
    with path.open(encoding=encoding, newline="") as file:
        return sum(1 for _ in csv.reader(file, delimiter=delimiter))


def _columns(head: tuple[Any, ...], path: Path) -> tuple[str, ...]:
    columns = tuple(str(name).strip() if name is not None else "" for name in head)
    if not any(columns):
        raise Unreadable(f"{path.name}: the first row names no columns")
    return columns


def _numbered(columns: tuple[str, ...], lines: Iterator[Any]) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, cells in enumerate(lines, 2):
        row = dict(zip(columns, cells, strict=False))
        if any(cell not in (None, "") for cell in row.values()):
            yield number, row
