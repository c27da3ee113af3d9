"""From upload to erasure, with the real table and a real folder."""

import hashlib
import logging
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection
from PIL import Image

from shaodao.ground.files import intake
from shaodao.ground.files.intake import accept, attach, erase, prune, show, sweep
from shaodao.ground.files.models import Evidence
from shaodao.ground.files.refusals import Refusal
from shaodao.ground.files.store import store

NOW = datetime(2026, 3, 10, 1, tzinfo=UTC)
DAY = timedelta(days=1)
WEBM = b"\x1a\x45\xdf\xa3" + bytes(20) + b"webm" + bytes(40) + b"A_OPUS" + bytes(500)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("folder", "decoders")]


def refused(call, *arguments, **named) -> Refusal:
    with pytest.raises(Refusal) as refusal:
        call(*arguments, **named)
    return refusal.value


@pytest.fixture
def committed(django_capture_on_commit_callbacks):
    return lambda: django_capture_on_commit_callbacks(execute=True)


def test_it_takes_a_picture(photo, stored):
    (row,) = accept([photo], "token", NOW)
    row.refresh_from_db()
    assert (row.kind, row.media_type, row.size) == ("picture", "image/jpeg", len(photo))
    assert (row.width, row.height) == (400, 300)
    assert row.commitment == hashlib.sha256(bytes(row.salt) + photo).hexdigest()
    assert row.uploader == hashlib.sha256(b"token").hexdigest()
    assert (row.attached_to, row.subject, row.erased_at) == ("", "", None)
    assert sorted(path.name for path in stored()) == sorted(row.keys)
    assert store().get(row.commitment) == photo


def test_it_keeps_what_the_camera_noted(scene, encoded):
    notes = Image.Exif()
    notes.get_ifd(0x8825).update({1: "N", 2: (42.0, 41.0, 0.6), 3: "E", 4: (126.0, 2.0, 34.08)})
    notes.get_ifd(0x8769)[0x9003] = "2026:03:10 08:59:30"
    (row,) = accept([encoded(scene(), exif=notes)], "token", NOW)
    row.refresh_from_db()
    assert (row.lon, row.lat) == (1260428000, 426835000)
    assert row.taken_at == datetime(2026, 3, 10, 0, 59, 30, tzinfo=UTC)
    notes.get_ifd(0x8769)[0x9003] = "2026:03:12 09:00:00"  # a camera that is days ahead
    assert accept([encoded(scene(), exif=notes)], "token", NOW)[0].taken_at is None


def test_it_takes_a_voice_note_as_it_is(stored):
    (row,) = accept([WEBM], "token", NOW)
    assert (row.kind, row.media_type, row.size) == ("voice", "audio/webm", len(WEBM))
    assert [path.name for path in stored()] == [row.commitment]
    assert show(row.pk, "original", who="user:1", allowed=True).data == WEBM
    assert refused(show, row.pk, "display", who="user:1").code == "no_such_file"


def test_the_same_picture_twice_is_two_files(photo):
    """Each can be erased without touching the other, and nobody can tell that they are the same."""
    one, other = accept([photo, photo], "token", NOW)
    assert one.commitment != other.commitment
    assert one.phash == other.phash


def test_it_takes_nine_pictures_and_a_voice_note_and_no_more(scene, encoded, stored):
    small = encoded(scene(40, 30))
    assert len(accept([small] * 9 + [WEBM], "token", NOW)) == 10
    before = len(stored())
    assert refused(accept, [small] * 10, "token", NOW).params == {"limit": 9}
    assert refused(accept, [WEBM, WEBM], "token", NOW).params == {"limit": 1}
    assert len(stored()) == before
    assert Evidence.objects.count() == 10


@pytest.mark.parametrize(
    ("data", "code", "params"),
    [
        (b"", "empty", {}),
        (b"only words", "not_a_picture", {}),
        (
            b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
            "unsupported",
            {"kind": "svg"},
        ),
        (b"GIF89a" + bytes(50), "unsupported", {"kind": "gif"}),
        (b"\x00\x00\x00\x18ftypheic" + bytes(50), "unsupported", {"kind": "heic"}),
        (b"%PDF-1.7 \xff\xd8\xff\xe0", "unsupported", {"kind": "pdf"}),
        (b"PK\x03\x04" + b"\xff\xd8\xff\xe0", "unsupported", {"kind": "zip"}),
        (
            b"\xff\xd8\xff\xe0<html><script>alert(1)</script>",
            "broken_picture",
            {"why": "content"},
        ),
        (b"\xff\xd8\xff" + bytes(20 << 20), "too_big", {"limit": 20 << 20, "size": (20 << 20) + 3}),
        (b"#!AMR\n" + bytes(10 << 20), "too_big", {"limit": 10 << 20, "size": (10 << 20) + 6}),
    ],
    ids=["empty", "words", "svg", "gif", "heic", "pdf", "zip", "html", "large picture", "long sound"],
)
def test_what_it_refuses_leaves_nothing(photo, stored, data, code, params):
    """Not even the good picture beside it stays."""
    refusal = refused(accept, [photo, data], "token", NOW)
    assert (refusal.code, refusal.params) == (code, params)
    assert stored() == []
    assert not Evidence.objects.exists()


def test_what_rides_behind_a_picture_never_reaches_others(photo):
    """Motion photos carry a film behind the picture, polyglots a program: the copies hold neither."""
    payload = b"PK\x03\x04<script>alert(1)</script>"
    (row,) = accept([photo + payload], "token", NOW)
    for variant in ("display", "thumb"):
        shown = show(row.pk, variant, who="person:1")
        assert shown.media_type == "image/jpeg"
        assert b"script" not in shown.data
    assert show(row.pk, "original", who="user:1", allowed=True).data.endswith(payload)


def test_a_failure_while_storing_leaves_nothing(photo, stored, monkeypatch):
    put, calls = type(store()).put, []

    def full(self, key, data):
        calls.append(key)
        if len(calls) == 5:
            raise OSError(28, "No space left on device")
        put(self, key, data)

    monkeypatch.setattr(type(store()), "put", full)
    with pytest.raises(OSError, match="No space"):
        accept([photo, photo], "token", NOW)
    assert stored() == []
    assert not Evidence.objects.exists()


def test_a_failure_while_recording_leaves_nothing(photo, stored, monkeypatch):
    def broken(*_):
        raise IntegrityError

    monkeypatch.setattr(type(Evidence.objects), "bulk_create", broken)
    with pytest.raises(IntegrityError):
        accept([photo], "token", NOW)
    assert stored() == []


# --- attaching ---


def test_files_are_attached_by_their_uploader_in_order_and_once(photo):
    ids = [row.pk for row in accept([photo, WEBM], "token", NOW)]
    for _ in range(2):  # the same report sent again
        rows = attach(reversed(ids), "HN20260310-0001", "token", subject="p1")
        assert [row.pk for row in rows] == ids[::-1]
        assert {(row.attached_to, row.subject) for row in rows} == {("HN20260310-0001", "p1")}
    assert refused(attach, ids, "HN20260310-0002", "token").code == "no_such_file"


def test_a_stranger_cannot_attach_a_file_nor_learn_that_it_exists(photo):
    (row,) = accept([photo], "token", NOW)
    for attempt in ([row.pk], [uuid4()]):
        assert refused(attach, attempt, "HN20260310-0001", "guess").code == "no_such_file"
    row.refresh_from_db()
    assert row.attached_to == ""


def test_either_all_files_are_attached_or_none(photo):
    (row,) = accept([photo], "token", NOW)
    assert refused(attach, [row.pk, uuid4()], "HN20260310-0001", "token").code == "no_such_file"
    row.refresh_from_db()
    assert row.attached_to == ""


def test_ten_pictures_of_several_uploads_are_too_many(scene, encoded):
    small = encoded(scene(40, 30))
    ids = [row.pk for _ in range(2) for row in accept([small] * 5, "token", NOW)]
    assert refused(attach, ids, "HN20260310-0001", "token").code == "too_many"
    assert not Evidence.objects.exclude(attached_to="").exists()


def test_attaching_costs_one_statement(photo, django_assert_num_queries):
    ids = [row.pk for row in accept([photo] * 3, "token", NOW)]
    with django_assert_num_queries(1):
        attach(ids, "HN20260310-0001", "token")


# --- showing ---


def test_an_original_is_shown_only_to_whom_the_caller_vouches_for(photo, caplog):
    (row,) = accept([photo], "token", NOW)
    assert refused(show, row.pk, "original", who="user:2").code == "not_allowed"
    with caplog.at_level(logging.INFO, "shaodao.ground.files.intake"):
        show(row.pk, "display", who="user:2")
        assert caplog.messages == []
        shown = show(row.pk, "original", who="user:1", allowed=True)
        assert caplog.messages == [f"original {row.pk} shown to user:1"]
    assert (shown.media_type, shown.data) == ("image/jpeg", photo)


def test_what_does_not_exist_or_has_lost_its_bytes_is_not_shown(photo):
    assert refused(show, uuid4(), "thumb", who="user:1").code == "no_such_file"
    (row,) = accept([photo], "token", NOW)
    store().delete(*row.keys)
    assert refused(show, row.pk, "thumb", who="user:1").code == "no_such_file"


# --- forgetting ---


def test_erasing_a_person_destroys_their_files_and_nothing_else(photo, stored, committed):
    ids = [row.pk for row in accept([photo, WEBM], "token", NOW, subject="p1")]
    (other,) = accept([photo], "token", NOW, subject="p2")
    attach(ids, "HN20260310-0001", "token")
    with committed():
        assert sorted(erase("p1", NOW + DAY)) == sorted(ids)
    assert sorted(path.name for path in stored()) == sorted(other.keys)
    for row in Evidence.objects.filter(pk__in=ids):
        assert (row.erased_at, row.salt, row.size, row.subject, row.uploader) == (NOW + DAY, None, 0, "", "")
        assert (row.width, row.phash, row.phash_bands, row.lon, row.taken_at) == (None,) * 5
        assert row.keys == []
        assert len(row.commitment) == 64
        assert row.attached_to == "HN20260310-0001"
        assert refused(show, row.pk, "original", who="user:1", allowed=True).code == "erased"
    assert erase("p1", NOW + DAY) == []


def test_nobody_is_erased_by_an_empty_name(photo):
    accept([photo], "token", NOW)
    with pytest.raises(ValueError, match="whose"):
        erase("", NOW)


def test_an_erased_row_cannot_keep_anything(photo):
    (row,) = accept([photo], "token", NOW)
    with pytest.raises(IntegrityError, match="files_erased_is_blank"):
        Evidence.objects.filter(pk=row.pk).update(erased_at=NOW)


def test_files_never_attached_are_pruned_after_a_day(photo, stored, committed):
    (old,) = accept([photo], "token", NOW)
    (used,) = accept([photo], "token", NOW)
    (young,) = accept([photo], "token", NOW + timedelta(seconds=1))
    attach([used.pk], "HN20260310-0001", "token")
    with committed():
        assert prune(NOW + DAY + timedelta(seconds=1)) == 1
    assert set(Evidence.objects.values_list("pk", flat=True)) == {used.pk, young.pk}
    assert sorted(path.name for path in stored()) == sorted([*used.keys, *young.keys])
    assert refused(attach, [old.pk], "HN20260310-0002", "token").code == "no_such_file"


def test_bytes_that_no_row_knows_are_swept_after_a_day(photo, stored, monkeypatch, committed):
    """What an upload left whose transaction was rolled back, or an erasure whose process died."""
    monkeypatch.setattr(intake, "SWEPT_AT_ONCE", 2)
    (kept,) = accept([photo], "token", NOW)
    (erased,) = accept([photo], "token", NOW, subject="p1")
    erase("p1", NOW)  # its transaction never commits here, so the bytes stay
    store().put("ab" * 32, b"lost")
    real_now = datetime.now(UTC)
    assert sweep(real_now) == 0  # too young: its row may be about to commit
    assert sweep(real_now + 2 * DAY) == 4
    assert sorted(path.name for path in stored()) == sorted(kept.keys)
    assert erased.commitment not in {path.name for path in stored()}


def test_the_table_is_named_as_documented():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM files_evidence")
        assert cursor.fetchone() == (0,)
