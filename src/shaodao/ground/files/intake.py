"""From bytes of strangers to evidence, and its life until it is attached, shown, pruned or erased.

What a picture is comes from its content. Others see a re-encoded copy without metadata; the original is kept
as it came, for those alone who may see it. A file is uploaded first and attached to a case later.
"""

import hashlib
import logging
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Literal
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from shaodao.ground.ledger.keeping import hash_

from . import fingerprints
from .boxes import MOST, Box, parse
from .decoding import Decoded, shared
from .kinds import PICTURES, VOICES, kind_of
from .models import Evidence
from .refusals import Refusal
from .store import Missing, store

log = logging.getLogger(__name__)

Variant = Literal["thumb", "display", "original", "open", "open-thumb"]

PICTURES_AT_ONCE, VOICES_AT_ONCE = 9, 1
PICTURE_BYTES, VOICE_BYTES = 20 << 20, 10 << 20
KEPT_UNATTACHED = timedelta(hours=24)
LOOKS = 3  # at a picture, before it is left to a person
CLOCKS_WRONG_BY = timedelta(days=1)  # a picture from later than that was taken by a camera set wrong
BLANK = {
    **dict.fromkeys(
        ("salt", "width", "height", "phash", "phash_bands", "taken_at", "lon", "lat", "faces", "boxes")
    ),
    **{"size": 0, "subject": "", "uploader": ""},
}
SWEPT_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Shown:
    """Bytes to send, and their type: a picture or a sound, never what a browser would run."""

    media_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Cover:
    """What is to be painted over in a picture: where faces were found (None: not looked at), and what whoever sent it has
    drawn instead (None: nothing)."""

    found: tuple[Box, ...] | None
    drawn: tuple[Box, ...] | None

    @property
    def boxes(self) -> tuple[Box, ...]:
        return self.drawn if self.drawn is not None else self.found or ()


def accept(files: Sequence[bytes], token: str, now: datetime, *, subject: str = "") -> list[Evidence]:
    """Take up to nine pictures and one voice note: all of them, or none with a Refusal.

    `token` is the uploader's secret: whoever attaches the files later must show it. The rows say what the
    camera noted: `lon`, `lat` (1e-7 degrees, WGS-84) and `taken_at`. Files never attached are pruned after a
    day.
    """
    kinds = [_checked(data) for data in files]
    for known, limit in ((PICTURES, PICTURES_AT_ONCE), (VOICES, VOICES_AT_ONCE)):
        if sum(kind in known for kind in kinds) > limit:
            raise Refusal("too_many", limit=limit)
    taken = [
        (data, kind, shared().decode(data, kind) if kind in PICTURES else None)
        for data, kind in zip(files, kinds, strict=True)
    ]
    put: list[str] = []
    try:
        rows = [_kept(*each, token=token, now=now, subject=subject, put=put) for each in taken]
        return Evidence.objects.bulk_create(rows)
    except BaseException:
        store().delete(*put)
        raise


def fingerprint(data: bytes) -> bytes:
    """What a picture is compared by; nothing of it is kept. Raises Refusal."""
    kind = _checked(data)
    if kind not in PICTURES:
        raise Refusal("not_a_picture")
    return shared().decode(data, kind).phash


def attach(ids: Iterable[UUID], case: str, token: str, *, subject: str = "") -> list[Evidence]:
    """Give uploaded files to a case, in the caller's transaction; harmless when repeated.

    `subject` is whose data they are, where that was not known at the upload. Raises Refusal, before anything
    is written: `no_such_file` if any of them is unknown, another uploader's, another case's, pruned or erased
    (without saying which of these), and `too_many`.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("files are attached inside a transaction")
    wanted = list(dict.fromkeys(ids))
    given = [wanted, hashed(token), case, len(wanted), PICTURES_AT_ONCE, VOICES_AT_ONCE, case, subject]
    rows = {row.pk: row for row in Evidence.objects.raw(_ATTACH, given)} if wanted else {}
    if len(rows) < len(wanted):
        raise Refusal("no_such_file")
    for kind, limit in (("picture", PICTURES_AT_ONCE), ("voice", VOICES_AT_ONCE)):
        if sum(row.kind == kind for row in rows.values()) > limit:
            raise Refusal("too_many", limit=limit)
    for row in rows.values():
        row.attached_to, row.subject = case, subject or row.subject
    return [rows[each] for each in wanted]


def show(evidence: UUID, variant: Variant, *, who: str, allowed: bool = False) -> Shown:
    """The only way to the bytes. The caller has asked the permission table whether `who` may see the case.

    An original (a voice note is nothing else) needs `allowed=True`, the table's answer to that very question,
    and each look at one is logged. Raises Refusal: `no_such_file`, `erased`, `not_allowed`.
    """
    row = Evidence.objects.filter(pk=evidence).first()
    if row is None:
        raise Refusal("no_such_file")
    if row.erased_at:
        raise Refusal("erased")
    original = variant == "original"
    if original and not allowed:
        raise Refusal("not_allowed")
    key = row.commitment if original else f"{row.commitment}.{variant}"
    if key not in (*row.keys, *row.open_keys):
        raise Refusal("no_such_file")
    if original:
        log.info("original %s shown to %s", row.pk, who)
    try:
        return Shown(row.media_type if original else "image/jpeg", store().get(key))
    except Missing:
        raise Refusal("no_such_file") from None


def look(limit: int) -> int:
    """Find the faces in pictures that belong to a case and were not looked at, oldest first; how many were tried.

    What cannot be looked at is tried a few times and then left to a person: it has no boxes, and says so by `faces` None.
    """
    from . import faces  # a runtime of its own, which only this loop needs

    waiting = Evidence.objects.filter(kind="picture", faces=None, erased_at=None, looks__lt=LOOKS).exclude(
        attached_to=""
    )
    rows = list(waiting.order_by("uploaded_at")[:limit])
    for row in rows:
        this = Evidence.objects.filter(pk=row.pk, erased_at=None)
        this.update(looks=row.looks + 1)  # first: what kills the process does not do it for ever
        try:
            found = faces.find(*shared().pixels(store().get(f"{row.commitment}.display")))
        except (Refusal, Missing):
            log.exception("picture %s cannot be looked at", row.pk)
            continue
        _found(row.pk, [str(box) for box in found])
    return len(rows)


def _found(evidence: UUID, faces: list[str]) -> None:
    """Keep the faces; also among what was drawn by somebody who had not seen them."""
    with transaction.atomic():
        row = Evidence.objects.select_for_update().filter(pk=evidence, erased_at=None).first()
        if row is not None:
            row.faces = faces
            if row.boxes is not None:
                row.boxes = list(dict.fromkeys([*row.boxes, *faces]))[:MOST]
            row.save(update_fields=["faces", "boxes"])


def covers(ids: Iterable[str]) -> dict[str, Cover]:
    """What is to be painted over in these pictures. One statement, none for no ids."""
    wanted = list(ids)
    rows = Evidence.objects.filter(pk__in=wanted, kind="picture", erased_at=None) if wanted else ()
    return {str(row.pk): Cover(_boxes(row.faces), _boxes(row.boxes)) for row in rows}


def cover(evidence: UUID, boxes: Iterable[Box]) -> None:
    """Keep what whoever sent a picture wants painted over; may they, is the caller's to say."""
    this = Evidence.objects.filter(pk=evidence, kind="picture", erased_at=None)
    this.update(boxes=[str(box) for box in boxes])


def unseen(ids: Iterable[str]) -> bool:
    """Whether one of these pictures has still to be looked at. One statement, none for no ids."""
    wanted = list(ids)
    rows = Evidence.objects.filter(pk__in=wanted, kind="picture", faces=None, erased_at=None, looks__lt=LOOKS)
    return bool(wanted) and rows.exists()


def open_copies(evidence: UUID, boxes: Iterable[Box]) -> None:
    """Make the copies that everybody may see: painted over where the boxes are; in the caller's transaction, so that an
    erasure comes wholly before or after. Raises Refusal."""
    row = Evidence.objects.select_for_update().filter(pk=evidence, kind="picture", erased_at=None).first()
    if row is None:
        raise Refusal("no_such_file")
    try:
        display, thumb = shared().paint_over(store().get(f"{row.commitment}.display"), boxes)
    except Missing:
        raise Refusal("no_such_file") from None
    for key, copy in zip(row.open_keys, (display, thumb), strict=True):
        store().put(key, copy)


def close_copies(ids: Iterable[str]) -> None:
    """Destroy the copies that everybody could see, once the transaction has committed."""
    rows = Evidence.objects.filter(pk__in=list(ids), kind="picture")
    keys = [key for row in rows for key in row.open_keys]
    transaction.on_commit(lambda: store().delete(*keys))


def voices(ids: Iterable[str]) -> set[str]:
    """Those of these files that are voice notes and still there. One statement, none for no ids."""
    wanted = list(ids)
    rows = Evidence.objects.filter(pk__in=wanted, kind="voice", erased_at=None) if wanted else ()
    return {str(row.pk) for row in rows}


def erase(subject: str, now: datetime) -> list[UUID]:
    """Destroy a person's files: rows blank in this transaction, bytes once it has committed."""
    if not subject:
        raise ValueError("whose files?")
    with transaction.atomic():
        rows = list(Evidence.objects.select_for_update().filter(subject=subject, erased_at=None))
        ids, keys = [row.pk for row in rows], [key for row in rows for key in (*row.keys, *row.open_keys)]
        Evidence.objects.filter(pk__in=ids).update(erased_at=now, **BLANK)
        transaction.on_commit(lambda: store().delete(*keys))
    return ids


def prune(now: datetime) -> int:
    """Forget files that were uploaded a day ago and never attached; returns how many."""
    with transaction.atomic():
        old = Evidence.objects.filter(attached_to="", uploaded_at__lt=now - KEPT_UNATTACHED, erased_at=None)
        rows = list(old.select_for_update(skip_locked=True))
        keys = [key for row in rows for key in row.keys]
        Evidence.objects.filter(pk__in=[row.pk for row in rows]).delete()
        transaction.on_commit(lambda: store().delete(*keys))
    return len(rows)


def sweep(now: datetime) -> int:
    """Delete bytes a day old that no row knows: what a crash or a rolled back upload left; returns how many.

    Reads the whole store: for the night.
    """
    old = (key for key, put_at in store().listing() if put_at < now - KEPT_UNATTACHED)
    swept = 0
    while keys := list(islice(old, SWEPT_AT_ONCE)):
        originals = {key: key.partition(".")[0] for key in keys}
        known = Evidence.objects.filter(commitment__in=set(originals.values()), erased_at=None)
        kept = set(known.values_list("commitment", flat=True))
        lost = [key for key, original in originals.items() if original not in kept]
        store().delete(*lost)
        swept += len(lost)
    return swept


def _checked(data: bytes) -> str:
    """The kind of a file that may be taken, or a Refusal."""
    kind = kind_of(data)
    if kind == "empty":
        raise Refusal("empty")
    if kind == "unknown":
        raise Refusal("not_a_picture")
    if kind not in PICTURES and kind not in VOICES:
        raise Refusal("unsupported", kind=kind)
    limit = PICTURE_BYTES if kind in PICTURES else VOICE_BYTES
    if len(data) > limit:
        raise Refusal("too_big", limit=limit, size=len(data))
    return kind


def _kept(
    data: bytes,
    kind: str,
    picture: Decoded | None,
    *,
    token: str,
    now: datetime,
    subject: str,
    put: list[str],
) -> Evidence:
    """The row of one file whose bytes now lie in the store; `put` grows by its keys."""
    salt = secrets.token_bytes(32)
    row = Evidence(
        commitment=hash_()(salt + data).hex(),
        salt=salt,
        kind="picture" if picture else "voice",
        media_type=(PICTURES | VOICES)[kind],
        size=len(data),
        subject=subject,
        uploader=hashed(token),
        uploaded_at=now,
        attached_to="",
    )
    contents = [data]
    if picture:
        contents += [picture.display, picture.thumb]
        row.width, row.height = picture.width, picture.height
        row.phash, row.phash_bands = picture.phash, fingerprints.bands(picture.phash)
        row.lon, row.lat = picture.lon, picture.lat
        if picture.taken_at:
            taken_at = timezone.make_aware(picture.taken_at, timezone.get_default_timezone())
            row.taken_at = taken_at if taken_at < now + CLOCKS_WRONG_BY else None
    for key, content in zip(row.keys, contents, strict=True):
        put.append(key)
        store().put(key, content)
    return row


def _boxes(written: list[str] | None) -> tuple[Box, ...] | None:
    return None if written is None else parse(" ".join(written))


def hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


# One statement for the hot path; it writes only where all of them are ours and not too many.
_ATTACH = """
WITH ours AS (
    SELECT * FROM files_evidence
    WHERE id = ANY (%s) AND uploader = %s AND erased_at IS NULL AND attached_to IN ('', %s) FOR UPDATE
), fit AS (
    SELECT count(*) = %s AND count(*) FILTER (WHERE kind = 'picture') <= %s
        AND count(*) FILTER (WHERE kind = 'voice') <= %s AS ok
    FROM ours
), given AS (
    UPDATE files_evidence SET attached_to = %s, subject = coalesce(nullif(%s, ''), subject)
    WHERE id IN (SELECT id FROM ours) AND (SELECT ok FROM fit)
)
SELECT * FROM ours
"""
