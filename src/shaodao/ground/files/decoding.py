"""A small pool of decoding children: started when first needed, replaced when one dies or takes too long."""

import json
import os
import struct
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from .boxes import Box
from .refusals import Refusal

PROGRAM = Path(__file__).with_name("decoder.py")


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one picture may cost."""

    pixels: int = 40_000_000
    memory_mb: int = 800  # address space of a child
    processor_seconds: int = 10
    wall_seconds: float = 20
    answer_bytes: int = 16 << 20
    jobs: int = 200  # after which a child is replaced
    children: int = 2


@dataclass(frozen=True, slots=True)
class Decoded:
    width: int  # upright, of the original
    height: int
    display: bytes  # JPEG, longer side at most 1600
    thumb: bytes  # JPEG, longer side at most 320
    phash: bytes  # 256 bits
    lon: int | None  # 1e-7 degrees, WGS-84
    lat: int | None
    taken_at: datetime | None  # naive, the camera's local time


class Decoders:
    """Thread-safe. Children end with this process: their input ends."""

    def __init__(self, bounds: Bounds | None = None) -> None:
        self.bounds = bounds or Bounds()
        self._places = threading.BoundedSemaphore(self.bounds.children)
        self._idle: list[_Child] = []

    def decode(self, data: bytes, kind: str) -> Decoded:
        """Decode one picture of a kind in `kinds.PICTURES`.

        Raises Refusal: `broken_picture`, `too_many_pixels`, or `busy` when no child is free in time.
        """
        with self._child() as child:
            facts, copies = child.exchange(data, kind)
        if "refused" in facts:
            limit = {"limit": self.bounds.pixels} if facts["refused"] == "too_many_pixels" else {}
            raise Refusal(facts.pop("refused"), **limit, **facts)
        taken = facts["taken_at"]
        return Decoded(
            **{name: facts[name] for name in ("width", "height", "lon", "lat")},
            phash=bytes.fromhex(facts["phash"]),
            taken_at=taken and datetime.fromisoformat(taken),
            display=copies[0],
            thumb=copies[1],
        )

    def pixels(self, display: bytes) -> tuple[int, int, bytes]:
        """Width, height and RGB pixels of a display copy. Raises Refusal."""
        with self._child() as child:
            facts, copies = child.exchange(display, "raw")
        if "refused" in facts:
            raise Refusal("broken_picture", why=facts["refused"])
        return facts["width"], facts["height"], copies[0]

    def paint_over(self, display: bytes, boxes: Iterable[Box]) -> tuple[bytes, bytes]:
        """A display copy painted over where the boxes are, and its thumbnail. Raises Refusal."""
        edges = json.dumps([[box.left, box.top, box.right, box.bottom] for box in boxes]).encode()
        with self._child() as child:
            facts, copies = child.exchange(struct.pack(">I", len(edges)) + edges + display, "over")
        if "refused" in facts:
            raise Refusal("broken_picture", why=facts["refused"])
        return copies[0], copies[1]

    def close(self) -> None:
        while self._idle:
            self._idle.pop().kill()

    @contextmanager
    def _child(self) -> Iterator["_Child"]:
        if not self._places.acquire(timeout=self.bounds.wall_seconds):
            raise Refusal("busy")
        child = None
        try:
            child = self._take()
            yield child
        finally:
            if child is not None:
                self._give_back(child)
            self._places.release()

    def _take(self) -> "_Child":
        while True:
            try:
                child = self._idle.pop()
            except IndexError:
                return _Child(self.bounds)
            if child.process.poll() is None:
                return child
            child.kill()

    def _give_back(self, child: "_Child") -> None:
        if child.sound and child.jobs < self.bounds.jobs:
            self._idle.append(child)
        else:
            child.kill()


class _Child:
    def __init__(self, bounds: Bounds) -> None:
        self.bounds = bounds
        self.jobs = 0
        self.sound = True  # between two complete exchanges
        limits = map(str, (bounds.memory_mb, bounds.processor_seconds, bounds.pixels))
        self.process = subprocess.Popen(
            [sys.executable, "-I", str(PROGRAM), *limits],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={},  # no secret of ours is in its memory
            cwd="/",
        )

    def exchange(self, data: bytes, kind: str) -> tuple[dict[str, Any], list[bytes]]:
        """The child's facts and copies; a child that dies or is too slow makes the picture a broken one."""
        self.sound, self.jobs = False, self.jobs + 1
        watch = threading.Timer(self.bounds.wall_seconds, self.process.kill)
        watch.start()
        try:
            answer = self._exchange(data, kind)
        except (OSError, ValueError, KeyError, TypeError, struct.error):
            raise Refusal("broken_picture", why="limits") from None
        finally:
            watch.cancel()
        self.sound = True
        return answer

    def _exchange(self, data: bytes, kind: str) -> tuple[dict[str, Any], list[bytes]]:
        assert self.process.stdin
        self.process.stdin.write(struct.pack(">4sQ", kind.upper().ljust(4)[:4].encode(), len(data)))
        self.process.stdin.write(data)
        self.process.stdin.flush()
        (length,) = struct.unpack(">I", self._read(4))
        facts = json.loads(self._read(length))
        return facts, [self._read(size) for size in facts.get("sizes", ())]

    def _read(self, size: int) -> bytes:
        assert self.process.stdout
        if not 0 <= size <= self.bounds.answer_bytes:  # it may have been taken over
            raise ValueError(size)
        return self.process.stdout.read(size)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            with suppress(OSError):  # what was not yet written has nobody to read it
                pipe and pipe.close()


def shared() -> Decoders:
    """This process's pool; a forked process gets one of its own."""
    return _of_process(os.getpid())


@cache
def _of_process(_: int) -> Decoders:
    return Decoders()
