"""A voice note instead of words: whoever cannot write says it, and those who may read the words may hear it."""

from __future__ import annotations

import io
import re
import wave

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests.trust.conftest import OPEN, PHONE, PROTECTED, file
from tests.trust.test_who_reported import picture

from shaodao.centre.cases import actions
from shaodao.centre.intake import gate
from shaodao.ground.files import intake as evidence


def spoken() -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(1600))
    return out.getvalue()


def with_voice(**said: object):
    (row,) = evidence.accept([spoken()], "t", actions.now())
    return row, file("", phone=PHONE, photos=[str(row.pk)], upload_token="t", **said).case


def test_it_takes_a_voice_note_instead_of_words(pack, sign_in):
    """By the page that everybody has; it waits for the centre, who hears it there."""
    note = SimpleUploadedFile("说.wav", spoken(), content_type="audio/wav")
    answer = Client().post("/whistle", {"text": "", "village": "S01-01", "phone": PHONE, "photos": note})
    assert answer.status_code == 302
    number, _ = gate.place_of(re.search(r"/t/([^?]+)", answer["Location"])[1])
    case = actions.load(number)
    assert case.waits("triage")
    desk = sign_in("seat", "C00")
    page = desk.get(f"/work/cases/{case.number}").content.decode()
    address = re.search(r'<audio[^>]* src="([^"]+/sound)"', page)[1]
    heard = desk.get(address)
    assert (heard.status_code, heard["Content-Type"], heard.content) == (200, "audio/wav", spoken())
    own = Client().get(answer["Location"]).content.decode()
    assert re.search(r'<audio[^>]* src="/t/[^"]+/sound"', own)


def test_it_needs_words_or_a_voice(pack):
    assert Client().post("/whistle", {"text": "", "village": "S01-01"}).status_code == 422
    photo = SimpleUploadedFile("a.jpg", picture(), content_type="image/jpeg")
    assert Client().post("/whistle", {"text": "", "village": "S01-01", "photos": photo}).status_code == 422


def test_it_hands_a_player_the_part_it_asks_for(pack, sign_in):
    row, case = with_voice(item=OPEN)
    address = f"/work/cases/{case.number}/photos/{row.pk}/sound"
    road = sign_in("handler", "D15")
    size = len(spoken())
    for asked, first, last in (
        ("bytes=0-1", 0, 1),
        ("bytes=10-", 10, size - 1),
        ("bytes=0-999999", 0, size - 1),
    ):
        part = road.get(address, headers={"Range": asked})
        assert (part.status_code, part["Content-Range"]) == (206, f"bytes {first}-{last}/{size}")
        assert part.content == spoken()[first : last + 1]
    for asked in ("bytes=5-2", f"bytes={size}-", "bytes=-5", "lines=1-2", "bytes=a-b"):
        assert road.get(address, headers={"Range": asked}).status_code == 200


def test_it_lets_nobody_hear_who_may_not_read(pack, sign_in):
    row, case = with_voice(item=PROTECTED)
    unit = sign_in("handler", "D13")
    assert "<audio" not in unit.get(f"/work/cases/{case.number}").content.decode()
    assert unit.get(f"/work/cases/{case.number}/photos/{row.pk}/sound").status_code == 404
    assert sign_in("seat", "C00").get(f"/work/cases/{case.number}/photos/{row.pk}/sound").status_code == 200


def test_it_gives_the_original_of_no_picture_as_a_sound(pack, sign_in):
    (row,) = evidence.accept([picture()], "t", actions.now())
    case = file(item=OPEN, phone=PHONE, photos=[str(row.pk)], upload_token="t").case
    desk = sign_in("seat", "C00")
    for variant in ("sound", "original", "x"):
        assert desk.get(f"/work/cases/{case.number}/photos/{row.pk}/{variant}").status_code == 404


@pytest.mark.parametrize("variant", ["thumb", "display", "original"])
def test_it_shows_no_voice_as_a_picture(pack, sign_in, variant):
    row, case = with_voice(item=OPEN)
    assert (
        sign_in("seat", "C00").get(f"/work/cases/{case.number}/photos/{row.pk}/{variant}").status_code == 404
    )
