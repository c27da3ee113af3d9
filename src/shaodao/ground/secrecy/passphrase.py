"""A private key locked by a passphrase: Argon2id makes a key of it, slowly and with much memory. Pure.

Kept as text, with the costs it was made with, so that later ones may be higher:
`argon2id$<iterations>$<memory in KiB>$<salt>$<box>`, the last two in base64.
"""

import base64
import secrets
import unicodedata
from dataclasses import dataclass

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from . import boxes
from .boxes import Shut

SHORTEST = 12  # characters
_SALT = 16


@dataclass(frozen=True, slots=True)
class Cost:
    """RFC 9106, second recommendation: 64 MiB three times; about 0.15 s."""

    iterations: int = 3
    memory: int = 64 * 1024  # KiB


ORDINARY = Cost()


def lock(data: bytes, passphrase: str, about: str, cost: Cost = ORDINARY) -> str:
    salt = secrets.token_bytes(_SALT)
    box = boxes.lock(_key(passphrase, salt, cost), data, about)
    return "$".join(("argon2id", str(cost.iterations), str(cost.memory), _text(salt), _text(box)))


def unlock(kept: str, passphrase: str, about: str) -> bytes:
    """What was locked. Raises Shut for another passphrase, and for text that is none of ours."""
    try:
        name, iterations, memory, salt, box = kept.split("$")
        cost = Cost(int(iterations), int(memory))
        if name != "argon2id":
            raise Shut
        return boxes.unlock(_key(passphrase, _bytes(salt), cost), _bytes(box), about)
    except ValueError:
        raise Shut from None


def _key(passphrase: str, salt: bytes, cost: Cost) -> bytes:
    typed = unicodedata.normalize("NFKC", passphrase).strip().encode()
    return Argon2id(
        salt=salt, length=boxes.KEY, iterations=cost.iterations, lanes=1, memory_cost=cost.memory
    ).derive(typed)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
