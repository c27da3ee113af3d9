"""Pictures made on the spot, sounds that begin as real ones do, and an empty store."""

import io
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from shaodao.ground.files.decoding import Decoders, shared

NOW = datetime(2026, 3, 10, 1, tzinfo=UTC)


@pytest.fixture
def scene() -> Callable[..., Image.Image]:
    """A picture with a different colour in each corner, so that every turn of it is told apart."""

    def make(width: int = 400, height: int = 300, mode: str = "RGB") -> Image.Image:
        picture = Image.new("RGB", (width, height), "grey")
        draw = ImageDraw.Draw(picture)
        half = (width // 2, height // 2)
        draw.rectangle(((0, 0), half), "red")
        draw.rectangle(((half[0], 0), (width, half[1])), "lime")
        draw.rectangle(((0, half[1]), (half[0], height)), "blue")
        return picture.convert(mode)

    return make


@pytest.fixture
def encoded() -> Callable[..., bytes]:
    def encode(picture: Image.Image, form: str = "JPEG", **options) -> bytes:
        out = io.BytesIO()
        picture.save(out, form, **options)
        return out.getvalue()

    return encode


@pytest.fixture
def photo(scene, encoded) -> bytes:
    return encoded(scene())


@pytest.fixture(scope="session")
def decoders() -> Iterator[Decoders]:
    yield shared()
    shared().close()


@pytest.fixture
def folder(settings, tmp_path) -> Path:
    """The store of this test: an empty folder."""
    settings.FILES_STORE = ""
    settings.DATA = tmp_path
    return tmp_path / "files"


@pytest.fixture
def stored(folder) -> Callable[[], list[Path]]:
    """Every file below the store, whatever its name."""
    return lambda: [path for path in folder.rglob("*") if path.is_file()]


@pytest.fixture(scope="session")
def real_photos() -> Path:
    path = Path(__file__).parents[2].parent / "shared" / "data" / "photos"
    if not path.exists():
        pytest.skip("the real photos are not here (shared/data/photos)")
    return path
