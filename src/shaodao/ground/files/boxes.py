"""What of a picture is painted over before others see it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

WHOLE = 1000  # a picture is as wide and as high
MOST = 60  # of one picture
MARGIN = 0.15  # of a face's size, around it: hair and ears tell whose it is


@dataclass(frozen=True, slots=True, order=True)
class Box:
    """From left to right and from top to bottom of the upright picture, in thousandths of its width and height."""

    left: int
    top: int
    right: int
    bottom: int

    def __post_init__(self) -> None:
        if not (0 <= self.left < self.right <= WHOLE and 0 <= self.top < self.bottom <= WHOLE):
            raise ValueError(f"no box of a picture: {self}")

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top

    def __str__(self) -> str:
        return f"{self.left},{self.top},{self.right},{self.bottom}"


def parse(text: str) -> tuple[Box, ...]:
    """Boxes as `str` writes them, with blanks between them. Raises ValueError: not four numbers each, outside the picture,
    too many."""
    boxes = tuple(Box(*map(int, each.split(","))) for each in text.split() if _four(each))
    if len(boxes) > MOST:
        raise ValueError(f"more than {MOST} boxes")
    return boxes


def around(left: float, top: float, right: float, bottom: float, *, width: int, height: int) -> Box | None:
    """The box with its margin around something found at these pixels; None where nothing of it is in the picture."""
    wide, high = MARGIN * (right - left), MARGIN * (bottom - top)
    edges = (
        max(0, int((left - wide) / width * WHOLE)),
        max(0, int((top - high) / height * WHOLE)),
        min(WHOLE, int((right + wide) / width * WHOLE) + 1),
        min(WHOLE, int((bottom + high) / height * WHOLE) + 1),
    )
    return Box(*edges) if edges[0] < edges[2] and edges[1] < edges[3] else None


def text(boxes: Iterable[Box]) -> str:
    return " ".join(map(str, boxes))


def _four(each: str) -> bool:
    if each.count(",") != 3:
        raise ValueError(f"not four numbers: {each!r}")
    return True
