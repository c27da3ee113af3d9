"""A pack as plain files: names to bytes, its canonical form and version, and tables read with positions.

Whatever is wrong becomes a `Fault` that names file, line and column and says how to mend it; reading goes on,
so one run shows every fault."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from shaodao.ground.clocks import Limit

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)

Files = Mapping[str, bytes]

# What makes up a pack; anything else in the folder (README, examples) is no part of its version.
REQUIRED = (
    "pack.toml",
    "settings.toml",
    "switches.toml",
    "calendar.toml",
    "holidays.csv",
    "units.csv",
    "unit_names.csv",
    "roles.csv",
    "posts.csv",
    "editions.csv",
    "items.csv",
    "situations.csv",
    "routes.csv",
    "owners.csv",
    "word_rules.csv",
    "score_rules.csv",
    "off_manual.csv",
    "approvals.csv",
    "ladder.csv",
    "shifts.csv",
    "rosters.csv",
    "places.geojson",
    "lines.geojson",
)
LARGEST = 8_000_000  # bytes of one file


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    file: str
    line: int  # from 1; 0 where it is about the whole file
    column: str  # a CSV column, a TOML key, a GeoJSON property; empty where it is about the line
    problem: str
    mend: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where}: {f'[{self.column}] ' if self.column else ''}{self.problem} → {self.mend}"


class PackError(ValueError):
    """The pack cannot be used; `faults` says why."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = sorted(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


class Mend(ValueError):
    """A cell that cannot be read: what is wrong, and how to mend it."""

    def __init__(self, problem: str, mend: str) -> None:
        self.problem, self.mend = problem, mend
        super().__init__(problem)


def read_folder(folder: Path) -> dict[str, bytes]:
    """The pack's files in a folder. Missing ones are simply absent; FileNotFoundError if there is no folder."""
    if not folder.is_dir():
        raise FileNotFoundError(folder)
    return {name: (folder / name).read_bytes() for name in REQUIRED if (folder / name).is_file()}


def canonical(files: Files) -> bytes:
    """The pack as one JSON document: sorted names, text with plain line ends. Equal packs, equal bytes."""
    texts = {
        name: content.decode("utf-8-sig").replace("\r\n", "\n").rstrip("\n") + "\n"
        for name, content in sorted(files.items())
    }
    return json.dumps(texts, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def from_canonical(content: bytes) -> dict[str, bytes]:
    return {name: text.encode() for name, text in json.loads(content).items()}


def version_of(files: Files) -> str:
    return hashlib.sha256(canonical(files)).hexdigest()


@dataclass(slots=True)
class Book:
    """The files under the reader's eyes, and the faults found so far."""

    files: Files
    faults: list[Fault] = field(default_factory=list)
    lines: dict[tuple[str, str], int] = field(default_factory=dict)  # (file, code) → where it stands

    def fault(self, file: str, line: int, column: str, problem: str, mend: str) -> None:
        self.faults.append(Fault(file, line, column, problem, mend))

    def text(self, name: str) -> str | None:
        content = self.files.get(name)
        if content is None:
            self.fault(name, 0, "", "文件缺失", f"在县域配置包里补上 {name}")
            return None
        if len(content) > LARGEST:
            self.fault(name, 0, "", f"文件超过 {LARGEST // 1_000_000} MB", "拆分或简化内容")
            return None
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = content[: error.start].count(b"\n") + 1
            self.fault(name, line, "", "不是 UTF-8 编码", "另存为 UTF-8（Excel：CSV UTF-8）")
            return None

    def toml(self, name: str) -> dict[str, Any]:
        text = self.text(name)
        if text is None:
            return {}
        try:
            return tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            found = str(error).rpartition("line ")[2].partition(",")[0]
            line = int(found) if found.isdigit() else text.count("\n") + 1
            self.fault(name, line, "", f"TOML 语法错误：{error}", "按提示的行列改正")
            return {}

    def toml_line(self, name: str, *path: str) -> int:
        """The line on which a key of a TOML file stands, for faults; 0 if it is not found."""
        text = self.files.get(name, b"").decode("utf-8-sig", errors="replace")
        table, key = ".".join(path[:-1]), path[-1]
        inside = table == ""
        for number, line in enumerate(text.splitlines(), 1):
            stripped = line.strip()
            if stripped.startswith("["):
                header = stripped.partition("#")[0].strip().strip("[]").replace('"', "").strip()
                if header == ".".join(path):
                    return number
                inside = header == table
            elif inside and stripped.partition("=")[0].strip().strip('"') == key:
                return number
        return 0

    def json(self, name: str) -> Any:
        """The document, or None after a fault."""
        text = self.text(name)
        if text is None:
            return None
        try:
            return json.loads(text)
        except json.JSONDecodeError as error:
            self.fault(name, error.lineno, "", f"JSON 语法错误：{error.msg}", "按提示的行列改正")
        except RecursionError:
            self.fault(name, 1, "", "JSON 嵌套过深", "使用普通的 FeatureCollection")
        return None

    def rows(self, name: str, columns: tuple[str, ...], key: str | None = None) -> Iterator[Row]:
        """The rows of a CSV whose header must be exactly `columns`, in any order. `key` must be unique."""
        text = self.text(name)
        if text is None:
            return
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        try:
            header = [cell.strip() for cell in next(reader, [])]
            if not self._header(name, header, columns):
                return
            begin = reader.line_num + 1
            for cells in reader:
                line, begin = begin, reader.line_num + 1
                if not any(cell.strip() for cell in cells):
                    continue
                if len(cells) != len(header):
                    problem = f"有 {len(cells)} 格，表头有 {len(header)} 列"
                    self.fault(name, line, "", problem, "检查逗号和引号")
                    continue
                row = Row(self, name, line, dict(zip(header, (cell.strip() for cell in cells), strict=True)))
                if key is None or self._is_new(row, key):
                    yield row
        except csv.Error as error:
            self.fault(name, reader.line_num, "", f"CSV 语法错误：{error}", "检查引号是否成对")

    def _header(self, name: str, header: list[str], columns: tuple[str, ...]) -> bool:
        """Whether every column is there; unknown and doubled ones are faults too."""
        for column in header:
            if column not in columns:
                self.fault(name, 1, column, "未知的列", f"删去此列；可用的列：{'、'.join(columns)}")
            elif header.count(column) > 1:
                self.fault(name, 1, column, "列名重复", "每列只写一次")
        missing = [column for column in columns if column not in header]
        for column in missing:
            self.fault(name, 1, column, "缺少此列", f"在表头补上 {column}")
        return not missing

    def _is_new(self, row: Row, key: str) -> bool:
        code = row.cells[key]
        if not code:
            row.fault(key, "代码为空", "填写唯一的代码")
        elif (row.file, code) in self.lines:
            first = self.lines[row.file, code]
            row.fault(key, f"代码 {code} 与第 {first} 行重复", "改用另一个代码或删去一行")
        else:
            self.lines[row.file, code] = row.line
        return row.ok


@dataclass(slots=True)
class Row:
    """One line of a table. A cell that cannot be read becomes a fault and reads as None; `ok` tells."""

    book: Book
    file: str
    line: int
    cells: dict[str, str]
    ok: bool = True

    def fault(self, column: str, problem: str, mend: str) -> None:
        self.ok = False
        self.book.fault(self.file, self.line, column, problem, mend)

    def text(self, column: str) -> str:
        if not self.cells[column]:
            self.fault(column, "不能为空", "填写此格")
        return self.cells[column]

    def optional(self, column: str) -> str | None:
        return self.cells[column] or None

    def words(self, column: str) -> tuple[str, ...]:
        """A list separated by semicolons, of either width."""
        parts = (part.strip() for part in self.cells[column].replace("；", ";").split(";"))
        return tuple(part for part in parts if part)

    def read(self, column: str, parse: Callable[[str], T]) -> T | None:
        """A cell through `parse`; None when empty or unreadable."""
        text = self.cells[column]
        if not text:
            return None
        try:
            return parse(text)
        except Mend as error:
            self.fault(column, error.problem, error.mend)
        except ValueError as error:
            self.fault(column, str(error), "按说明改写此格")
        return None

    def required(self, column: str, parse: Callable[[str], T]) -> T | None:
        """Like `read`, but empty is a fault."""
        return self.read(column, parse) if self.text(column) else None

    def number(self, column: str, least: int = 0) -> int:
        def parse(text: str) -> int:
            if not text.isascii() or not text.isdigit() or int(text) < least:
                raise Mend(f"“{text}”不是不小于 {least} 的整数", "写整数，如 3")
            return int(text)

        return self.required(column, parse) or 0

    def flag(self, column: str) -> bool:
        def parse(text: str) -> bool:
            if text not in ("yes", "no"):
                raise Mend(f"“{text}”应为 yes 或 no", "写 yes 或 no，留空即 no")
            return text == "yes"

        return bool(self.read(column, parse))

    def day(self, column: str) -> date | None:
        return self.read(column, a_day)

    def limit(self, column: str) -> Limit | None:
        return self.read(column, a_limit)


def a_day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Mend(f"“{text}”不是日期", "写成 2021-10-01") from None


def a_time(text: str) -> time:
    try:
        return time.fromisoformat(text)
    except ValueError:
        raise Mend(f"“{text}”不是时刻", "写成 08:30") from None


def a_limit(text: str) -> Limit:
    try:
        return Limit.parse(text)
    except ValueError:
        raise Mend(f"“{text}”不是时限", "写成 30m、2h working、3d 或 1wd") from None


def one_of(kind: type[E]) -> Callable[[str], E]:
    """A parser for a vocabulary."""

    def parse(text: str) -> E:
        try:
            return kind(text)
        except ValueError:
            raise Mend(f"未知的值“{text}”", f"用其中之一：{'、'.join(kind)}") from None

    return parse
