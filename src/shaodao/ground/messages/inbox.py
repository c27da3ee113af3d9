"""The inbox: what a foreign system sends is taken once, however often it is sent."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from shaodao.ground.ledger import vault


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a message. `same`: whether the body equals the first one; None where that was erased."""

    first: bool
    same: bool | None
    commitment: str
    received_at: datetime


def receive(system: str, external_id: str, body: str | bytes, subject: str, now: datetime) -> Receipt:
    """Take a message in the caller's transaction. The body goes into the vault, under `subject`.

    Act on it only where `first` is true. A twin sent at the same time waits until this transaction ends.
    """
    secret = vault.commit("inbox", body, subject)
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [system, external_id, now, secret.commitment])
        if cursor.rowcount:
            vault.insert([secret], now)
            return Receipt(True, True, secret.commitment, now)
        cursor.execute(_FIRST, [system, external_id])
        commitment, received_at = cursor.fetchone()
    return Receipt(False, vault.matches(commitment, body), commitment, received_at)


_TAKE = """
INSERT INTO messages_inbox (system, external_id, received_at, commitment) VALUES (%s, %s, %s, %s)
ON CONFLICT (system, external_id) DO NOTHING
"""
_FIRST = "SELECT commitment, received_at FROM messages_inbox WHERE system = %s AND external_id = %s"
