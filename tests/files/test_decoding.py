"""The child process: what comes out of it is a clean, upright picture, or a refusal; never more."""

import io
import os
import signal
import struct
import subprocess
import sys
import zlib
from dataclasses import replace
from datetime import datetime

import pytest
from PIL import Image, ImageCms

from shaodao.ground.files.decoder import UPRIGHT, fingerprint
from shaodao.ground.files.decoding import Bounds, Decoders
from shaodao.ground.files.fingerprints import SAME, distance
from shaodao.ground.files.refusals import Refusal

GPS = {1: "N", 2: (42.0, 41.0, 0.6), 3: "E", 4: (126.0, 2.0, 34.08)}  # the county seat
CORNERS = {"top left": "red", "top right": "lime", "bottom left": "blue", "bottom right": "grey"}


@pytest.fixture
def own():
    """A pool of one child, for tests that mistreat it."""
    pool = Decoders(Bounds(children=1))
    yield pool
    pool.close()


def exif(**parts) -> Image.Exif:
    made = Image.Exif()
    if "orientation" in parts:
        made[0x0112] = parts["orientation"]
    if "gps" in parts:
        made.get_ifd(0x8825).update(parts["gps"])
    if "taken" in parts:
        made.get_ifd(0x8769)[parts.get("tag", 0x9003)] = parts["taken"]
    return made


def corners(data: bytes) -> dict[str, str]:
    picture = Image.open(io.BytesIO(data))
    right, bottom = picture.width - 10, picture.height - 10
    places = {
        "top left": (10, 10),
        "top right": (right, 10),
        "bottom left": (10, bottom),
        "bottom right": (right, bottom),
    }
    names = {(1, 0, 0): "red", (0, 1, 0): "lime", (0, 0, 1): "blue"}
    return {
        place: names.get(tuple(round(level / 255) for level in picture.getpixel(at)), "grey")
        for place, at in places.items()
    }


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_it_makes_a_display_copy_and_a_thumbnail(decoders, scene, encoded, form):
    made = decoders.decode(encoded(scene(2400, 1800), form), form.lower())
    assert (made.width, made.height) == (2400, 1800)
    for copy, size in ((made.display, (1600, 1200)), (made.thumb, (320, 240))):
        picture = Image.open(io.BytesIO(copy))
        assert (picture.format, picture.mode, picture.size) == ("JPEG", "RGB", size)
    assert corners(made.display) == CORNERS


def test_it_does_not_enlarge_a_small_picture(decoders, scene, encoded):
    made = decoders.decode(encoded(scene(200, 100)), "jpeg")
    assert Image.open(io.BytesIO(made.display)).size == (200, 100)
    assert Image.open(io.BytesIO(made.thumb)).size == (200, 100)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_it_turns_a_picture_upright(decoders, scene, encoded, orientation):
    lying = scene()
    if orientation > 1:
        back = {6: 8, 8: 6}.get(orientation, orientation)  # the turn that undoes it
        lying = lying.transpose(UPRIGHT[back])
    made = decoders.decode(encoded(lying, exif=exif(orientation=orientation)), "jpeg")
    assert (made.width, made.height) == (400, 300)
    assert corners(made.display) == corners(made.thumb) == CORNERS


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_it_reads_what_the_camera_noted_and_strips_it_from_the_copies(decoders, scene, encoded, form):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    notes = exif(orientation=1, gps=GPS, taken="2026:03:10 08:59:30")
    options = {"comment": b"13912345678"} if form == "JPEG" else {}
    made = decoders.decode(encoded(scene(), form, exif=notes, icc_profile=profile, **options), form.lower())
    assert (made.lon, made.lat) == (1260428000, 426835000)
    assert made.taken_at == datetime(2026, 3, 10, 8, 59, 30)  # noqa: DTZ001
    for copy in (made.display, made.thumb):
        picture = Image.open(io.BytesIO(copy))
        assert not picture.getexif()
        assert set(picture.info) <= {
            "jfif",
            "jfif_version",
            "jfif_unit",
            "jfif_density",
            "progressive",
            "progression",
        }
        assert b"Exif" not in copy
        assert b"139" not in copy


@pytest.mark.parametrize(
    ("gps", "place"),
    [
        (GPS | {1: "S", 3: "W"}, (-1260428000, -426835000)),
        (GPS | {18: "WGS-84"}, (1260428000, 426835000)),
        (GPS | {18: "Tokyo"}, (None, None)),  # another datum
        (GPS | {18: "GCJ-02"}, (None, None)),
        (GPS | {1: ""}, (None, None)),  # north or south is not guessed
        ({1: "N", 2: GPS[2]}, (None, None)),
        (GPS | {2: (0.0, 0.0, 0.0), 4: (0.0, 0.0, 0.0)}, (None, None)),  # no fix
        (GPS | {2: (91.0, 0.0, 0.0)}, (None, None)),
        (GPS | {4: (181.0, 0.0, 0.0)}, (None, None)),
        (GPS | {2: (42.0, 75.0, 0.0)}, (None, None)),
    ],
)
def test_it_trusts_a_place_only_when_it_is_whole(decoders, scene, encoded, gps, place):
    made = decoders.decode(encoded(scene(), exif=exif(gps=gps)), "jpeg")
    assert (made.lon, made.lat) == place


def test_a_place_divided_by_zero_is_none(decoders, scene, encoded):
    made = encoded(scene(), exif=exif(gps=GPS))
    degrees = struct.pack(">II", 42, 1) if b"MM\x00*" in made else struct.pack("<II", 42, 1)
    assert degrees in made
    broken = decoders.decode(made.replace(degrees, degrees[:4] + bytes(4)), "jpeg")
    assert (broken.lon, broken.lat) == (None, None)


@pytest.mark.parametrize(
    ("taken", "moment"),
    [
        ("2026:03:10 08:59:30", "2026-03-10T08:59:30"),
        ("2026:03:10 08:59:30\0", "2026-03-10T08:59:30"),
        ("0000:00:00 00:00:00", None),
        ("1970:01:01 00:00:00", None),
        ("2026:13:10 08:59:30", None),
        ("2026-03-10T08:59", None),
        ("    :  :     :  :  ", None),
        ("", None),
    ],
)
def test_it_trusts_a_time_only_when_it_is_one(decoders, scene, encoded, taken, moment):
    made = decoders.decode(encoded(scene(), exif=exif(taken=taken)), "jpeg")
    assert (made.taken_at and made.taken_at.isoformat()) == moment


def test_it_takes_the_time_of_digitizing_where_there_is_no_other(decoders, scene, encoded):
    made = decoders.decode(encoded(scene(), exif=exif(taken="2026:03:10 08:00:00", tag=0x9004)), "jpeg")
    assert made.taken_at == datetime(2026, 3, 10, 8)  # noqa: DTZ001


@pytest.mark.parametrize("mode", ["L", "1", "P", "RGBA", "LA", "CMYK", "I;16"])
def test_it_reads_every_kind_of_pixel(decoders, scene, encoded, mode):
    picture = (
        scene(mode="L").convert("I").point(lambda x: x * 257).convert("I;16")
        if mode == "I;16"
        else scene(mode=mode)
    )
    form = "JPEG" if mode == "CMYK" else "PNG"
    made = decoders.decode(encoded(picture, form), form.lower())
    shown = Image.open(io.BytesIO(made.display))
    expected = scene(mode="L").convert("RGB") if mode in ("L", "LA", "I;16") else scene(mode="RGB")
    if mode != "1":
        for at in ((10, 10), (390, 10), (10, 290), (390, 290)):
            assert all(
                abs(a - b) < 40 for a, b in zip(shown.getpixel(at), expected.getpixel(at), strict=True)
            )


def test_what_is_transparent_becomes_white(decoders, encoded):
    made = decoders.decode(encoded(Image.new("RGBA", (50, 50), (0, 0, 0, 0)), "PNG"), "png")
    assert Image.open(io.BytesIO(made.display)).getpixel((25, 25)) == (255, 255, 255)


def test_a_broken_colour_profile_is_no_obstacle(decoders, scene, encoded):
    assert decoders.decode(encoded(scene(), icc_profile=b"no profile at all" * 20), "jpeg").width == 400


def test_a_moving_picture_shows_its_first_frame(decoders, scene, encoded):
    frames = {"save_all": True, "append_images": [Image.new("RGB", (400, 300), "white")]}
    for form in ("PNG", "WEBP"):
        assert corners(decoders.decode(encoded(scene(), form, **frames), form.lower()).display) == CORNERS


# --- fingerprints ---


def test_the_fingerprint_survives_size_and_quality_and_tells_pictures_apart(decoders, scene, encoded):
    one = decoders.decode(encoded(scene(1200, 900), quality=95), "jpeg").phash
    same = decoders.decode(encoded(scene(500, 375), "WEBP", quality=60), "webp").phash
    other = decoders.decode(encoded(scene().transpose(UPRIGHT[3])), "jpeg").phash
    assert distance(one, same) <= SAME
    assert distance(one, other) > 4 * SAME


def test_the_fingerprint_has_256_bits():
    falling = Image.linear_gradient("L").rotate(
        -90
    )  # each cell brighter than its right neighbour, or the reverse
    seen = {fingerprint(falling), fingerprint(falling.transpose(UPRIGHT[2]))}
    assert seen == {"f" * 64, "0" * 64}


# --- hostile files ---


def png(width: int, height: int, data: bytes = b"") -> bytes:
    """A PNG of one bit a pixel whose header says its size, whatever follows."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(data))
        + chunk(b"IEND", b"")
    )


def refused(pool: Decoders, data: bytes, kind: str) -> Refusal:
    with pytest.raises(Refusal) as refusal:
        pool.decode(data, kind)
    return refusal.value


def test_a_fifty_megapixel_bomb_is_refused_by_its_header(decoders):
    bomb = png(10_000, 5_000, bytes(1251 * 5000))
    assert len(bomb) < 20_000
    refusal = refused(decoders, bomb, "png")
    assert refusal.code == "too_many_pixels"
    assert refusal.params == {"limit": 40_000_000, "width": 10_000, "height": 5_000}


def test_a_giant_jpeg_is_refused_by_its_header(decoders, photo):
    at = photo.index(b"\xff\xc0") + 5
    giant = photo[:at] + struct.pack(">HH", 65_000, 65_000) + photo[at + 4 :]
    assert refused(decoders, giant, "jpeg").code == "too_many_pixels"


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("part", [0.02, 0.5, 0.9])
def test_a_truncated_picture_is_refused(decoders, encoded, form, part):
    whole = encoded(Image.effect_noise((300, 300), 80).convert("RGB"), form)
    refusal = refused(decoders, whole[: int(len(whole) * part)], form.lower())
    assert refusal.code == "broken_picture"


def test_the_wrong_format_inside_is_refused(decoders, scene, encoded):
    assert refused(decoders, b"\xff\xd8\xff" + encoded(scene(), "PNG"), "jpeg").code == "broken_picture"
    assert refused(decoders, encoded(scene(), "GIF"), "jpeg").code == "broken_picture"


def test_a_text_bomb_in_a_picture_is_refused(decoders, photo):
    """100 MB of zeros as a compressed note in a PNG."""
    body = b"Comment\0\0" + zlib.compress(bytes(100_000_000))
    note = struct.pack(">I", len(body)) + b"zTXt" + body + struct.pack(">I", zlib.crc32(b"zTXt" + body))
    picture = png(8, 8, bytes(16))
    at = picture.index(b"IDAT") - 4
    assert refused(decoders, picture[:at] + note + picture[at:], "png").code == "broken_picture"


def test_a_picture_that_needs_too_much_memory_is_refused_and_the_next_is_not(scene, encoded):
    pool = Decoders(Bounds(memory_mb=150, children=1))
    try:
        assert pool.decode(encoded(scene()), "jpeg").width == 400
        refusal = refused(pool, encoded(Image.new("RGBA", (6200, 6200)), "PNG"), "png")
        assert (refusal.code, refusal.params["why"]) == ("broken_picture", "memory")
        assert pool.decode(encoded(scene()), "jpeg").width == 400
    finally:
        pool.close()


def test_it_has_room_for_the_largest_picture_it_allows(decoders, encoded):
    assert decoders.decode(encoded(Image.new("RGBA", (8000, 5000)), "PNG"), "png").width == 8000


def test_a_child_that_hangs_is_killed_and_replaced(own, photo):
    own.decode(photo, "jpeg")
    (child,) = own._idle
    child.bounds = replace(child.bounds, wall_seconds=0.2)
    os.kill(child.process.pid, signal.SIGSTOP)
    refusal = refused(own, photo, "jpeg")
    assert (refusal.code, refusal.params) == ("broken_picture", {"why": "limits"})
    assert child.process.returncode == -signal.SIGKILL
    assert own.decode(photo, "jpeg").width == 400


def test_a_child_that_died_while_idle_costs_nobody_a_picture(own, photo):
    own.decode(photo, "jpeg")
    own._idle[0].process.kill()
    own._idle[0].process.wait()
    assert own.decode(photo, "jpeg").width == 400


def test_a_child_serves_until_it_is_due_for_replacement(photo):
    pool = Decoders(Bounds(children=1, jobs=2))
    try:
        served = []
        for _ in range(4):
            pool.decode(photo, "jpeg")
            served.append(pool._idle[0].process.pid if pool._idle else None)
        assert served[1] is served[3] is None
        assert served[0] != served[2]
    finally:
        pool.close()


def test_when_every_child_is_taken_it_says_so(photo):
    pool = Decoders(Bounds(children=1, wall_seconds=0.05))
    with pool._child():
        assert refused(pool, photo, "jpeg").code == "busy"
    pool.close()


def test_a_child_that_answers_nonsense_is_replaced(own, photo, monkeypatch):
    own.decode(photo, "jpeg")
    (child,) = own._idle
    monkeypatch.setattr(child.process, "stdout", io.BytesIO(b"\xff" * 100))  # an answer of four gigabytes
    assert refused(own, photo, "jpeg").code == "broken_picture"
    assert child.process.returncode is not None
    assert own.decode(photo, "jpeg").width == 400


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_child_knows_nothing_and_can_open_nothing(own, photo):
    own.decode(photo, "jpeg")
    process = f"/proc/{own._idle[0].process.pid}"
    with open(f"{process}/environ", "rb") as environment:
        assert environment.read() == b""
    with open(f"{process}/limits") as limits:
        hard = {line[:25].strip(): line[25:].split()[1] for line in limits}
    assert hard["Max open files"] == hard["Max file size"] == hard["Max processes"] == "0"
    assert hard["Max address space"] == str(800 << 20)


def test_the_child_loads_nothing_of_ours():
    """Its memory holds the decoder and nothing that is worth stealing."""
    program = "import sys, runpy; sys.argv = ['x', '800', '10', '1']; sys.stdin = open('/dev/null');"
    program += (
        "runpy.run_path(PATH, run_name='__main__');"
        + "print([m for m in sys.modules if 'shaodao' in m or 'django' in m])"
    )
    from shaodao.ground.files.decoding import PROGRAM

    out = subprocess.run(
        [sys.executable, "-c", program.replace("PATH", repr(str(PROGRAM)))],
        capture_output=True,
        text=True,
        check=True,
    )
    assert out.stdout.strip() == "[]"


# --- real cameras ---


def test_real_photos_are_all_read(decoders, real_photos):
    """EXIF that is broken, empty, of the wrong type or huge costs a note at most, never the picture."""
    read = 0
    for path in sorted((real_photos / "exif").rglob("*.jp*g")) + sorted(
        real_photos.glob("mapillary_tools/**/*.jpg")
    ):
        made = decoders.decode(path.read_bytes(), "jpeg")
        assert made.width > 0
        read += 1
    assert read >= 80


@pytest.mark.parametrize("shape", ["landscape", "portrait"])
def test_real_photos_in_all_eight_orientations_look_alike(decoders, real_photos, shape):
    paths = sorted(real_photos.rglob(f"{shape}_[1-8].jpg"))
    assert len(paths) == 8
    prints = [decoders.decode(path.read_bytes(), "jpeg").phash for path in paths]
    assert max(distance(prints[0], each) for each in prints) <= SAME


def test_real_photos_keep_their_place_and_time(decoders, real_photos):
    def of(name: str):
        (path,) = real_photos.rglob(name)
        return decoders.decode(path.read_bytes(), "jpeg")

    made = of("DSCN0010.jpg")
    assert (made.lon, made.lat) == (118851267, 434674483)  # Arezzo
    assert made.taken_at == datetime(2008, 10, 22, 16, 28, 39)  # noqa: DTZ001
    assert of("DSC00001.JPG").lon == -1225727650  # Portland, west of Greenwich
    assert of("corrupted.jpg").lon is None
