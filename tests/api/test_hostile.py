"""What strangers send: each thing gets a clear answer, and nothing half-written stays."""

from __future__ import annotations

import io
import json
import struct
import zlib
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from tests.api.conftest import SPOT, Program

from shaodao.centre.cases.models import Case
from shaodao.centre.intake.models import Receipt
from shaodao.county.people.models import Person
from shaodao.faces.accounts import phone_code, rates
from shaodao.ground.files.models import Evidence

COVER = {"text": "西门口的井盖丢了", "place": SPOT, "item": "MS-07", "phone": "13812345678"}


def bomb(side: int = 7100) -> bytes:
    """A PNG of fifty megapixels in a few kilobytes."""
    rows = zlib.compress(b"\0" * ((side // 8 + 1) * side), 9)

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def named(data: bytes, name: str) -> io.BytesIO:
    file = io.BytesIO(data)
    file.name = name
    return file


@pytest.fixture
def written(pack):
    """How many rows there are of all that a whistle writes."""

    def count() -> list[int]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM ledger_event WHERE kind = 'case'")
            events = cursor.fetchone()[0]
        return [table.objects.count() for table in (Case, Receipt, Person, Evidence)] + [events]

    return count


def test_it_refuses_a_bomb_a_torso_and_a_disguise(public, photo, written, settings):
    torso = photo("a.jpg", size=(640, 480)).read()
    for data, name, status, kind in (
        (bomb(), "big.png", 413, "too-many-pixels"),
        (torso[: len(torso) // 2], "half.jpg", 422, "broken-picture"),
        (
            b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
            "photo.jpg",
            415,
            "unsupported",
        ),
        (b"hello", "photo.jpg", 415, "not-a-picture"),
        (b"", "photo.jpg", 422, "empty"),
    ):
        refused = public.upload(named(data, name))
        assert (refused.status_code, refused.json()["type"]) == (status, f"/problems/{kind}"), name
        assert "请" in refused.json()["detail"]
    assert written() == [0, 0, 0, 0, 0]
    assert not [path for path in settings.DATA.rglob("*") if path.is_file() and "files" in path.parts]


def test_an_address_uploads_only_so_often(public, staff, photo, monkeypatch):
    monkeypatch.setattr(rates, "UPLOADS", 2)
    answers = [public.upload(photo("a.jpg")) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 201, 429]
    assert answers[2]["Retry-After"]
    assert staff("seat", "C00").upload(photo("a.jpg")).status_code == 201


def test_one_bad_picture_keeps_the_good_ones_out(public, photo, written):
    assert public.upload(photo("a.jpg"), named(b"hello", "b.jpg")).status_code == 415
    assert public.upload(*[photo("a.jpg") for _ in range(11)]).json()["type"] == "/problems/too-many-photos"
    assert written() == [0, 0, 0, 0, 0]


@pytest.mark.parametrize(
    ("changed", "status", "kind", "field"),
    [
        ({"place": {"lon": 116.4, "lat": 39.9, "crs": "WGS-84"}}, 422, "outside-county", None),
        ({"place": {"lon": 126.0, "lat": 42.6, "crs": "Mars"}}, 422, "bad-point", None),
        ({"place": {"lon": 126.0, "lat": 42.6}}, 422, "field-needed", "place"),
        ({"place": {"grid": "nowhere"}}, 422, "unknown-place", None),
        ({"text": "长" * 350_000}, 422, "too-long", "text"),
        ({"text": "  "}, 422, "words-needed", None),
        ({"text": "a\x00b"}, 422, "bad-characters", None),
        ({"phone": "12345"}, 422, "not-a-phone", "phone"),
        ({"item": "XX-1"}, 422, "unknown-item", None),
        ({"nature": "rage"}, 422, "field-wrong", "nature"),
        ({"channel": "110"}, 422, "field-wrong", "channel"),
        ({"colour": "red"}, 422, "unknown-field", "colour"),
        ({"photos": ["00000000-0000-4000-8000-000000000000"]}, 422, "no-such-file", None),
        ({"photos": ["00000000-0000-4000-8000-000000000000"] * 10}, 422, "too-many-photos", "photos"),
        ({"occurred_at": "2099-01-01T00:00:00Z"}, 422, "in-the-future", "occurred_at"),
        ({"occurred_at": "2026-01-01T00:00:00"}, 422, "field-wrong", "occurred_at"),
    ],
)
def test_it_says_what_is_wrong_with_a_whistle(public, written, changed, status, kind, field):
    refused = public.post("/whistles", COVER | changed)
    assert (refused.status_code, refused.json()["type"]) == (status, f"/problems/{kind}")
    assert refused["Content-Type"] == "application/problem+json"
    assert refused.json().get("field") == field
    assert refused.json()["detail"].endswith("。")
    assert written() == [0, 0, 0, 0, 0]


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        (b"{", 400, "not-json"),
        (b"\xff\xfe", 400, "not-json"),
        (b'{"text": NaN}', 400, "not-json"),
        (b"[" * 100_000, 400, "not-json"),
        (b'"text"', 422, "field-wrong"),
        (b"", 422, "field-needed"),
        (b'{"text": "\\ud800"}', 422, "bad-characters"),
        (b'{"text": "' + b"x" * 3_000_000 + b'"}', 413, "body-too-big"),
    ],
)
def test_it_says_what_is_wrong_with_a_body(public, written, body, status, kind):
    refused = public.post("/whistles", body)
    assert (refused.status_code, refused.json()["type"]) == (status, f"/problems/{kind}")
    assert written() == [0, 0, 0, 0, 0]


def test_it_refuses_another_type_method_or_address(pack):
    client = Client()
    form = client.post("/api/v1/whistles", json.dumps(COVER), content_type="text/plain")
    assert (form.status_code, form.json()["type"]) == (415, "/problems/not-json-type")
    method = client.put("/api/v1/whistles")
    assert (method.status_code, method["Allow"], method.json()["type"]) == (
        405,
        "POST",
        "/problems/wrong-method",
    )
    nowhere = client.post("/api/v1/wisthles", {})
    assert (nowhere.status_code, nowhere.json()["type"]) == (404, "/problems/no-such-address")


def test_a_wrong_key_is_named(public, written):
    for key in ("x" * 200, "a b"):
        refused = public.post("/whistles", COVER, Idempotency_Key=key)
        assert (refused.status_code, refused.json()["field"]) == (422, "Idempotency-Key")
    assert written() == [0, 0, 0, 0, 0]


def test_a_key_used_for_another_body_changes_nothing(public, written):
    assert public.post("/whistles", COVER, Idempotency_Key="k").status_code == 201
    before = written()
    refused = public.post("/whistles", COVER | {"phone": "13900000000"}, Idempotency_Key="k")
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/same-key")
    assert written() == before


def test_a_code_is_not_good_for_ever(pack):
    now = datetime.now(UTC)
    code = phone_code.issue("13812345678", now)
    assert not phone_code.redeem("13812345678", code, now + phone_code.VALID + timedelta(seconds=1))
    assert not phone_code.redeem("13812345678", "000000" if code != "000000" else "111111", now)


def test_it_speaks_english_where_asked_to(pack):
    refused = Program(**{"Accept-Language": "en"}).post("/whistles", COVER | {"phone": "1"})
    assert refused.json()["title"].isascii()
    assert refused.json()["detail"].isascii()


def test_a_failure_of_ours_is_logged_and_told_as_one(pack, monkeypatch, caplog):
    from shaodao.centre.intake import filing

    def broken(*args, **kwargs):
        raise RuntimeError("disk on fire")

    monkeypatch.setattr(filing, "file", broken)
    refused = Program().post("/whistles", COVER)
    assert (refused.status_code, refused.json()["type"]) == (500, "/problems/our-fault")
    assert "disk on fire" not in refused.content.decode()
    assert "disk on fire" in caplog.text
    assert refused.json()["request_id"] == refused["X-Request-ID"]
