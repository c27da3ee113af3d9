"""判例: rulings that bind the next case like them."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Precedent(models.Model):
    """What a ruling decided, so far as it holds for others. Made from the ruling's event, ended by a later one."""

    number = models.CharField(max_length=16)  # of the case ruled on
    seq = models.IntegerField()  # of the ruling in the case's stream
    item = models.CharField(max_length=32, blank=True)
    situation = models.CharField(max_length=32, blank=True)
    place_kind = models.CharField(max_length=16, blank=True)  # empty: anywhere
    area = models.CharField(
        max_length=32, blank=True
    )  # a street, township or community; empty: the whole county
    grams = ArrayField(models.CharField(max_length=2))  # of the words, for matters that are no item
    lead = models.CharField(max_length=32)
    assists = ArrayField(models.CharField(max_length=32))
    kind = models.CharField(max_length=16, blank=True)  # of basis
    basis = models.CharField(max_length=64, blank=True)  # vault commitment
    ruled_at = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)  # the first moment it no longer binds
    ended_at = models.DateTimeField(null=True, blank=True)
    superseded_by = models.CharField(max_length=32, blank=True)  # another one's code

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["number", "seq"], name="precedent_of_ruling")
        ]
        indexes: ClassVar = [
            models.Index(fields=["item"], name="precedent_item", condition=models.Q(ended_at=None))
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def code(self) -> str:
        """Its stream in the ledger: the case that was ruled on, and where in it."""
        return f"{self.number}/{self.seq}"

    @property
    def name(self) -> str:
        """How a dispatch names it."""
        return f"precedent:{self.code}"

    def binds(self, at: datetime) -> bool:
        """Whether it decides cases that come in at a moment."""
        return self.ended_at is None and (self.until is None or at < self.until)
