"""When two pictures are the same picture: the distance of their fingerprints (`decoder.fingerprint`). Pure.

A picture saved again, smaller, brighter or coarser differs in up to 13 of 256 bits; the same road photographed five
metres on in 24 or more. So `SAME` says "this picture", never "this place".
"""

from __future__ import annotations

BITS = 256
SAME = 15  # bits at most in which two copies of one picture differ
BANDS = SAME + 1  # whoever differs in no more bits than this less one has a whole band in common
PLAIN = 24  # bits: a picture with fewer ones, or fewer zeros, is a wall, a night or a sky, and like any other such
_WIDTH = BITS // BANDS
_STRIDE = 97  # odd: bits of a band lie far apart in the picture, so that a plain corner fills no band
_PLACES = [[(band * _WIDTH + bit) * _STRIDE % BITS for bit in range(_WIDTH)] for band in range(BANDS)]


def distance(one: bytes, other: bytes) -> int:
    """In how many bits two fingerprints differ."""
    return (int.from_bytes(one) ^ int.from_bytes(other)).bit_count()


def same(one: bytes, other: bytes) -> bool:
    """Whether two pictures are one and the same, saved twice. Nothing can be said of plain ones."""
    return not plain(one) and not plain(other) and distance(one, other) <= SAME


def plain(fingerprint: bytes) -> bool:
    """Whether there is too little in a picture to know it by."""
    ones = int.from_bytes(fingerprint).bit_count()
    return min(ones, BITS - ones) < PLAIN


def bands(fingerprint: bytes) -> list[int]:
    """What a fingerprint is found by: `same` ones have at least one of these in common. Empty for a plain picture."""
    if plain(fingerprint):
        return []
    value = int.from_bytes(fingerprint)
    return [
        band << _WIDTH | sum((value >> place & 1) << bit for bit, place in enumerate(places))
        for band, places in enumerate(_PLACES)
    ]
