from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.cases.lifecycle.world import World, replayed


@pytest.fixture
def world() -> Iterator[World]:
    """A Tuesday morning in spring, 09:00; at the end the ledger gives back what the test left."""
    made = World()
    yield made
    assert replayed(made) == made.case
