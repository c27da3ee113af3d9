"""监督工作台: rows of matters, and the keys that open them. No row holds a word that can be read without a key.

`Matter` is written only by `projection`, `Key` … `Unlocked` only by `keyring`.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

RECOVERY = "recovery"  # whose wraps the printed shares open


class Matter(models.Model):
    number = models.CharField(max_length=16, primary_key=True)  # year-number
    version = models.PositiveIntegerField()
    kind = models.CharField(max_length=16)
    state = models.CharField(max_length=16)
    giver = models.CharField(max_length=32)
    holder = models.CharField(max_length=32)
    readers = ArrayField(models.CharField(max_length=32))
    opened_by = models.CharField(max_length=48)
    opened_at = models.DateTimeField()
    due = models.DateTimeField()
    moved_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            GinIndex(fields=["readers"], name="discipline_readers"),
            models.Index(fields=["due", "number"], name="discipline_due", condition=models.Q(closed_at=None)),
        ]

    def __str__(self) -> str:
        return self.number


class Receipt(models.Model):
    """A receipt for what came in from outside: only its keyed hash, so that nobody finds the person by the row."""

    hash = models.CharField(max_length=64, primary_key=True)
    number = models.CharField(max_length=16, unique=True)


class Sealed(models.Model):
    """One sealed text or file. The ciphertext lies in the vault under `commitment`; its own key, locked by the matter's."""

    commitment = models.CharField(max_length=64, primary_key=True)
    number = models.CharField(max_length=16, db_index=True)
    key = models.BinaryField()


class Wrap(models.Model):
    """A matter's key, enclosed for one person or for the recovery key. An empty envelope: somebody is not to open it any
    more, and may have kept the key, so that the matter needs a new one."""

    number = models.CharField(max_length=16)
    whom = models.CharField(max_length=48)  # user:… or `recovery`
    envelope = models.BinaryField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["number", "whom"], name="discipline_wrap_once")
        ]
        indexes: ClassVar = [models.Index(fields=["whom", "number"], name="discipline_wrap_whom")]


class Key(models.Model):
    """A person's pair: the public half, and the private one locked by the passphrase. `admitted`: the units for which
    another member has let them in, so that new matters are sealed for them too. `seal`: a keyed hash of all this, without
    which the row counts for nothing. `recovery` has no private half: it is on paper."""

    whom = models.CharField(max_length=48, primary_key=True)
    public = models.BinaryField()
    private = models.TextField(blank=True, default="")
    made_at = models.DateTimeField()
    admitted = ArrayField(models.CharField(max_length=32), default=list)
    seal = models.CharField(max_length=64)
    failures = models.PositiveSmallIntegerField(default=0)
    shut_until = models.DateTimeField(null=True)

    @property
    def sound(self) -> bool:
        """Whether it bears its seal: nobody made or changed it who has the database alone."""
        return hmac.compare_digest(self.seal, seal_of(self.whom, bytes(self.public), self.admitted))


class Unlocked(models.Model):
    """The server's half of an unlocked key: the private half, locked by a key that only the browser's cookie holds."""

    id = models.CharField(max_length=64, primary_key=True)  # hash of the session
    whom = models.CharField(max_length=48)
    box = models.BinaryField()
    since = models.DateTimeField()
    until = models.DateTimeField(db_index=True)


def seal_of(whom: str, public: bytes, admitted: Iterable[str]) -> str:
    """The seal of a person's row."""
    return keyed(f"member:{whom}:{public.hex()}:{','.join(sorted(admitted))}")


def keyed(said: str) -> str:
    """A hash with a secret that is not in the database."""
    return hmac.new(settings.PHONE_HASH_KEY.encode(), said.encode(), hashlib.sha256).hexdigest()
