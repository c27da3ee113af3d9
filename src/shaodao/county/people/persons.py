"""Citizens: found by their number, never listed by it, and erasable."""

from __future__ import annotations

import uuid
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


@transaction.atomic
def meet(number: str, name: str, now: datetime) -> uuid.UUID:
    """The person with this number, made if new; a name given for the first time is kept. NotAPhone if it is none.

    Two requests at once meet the same person: the number's keyed hash is unique."""
    key = phones.keyed(number, settings.PHONE_HASH_KEY)
    person, is_new, has_name = _upsert(key, now)
    subject = str(person)
    secrets = []
    if is_new:
        secrets.append(("phone", phones.normal(number), subject))
    if name and not has_name:
        secrets.append(("name", name, subject))
    if secrets:
        kept = dict(zip((kind for kind, _, _ in secrets), vault.keep(secrets, now), strict=True))
        Person.objects.filter(pk=person).update(**kept)
    return person


def stranger(now: datetime) -> uuid.UUID:
    """A person of whom nothing is known."""
    return Person.objects.create(created_at=now).id


def contact(person: uuid.UUID) -> tuple[str, str]:
    """(number, name) in clear, empty where unknown or erased. The caller records the look. DoesNotExist."""
    found = Person.objects.get(pk=person)
    values = vault.read(key for key in (found.phone, found.name) if key)
    number, name = (values.get(key) for key in (found.phone, found.name))
    return str(number or ""), str(name or "")


@transaction.atomic
def erase(person: uuid.UUID, now: datetime) -> list[str]:
    """Destroy everything the vault holds of a person; return the commitments that stand for nothing now.

    The caller appends the event that says so, in the same transaction. DoesNotExist."""
    found = Person.objects.select_for_update().get(pk=person)
    found.phone_key, found.erased_at = None, found.erased_at or now
    found.save(update_fields=["phone_key", "erased_at"])
    return vault.erase(str(person), now)


def _upsert(key: str, now: datetime) -> tuple[uuid.UUID, bool, bool]:
    with connection.cursor() as cursor:
        cursor.execute(_UPSERT, [uuid.uuid4(), key, now])
        person, is_new, has_name = cursor.fetchone()
    return person, is_new, has_name


# The row is touched on conflict so that it is returned, and locked until the end of the transaction.
_UPSERT = """
INSERT INTO people_person (id, phone_key, phone, name, created_at) VALUES (%s, %s, '', '', %s)
ON CONFLICT (phone_key) DO UPDATE SET phone_key = excluded.phone_key
RETURNING id, phone = '', name <> ''
"""
