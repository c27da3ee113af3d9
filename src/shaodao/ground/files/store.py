"""Where bytes lie: a folder of this machine, or a bucket. One small interface.

A key is the salted hash of an original (64 hex digits), or that with `.display`, `.thumb`, `.open` or `.open-thumb` for a
copy made of it: nobody can tell from a key what lies there, and no two files ever share one, so each may be deleted alone.
What is put is never changed, but for the open copies, which are painted over anew.
"""

import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from django.conf import settings

KEY = re.compile(r"([0-9a-f]{64})(?:\.(?:display|thumb|open|open-thumb))?")


class Missing(LookupError):
    """Nothing lies under that key."""


class Store(Protocol):
    def put(self, key: str, data: bytes) -> None:
        """Durable when it returns."""

    def get(self, key: str) -> bytes:
        """Raises Missing."""

    def delete(self, *keys: str) -> None:
        """What is not there is no error."""

    def listing(self) -> Iterator[tuple[str, datetime]]:
        """Every key, with the moment it was put."""


class Folder:
    """`ab/cd/abcd…` below a root that only its owner can read. Written aside, synced, then renamed."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, key: str, data: bytes) -> None:
        target = self._path(key)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        aside = _aside(target)
        try:
            with open(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            aside.replace(target)
        except BaseException:
            aside.unlink(missing_ok=True)
            raise
        for folder in (target.parent, target.parent.parent, self.root):
            _sync(folder)

    def get(self, key: str) -> bytes:
        try:
            return self._path(key).read_bytes()
        except FileNotFoundError:
            raise Missing(key) from None

    def delete(self, *keys: str) -> None:
        for key in keys:
            for path in (self._path(key), _aside(self._path(key))):
                path.unlink(missing_ok=True)

    def listing(self) -> Iterator[tuple[str, datetime]]:
        for path in self.root.glob("??/??/*"):
            if KEY.fullmatch(key := path.name.removeprefix(".")):  # a crash may have left one half-written
                yield key, datetime.fromtimestamp(path.stat().st_mtime, UTC)

    def _path(self, key: str) -> Path:
        return self.root / _path(key)


class Bucket:
    """An object store that speaks S3, or any other that obstore knows (`s3://bucket/prefix`).

    Credentials come from the environment as obstore documents them (`AWS_ACCESS_KEY_ID` …).
    """

    def __init__(self, url: str) -> None:
        import obstore.store  # 20 MB that an installation with a folder never loads

        self._obstore: Any = obstore
        self._bucket: Any = obstore.store.from_url(url)

    def put(self, key: str, data: bytes) -> None:
        self._obstore.put(self._bucket, _path(key), data)

    def get(self, key: str) -> bytes:
        try:
            return bytes(self._obstore.get(self._bucket, _path(key)).bytes())
        except FileNotFoundError:
            raise Missing(key) from None

    def delete(self, *keys: str) -> None:
        for key in keys:
            try:
                self._obstore.delete(self._bucket, _path(key))
            except FileNotFoundError:
                continue  # S3 itself says nothing here; other stores do

    def listing(self) -> Iterator[tuple[str, datetime]]:
        for page in self._obstore.list(self._bucket):
            for entry in page:
                key = entry["path"].rsplit("/", 1)[-1]
                if KEY.fullmatch(key):
                    yield key, entry["last_modified"]


def store() -> Store:
    """The store of this installation: setting FILES_STORE, an address such as `s3://…`; empty: a folder."""
    return _store(getattr(settings, "FILES_STORE", ""), Path(settings.DATA) / "files")


@cache
def _store(url: str, folder: Path) -> Store:
    return Bucket(url) if url else Folder(folder)


def _path(key: str) -> str:
    if not KEY.fullmatch(key):
        raise ValueError(f"not a key: {key!r}")
    return f"{key[:2]}/{key[2:4]}/{key}"


def _aside(target: Path) -> Path:
    return target.with_name(f".{target.name}")


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
