"""Anchors: the root of the log at a size, written where the database's owner cannot change it unseen.

One line of JSON for each anchor: `{"algorithm", "at", "peaks", "root", "size"}`; `at` in epoch seconds,
hashes in hex, peaks largest first.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from . import canonical
from .canonical import Hash
from .merkle import Log


class Unreadable(ValueError):
    """A line of an anchor file that is no anchor; the message names file and line."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """The log had `log.size` entries and this root at a moment."""

    algorithm: str
    at: datetime
    root: bytes
    log: Log

    @property
    def size(self) -> int:
        return self.log.size


def of(log: Log, algorithm: str, at: datetime) -> Anchor:
    """The anchor of a log."""
    return Anchor(algorithm, at, log.root(canonical.hash_named(algorithm)), log)


def sound(anchor: Anchor, hash_: Hash) -> bool:
    """Whether the peaks of an anchor hash to its root."""
    return anchor.log.root(hash_) == anchor.root


def as_dict(anchor: Anchor) -> dict[str, Any]:
    """The anchor as a line of the file has it."""
    return {
        "algorithm": anchor.algorithm,
        "at": int(anchor.at.timestamp()),
        "peaks": [peak.hex() for peak in anchor.log.peaks],
        "root": anchor.root.hex(),
        "size": anchor.size,
    }


def write(file: Path, anchor: Anchor) -> None:
    """Append one line and wait until it is on the disk."""
    file.parent.mkdir(parents=True, exist_ok=True)
    line = canonical.encode(as_dict(anchor))
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        os.write(descriptor, line + b"\n")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def read(file: Path) -> Iterator[Anchor]:
    """The anchors of a file in the order written. Raises Unreadable at the first line that is none."""
    with file.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            try:
                fields = json.loads(line)
                yield Anchor(
                    algorithm=fields["algorithm"],
                    at=datetime.fromtimestamp(fields["at"], UTC),
                    root=bytes.fromhex(fields["root"]),
                    log=Log(fields["size"], tuple(bytes.fromhex(peak) for peak in fields["peaks"])),
                )
            except (ValueError, KeyError, TypeError) as error:
                raise Unreadable(f"{file}:{number}: {error}") from error
