"""The sample county, read once."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shaodao.county import pack as packs
from shaodao.county.pack import Pack

HUINAN = Path(__file__).resolve().parents[2] / "county" / "huinan"
NOW = datetime(2026, 7, 15, 2, 0, tzinfo=UTC)  # Wednesday, 10:00 in the county


@pytest.fixture(scope="session")
def files() -> Mapping[str, bytes]:
    return packs.read_folder(HUINAN)


@pytest.fixture(scope="session")
def pack() -> Pack:
    return packs.load(HUINAN)


@pytest.fixture
def now() -> datetime:
    return NOW
