"""Citizens: found by their number, never listed by it, and erasable."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import datetime

from django.conf import settings
from django.db import connection, transaction

from shaodao.ground.ledger import vault

from . import phones
from .models import Person


def find(number: str) -> uuid.UUID | None:
    """The person with this number, if known. Raises `phones.NotAPhone`."""
    key = phones.keyed(number, settings.PHONE_HASH_KEY)
    return Person.objects.filter(phone_key=key).values_list("id", flat=True).first()


def meet(number: str, name: str, now: datetime) -> tuple[uuid.UUID, list[vault.Secret]]:
    """The person with this number, made if new; a name given for the first time is kept. NotAPhone if it is none.

    The secrets are what the vault must keep of them: the caller inserts them in the same transaction. One statement.
    Two requests at once meet the same person: the number's keyed hash is unique."""
    key = phones.keyed(number, settings.PHONE_HASH_KEY)
    new = uuid.uuid4()
    phone = vault.commit("phone", phones.normal(number), str(new))
    called = vault.commit("name", name, str(new)) if name else None
    with connection.cursor() as cursor:
        cursor.execute(_UPSERT, [new, key, phone.commitment, called.commitment if called else "", now])
        person, *stored = cursor.fetchone()
    secrets = [replace(s, subject=str(person)) for s in (phone, called) if s and s.commitment in stored]
    return person, secrets


def stranger(now: datetime) -> uuid.UUID:
    """A person of whom nothing is known."""
    return Person.objects.create(created_at=now).id


def contact(person: uuid.UUID) -> tuple[str, str]:
    """(number, name) in clear, empty where unknown or erased. The caller records the look. DoesNotExist."""
    found = Person.objects.get(pk=person)
    values = vault.read(key for key in (found.phone, found.name) if key)
    number, name = (values.get(key) for key in (found.phone, found.name))
    return str(number or ""), str(name or "")


def has_number(person: uuid.UUID | str) -> bool:
    """Whether the person left a number that can still be proved."""
    return Person.objects.filter(pk=person, phone_key__isnull=False).exists()


@transaction.atomic
def erase(person: uuid.UUID, now: datetime) -> list[str]:
    """Destroy everything the vault holds of a person; return the commitments that stand for nothing now.

    The caller appends the event that says so, in the same transaction. DoesNotExist."""
    found = Person.objects.select_for_update().get(pk=person)
    found.phone_key, found.erased_at = None, found.erased_at or now
    found.save(update_fields=["phone_key", "erased_at"])
    return vault.erase(str(person), now)


# The row is touched on conflict so that it is returned, and locked until the end of the transaction.
_UPSERT = """
INSERT INTO people_person (id, phone_key, phone, name, created_at) VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (phone_key) DO UPDATE
SET name = CASE WHEN people_person.name = '' THEN excluded.name ELSE people_person.name END
RETURNING id, phone, name
"""
