"""Telephone numbers: one written form, a keyed hash to find a person by, and the form others may see. Pure."""

import hashlib
import hmac
import re

_MOBILE = re.compile(r"1[3-9]\d{9}")
_LANDLINE = re.compile(r"0\d{2,3}\d{7,8}")
_WIDE = str.maketrans("０１２３４５６７８９＋－（）　", "0123456789+-() ")


class NotAPhone(ValueError):
    """The text is no telephone number of the country."""


def normal(text: str) -> str:
    """The number in digits alone, without +86; mobile or landline with its area code. Raises `NotAPhone`."""
    digits = re.sub(r"[\s()\-]", "", text.translate(_WIDE))
    digits = re.sub(r"^(\+86|0086)", "", digits)
    if not (_MOBILE.fullmatch(digits) or _LANDLINE.fullmatch(digits)):
        raise NotAPhone(text)
    return digits


def mobile(text: str) -> str:
    """As `normal`, but only numbers that can receive a text message. Raises `NotAPhone`."""
    digits = normal(text)
    if not _MOBILE.fullmatch(digits):
        raise NotAPhone(text)
    return digits


def keyed(number: str, key: str | bytes) -> str:
    """The hash by which a number is found: HMAC-SHA-256 in hex over its normal form, under a key that is not in
    the database, so that a stolen database cannot be searched by trying all numbers."""
    secret = key.encode() if isinstance(key, str) else key
    return hmac.new(secret, normal(number).encode(), hashlib.sha256).hexdigest()


def masked(number: str) -> str:
    """138****1234; a landline keeps its area code and last two digits."""
    digits = normal(number)
    if digits.startswith("0"):
        return f"{digits[:4]}****{digits[-2:]}"
    return f"{digits[:3]}****{digits[-4:]}"
