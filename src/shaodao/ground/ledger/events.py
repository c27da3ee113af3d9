"""What a ledger is made of: streams of events. Pure; no database.

An event's canonical bytes hold everything about it but the hash before it; its hash is
`H(previous hash ‖ bytes)`.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from . import canonical, upcasters
from .canonical import ZERO, Hash

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, order=True)
class Stream:
    """One thing with a history: a case, a ruling, an order."""

    kind: str
    id: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.id}"


@dataclass(frozen=True, slots=True)
class Context:
    """Who did it, in which capacity, and by which way it came in."""

    actor: str
    capacity: str = ""
    on_behalf_of: str = ""
    channel: str = ""
    system: str = ""
    external_id: str = ""
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """An event not yet written. The payload holds ids and commitments, never personal data or free text."""

    type: str
    payload: dict[str, Any]
    occurred_at: datetime
    version: int = 1


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event; `payload` and `version` are those of today's schema, `hash` is that of the bytes."""

    stream: Stream
    seq: int
    type: str
    version: int
    occurred_at: datetime
    recorded_at: datetime
    context: Context
    payload: dict[str, Any]
    hash: bytes


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a stream: last `seq` and hash, and the moments of recording of its first and last event."""

    seq: int = 0
    hash: bytes = ZERO
    first_at: datetime | None = None
    last_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """An event with the exact bytes that were hashed."""

    event: Recorded
    data: bytes = field(repr=False)


def micros(moment: datetime) -> int:
    """Microseconds since 1970 of an aware datetime."""
    return (moment - _EPOCH) // _MICROSECOND


def moment(micros: int) -> datetime:
    """The aware UTC datetime of microseconds since 1970."""
    return _EPOCH + micros * _MICROSECOND


def follow(stream: Stream, head: Head, draft: Draft, context: Context, *, now: datetime, hash_: Hash) -> Line:
    """The line after `head`. Recording never goes back in time within a stream, even if a clock does."""
    recorded_at = max(now, head.last_at) if head.last_at else now
    newest = upcasters.newest(draft.type)
    if newest is not None and draft.version != newest:
        raise ValueError(f"{draft.type} is at version {newest}; version {draft.version} is no longer written")
    seq = head.seq + 1
    data = canonical.encode(
        {
            "kind": stream.kind,
            "id": stream.id,
            "seq": seq,
            "type": draft.type,
            "schema_version": draft.version,
            "occurred_at": micros(draft.occurred_at),
            "recorded_at": micros(recorded_at),
            "actor": context.actor,
            "capacity": context.capacity,
            "on_behalf_of": context.on_behalf_of,
            "source": {
                "channel": context.channel,
                "system": context.system,
                "external_id": context.external_id,
            },
            "request_id": context.request_id,
            "payload": draft.payload,
        }
    )
    event = Recorded(
        stream=stream,
        seq=seq,
        type=draft.type,
        version=draft.version,
        occurred_at=draft.occurred_at,
        recorded_at=recorded_at,
        context=context,
        payload=draft.payload,
        hash=hash_(head.hash + data),
    )
    return Line(event, data)


def advance(head: Head, event: Recorded) -> Head:
    """The head after `event`."""
    return Head(event.seq, event.hash, head.first_at or event.recorded_at, event.recorded_at)


def read(data: bytes, hash: bytes) -> Recorded:
    """The event in its canonical bytes, its payload as written (not upcast)."""
    return of(canonical.decode(data), hash)


def of(header: dict[str, Any], hash: bytes) -> Recorded:
    """The event that canonical bytes decode to, its payload as written."""
    source = header["source"]
    return Recorded(
        stream=Stream(header["kind"], header["id"]),
        seq=header["seq"],
        type=header["type"],
        version=header["schema_version"],
        occurred_at=moment(header["occurred_at"]),
        recorded_at=moment(header["recorded_at"]),
        context=Context(
            actor=header["actor"],
            capacity=header["capacity"],
            on_behalf_of=header["on_behalf_of"],
            channel=source["channel"],
            system=source["system"],
            external_id=source["external_id"],
            request_id=header["request_id"],
        ),
        payload=header["payload"],
        hash=hash,
    )


def read_today(data: bytes, hash: bytes) -> Recorded:
    """The event in its canonical bytes, brought to today's schema."""
    return today(canonical.decode(data), hash)


def today(header: dict[str, Any], hash: bytes) -> Recorded:
    """The event that canonical bytes decode to, brought to today's schema; the hash stays that of the bytes."""
    version, payload = upcasters.upcast(header["type"], header["schema_version"], header["payload"])
    return of(header | {"schema_version": version, "payload": payload}, hash)
