"""The ground's background work, on a real database."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from shaodao.ground.ledger import anchors, keeping, sealer
from shaodao.run import chores

STOP = threading.Event()


@pytest.fixture
def data(settings: Any, tmp_path: Path) -> Path:
    settings.DATA = tmp_path
    return tmp_path


def test_it_anchors_once_a_day_outside_the_database(db: None, data: Path) -> None:
    chores.anchor(STOP)
    chores.anchor(STOP)
    written = list(anchors.read(keeping.anchor_file()))
    assert len(written) == 1
    assert written[0].size == sealer.size()


def test_it_anchors_again_on_the_next_day(db: None, data: Path) -> None:
    sealer.anchor(datetime.now(UTC) - timedelta(days=1))
    chores.anchor(STOP)
    assert len(list(anchors.read(keeping.anchor_file()))) == 2


def test_it_has_no_more_to_do_on_a_quiet_ledger(db: None, data: Path) -> None:
    while chores.seal(STOP):
        pass
    assert sealer.waiting() == 0
    assert chores.tell(STOP) is False
    chores.tidy(STOP)
