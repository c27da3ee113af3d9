"""The child process that decodes pictures. Runs as a program of its own and imports nothing of Shaodao.

Pictures come from strangers, so they are decoded where little is lost: a process without environment, files,
network use or further children, under limits of memory and time. It reads requests from standard input and
writes answers to standard output until its input ends:

    request   4 bytes of format (`JPEG`, `PNG `, `WEBP`), 8 bytes of length, the file
              `RAW `: the same of a display copy, to look at
              `OVER`: 4 bytes of length, JSON (boxes as four thousandths each), a display copy, to be painted over
    answer    4 bytes of length, JSON; then, unless it holds `refused`, as long as `sizes` says: the display copy
              and the thumbnail; the RGB pixels; the display copy and the thumbnail painted over

The copies are JPEG in sRGB, upright, on white, with nothing of the original but its picture.
"""

import io
import json
import re
import resource
import struct
import sys
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any, BinaryIO

from PIL import (
    Image,
    ImageCms,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

PLUGINS = (
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)  # loaded before limits
DISPLAY, THUMB = 1600, 320  # longer side in pixels
SIDE = 16  # of a fingerprint
BLACK = (24, 24, 24)
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
ORIENTATION, EXIF, GPS, TAKEN, TAKEN_DIGITAL = 0x0112, 0x8769, 0x8825, 0x9003, 0x9004
TIME = re.compile(r"(\d{4}):(\d\d):(\d\d) (\d\d):(\d\d):(\d\d)", re.ASCII)
WORLD = {"", "wgs84", "wgs1984", "cgcs2000"}  # the only datums that mean WGS-84 here


def main() -> None:
    megabytes, processor_seconds, pixels = map(int, sys.argv[1:])
    Image.preinit()
    Image.MAX_IMAGE_PIXELS = None  # judged here, with a proper answer
    memory = megabytes << 20
    for what, limit in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 0),
        (resource.RLIMIT_NPROC, 0),
    ):
        resource.setrlimit(what, (limit, limit))
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    while head := requests.read(12):
        form, length = struct.unpack(">4sQ", head)
        spent = int(time.process_time()) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (spent + processor_seconds, resource.RLIM_INFINITY))
        _answer(answers, requests.read(length), form.decode().strip(), pixels)


def _answer(answers: BinaryIO, data: bytes, form: str, pixels: int) -> None:
    copies: list[bytes] = []
    try:
        facts, *copies = JOBS.get(form, decode)(data, form, pixels)
    except TooManyPixels as refusal:
        facts = {"refused": "too_many_pixels", "width": refusal.args[0], "height": refusal.args[1]}
    except MemoryError:
        facts = {"refused": "broken_picture", "why": "memory"}
    except Exception:  # whatever a hostile file provokes is the file's fault
        facts = {"refused": "broken_picture", "why": "content"}
    text = json.dumps(facts).encode()
    answers.write(struct.pack(">I", len(text)) + text + b"".join(copies))
    answers.flush()


class TooManyPixels(Exception):
    """Width and height of a picture that is not worth decoding."""


def decode(data: bytes, form: str, pixels: int) -> tuple[dict[str, Any], bytes, bytes]:
    """Facts, display copy and thumbnail of one picture."""
    picture = Image.open(io.BytesIO(data), formats=[form])
    width, height = picture.size
    if width * height > pixels:
        raise TooManyPixels(width, height)
    notes = _notes(picture)
    turn = UPRIGHT.get(notes.pop("orientation"))
    profile = picture.info.get("icc_profile")
    picture.thumbnail((DISPLAY, DISPLAY), Image.Resampling.LANCZOS, reducing_gap=2.0)
    display = _plain(picture, profile)
    if turn is not None:
        display = display.transpose(turn)
        if turn not in (UPRIGHT[2], UPRIGHT[3], UPRIGHT[4]):
            width, height = height, width
    thumb = display.copy()
    thumb.thumbnail((THUMB, THUMB), Image.Resampling.LANCZOS)
    copies = _jpeg(display, 85), _jpeg(thumb, 80)
    sizes = [len(copy) for copy in copies]
    return {"width": width, "height": height, "phash": fingerprint(display), "sizes": sizes, **notes}, *copies


def look(data: bytes, form: str, pixels: int) -> tuple[dict[str, Any], bytes]:
    """The pixels of a display copy."""
    picture = _copy(data)
    raw = picture.tobytes()
    return {"width": picture.width, "height": picture.height, "sizes": [len(raw)]}, raw


def paint_over(data: bytes, form: str, pixels: int) -> tuple[dict[str, Any], bytes, bytes]:
    """The display copy and the thumbnail of one that is painted over: nothing of what was there is left."""
    (length,) = struct.unpack(">I", data[:4])
    picture = _copy(data[4 + length :])
    width, height = picture.size
    for left, top, right, bottom in json.loads(data[4 : 4 + length]):
        at = (
            left * width // 1000,
            top * height // 1000,
            -(-right * width // 1000),
            -(-bottom * height // 1000),
        )
        picture.paste(BLACK, at)
    thumb = picture.copy()
    thumb.thumbnail((THUMB, THUMB), Image.Resampling.LANCZOS)
    copies = _jpeg(picture, 85), _jpeg(thumb, 80)
    return {"sizes": [len(copy) for copy in copies]}, *copies


def _copy(data: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(data), formats=["JPEG"])
    if max(picture.size) > DISPLAY:
        raise TooManyPixels(*picture.size)
    return picture.convert("RGB")


def fingerprint(picture: Image.Image) -> str:
    """256-bit difference hash in hex: is each of 17 x 16 grey cells brighter than its right neighbour, row by row?"""
    grey = picture.convert("L").resize((SIDE + 1, SIDE), Image.Resampling.LANCZOS).tobytes()
    bits = 0
    for row in range(SIDE):
        for at in range(row * (SIDE + 1), row * (SIDE + 1) + SIDE):
            bits = bits << 1 | (grey[at] > grey[at + 1])
    return f"{bits:064x}"


def _plain(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """The same picture as sRGB without transparency and without any metadata."""
    if picture.mode.startswith(("I", "F")):  # 16 bits a channel or more
        picture = picture.convert("I").point(lambda level: level / 257).convert("L")
    if profile and picture.mode in ("RGB", "L", "CMYK"):
        picture = _standard_colours(picture, profile)
    flat = Image.new("RGB", picture.size, "white")
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        flat.paste(picture, mask=picture)
    else:
        flat.paste(picture.convert("RGB"))
    return flat


def _standard_colours(picture: Image.Image, profile: bytes) -> Image.Image:
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(
            picture, source, ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, OSError, ValueError):
        return picture  # a broken profile only costs exact colours
    return converted or picture


def _jpeg(picture: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality, progressive=True)
    return out.getvalue()


# --- what the camera noted ---


def _notes(picture: Image.Image) -> dict[str, Any]:
    """Orientation, place (1e-7 degrees, WGS-84) and local time; a note that cannot be trusted is None."""
    orientation = _trusted(lambda: int(picture.getexif().get(ORIENTATION, 1)))
    taken = _trusted(lambda: _taken(picture.getexif().get_ifd(EXIF)))
    lon, lat = _trusted(lambda: _place(picture.getexif().get_ifd(GPS))) or (None, None)
    return {"orientation": orientation, "taken_at": taken, "lon": lon, "lat": lat}


def _trusted(note: Callable[[], Any]) -> Any:
    try:
        return note()
    except Exception:  # cameras and editors write what they like; the picture itself may be sound
        return None


def _taken(ifd: dict[int, Any]) -> str | None:
    for tag in (TAKEN, TAKEN_DIGITAL):
        if (found := TIME.fullmatch(_text(ifd.get(tag, "")))) and found[1] >= "1990":  # else never set
            year, month, day, hour, minute, second = map(int, found.groups())
            return datetime(year, month, day, hour, minute, second).isoformat()  # noqa: DTZ001  # local time
    return None


def _place(ifd: dict[int, Any]) -> tuple[int, int] | None:
    datum = "".join(filter(str.isalnum, _text(ifd.get(18, "")))).lower()
    lat = _degrees(ifd.get(2), {"N": 1, "S": -1}.get(_text(ifd.get(1))))
    lon = _degrees(ifd.get(4), {"E": 1, "W": -1}.get(_text(ifd.get(3))))
    if datum not in WORLD or lat is None or lon is None or abs(lat) > 90 or abs(lon) > 180:
        return None
    if lat == lon == 0:  # what a camera without a fix writes
        return None
    return round(lon * 10_000_000), round(lat * 10_000_000)


def _degrees(parts: Any, sign: int | None) -> float | None:
    if sign is None or not isinstance(parts, tuple) or len(parts) != 3:
        return None
    degrees, minutes, seconds = map(float, parts)  # a zero denominator reads as NaN
    if not (0 <= degrees <= 180 and 0 <= minutes < 60.0001 and 0 <= seconds < 60.0001):
        return None
    return sign * (degrees + minutes / 60 + seconds / 3600)


def _text(value: Any) -> str:
    return (value.decode("latin-1") if isinstance(value, bytes) else str(value)).strip("\0 ")


JOBS: dict[str, Callable[[bytes, str, int], Any]] = {"RAW": look, "OVER": paint_over}

if __name__ == "__main__":
    main()
