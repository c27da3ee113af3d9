"""What is like what among open cases. Not part of the record: it can be found again, and goes when erased."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models


class Sketch(models.Model):
    """By what the words of a case are found among others (`words.sketch`)."""

    number = models.CharField(max_length=16, primary_key=True)
    bands = ArrayField(models.IntegerField())

    class Meta:
        indexes: ClassVar = [GinIndex(fields=["bands"], name="likeness_bands")]

    def __str__(self) -> str:
        return self.number


class Pair(models.Model):
    """疑似重复: two cases that may be one, with the evidence. `earlier` was reported first."""

    pk = models.CompositePrimaryKey("earlier", "later")
    earlier = models.CharField(max_length=16)
    later = models.CharField(max_length=16)
    score = models.SmallIntegerField()  # per mille, to order by
    words = models.SmallIntegerField()  # per mille of what either says
    metres = models.IntegerField(null=True)  # apart; None: not both have a point
    minutes = models.IntegerField()  # between the two reports
    same_grid = models.BooleanField()
    same_item = models.BooleanField()
    one = models.UUIDField(null=True)  # pictures of the earlier and the later that are one and the same
    other = models.UUIDField(null=True)
    apart_by = models.CharField(max_length=48, blank=True, default="")  # who said that they are two matters

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["later"], name="likeness_later"),
            models.Index(
                fields=["-score", "-later", "-earlier"], name="likeness_open", condition=models.Q(apart_by="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.earlier} ~ {self.later}"
