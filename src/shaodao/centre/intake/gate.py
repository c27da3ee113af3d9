"""The gate: gives a new whistle its number once per key and foreign number, unless one source sends too many. One
statement.

Counting reads the receipts of the last hour and day (bounded by the limit), so no row is shared between whistles and
none waits for another, except twins with the same key: the second waits for the first and gets its number.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection

from shaodao.centre.cases.lifecycle import Refusal
from shaodao.county.pack.model import Rates

LOCAL = ZoneInfo("Asia/Shanghai")
LONGEST_CLIENT = 64
LONGEST_SEAT = 9  # digits
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class KeyReused(Exception):
    """The same idempotency key came with another request."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Where a whistle comes from. `client` is the scope of its keys; addresses and the like are hashed here."""

    client: str
    key: str = ""
    address: str = ""
    phone: str = ""
    device: str = ""
    trusted: bool = False  # staff and registered systems are not limited by source
    system: str = ""  # the system a foreign number belongs to
    external_id: str = ""


@dataclass(frozen=True, slots=True)
class Admission:
    """`number` of the case to make, or of the case that this very request made before (`again`)."""

    number: str
    again: bool


def admit(caller: Caller, request_hash: bytes, rates: Rates, at: datetime) -> Admission:
    """Take a number. Raises `KeyReused`, or Refusal `too_many` with the source and the limit.

    A foreign number whose request is no longer known is given back to the trusted alone: others may have guessed it.
    Whoever repeats an answered request gets the same number again, however many requests they have sent.
    """
    sources = {} if caller.trusted else _sources(caller)
    client = caller.client
    if len(client) > LONGEST_CLIENT or not client.isprintable():
        client = blind(client)
    limits = [
        (source, span, limit)
        for source in sources
        for span, limit in (
            (HOUR, getattr(rates, f"{source}_hour")),
            (DAY, getattr(rates, f"{source}_day", 0)),
        )
        if limit
    ]
    # What the text says of limits and of the indexes' conditions lets the database keep its plan of the statement.
    counts = "".join(
        f", (SELECT count(*) FROM (SELECT 1 FROM intake_receipt WHERE {source} = %s AND NOT ({source} = '')"
        f" AND at > %s LIMIT {limit:d}) AS n)"
        for source, _, limit in limits
    )
    with connection.cursor() as cursor:
        cursor.execute(
            (_ADMIT_FOREIGN if caller.external_id else _ADMIT).format(counts=counts),
            [
                *((caller.system, caller.external_id) if caller.external_id else ()),
                f"{at.astimezone(LOCAL):%y%m%d}",
                *(client, caller.key, request_hash),
                *(sources.get(name, "") for name in ("address", "phone", "device")),
                at,
                *(v for source, span, _ in limits for v in (sources[source], at - span)),
            ],
        )
        made, before, hash_before, *counted = cursor.fetchone()
        if before is None and made is None:  # a twin with the same key has just been answered
            cursor.execute(_BEFORE, [client, caller.key])
            before, hash_before = cursor.fetchone()
    if before is not None:
        same = caller.trusted if hash_before is None else bytes(hash_before) == request_hash
        if not same:
            raise KeyReused(caller.key or caller.external_id)
        return Admission(before, True)
    for (source, _, limit), count in zip(limits, counted, strict=True):
        if count >= limit:
            raise Refusal("too_many", source=source, limit=limit)
    return Admission(made, False)


def _sources(caller: Caller) -> dict[str, str]:
    """What a caller is counted by, blinded."""
    named = (("address", _house(caller.address)), ("phone", caller.phone), ("device", caller.device))
    return {name: blind(value) for name, value in named if value}


def _house(address: str) -> str:
    """An address of the network, or of IPv6 the part that one subscriber keeps."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    return str(parsed) if parsed.version == 4 else str(ip_network((int(parsed) >> 64 << 64, 64)))


def blind(value: str) -> str:
    """A keyed hash by which sources are counted without being known. 32 hex characters."""
    return hmac.new(settings.PHONE_HASH_KEY.encode(), value.encode(), hashlib.sha256).hexdigest()[:32]


def token_of(number: str, seat: int = 0) -> str:
    """The secret by which whoever reported follows a case, or who joined it under a seat: the number (and the seat) and a
    keyed hash, 80 bits."""
    place = f"{number}.{seat}" if seat else number
    mac = hmac.new(settings.SECRET_KEY.encode(), f"track:{place}".encode(), hashlib.sha256).hexdigest()
    return f"{place}-{mac[:20]}"


def place_of(token: str) -> tuple[str, int] | None:
    """The case a token is for, and the seat (0: the requester's); None if the token is not ours."""
    place, _, _ = token.partition("-")
    number, _, said = place.partition(".")
    seat = int(said) if said.isascii() and said.isdecimal() and len(said) < LONGEST_SEAT else 0
    return (number, seat) if hmac.compare_digest(token_of(number, seat).encode(), token.encode()) else None


_RECEIPT = """
    INSERT INTO intake_receipt (number, client, key, request_hash, address, phone, device, at)
    SELECT %s || lpad(nextval('intake_number')::text, 6, '0'), %s, %s, %s, %s, %s, %s, %s
    WHERE NOT EXISTS (SELECT 1 FROM known)
    ON CONFLICT (client, key) WHERE NOT (key = '') DO NOTHING RETURNING number
"""
_ADMIT = f"""
WITH receipt AS ({_RECEIPT.replace("WHERE NOT EXISTS (SELECT 1 FROM known)", "")})
SELECT (SELECT number FROM receipt), NULL, NULL{{counts}}
"""
# `known`: the case that this foreign number already has; its receipt may be pruned by now.
_ADMIT_FOREIGN = f"""
WITH known AS (
    SELECT number, request_hash FROM cases_case LEFT JOIN intake_receipt USING (number)
    WHERE external_system = %s AND external_id = %s AND NOT (external_id = '')
), receipt AS ({_RECEIPT})
SELECT (SELECT number FROM receipt), (SELECT number FROM known), (SELECT request_hash FROM known){{counts}}
"""
_BEFORE = "SELECT number, request_hash FROM intake_receipt WHERE client = %s AND key = %s"
