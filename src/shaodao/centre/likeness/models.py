"""What is like what among open cases. Not part of the record: it can be found again, and goes when erased."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Band(models.Model):
    """A piece of the sketch of a case's words (`words.sketch`): among others it is found by those they share."""

    pk = models.CompositePrimaryKey("band", "number")  # so the latest of a band are read from its end
    band = models.IntegerField()
    number = models.CharField(max_length=16)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["number"], name="likeness_number")]

    def __str__(self) -> str:
        return f"{self.number}: {self.band}"


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
