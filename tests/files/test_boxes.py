"""What of a picture is painted over, and where the search for faces looks."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from shaodao.ground.files import faces
from shaodao.ground.files.boxes import MOST, Box, around, parse, text

PHOTOS = Path(__file__).parents[2] / ".." / "shared" / "data" / "photos"
sides = st.lists(st.integers(0, 1000), min_size=2, max_size=2, unique=True).map(sorted)
sizes = st.tuples(st.integers(1, 1600), st.integers(1, 1600))
boxes = st.builds(lambda across, down: Box(across[0], down[0], across[1], down[1]), sides, sides)


@given(st.lists(boxes, max_size=MOST))
def test_boxes_are_read_as_they_are_written(some):
    assert parse(text(some)) == tuple(some)


@pytest.mark.parametrize("wrong", ["1,2,3", "a,2,3,4", "5,5,5,9", "-1,0,9,9", "0,0,1001,9", "1,2,3,4,5"])
def test_what_is_no_box_is_refused(wrong):
    with pytest.raises(ValueError, match=r"box|four|invalid"):
        parse(wrong)


def test_a_picture_has_so_many_boxes_at_most():
    with pytest.raises(ValueError, match="more than"):
        parse(" ".join(["0,0,1,1"] * (MOST + 1)))


@given(st.floats(-200, 1800), st.floats(-200, 1800), st.floats(1, 800), st.floats(1, 800), sizes)
def test_a_box_covers_what_was_found_and_stays_in_the_picture(left, top, wide, high, size):
    width, height = size
    found = around(left, top, left + wide, top + high, width=width, height=height)
    if found is None:
        assert not (left < width and left + wide > 0 and top < height and top + high > 0)
        return
    assert found.left * width / 1000 <= max(left, 0) + 1
    assert found.right * width / 1000 >= min(left + wide, width) - 1
    assert found.top * height / 1000 <= max(top, 0) + 1
    assert found.bottom * height / 1000 >= min(top + high, height) - 1


@given(st.integers(1, 5000))
def test_squares_cover_a_picture_and_overlap(length):
    starts = faces.starts(length)
    assert starts[0] == 0
    assert starts[-1] + faces.SIDE >= length
    assert starts[-1] <= max(0, length - faces.SIDE)
    for before, after in pairwise(starts):
        assert before < after <= before + faces.SIDE - faces.OVERLAP


def test_an_empty_picture_has_no_faces():
    for size in ((1, 1), (1600, 900), (3, 1600)):
        assert faces.find(*size, Image.new("RGB", size, "grey").tobytes()) == []


@pytest.mark.skipif(not PHOTOS.exists(), reason="the photos are not here")
@pytest.mark.parametrize(
    ("name", "at"),
    [
        ("exif-org/canon-ixus.jpg", [(415, 450), (490, 475), (545, 495)]),
        ("exif-org/sony-cybershot.jpg", [(195, 215)]),
    ],
)
def test_it_finds_faces_large_and_small_at_any_size(name, at):
    whole = ImageOps.exif_transpose(Image.open(PHOTOS / "exif" / name)).convert("RGB")
    for longer in (640, 1600):
        picture = whole.resize((longer, longer * whole.height // whole.width))
        found = faces.find(*picture.size, picture.tobytes())
        for x, y in at:
            assert any(box.left < x < box.right and box.top < y < box.bottom for box in found), (longer, x, y)


def test_of_more_faces_than_a_picture_may_have_boxes_none_is_left_open():
    many = [Box(i * 10, i * 10, i * 10 + 8, i * 10 + 8) for i in range(MOST + 30)]
    limited = faces.limited(many)
    assert len(limited) == MOST
    for box in many:
        assert any(
            over.left <= box.left
            and over.top <= box.top
            and over.right >= box.right
            and over.bottom >= box.bottom
            for over in limited
        )
    assert faces.limited(many[:MOST]) == many[:MOST]
