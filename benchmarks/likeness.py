"""What is like what, on real messages and photos of the shared data. One JSON line each:

near-duplicate messages at the shipped threshold (annex 2, its column `group` is the truth), groups of identical text
(annex 3), and pictures: copies of one picture (`dedup`), frames five metres apart (`road`) and copies made of them.
The data lies in `$SHAODAO_SHARED_DATA`, by default `../shared/data` beside the repository."""

import csv
import io
import json
import os
import re
import sys
import time
from collections import Counter
from collections.abc import Iterable
from itertools import combinations
from pathlib import Path

from openpyxl import load_workbook
from PIL import Image

from shaodao.centre.likeness import words
from shaodao.centre.likeness.light import light_of
from shaodao.county.pack import load
from shaodao.ground.files.decoder import fingerprint
from shaodao.ground.files.decoding import Decoders
from shaodao.ground.files.fingerprints import SAME, bands, distance, same
from shaodao.ground.files.kinds import PICTURES, kind_of
from shaodao.ground.files.refusals import Refusal

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("SHAODAO_SHARED_DATA") or ROOT.parent / "shared" / "data")
PACK = ROOT / "county" / "huinan"


def annex2() -> tuple[list[str], list[str]]:
    """Texts and their groups."""
    with (DATA / "messages" / "annex2_raw_subset.csv").open(encoding="utf-8-sig", newline="") as table:
        rows = list(csv.DictReader(table))
    return [f"{row['title']} {row['detail']}" for row in rows], [row["group"] for row in rows]


def annex3() -> list[str]:
    sheet = load_workbook(DATA / "messages" / "annex3_messages.xlsx", read_only=True).active
    assert sheet is not None
    return [str(row[4] or "") for row in sheet.iter_rows(min_row=2, values_only=True)]


def ratio(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def near_duplicates(
    texts: list[str], truth: list[str], light: words.Light, least: float
) -> dict[str, object]:
    """Precision and recall over pairs of messages."""
    start = time.process_time()
    made = [words.read(text, light) for text in texts]
    found = [(one, other) for one, other, _ in words.pairs(made, least, light)]
    spent = time.process_time() - start
    right = sum(truth[one] == truth[other] for one, other in found)
    there = sum(n * (n - 1) // 2 for n in Counter(truth).values())
    return {
        "messages": len(texts), "threshold": least, "pairs": there, "found": len(found),
        "precision": ratio(right, len(found)), "recall": ratio(right, there), "seconds": round(spent, 2),
    }  # fmt: skip


def identical(texts: list[str], light: words.Light) -> dict[str, object]:
    """How many groups of identical text (spaces apart) come out within one group of what is found."""
    start = time.process_time()
    made = [words.read(text, light) for text in texts]
    found = words.groups(len(texts), ((one, other) for one, other, _ in words.pairs(made, light=light)))
    spent = time.process_time() - start
    of = {index: number for number, group in enumerate(found) for index in group}
    bare = [re.sub(r"\s+", "", text) for text in texts]
    alike = [text for text, count in Counter(bare).items() if count > 1]
    whole = sum(
        len({of.get(i, -i - 1) for i, text in enumerate(bare) if text == each}) == 1 for each in alike
    )
    return {"messages": len(texts), "groups": len(alike), "whole": whole, "seconds": round(spent, 2)}


def prints(folder: Path, decoders: Decoders) -> dict[Path, bytes]:
    """The fingerprints of the pictures below a folder that can be taken in."""
    found: dict[Path, bytes] = {}
    for path in sorted(folder.rglob("*")):
        data = path.read_bytes() if path.is_file() else b""
        if (kind := kind_of(data)) in PICTURES:
            try:
                found[path] = decoders.decode(data, kind).phash
            except Refusal:
                continue
    return found


def copies(display: bytes) -> Iterable[tuple[str, bytes]]:
    """What becomes of a picture on its way through phones and messengers."""
    picture = Image.open(io.BytesIO(display)).convert("RGB")
    wide, high = picture.size
    made = {
        "coarse": (picture, 30),
        "half": (picture.resize((wide // 2, high // 2)), 70),
        "small": (picture.resize((320, max(1, 320 * high // wide))), 60),
        "bright": (picture.point(lambda level: min(255, int(level * 1.25))), 85),
        "cropped": (picture.crop((wide // 50, high // 50, wide - wide // 50, high - high // 50)), 85),
    }
    for name, (copy, quality) in made.items():
        out = io.BytesIO()
        copy.save(out, "JPEG", quality=quality)
        yield name, bytes.fromhex(fingerprint(Image.open(out)))


def pictures() -> Iterable[dict[str, object]]:
    decoders = Decoders()
    dedup = prints(DATA / "photos" / "dedup", decoders)
    scene = {
        path: re.sub(r"_.*", "", path.stem.replace("alpha_channel_image", "ukbench00120")) for path in dedup
    }
    turned = {path for path in dedup if "hflip" in path.stem or "rotation" in path.stem}
    seen = [
        (same(dedup[one], dedup[other]), scene[one] == scene[other], one in turned or other in turned)
        for one, other in combinations(dedup, 2)
    ]
    copied = [found for found, alike, other_view in seen if alike and not other_view]
    strange = [found for found, alike, _ in seen if not alike]
    yield {
        "photos": "dedup", "pictures": len(dedup), "threshold": SAME, "copies": len(copied), "found": sum(copied),
        "others": len(strange), "merged": sum(strange),
    }  # fmt: skip
    road = prints(DATA / "photos" / "road", decoders)
    apart = sorted(distance(one, other) for one, other in combinations(road.values(), 2))
    yield {
        "photos": "road", "frames": len(road), "pairs": len(apart), "merged": sum(d <= SAME for d in apart),
        "nearest": apart[:5],
    }  # fmt: skip
    found: Counter[str] = Counter()
    banded = whole = 0
    for path, fingerprint_ in road.items():
        display = decoders.decode(path.read_bytes(), kind_of(path.read_bytes())).display
        for name, copy in copies(display):
            found[name] += same(fingerprint_, copy)
            whole += same(fingerprint_, copy)
            banded += same(fingerprint_, copy) and bool({*bands(fingerprint_)} & {*bands(copy)})
    yield {"photos": "copies of road", "of": len(road), **found, "found_by_bands": ratio(banded, whole)}


def main() -> None:
    if not DATA.is_dir():
        sys.exit(f"skipped: no data in {DATA}")
    light = light_of(load(PACK))
    texts, truth = annex2()
    for least in (words.NEAR_DUPLICATE, 0.2, 0.4, 0.5):
        print(json.dumps(near_duplicates(texts, truth, light, least)))
    print(json.dumps(identical(annex3(), light)))
    for line in pictures():
        print(json.dumps(line))


if __name__ == "__main__":
    main()
