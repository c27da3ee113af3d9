"""Where faces are in a picture, and nothing about whose: no face is recognised, compared or kept.

The detector is YuNet (2023mar, 75,856 parameters, MIT; docs/decisions/0009). Its file is read out of an installed
distribution that is never imported. It looks at squares of 640 pixels: at the whole picture in one of them, for large faces,
and at overlapping ones of the picture at 1600, for small ones.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from functools import cache
from importlib.metadata import distribution
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from .boxes import MOST, Box, around

DISTRIBUTION, MODEL = "django-camera-kit", "face_detection_yunet_2023mar.onnx"
SIDE = 640
OVERLAP = 96  # a face as large stands whole in one of the squares, or is found in the smaller picture
SURE = 0.5  # rather a bush painted over than a face shown
SAME = 0.4  # of the smaller one's area: two finds are one
FULL = 1600  # the longer side of a display copy; smaller pictures are enlarged,
LARGER = 4.0  # so many times at most
STRIDES = (8, 16, 32)

Found = tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]  # boxes (n, 4) in pixels, scores (n)

log = logging.getLogger(__name__)


def find(width: int, height: int, pixels: bytes) -> list[Box]:
    """The faces of an upright RGB picture, three bytes a pixel; the surest first. A tenth of a second for each square."""
    picture = Image.frombytes("RGB", (width, height), pixels)
    longer = max(width, height)
    scales = sorted({min(size / longer, LARGER) for size in (SIDE, FULL)})
    parts = [found for scale in scales for found in _at(picture, scale)]
    boxes, scores = (np.concatenate(each) for each in zip(*parts, strict=True))
    found = [around(*map(float, boxes[i]), width=width, height=height) for i in _distinct(boxes, scores)]
    return limited([box for box in found if box])


def limited(boxes: list[Box]) -> list[Box]:
    """As many as a picture may have: those beyond are under one box together, and none is left open."""
    if len(boxes) <= MOST:
        return boxes
    rest = boxes[MOST - 1 :]
    edges = [(box.left, box.top, box.right, box.bottom) for box in rest]
    lefts, tops, rights, bottoms = zip(*edges, strict=True)
    return [*boxes[: MOST - 1], Box(min(lefts), min(tops), max(rights), max(bottoms))]


def _at(picture: Image.Image, scale: float) -> Iterator[Found]:
    """What is found square by square in the picture at a scale, in pixels of the whole one."""
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    array = np.asarray(picture.resize(size, Image.Resampling.BILINEAR))
    for top in starts(size[1]):
        for left in starts(size[0]):
            part = array[top : top + SIDE, left : left + SIDE]
            square = np.zeros((SIDE, SIDE, 3), np.float32)
            square[: part.shape[0], : part.shape[1]] = part
            boxes, scores = _in_square(square)
            sure = scores > SURE
            yield (boxes[sure] + [left, top, left, top]) / scale, scores[sure]


def starts(length: int) -> list[int]:
    """Where squares begin that cover a length with their overlap, evenly."""
    if length <= SIDE:
        return [0]
    count = ceil((length - OVERLAP) / (SIDE - OVERLAP))
    return [round(i * (length - SIDE) / (count - 1)) for i in range(count)]


def _in_square(square: np.ndarray[Any, Any]) -> Found:
    """Every place of the three grids with its box and score, as the model gives them: blue, green, red goes in."""
    session = _session()
    names = [each.name for each in session.get_outputs()]
    given = np.ascontiguousarray(square[:, :, ::-1].transpose(2, 0, 1)[None])
    out = dict(zip(names, session.run(names, {session.get_inputs()[0].name: given}), strict=True))
    boxes, scores = [], []
    for stride in STRIDES:
        across = SIDE // stride
        row, column = np.divmod(np.arange(across * across), across)
        shift = out[f"bbox_{stride}"].reshape(-1, 4)
        x, y = (column + shift[:, 0]) * stride, (row + shift[:, 1]) * stride
        wide, high = np.exp(shift[:, 2:].clip(max=8)).T * stride / 2
        boxes.append(np.stack([x - wide, y - high, x + wide, y + high], 1))
        parts = (out[f"{part}_{stride}"].reshape(-1).clip(0, 1) for part in ("cls", "obj"))
        scores.append(np.sqrt(np.prod(list(parts), axis=0)))
    return np.concatenate(boxes), np.concatenate(scores)


def _distinct(boxes: np.ndarray[Any, Any], scores: np.ndarray[Any, Any]) -> list[int]:
    """The surest of those that are the same find."""
    kept: list[int] = []
    left = np.argsort(-scores)
    areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    while len(left):
        best, others = left[0], left[1:]
        kept.append(int(best))
        low, high = (
            np.maximum(boxes[best, :2], boxes[others, :2]),
            np.minimum(boxes[best, 2:], boxes[others, 2:]),
        )
        shared = np.prod((high - low).clip(0), axis=1)
        left = others[shared < SAME * np.minimum(areas[best], areas[others])]
    return kept


@cache
def _session() -> Any:
    """One a process, on one processor: others wait for the machine as well."""
    import onnxruntime  # half a second, which only the background process pays

    files = distribution(DISTRIBUTION).files or ()
    (file,) = (each for each in files if each.name == MODEL)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 3
    return onnxruntime.InferenceSession(
        Path(str(file.locate())).read_bytes(), options, providers=["CPUExecutionProvider"]
    )
