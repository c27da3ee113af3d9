import pytest

from shaodao.ground.files.kinds import kind_of

FTYP = b"\x00\x00\x00\x18ftyp"


def handler(kind: bytes) -> bytes:
    return b"\x00\x00\x00\x21hdlr" + bytes(8) + kind + bytes(12)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", "empty"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "jpeg"),
        (b"\x89PNG\r\n\x1a\n" + bytes(9), "png"),
        (b"RIFF\x10\x00\x00\x00WEBPVP8 ", "webp"),
        (b"RIFF\x10\x00\x00\x00WAVEfmt ", "wav"),
        (b"RIFF\x10\x00\x00\x00AVI LIST", "unknown"),
        (b"OggS" + bytes(24) + b"OpusHead", "ogg"),
        (b"OggS" + bytes(24) + b"\x80theora", "video"),
        (b"#!AMR\n<", "amr"),
        (b"#!AMR-WB\n", "amr"),
        (b"\x1a\x45\xdf\xa3" + bytes(20) + b"webm" + bytes(40) + b"A_OPUS", "webm"),
        (b"\x1a\x45\xdf\xa3" + bytes(20) + b"webm" + bytes(40) + b"V_VP8", "video"),
        (b"\x1a\x45\xdf\xa3" + bytes(20) + b"matroska", "video"),
        (FTYP + b"M4A " + bytes(9) + handler(b"soun"), "m4a"),
        (FTYP + b"iso5" + bytes(9) + handler(b"soun"), "m4a"),  # what Safari records
        (FTYP + b"isom" + handler(b"soun") + handler(b"vide"), "video"),
        (FTYP + b"heic", "heic"),
        (FTYP + b"mif1", "heic"),
        (FTYP + b"avif", "avif"),
        (b"GIF89a", "gif"),
        (b"BM" + bytes(20), "bmp"),
        (b"II*\x00", "tiff"),
        (b"%PDF-1.7", "pdf"),
        (b"PK\x03\x04", "zip"),
        (b"ID3\x04", "mp3"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "svg"),
        (b"<?xml version='1.0'?>\n<!-- a drawing -->\n<svg/>", "svg"),
        (b"<html><script>alert(1)</script>", "unknown"),
        (b"%!PS \xff\xd8\xff", "unknown"),
        (b"\xff\xd8", "unknown"),
    ],
)
def test_it_tells_a_file_by_its_content(data, kind):
    assert kind_of(data) == kind
