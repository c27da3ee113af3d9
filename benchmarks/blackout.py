"""Faces found in the photos of the shared data against a count by hand, and the time a photo takes.

Looked through, before the detector was run, were the readable pictures of `exif/` and the street photos of `opensfm/` and
`mapillary_tools/`. Counted is every face of a person in front or side view, even if partly hidden, down to the two walkers
of `DSCN0025`; not the backs of heads, paintings, drawings, statues. The faces of `opensfm/berlin` were blurred by whoever
published them and are not counted: the street photos have no other face in sight, so the count is of snapshots.

The data lies in `$SHAODAO_SHARED_DATA`, by default `../shared/data` beside the checkout.

script/bench blackout
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from statistics import median

from shaodao.ground.files import faces
from shaodao.ground.files.decoding import shared
from shaodao.ground.files.kinds import PICTURES, kind_of
from shaodao.ground.files.refusals import Refusal

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("SHAODAO_SHARED_DATA") or ROOT.parent / "shared" / "data") / "photos"
FOLDERS = ("exif", "opensfm", "mapillary_tools", "road", "manhole", "dedup")
# The middle of each face, in thousandths of width and height.
COUNTED: dict[str, list[tuple[int, int]]] = {
    "exif/exif-org/canon-ixus.jpg": [(420, 450), (490, 475), (545, 495), (45, 530)],
    "exif/exif-org/kodak-dc210.jpg": [(40, 565), (265, 410), (490, 535), (710, 610)],
    "exif/exif-org/sony-d700.jpg": [(175, 195), (380, 270)],
    "exif/exif-org/sony-cybershot.jpg": [(195, 225)],
    "exif/gps/DSCN0025.jpg": [(203, 600), (242, 600)],
    "exif/invalid/image00971.jpg": [(825, 340)],
    "exif/invalid/image01088.jpg": [(710, 185)],
    "exif/invalid/image01137.jpg": [(280, 620)],
    "exif/Konica_Minolta_DiMAGE_Z3.jpg": [(475, 235)],
    "exif/xmp/no_exif.jpg": [(700, 95)],
    "exif/tests/28-hex_value.jpg": [(310, 903)],
}
BAR = 0.8


def main() -> None:
    if not DATA.exists():
        sys.exit(f"skipped: no photos in {DATA}")
    hit = missed = others = pictures = 0
    times: list[float] = []
    for path in sorted(each for folder in FOLDERS for each in (DATA / folder).rglob("*")):
        if path.suffix.lower() not in (".jpg", ".jpeg", ".png"):
            continue
        data = path.read_bytes()
        if kind_of(data) not in PICTURES:
            continue
        try:
            display = shared().decode(data, kind_of(data)).display
        except Refusal:
            continue
        pictures += 1
        given = shared().pixels(display)
        begun = time.process_time()
        found = faces.find(*given)
        times.append(time.process_time() - begun)
        counted = COUNTED.get(path.relative_to(DATA).as_posix(), [])
        held = [
            p for p in counted if any(b.left <= p[0] <= b.right and b.top <= p[1] <= b.bottom for b in found)
        ]
        hit, missed = hit + len(held), missed + len(counted) - len(held)
        others += sum(
            not any(b.left <= x <= b.right and b.top <= y <= b.bottom for x, y in counted) for b in found
        )
        if len(held) < len(counted) or (found and not counted):
            print(
                f"  {path.relative_to(DATA)}: {len(counted)} counted, {len(held)} found, {len(found)} boxes"
            )
    low, high = wilson(hit, hit + missed)
    print(
        f"pictures {pictures}   faces counted {hit + missed}   found {hit}   recall {hit / (hit + missed):.2f}"
    )
    print(
        f"Wilson 95 % {low:.2f}–{high:.2f}   bar {BAR}   other boxes {others} ({others / pictures:.2f} a picture)"
    )
    print(f"processor time a picture   median {median(times):.2f} s   longest {max(times):.2f} s")


def wilson(hits: int, of: int, z: float = 1.96) -> tuple[float, float]:
    share, spread = hits / of, z * z / of
    middle, half = share + spread / 2, z * ((share * (1 - share) + spread / 4) / of) ** 0.5
    return (middle - half) / (1 + spread), (middle + half) / (1 + spread)


if __name__ == "__main__":
    main()
