"""Pictures of the demonstration: plain drawings of our own, marked as such, that go through the files' ordinary intake."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from random import Random

from PIL import Image, ImageDraw

from shaodao.ground.files import intake as evidence

from .planning import Arrival

TOKEN = "demo"
SIZE = (960, 720)
SCENES = ("MS-07", "MS-12", "MS-09", "MS-13", "MS-08", "XZ-25", "MS-03", "MS-15")
CASES = 14  # with pictures: of the report, of the turning out, of the result
Draw = ImageDraw.ImageDraw


def give(arrivals: Sequence[Arrival], seed: int) -> list[Arrival]:
    """The arrivals, the latest fitting ones with pictures that have been taken in. They still wait to be attached."""
    chosen = [a for a in reversed(arrivals) if a.truth.item in SCENES and not a.truth.way][:CASES]
    taken: dict[int, Arrival] = {}
    for arrival in chosen:
        rng = Random(f"{seed}/picture/{arrival.index}")
        drawn = [draw(arrival.truth.item, stage, rng) for stage in ("before", "during", "after")]
        kept = evidence.accept(drawn, TOKEN, arrival.at - timedelta(minutes=2))
        before, during, after = (str(row.pk) for row in kept)
        whistle = replace(arrival.whistle, photos=(before,), upload_token=TOKEN)
        taken[arrival.index] = replace(arrival, whistle=whistle, pictures=(during, after))
    return [taken.get(arrival.index, arrival) for arrival in arrivals]


def draw(item: str, stage: str, rng: Random) -> bytes:
    """One scene before, during or after it was dealt with, as JPEG."""
    image = Image.new("RGB", SIZE, (206, 222, 235))
    pen = ImageDraw.Draw(image)
    ground = 470 + rng.randint(-20, 20)
    pen.rectangle((0, ground, *SIZE), fill=(150, 150, 148))
    for n in range(4):  # houses
        left, high = n * 250 + rng.randint(-30, 30), rng.randint(150, 290)
        shade = rng.randint(165, 205)
        pen.rectangle((left, ground - high, left + 200, ground), fill=(shade, shade - 8, shade - 22))
        for row in range(high // 70):
            for column in range(3):
                x, y = left + 22 + column * 58, ground - high + 22 + row * 64
                pen.rectangle((x, y, x + 34, y + 36), fill=(92, 112, 132))
    _SCENES[item](pen, ground, stage, rng)
    if stage == "during":  # cones and a vest: somebody is there
        for x in (300, 660):
            pen.polygon(
                [(x, ground + 60), (x - 26, ground + 150), (x + 26, ground + 150)], fill=(233, 106, 38)
            )
            pen.rectangle((x - 15, ground + 100, x + 15, ground + 114), fill=(250, 250, 250))
        pen.ellipse((770, ground - 60, 806, ground - 24), fill=(214, 170, 140))
        pen.rectangle((762, ground - 24, 814, ground + 76), fill=(220, 210, 50))
    pen.rectangle((0, 0, SIZE[0], 54), fill=(40, 44, 52))
    pen.text((18, 14), f"DEMO  {item}  {stage}", fill=(255, 255, 255), font_size=26)
    data = io.BytesIO()
    image.save(data, "JPEG", quality=82)
    return data.getvalue()


def _manhole(pen: Draw, ground: int, stage: str, rng: Random) -> None:
    x = 440 + rng.randint(-80, 80)
    box = (x, ground + 120, x + 190, ground + 190)
    pen.ellipse(box, fill=(98, 98, 100) if stage == "after" else (12, 12, 14), outline=(70, 70, 72), width=9)
    if stage == "after":
        for n in range(1, 6):
            pen.line((x + n * 31, ground + 130, x + n * 31, ground + 180), fill=(66, 66, 68), width=4)


def _snow(pen: Draw, ground: int, stage: str, rng: Random) -> None:
    pen.rectangle((0, ground, *SIZE), fill=(238, 242, 247))
    if stage != "before":
        wide = 900 if stage == "after" else 430
        pen.polygon(
            [(60, 720), (60 + wide, 720), (420 + wide // 3, ground), (380, ground)], fill=(128, 130, 133)
        )
    for _ in range(160):
        x, y = rng.randint(0, 960), rng.randint(60, 720)
        pen.ellipse((x, y, x + 6, y + 6), fill=(255, 255, 255))


def _lamp(pen: Draw, ground: int, stage: str, rng: Random) -> None:
    pen.rectangle((0, 0, *SIZE), fill=(22, 27, 44))
    pen.rectangle((0, ground, *SIZE), fill=(38, 40, 46))
    x = 470 + rng.randint(-90, 90)
    if stage == "after":
        pen.polygon([(x + 60, 190), (x - 190, ground + 170), (x + 320, ground + 170)], fill=(120, 110, 66))
    pen.rectangle((x, 180, x + 14, ground + 60), fill=(122, 126, 132))
    pen.rectangle((x, 172, x + 96, 188), fill=(122, 126, 132))
    pen.ellipse((x + 62, 180, x + 112, 212), fill=(255, 240, 170) if stage == "after" else (70, 72, 78))


def _garbage(pen: Draw, ground: int, stage: str, rng: Random) -> None:
    pen.rectangle((390, ground + 10, 560, ground + 170), fill=(56, 122, 74), outline=(36, 84, 50), width=6)
    if stage == "after":
        return
    for _ in range(34 if stage == "before" else 12):
        x, y, size = rng.randint(270, 690), rng.randint(ground + 90, ground + 210), rng.randint(22, 58)
        tone = rng.choice(((196, 188, 170), (70, 74, 88), (168, 92, 70), (224, 224, 220)))
        pen.ellipse((x, y, x + size, y + size * 2 // 3), fill=tone)


def _pothole(pen: Draw, ground: int, stage: str, rng: Random) -> None:
    x = 380 + rng.randint(-60, 60)
    corners = [(x + dx + rng.randint(-14, 14), ground + dy) for dx, dy in
               ((0, 130), (70, 96), (190, 104), (250, 140), (200, 190), (80, 196))]  # fmt: skip
    pen.polygon(corners, fill=(62, 62, 64) if stage == "after" else (92, 80, 66))
    if stage != "after":
        pen.ellipse((x + 70, ground + 126, x + 180, ground + 172), fill=(110, 124, 134))


def _straw(pen: Draw, ground: int, stage: str, rng: Random) -> None:
    pen.rectangle((0, 260, *SIZE), fill=(188, 168, 104) if stage == "before" else (150, 140, 104))
    for x in range(0, 960, 26):
        pen.line((x, 720, x + rng.randint(-8, 8), 600 + rng.randint(-12, 12)), fill=(150, 128, 70), width=5)
    if stage == "after":
        pen.ellipse((330, 430, 640, 540), fill=(58, 54, 50))
        return
    for _ in range(26 if stage == "before" else 8):
        x, y, r = rng.randint(330, 620), rng.randint(90, 420), rng.randint(26, 74)
        pen.ellipse((x, y, x + r, y + r), fill=(176, 176, 178))
    for x in range(360, 600, 40):
        pen.polygon([(x, 480), (x + 20, 400 + rng.randint(0, 40)), (x + 40, 480)], fill=(236, 116, 34))


def _cars(pen: Draw, ground: int, stage: str, rng: Random) -> None:
    pen.rectangle((300, ground - 6, 690, ground + 4), fill=(220, 60, 50))
    for n in range(0 if stage == "after" else 1 if stage == "during" else 3):
        x, tone = 190 + n * 215, rng.choice(((178, 44, 46), (52, 84, 140), (224, 224, 226), (44, 46, 50)))
        pen.rectangle((x, ground + 96, x + 186, ground + 150), fill=tone)
        pen.polygon(
            [(x + 30, ground + 96), (x + 60, ground + 56), (x + 130, ground + 56), (x + 158, ground + 96)],
            fill=tone,
        )
        for wheel in (x + 26, x + 126):
            pen.ellipse((wheel, ground + 132, wheel + 36, ground + 168), fill=(20, 20, 22))


def _tree(pen: Draw, ground: int, stage: str, rng: Random) -> None:
    if stage == "after":
        pen.rectangle((470, ground + 60, 520, ground + 100), fill=(120, 84, 52))
        return
    pen.line((260, ground + 150, 640, ground + 110), fill=(112, 78, 48), width=34)
    for _ in range(38):
        x, y, r = rng.randint(560, 800), rng.randint(ground + 10, ground + 170), rng.randint(24, 60)
        pen.ellipse((x, y, x + r, y + r), fill=(58, rng.randint(106, 150), 62))


_SCENES: dict[str, Callable[[Draw, int, str, Random], None]] = {
    "MS-07": _manhole,
    "MS-12": _snow,
    "MS-09": _lamp,
    "MS-13": _garbage,
    "MS-08": _pothole,
    "XZ-25": _straw,
    "MS-03": _cars,
    "MS-15": _tree,
}
