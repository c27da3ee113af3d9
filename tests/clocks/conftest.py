"""The sample county's calendar, and one with another time zone."""

import csv
import tomllib
from pathlib import Path

import pytest

from shaodao.ground.clocks import Calendar

COUNTY = Path(__file__).parents[2] / "county" / "huinan"


@pytest.fixture(scope="session")
def holidays() -> list[dict[str, str]]:
    with (COUNTY / "holidays.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="session")
def hours() -> dict:
    return tomllib.loads((COUNTY / "calendar.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def huinan(hours, holidays) -> Calendar:
    return Calendar.from_data(hours, holidays)
