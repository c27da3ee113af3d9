"""pytest keeps its folders to itself; the account that a root-run server steps down to must pass through them."""

import tempfile
from pathlib import Path

import pytest


@pytest.fixture
def passable(tmp_path: Path) -> Path:
    """`tmp_path`, which other accounts may pass through."""
    roof = Path(tempfile.gettempdir()).resolve()
    for folder in (tmp_path, *tmp_path.parents):
        if folder.is_relative_to(roof) and folder != roof:
            folder.chmod(0o711)
    return tmp_path
