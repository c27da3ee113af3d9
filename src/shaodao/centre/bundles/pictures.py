"""What pictures a case's events speak of, by the hash of their bytes.

An event names a file by its id. Within seconds a second event, on a stream of its own, says which bytes that is: the salted
hash under which they lie. Erasing the file leaves the hash, which then stands for nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from shaodao.centre.cases.lifecycle.events import EVENTS
from shaodao.ground.files.models import Evidence
from shaodao.ground.ledger import store
from shaodao.ground.ledger.events import Context, Draft, Recorded, Stream
from shaodao.ground.ledger.subscriptions import subscriber_of_many

KIND = "pictures"
BY = Context(actor="system:pictures", capacity="system")


# The events that name files, themselves or in a request.
TYPES = frozenset(
    name for name, cls in EVENTS.items() if {"photos", "request"} & {f.name for f in fields(cls)}
)


@subscriber_of_many("pictures", types=TYPES, patient=True)
def bind(events: Sequence[Recorded]) -> None:
    """Bind what these events name. Two statements and an append, however many they are."""
    named = {
        (e.stream.id, e.seq): ids for e in events if e.stream.kind == "case" and (ids := files_of(e.payload))
    }
    if named:
        _bind(named)


def catch_up(number: str) -> None:
    """Bind what the subscription has not reached yet of one case; in the caller's transaction."""
    bound = {seq for seq, _ in bound_of(number)}
    events = store.history(Stream("case", number))
    named = {(number, e.seq): ids for e in events if e.seq not in bound and (ids := files_of(e.payload))}
    if named:
        _bind(named)


def bound_of(number: str) -> list[tuple[int, dict[str, str]]]:
    """For each event of a case that names files: its seq, and their commitments by id."""
    return [
        (event.payload["seq"], {id: commitment for id, commitment in event.payload["files"]})
        for event in store.history(Stream(KIND, number))
    ]


def files_of(payload: Any) -> list[str]:
    """The ids of files that a payload names, at any depth."""
    if isinstance(payload, dict):
        own = payload.get("photos", [])
        return [*own, *(id for name, part in payload.items() if name != "photos" for id in files_of(part))]
    if isinstance(payload, list):
        return [id for part in payload for id in files_of(part)]
    return []


def _bind(named: dict[tuple[str, int], list[str]]) -> None:
    rows = Evidence.objects.filter(pk__in=set(uuids(id for ids in named.values() for id in ids)))
    commitments = {str(id): commitment for id, commitment in rows.values_list("pk", "commitment")}
    drafts: dict[Stream, list[Draft]] = {}
    now = datetime.now(UTC)
    for (number, seq), ids in named.items():
        files = [[id, commitments[id]] for id in ids if id in commitments]
        if files:
            draft = Draft("PicturesBound", {"seq": seq, "files": files}, now)
            drafts.setdefault(Stream(KIND, number), []).append(draft)
    if drafts:
        store.append(list(drafts.items()), BY, now, store.lock(*drafts))


def uuids(ids: Iterable[str]) -> Iterable[UUID]:
    """Those of the texts that are ids of files."""
    for id in ids:
        try:
            yield UUID(id)
        except ValueError:
            continue
