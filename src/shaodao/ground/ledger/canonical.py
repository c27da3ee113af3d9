"""Canonical bytes and hashes: one value, one sequence of bytes, for ever.

The form is RFC 8785 (JSON canonicalization) restricted to what has only one spelling: objects with string
keys, lists, strings, integers within ±(2^53 - 1), booleans and null. Any JCS library recomputes it.
"""

import hashlib
import json
from collections.abc import Callable
from functools import partial
from typing import Any

Hash = Callable[[bytes], bytes]
SIZE = 32
ZERO = bytes(SIZE)
"""What stands before the first event of a stream."""

_SAFE = 2**53
_LAST_KEY_CHAR = "\ud7ff"  # up to here code points and UTF-16 units sort alike, so every JCS library agrees
_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode


class NotCanonical(ValueError):
    """A value that has no single spelling; the message names its place in the document."""


def encode(document: dict[str, Any]) -> bytes:
    """Canonical UTF-8 bytes. Raises NotCanonical for floats, tuples, dates, keys that are no strings …"""
    check(document)
    try:
        return _encode(document).encode()
    except UnicodeEncodeError as error:
        raise NotCanonical(f"a lone surrogate has no UTF-8 form: {error.object!r}") from None


def decode(data: bytes) -> Any:
    """The document that `encode` wrote."""
    return json.loads(data.decode())


def check(value: Any, place: str = "$") -> None:
    """Raise NotCanonical where a value, at any depth, has no single spelling."""
    if value is None or isinstance(value, str):
        return
    if isinstance(value, int):
        if not -_SAFE < value < _SAFE:
            raise NotCanonical(f"{place}: {value} does not fit into 53 bits")
    elif isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                raise NotCanonical(f"{place}: key {key!r} is not a string")
            if not key.isascii() and max(key) > _LAST_KEY_CHAR:
                raise NotCanonical(
                    f"{place}: key {key!r} has a character whose order is not the same everywhere"
                )
            check(item, f"{place}.{key}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            check(item, f"{place}[{index}]")
    else:
        raise NotCanonical(
            f"{place}: {type(value).__name__} {value!r}; "
            "only integers, strings, booleans, null, lists and objects"
        )


def hash_named(algorithm: str) -> Hash:
    """The 32-byte hash called `sha256` or `sm3`. Raises ValueError for another name."""
    try:
        return _HASHES[algorithm]
    except KeyError:
        raise ValueError(f"ledger hash must be one of {', '.join(_HASHES)}, not {algorithm!r}") from None


def _digest(make: Callable[[bytes], Any], data: bytes) -> bytes:
    return make(data).digest()


_HASHES: dict[str, Hash] = {
    "sha256": partial(_digest, hashlib.sha256),
    "sm3": partial(_digest, partial(hashlib.new, "sm3")),
}
