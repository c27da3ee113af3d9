"""The one door for evidence bundles: permit, bind, seal, anchor, prove, record; nothing of it is kept here.

Who may: members of the discipline side for the cases of their scope, and the auditor (`permissions.may_bundle`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from shaodao.centre.bundles import bundle, pictures
from shaodao.centre.cases import permissions
from shaodao.centre.cases.actions import DIRECT, NoSuchCase, Source, context_of
from shaodao.centre.cases.compose import readable
from shaodao.centre.cases.lifecycle import Case
from shaodao.centre.cases.lifecycle.codec import from_payload
from shaodao.centre.cases.lifecycle.model import By
from shaodao.centre.cases.lifecycle.refusal import Refusal
from shaodao.centre.cases.projection import CASES
from shaodao.county.pack.model import Pack
from shaodao.ground.files.models import Evidence
from shaodao.ground.files.store import Missing
from shaodao.ground.files.store import store as files
from shaodao.ground.ledger import anchors, proofs, sealer, store, vault
from shaodao.ground.ledger.anchors import Anchor
from shaodao.ground.ledger.events import Draft, Recorded, Stream

KIND = "bundle"
LONGEST_REASON = 200
VERIFIER = Path(__file__).with_name("verify.py")
WORDS = ("words", "basis", "minutes", "reasons")
ENDINGS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp"}


@dataclass(frozen=True, slots=True)
class Shown:
    """What a bundle may show of a case: the case without who reported it, the events that do not tell, and their words."""

    case: Case
    events: tuple[Recorded, ...]
    words: Mapping[str, str]
    withheld: int


@dataclass(frozen=True, slots=True)
class Made:
    name: str
    sums: str  # sha256 of the list of sums: what the event holds
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Making:
    """One bundle that was made: when, by whom, and the hash of its list of sums."""

    at: datetime
    actor: str
    capacity: str
    sums: str
    size: int
    reason: str


def show(number: str, by: By, pack: Pack) -> Shown:
    """What of a case a bundle would show. Raises NoSuchCase also where this capacity may not make one."""
    case, recorded = _load(number, by, pack)
    telling = bundle.tells(case)
    open_ = tuple(e for e in recorded if not _tells(e, telling))
    words = {key: value for e in open_ for key, value in _words(e, case).items()}
    return Shown(permissions.nameless(case), open_, words, len(recorded) - len(open_))


def make(
    number: str,
    reason: str,
    documents: Mapping[str, bytes],
    by: By,
    pack: Pack,
    *,
    source: Source = DIRECT,
    at: datetime | None = None,
) -> Made:
    """Make a bundle and record that it was made, and why. `documents`: what a face has written of `show`, by file name.

    Raises NoSuchCase, Refusal."""
    moment = at or datetime.now(UTC)
    why = readable(reason).strip()
    if not why:
        raise Refusal("reason_needed")
    if len(why) > LONGEST_REASON:
        raise Refusal("too_long", longest=LONGEST_REASON)
    case, recorded = _load(number, by, pack)
    with transaction.atomic():
        pictures.catch_up(number)
    sealer.seal_all(moment)
    anchor = sealer.anchor(moment)
    contents = {**documents, **_proved(case, recorded, anchor)}
    contents["verify.py"] = VERIFIER.read_bytes()
    sums = bundle.summed(contents)
    digest = hashlib.sha256(sums).hexdigest()
    with transaction.atomic():
        secret = vault.commit("bundle_reason", why, by.actor)
        vault.insert([secret], moment)
        stream = Stream(KIND, number)
        payload = {"sums": digest, "size": anchor.size, "reason": secret.commitment}
        draft = Draft("BundleMade", payload, moment)
        store.append([(stream, [draft])], context_of(by, source), moment, store.lock(stream))
    name = f"evidence-{number}-{anchor.size}.zip"
    return Made(name, digest, bundle.zipped(contents, moment))


def makings(number: str, by: By, pack: Pack) -> list[Making]:
    """Every bundle that was made of a case, latest first. Raises NoSuchCase."""
    _load(number, by, pack)
    events = store.history(Stream(KIND, number))[::-1]
    reasons = vault.read(e.payload["reason"] for e in events) if events else {}
    return [
        Making(
            e.recorded_at,
            e.context.actor,
            e.context.capacity,
            e.payload["sums"],
            e.payload["size"],
            str(reasons.get(e.payload["reason"]) or ""),
        )
        for e in events
    ]


# --- private -------------------------------------------------------------------------------------------------------


def _load(number: str, by: By, pack: Pack) -> tuple[Case, list[Recorded]]:
    recorded = store.history(CASES.stream(number))
    if not recorded:
        raise NoSuchCase(number)
    case = CASES.fold(recorded)
    if not permissions.may_bundle(by, case, pack):
        raise NoSuchCase(number)
    return case, recorded


def _proved(case: Case, recorded: list[Recorded], anchor: Anchor) -> dict[str, bytes]:
    """Ledger, words and pictures, by file name."""
    telling = bundle.tells(case)
    streams = {"ledger/case.json": CASES.stream(case.number)}
    if pictures.bound_of(case.number):
        streams["ledger/pictures.json"] = Stream(pictures.KIND, case.number)
    contents: dict[str, bytes] = {"ledger/anchor.json": bundle.document(anchors.as_dict(anchor))}
    for name, stream in streams.items():
        contents[name] = bundle.document(bundle.without_telling(proofs.prove(stream, anchor.size), telling))
    told = [e for e in recorded if not _tells(e, telling)]
    texts = [key for e in told for key in _words(e, case)]
    taken, files_ = _pictures(case, told)
    contents |= files_
    contents["ledger/values.json"] = bundle.document({"words": _opened(texts), "files": taken})
    return contents


def _tells(event: Recorded, telling: frozenset[str]) -> bool:
    header = {
        "actor": event.context.actor,
        "behalf": event.context.on_behalf_of,
        "id": event.context.external_id,
    }
    return bundle.tells_in({**header, "payload": event.payload}, telling)


def _words(event: Recorded, case: Case) -> dict[str, str]:
    """The texts of an event that are the paperwork of units and centre; never those of whoever reported, nor what they said
    of it later, whoever wrote it down."""
    known = from_payload(event.type, event.payload)
    if permissions.is_whistlers(known.by, case) or isinstance(known, permissions.VOICES):
        return {}
    if event.type in ("Reported", "IdentitySeen", "IdentityRevealed", "SeenToo", "Joined"):
        return {}
    keys = [text for name in WORDS if (text := getattr(known, name, "")) and isinstance(text, str)]
    found = vault.read(keys) if keys else {}
    return {key: value for key, value in found.items() if isinstance(value, str)}


def _opened(commitments: list[str]) -> list[dict[str, str]]:
    """Texts with their salts, as the vault keeps them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT encode(commitment, 'hex'), encode(salt, 'hex'), convert_from(value, 'UTF8') FROM ledger_vault "
            "WHERE commitment = ANY (%s::bytea[]) AND value IS NOT NULL AND is_text ORDER BY 1",
            [[bytes.fromhex(key) for key in dict.fromkeys(commitments)]],
        )
        return [{"commitment": key, "salt": salt, "text": text} for key, salt, text in cursor]


def _pictures(case: Case, told: list[Recorded]) -> tuple[list[dict[str, Any]], dict[str, bytes]]:
    """The pictures that units took, as they were uploaded, with their salts; voice notes are nobody's evidence."""
    own = [
        id
        for e in told
        if not permissions.is_whistlers(from_payload(e.type, e.payload).by, case) and e.type != "Reported"
        for id in pictures.files_of(e.payload)
    ]
    rows = Evidence.objects.filter(pk__in=list(pictures.uuids(own)), kind="picture", erased_at=None)
    listed, contents = [], {}
    for row in rows.order_by("pk"):
        if row.subject and row.subject in {one.removeprefix("person:") for one in case.persons}:
            continue
        try:
            data = files().get(row.commitment)
        except Missing:
            continue
        name = f"pictures/{row.pk}.{ENDINGS.get(row.media_type, 'bin')}"
        contents[name] = data
        salt = bytes(row.salt).hex()
        listed.append({"file": name, "commitment": row.commitment, "salt": salt})
    return listed, contents
