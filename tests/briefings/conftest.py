"""A month that is over, with what nobody has touched."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.cases.conftest import pack, whistle  # noqa: F401

from shaodao.centre.briefings.months import Month
from shaodao.centre.cases import sweeper

MARCH = Month(2026, 3)
REPORTED = datetime(2026, 3, 10, 2, tzinfo=UTC)
LATER = datetime(2026, 4, 3, 1, tzinfo=UTC)


@pytest.fixture
def late(whistle) -> list[str]:  # noqa: F811
    """Two manhole covers nobody has touched for weeks, and one of this month."""
    numbers = [whistle(text=f"第 {n} 个井盖丢了", item="MS-07", at=REPORTED).case.number for n in range(2)]
    sweeper.sweep(LATER - timedelta(hours=1))
    whistle(text="路灯不亮", item="MS-07", at=LATER - timedelta(hours=2))
    return numbers
