"""判例: rulings that bind the next case like them."""

from __future__ import annotations

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
    basis = models.CharField(max_length=64, blank=True)  # vault commitment
    ruled_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["number", "seq"], name="precedent_of_ruling")
        ]
        indexes: ClassVar = [
            models.Index(fields=["item"], name="precedent_item", condition=models.Q(ended_at=None))
        ]

    def __str__(self) -> str:
        return f"{self.number}/{self.seq}"

    @property
    def name(self) -> str:
        """How a dispatch names it: the case that was ruled on."""
        return f"precedent:{self.number}"
