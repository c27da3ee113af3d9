"""The sample county, ways to change its pack, and a small demonstration of it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from shaodao.centre.dispatch import precedents
from shaodao.county.pack import Files, Pack, load_files, read_folder, versions
from shaodao.run.demo import filling

HUINAN = Path(__file__).resolve().parents[2] / "county" / "huinan"
UNTIL = datetime(2026, 7, 15, 0, 30, tzinfo=UTC)  # 8:30 in the county
SEED, WHISTLES = 3, 90

Row = dict[str, str]


def rows_changed(files: Files, name: str, change: Callable[[Row], None]) -> dict[str, bytes]:
    """The files with every row of one table put through `change`."""
    rows = list(csv.DictReader(io.StringIO(files[name].decode("utf-8-sig"))))
    for row in rows:
        change(row)
    out = io.StringIO()
    writer = csv.DictWriter(out, rows[0].keys(), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return {**files, name: out.getvalue().encode()}


def items_changed(files: Files, **items: Mapping[str, str]) -> dict[str, bytes]:
    """The files with some columns of some items changed; `XZ_05={"lead": "D14"}`."""

    def change(row: Row) -> None:
        row.update(items.get(row["code"].replace("-", "_"), {}))

    return rows_changed(files, "items.csv", change)


def text_changed(files: Files, name: str, old: str, new: str) -> dict[str, bytes]:
    text = files[name].decode()
    assert old in text
    return {**files, name: text.replace(old, new).encode()}


def write(files: Files, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


@pytest.fixture(scope="session")
def files() -> Files:
    return read_folder(HUINAN)


@pytest.fixture(scope="session")
def pack(files: Files) -> Pack:
    return load_files(files)


@pytest.fixture
def filled(db: None, tmp_path: Path, monkeypatch: Any) -> Iterator[datetime]:
    """A small demonstration; the moment where it ends."""
    yield from _filled(tmp_path, monkeypatch)


@pytest.fixture
def committed(fresh_db: str, tmp_path: Path, monkeypatch: Any) -> Iterator[datetime]:
    """The same where every transaction is a real one."""
    yield from _filled(tmp_path, monkeypatch)


def _filled(tmp_path: Path, monkeypatch: Any) -> Iterator[datetime]:
    monkeypatch.setattr("shaodao.ground.ledger.keeping.anchor_file", lambda: tmp_path / "anchors.jsonl")
    _forget()
    filling.fill(
        HUINAN,
        seed=SEED,
        count=WHISTLES,
        until=UNTIL,
        password="correct horse battery",
        say=lambda *_: None,
        processes=0,
    )
    yield UNTIL
    _forget()


def _forget() -> None:
    versions.forget()
    precedents.forget()
