"""A county in the database, and people to act in it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shaodao.centre.cases.lifecycle.model import By
from shaodao.centre.dispatch import precedents
from shaodao.centre.intake import filing
from shaodao.centre.intake.filing import Filed, Whistle
from shaodao.centre.intake.gate import Caller
from shaodao.county.pack import Pack, read_folder, versions

PACK = Path(__file__).resolve().parents[2] / "county" / "huinan"
# A Wednesday morning in spring, inside office hours.
NOW = datetime(2026, 4, 15, 2, 0, tzinfo=UTC)
SPOT = {"lon": 126.0428, "lat": 42.6835, "crs": "WGS-84"}


def install() -> Pack:
    """The sample county's pack, in force in whichever database the test uses."""
    versions.forget()
    precedents.forget()
    versions.install(read_folder(PACK), effective_from=datetime(2021, 1, 1, tzinfo=UTC), now=NOW)
    return versions.current(NOW)


@pytest.fixture
def pack(db: None) -> Pack:
    return install()


@pytest.fixture
def whistle(pack: Pack) -> Callable[..., Filed]:
    def file(
        text: str = "西门口的井盖丢了，夜里很危险",
        by: By | None = None,
        at: datetime = NOW,
        key: str = "",
        **said: object,
    ) -> Filed:
        said.setdefault("place", SPOT)
        return filing.file(Whistle(text=text, **said), Caller("test", key), by=by, at=at)  # type: ignore[arg-type]

    return file


def by(role: str, unit: str, user: int = 1) -> By:
    return By(f"user:{user}", role, unit)
