"""What an outsider needs to check the record without us: the whole ledger, or one stream with its proofs.

The formats and a verifier of forty lines are in `docs/ledger.md`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from . import canonical, keeping, merkle
from .events import Stream


class NotSealed(LookupError):
    """The stream does not exist, or some of its events lie beyond the log that was asked for."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """An event as it lies in the log."""

    position: int
    data: bytes
    hash: bytes

    def as_dict(self) -> dict[str, Any]:
        return {"position": self.position, "bytes": self.data.decode(), "hash": self.hash.hex()}


def everything() -> Iterator[Sealed]:
    """All sealed events by position, in constant memory."""
    return (Sealed(*row) for row in _stream(_EVERYTHING, []))


def prove(stream: Stream, size: int) -> dict[str, Any]:
    """A document which shows that these events, and no others before them, are the stream in the log of `size`.

    Reads the hashes of the whole log once. Raises NotSealed.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_STREAM, [stream.kind, stream.id])
        events = [Sealed(*row) for row in cursor]
        if not events or events[-1].position >= size:
            raise NotSealed(f"{stream} is not wholly in the log of {size}")
        hash_ = keeping.hash_()
        wanted: list[tuple[int, int]] = [(0, size)]

        def want(start: int, stop: int) -> bytes:
            wanted.append((start, stop))
            return b""

        for event in events:
            merkle.inclusion(want, event.position, size)
        entries = (entry for (entry,) in _stream(_ENTRIES, [size]))
        tree = merkle.subtrees(entries, wanted, hash_)
        return {
            "algorithm": keeping.algorithm(),
            "size": size,
            "root": tree(0, size).hex(),
            "stream": {"kind": stream.kind, "id": stream.id},
            "events": [
                event.as_dict()
                | {"proof": [step.hex() for step in merkle.inclusion(tree, event.position, size)]}
                for event in events
            ],
        }


def holds(document: dict[str, Any], root: bytes) -> bool:
    """Whether a document of `prove` shows its stream under this root, which must come from elsewhere."""
    hash_ = canonical.hash_named(document["algorithm"])
    before = canonical.ZERO
    for seq, event in enumerate(document["events"], 1):
        data, hash = event["bytes"].encode(), bytes.fromhex(event["hash"])
        header = canonical.decode(data)
        proof = [bytes.fromhex(step) for step in event["proof"]]
        if (
            {"kind": header["kind"], "id": header["id"]} != document["stream"]
            or header["seq"] != seq
            or hash_(before + data) != hash
            or not merkle.included(hash, event["position"], document["size"], proof, root=root, hash_=hash_)
        ):
            return False
        before = hash
    return True


def _stream(statement: str, params: list[Any]) -> Iterator[tuple[Any, ...]]:
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(statement, params)
        while rows := cursor.fetchmany(2000):
            yield from rows


_SELECT = """
SELECT seal.position, event.bytes, event.hash
FROM ledger_seal AS seal JOIN ledger_event AS event USING (kind, id, seq, recorded_at)
"""
_EVERYTHING = f"{_SELECT} ORDER BY seal.position"
_STREAM = f"{_SELECT} WHERE kind = %s AND id = %s ORDER BY seq"
_ENTRIES = "SELECT hash FROM ledger_seal WHERE position < %s ORDER BY position"
