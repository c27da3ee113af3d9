from pathlib import Path

import pytest

from shaodao.county.pack import Pack, load

PACK = Path(__file__).parents[2] / "county" / "huinan"


@pytest.fixture(scope="session")
def pack() -> Pack:
    return load(PACK)
