"""The sample county, ways to change its pack, and a small demonstration of it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from shaodao.centre.cases import permissions
from shaodao.centre.cases.lifecycle import Case, decide, evolve
from shaodao.centre.cases.lifecycle import commands as c
from shaodao.centre.cases.lifecycle.codec import from_payload
from shaodao.centre.cases.lifecycle.model import By
from shaodao.centre.cases.rules import PackRules
from shaodao.centre.dispatch import phrases, precedents
from shaodao.centre.dispatch.classifier import Classifier
from shaodao.centre.intake import filing
from shaodao.centre.intake.filing import People, Whistle
from shaodao.centre.rehearsal import facts
from shaodao.centre.rehearsal.again import Side
from shaodao.centre.rehearsal.facts import Happened, Heard
from shaodao.county.pack import Files, Pack, load_files, read_folder, versions
from shaodao.run.demo import filling, people, planning, replay

HUINAN = Path(__file__).resolve().parents[2] / "county" / "huinan"
UNTIL = datetime(2026, 7, 15, 0, 30, tzinfo=UTC)  # 8:30 in the county
SEED, WHISTLES = 3, 90
SPOT = {"lon": 126.0428, "lat": 42.6835, "crs": "WGS-84"}  # in a community of the town
NUMBER = "260415000001"

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


# --- cases without a database -------------------------------------------------------------------------------------


@dataclass
class Lived:
    """One case under a pack, event by event."""

    pack: Pack
    events: list[Happened]
    text: str
    case: Case

    def give(self, command: c.Command, at: datetime) -> Lived:
        for event, moment in decide(self.case, command, PackRules(self.pack, at), at):
            self.events.append((event, moment))
            self.case = evolve(self.case, event, moment)
        return self

    def let_pass(self, at: datetime) -> Lived:
        return self.give(c.Tick(by=By("system:sweeper", "system")), at)

    def heard(self, erased: bool = False) -> Heard:
        made = facts.heard(self.events, None if erased else self.text)
        assert made
        return made


def live(
    pack: Pack, text: str, at: datetime, by: By | None = None, number: str = NUMBER, **said: Any
) -> Lived:
    """A whistle as intake would take it in, with the model of the pack."""
    reader = side(pack)
    whistle = Whistle(text=text, **({"place": SPOT, "phone": "13812345678"} | said))
    kind = "public" if by is None else permissions.whistler_kind(by)
    person = by.actor if by else "person:8b9f8f0e-6f0c-4a2b-9a54-0d3c6a3a4d11"
    made = filing.compose(
        whistle,
        number,
        kind or "public",
        by,
        People(person, person, [], known=True),
        pack,
        at,
        find_item=reader.guess,
        find_precedent=lambda *_: None,
        find_earlier=lambda *_: "",
    )
    return Lived(pack, [], text, Case()).give(made.report, at)


def side(pack: Pack, reader: Classifier | None = None) -> Side:
    return Side(lambda at: pack, reader or served())


@cache
def served() -> Classifier:
    return Classifier.load(HUINAN / "dispatch", load_files(read_folder(HUINAN)).word_rules)


@pytest.fixture(scope="session")
def stories(pack: Pack) -> list[Heard]:
    """What happened in a small demonstration, lived through in memory."""
    names: dict[str, str] = {}
    cast = people.Cast.of(
        (one, names.setdefault(one.username, f"user:{len(names) + 1}")) for one in people.staff(pack)
    )
    spoken = phrases.read(HUINAN / "examples")
    arrivals = planning.plan(pack, spoken, cast, seed=SEED, count=150, until=UNTIL)
    world = replay.world_of(pack, cast, UNTIL)
    lived = [story for family in replay.families(arrivals) for story in replay.family(world, family, SEED)]
    return [heard for story in lived if (heard := _facts_of(story))]


def _facts_of(story: replay.Story) -> Heard | None:
    drafts = [draft for act in story.acts for draft in act.drafts]
    events = [(from_payload(draft.type, draft.payload), draft.occurred_at) for draft in drafts]
    return facts.heard(events, story.arrival.whistle.text)
