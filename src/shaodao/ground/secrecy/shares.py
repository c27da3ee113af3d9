"""A key in printed shares, of which so many give it back and fewer tell nothing (Shamir 1979). Pure.

The key is the value at 0 of a random polynomial over the integers modulo a prime; a share is its value at 1, 2, 3 … Two
of three is a straight line: through one point there is one for every key.

A share is printed in groups of base32 (no letter looks like a digit): number, set, value, check. Shares of one set belong
together; a mistyped one is told from a wrong one.
"""

import base64
import binascii
import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

PRIME = 2**256 + 297  # the smallest above every 32-byte key
KEY, SET, VALUE, CHECK, GROUP = 32, 4, 33, 2, 4  # bytes; letters
_LENGTH = 1 + SET + VALUE + CHECK


class BadShare(ValueError):
    """`code`: `mistyped`, `few`, `same`, or `strangers` (shares of different keys)."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class Share:
    number: int
    set: bytes
    value: int = field(repr=False)


def split(key: bytes, needed: int = 2, made: int = 3) -> list[Share]:
    """`made` shares of a 32-byte key, any `needed` of which give it back."""
    if len(key) != KEY or not 1 < needed <= made < 256:
        raise ValueError("a key of 32 bytes, and at least two of the shares")
    line = [int.from_bytes(key), *(secrets.randbelow(PRIME) for _ in range(needed - 1))]
    set = secrets.token_bytes(SET)
    return [Share(x, set, sum(a * x**n for n, a in enumerate(line)) % PRIME) for x in range(1, made + 1)]


def combine(shares: Sequence[Share], needed: int = 2) -> bytes:
    """The key. Raises BadShare. Whether it is the right one, whatever it opens will tell."""
    if len({share.set for share in shares}) > 1:
        raise BadShare("strangers")
    if len({share.number for share in shares}) < len(shares):
        raise BadShare("same")
    if len(shares) < needed:
        raise BadShare("few")
    key = sum(share.value * _weight(share, shares) for share in shares) % PRIME
    if key >> (8 * KEY):
        raise BadShare("strangers")
    return key.to_bytes(KEY)


def printed(share: Share) -> str:
    """The share as it is printed: 16 groups of four letters."""
    data = bytes([share.number]) + share.set + share.value.to_bytes(VALUE)
    text = base64.b32encode(data + _check(data)).decode().rstrip("=")
    return " ".join(text[at : at + GROUP] for at in range(0, len(text), GROUP))


def typed(text: str) -> Share:
    """The share that somebody typed, however spaced. Raises BadShare `mistyped`."""
    letters = "".join(text.upper().replace("-", " ").split()).replace("0", "O").replace("1", "I")
    try:
        data = base64.b32decode(letters + "=" * (-len(letters) % 8))
    except binascii.Error:
        raise BadShare("mistyped") from None
    body, check = data[:-CHECK], data[-CHECK:]
    if len(data) != _LENGTH or check != _check(body):
        raise BadShare("mistyped")
    return Share(body[0], body[1 : 1 + SET], int.from_bytes(body[1 + SET :]))


def _weight(share: Share, shares: Sequence[Share]) -> int:
    """Lagrange's weight of one share for the value at 0."""
    weight = 1
    for other in shares:
        if other is not share:
            weight = weight * other.number * pow(other.number - share.number, -1, PRIME) % PRIME
    return weight


def _check(data: bytes) -> bytes:
    return hashlib.sha256(b"share" + data).digest()[:CHECK]
