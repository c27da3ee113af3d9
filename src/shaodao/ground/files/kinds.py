"""What a file is, told from its first bytes and never from its name."""

PICTURES = {"jpeg": "image/jpeg", "png": "image/png", "webp": "image/webp"}
VOICES = {
    "webm": "audio/webm",
    "ogg": "audio/ogg",
    "m4a": "audio/mp4",
    "wav": "audio/wav",
    "amr": "audio/amr",
}

_STARTS = (
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"OggS", "ogg"),
    (b"#!AMR", "amr"),
    # Recognised, so that the refusal can name them:
    (b"GIF8", "gif"),
    (b"BM", "bmp"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
    (b"%PDF-", "pdf"),
    (b"PK\x03\x04", "zip"),
    (b"ID3", "mp3"),
    (b"\xff\xfb", "mp3"),
    (b"\xff\xf3", "mp3"),
    (b"<svg", "svg"),
)
_HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
_VIDEO_CODECS = (b"V_VP", b"V_AV1", b"V_MPEG")


def kind_of(data: bytes) -> str:
    """A short name such as `jpeg`, `m4a` or `heic`; `empty`, or `unknown`.

    A film (MP4, WebM or Ogg with pictures) is `video`: it is no voice note.
    """
    if not data:
        return "empty"
    if data[:4] == b"RIFF":
        return {b"WEBP": "webp", b"WAVE": "wav"}.get(data[8:12], "unknown")
    if data[4:8] == b"ftyp":
        return _mp4(data)
    if data[:4] == b"\x1a\x45\xdf\xa3":
        head = data[:4096]
        if b"webm" not in head:
            return "video"
        return "video" if any(codec in head for codec in _VIDEO_CODECS) else "webm"
    for start, kind in _STARTS:
        if data.startswith(start):
            return "video" if kind == "ogg" and b"theora" in data[:4096] else kind
    return "svg" if b"<svg" in data[:1024] else "unknown"


def _mp4(data: bytes) -> str:
    brand = data[8:12]
    if brand in _HEIC_BRANDS:
        return "heic"
    if brand in (b"avif", b"avis"):
        return "avif"
    return "video" if "vide" in _mp4_tracks(data) else "m4a"


def _mp4_tracks(data: bytes) -> list[str]:
    """The handler types of the tracks: `soun`, `vide` … (a box named hdlr holds each)."""
    tracks, at = [], data.find(b"hdlr")
    while at >= 0:
        tracks.append(data[at + 12 : at + 16].decode("latin-1"))
        at = data.find(b"hdlr", at + 4)
    return tracks
