"""A county with its people, and a small plan of whistles."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shaodao.centre.dispatch import phrases, precedents
from shaodao.county.pack import Pack, read_folder, versions
from shaodao.run.demo import people, planning, replay
from shaodao.run.demo.life import World
from shaodao.run.demo.planning import Arrival

FOLDER = Path(__file__).resolve().parents[2] / "county" / "huinan"
UNTIL = datetime(2026, 7, 15, 0, 30, tzinfo=UTC)  # 8:30 in the county
SEED = 3


@dataclass(frozen=True)
class County:
    pack: Pack
    cast: people.Cast
    world: World

    def plan(self, count: int, seed: int = SEED) -> list[Arrival]:
        spoken = phrases.read(FOLDER / "examples")
        return planning.plan(self.pack, spoken, self.cast, seed=seed, count=count, until=UNTIL)


@pytest.fixture
def county(db: None) -> Iterator[County]:
    versions.forget()
    precedents.forget()
    since = UNTIL - timedelta(days=800)
    versions.install(read_folder(FOLDER), now=since)
    pack = versions.current(UNTIL)
    names: dict[str, str] = {}  # actor ids need no accounts here
    cast = people.Cast.of(
        (one, names.setdefault(one.username, f"user:{len(names) + 1}")) for one in people.staff(pack)
    )
    yield County(pack, cast, replay.world_of(pack, cast, UNTIL))
    versions.forget()
    precedents.forget()
