"""Rows that follow from streams: the floor that writes them says here how to compare them with a replay."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from .events import Recorded, Stream


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is not as the ledger says.

    `code` is stable; `where` names the thing (a stream, an event, positions, a row); `detail` is for people.
    """

    code: str
    where: str
    detail: str
    position: int | None = None


Row = dict[str, Any]
Key = tuple[Any, ...]
Rows = dict[str, dict[Key, Row]]  # table → key of the row → its columns besides the key
Histories = Sequence[tuple[str, list[Recorded]]]
Check = Callable[[Histories], Iterable[Fault]]
Strays = Callable[[], Iterable[Fault]]


@dataclass(frozen=True, slots=True)
class Projection:
    check: Check
    strays: Strays | None


_projections: dict[str, Projection] = {}


def register(stream_kind: str, check: Check, strays: Strays | None = None) -> None:
    """Compare rows of `stream_kind` with a replay whenever the ledger is verified.

    `check` gets up to a few hundred `(stream id, events)` at a time and yields a fault for each difference;
    `strays` yields a fault for each row whose stream does not exist. Raises ValueError for a second one.
    """
    known = _projections.setdefault(stream_kind, projection := Projection(check, strays))
    if known != projection:
        raise ValueError(f"rows of {stream_kind!r} are compared already")


def registered() -> dict[str, Projection]:
    """The projections by kind of stream."""
    return dict(_projections)


def row_fault(stream: Stream, detail: str) -> Fault:
    """The fault of a row that differs from the replay of its stream."""
    return Fault("row-differs", str(stream), detail)
