"""The vault: what must be erasable. Words, names, contacts, positions, pictures lie here, each with its own salt.

An event holds only the commitment `H(salt ‖ bytes)`, in hex, which is also the key to read the value by.
`erase` destroys value and salt: the commitment stays, and nobody can tell any more what it stood for.
"""

import json
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from django.db import connection

from shaodao.ground import database

from . import keeping

SALT = 16  # bytes


@dataclass(frozen=True, slots=True)
class Secret:
    """A value with its salt and commitment, not yet stored. `subject` is the person whose value it is."""

    commitment: str
    kind: str
    subject: str
    value: str | bytes = field(repr=False)
    salt: bytes = field(repr=False)


def commit(kind: str, value: str | bytes, subject: str) -> Secret:
    """Salt and commit to a value without storing it, for callers that decide first and `insert` afterwards."""
    salt = secrets.token_bytes(SALT)
    return Secret(commitment(salt, value), kind, subject, value, salt)


def commitment(salt: bytes, value: str | bytes) -> str:
    """`H(salt ‖ bytes)` in hex; text counts as its UTF-8 bytes."""
    return keeping.hash_()(salt + _bytes(value)).hex()


def insert(values: Iterable[Secret | None], now: datetime | None = None) -> None:
    """Store committed values in one statement, in the caller's transaction; `together` with others. None: nothing
    was said."""
    # One JSON text is several times cheaper for the driver than an array for each column.
    rows = [
        {
            "commitment": secret.commitment,
            "kind": secret.kind,
            "subject": secret.subject,
            "is_text": isinstance(secret.value, str),
            "salt": secret.salt.hex(),
            "value": _bytes(secret.value).hex(),
        }
        for secret in values
        if secret
    ]
    if rows:
        database.write(_INSERT, [now or datetime.now(UTC), json.dumps(rows, ensure_ascii=False)])


def insert_many(values: Iterable[tuple[datetime, Secret]]) -> None:
    """Store any number of committed values, each with its own moment, in the caller's transaction: one COPY."""
    with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        copy.set_types(["timestamptz", "bytea", "text", "text", "bool", "bytea", "bytea"])
        for at, secret in values:
            is_text = isinstance(secret.value, str)
            key = bytes.fromhex(secret.commitment)
            copy.write_row((at, key, secret.kind, secret.subject, is_text, secret.salt, _bytes(secret.value)))


def keep(items: Iterable[tuple[str, str | bytes, str]], now: datetime | None = None) -> list[str]:
    """Store `(kind, value, subject)` in one statement; return the commitments in hex, in the same order."""
    values = [commit(kind, value, subject) for kind, value, subject in items]
    insert(values, now)
    return [secret.commitment for secret in values]


def read(commitments: Iterable[str]) -> dict[str, str | bytes | None]:
    """The values by commitment; None for an erased one. A commitment that was never kept is left out."""
    with connection.cursor() as cursor:
        cursor.execute(_READ, [[bytes.fromhex(commitment) for commitment in set(commitments)]])
        return {
            key.hex(): None if value is None else value.decode() if is_text else value
            for key, is_text, value in cursor
        }


def read_proven(commitments: Iterable[str]) -> dict[str, bytes]:
    """The bytes of those values that are still what was committed to; erased and exchanged ones are left out."""
    with connection.cursor() as cursor:
        cursor.execute(_READ_PROVEN, [[bytes.fromhex(commitment) for commitment in set(commitments)]])
        found = {bytes(key).hex(): (bytes(salt), bytes(value)) for key, salt, value in cursor}
    return {key: value for key, (salt, value) in found.items() if commitment(salt, value) == key}


def read_selected(
    query: str, params: Sequence[object], also: Iterable[str] = ()
) -> dict[str, str | bytes | None]:
    """As `read`, for the commitments (hex, in the one column `words`) that a query selects, and for some besides.

    The statement is one, so that a list whose rows say who may read them costs no more than the list itself.
    """
    with connection.cursor() as cursor:
        cursor.execute(_READ_SELECTED.format(query=query), [*params, [bytes.fromhex(key) for key in also]])
        return {
            bytes(key).hex(): None if value is None else bytes(value).decode() if is_text else bytes(value)
            for key, is_text, value in cursor
        }


def matches(key: str, value: str | bytes) -> bool | None:
    """Whether a commitment stands for this value; None where it is erased or was never kept."""
    with connection.cursor() as cursor:
        cursor.execute(_SALT, [bytes.fromhex(key)])
        row = cursor.fetchone()
    return None if row is None or row[0] is None else commitment(row[0], value) == key


def erase(subject: str, now: datetime, kinds: Sequence[str] | None = None) -> list[str]:
    """Destroy all values of a subject, or those of some kinds; return their commitments in hex.

    The caller appends the event that says so, in the same transaction.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ERASE, [now, subject, kinds, kinds])
        return sorted(key.hex() for (key,) in cursor)


def _bytes(value: str | bytes) -> bytes:
    return value.encode() if isinstance(value, str) else value


_INSERT = """kept AS (
    INSERT INTO ledger_vault (created_at, commitment, kind, subject, is_text, salt, value)
    SELECT %s, decode(commitment, 'hex'), kind, subject, is_text, decode(salt, 'hex'), decode(value, 'hex')
    FROM json_to_recordset(%s) AS secret (
        commitment text, kind text, subject text, is_text boolean, salt text, value text
    )
)"""
_COPY = """
COPY ledger_vault (created_at, commitment, kind, subject, is_text, salt, value) FROM STDIN (FORMAT binary)
"""
_READ = "SELECT commitment, is_text, value FROM ledger_vault WHERE commitment = ANY (%s::bytea[])"
_READ_PROVEN = """
SELECT commitment, salt, value FROM ledger_vault WHERE commitment = ANY (%s::bytea[]) AND value IS NOT NULL
"""
_READ_SELECTED = """
SELECT commitment, is_text, value FROM ledger_vault
WHERE commitment IN (SELECT decode(words, 'hex') FROM ({query}) AS selected WHERE words <> '')
   OR commitment = ANY (%s::bytea[])
"""
_SALT = "SELECT salt FROM ledger_vault WHERE commitment = %s"
_ERASE = """
UPDATE ledger_vault SET value = NULL, salt = NULL, erased_at = %s
WHERE subject = %s AND erased_at IS NULL AND (%s::text[] IS NULL OR kind = ANY (%s::text[]))
RETURNING commitment
"""
