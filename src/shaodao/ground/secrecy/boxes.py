"""A box is locked and opened with one key; an envelope is closed with a public key and opened with the private one.

Each is bound to what it is about: text that is not stored with it, and without which it does not open. So nobody can
put one box in the place of another. Pure.
"""

import base64
import hashlib
import secrets
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

KEY = 32  # bytes of a key, and of either half of a pair
NONCE = 12
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)  # RFC 9180


class Shut(Exception):
    """It does not open: another key, another matter, or changed bytes. Says no more than that."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Both halves as 32 raw bytes."""

    public: bytes
    private: bytes = field(repr=False)


def new_key() -> bytes:
    return secrets.token_bytes(KEY)


def new_pair() -> Pair:
    private = X25519PrivateKey.generate()
    return Pair(private.public_key().public_bytes_raw(), private.private_bytes_raw())


def pair_of(private: bytes) -> Pair:
    """The pair of a private half. Raises Shut for what is none."""
    try:
        return Pair(X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw(), private)
    except ValueError:
        raise Shut from None


def lock(key: bytes, data: bytes, about: str) -> bytes:
    """AES-256-GCM: a random nonce, then ciphertext and tag."""
    nonce = secrets.token_bytes(NONCE)
    return nonce + AESGCM(key).encrypt(nonce, data, about.encode())


def unlock(key: bytes, box: bytes, about: str) -> bytes:
    """What was locked. Raises Shut."""
    try:
        return AESGCM(key).decrypt(box[:NONCE], box[NONCE:], about.encode())
    except (InvalidTag, ValueError):
        raise Shut from None


def enclose(public: bytes, data: bytes, about: str) -> bytes:
    """HPKE (RFC 9180) to a public key: whoever writes needs no key of their own, and cannot open it again."""
    return _SUITE.encrypt(data, X25519PublicKey.from_public_bytes(public), info=about.encode())


def disclose(private: bytes, envelope: bytes, about: str) -> bytes:
    """What was enclosed. Raises Shut."""
    try:
        return _SUITE.decrypt(envelope, X25519PrivateKey.from_private_bytes(private), info=about.encode())
    except (InvalidTag, ValueError):
        raise Shut from None


def fingerprint(public: bytes) -> str:
    """Twenty characters by which two persons compare a public key on paper or by telephone: 100 bits."""
    text = base64.b32encode(hashlib.sha256(public).digest()).decode()[:20]
    return " ".join(text[at : at + 4] for at in range(0, 20, 4))
