"""Months, their entries, and appeals. Entries are not events: the digest of all of them is in one."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Month(models.Model):
    code = models.CharField(max_length=7, primary_key=True)  # 2026-10
    version = models.PositiveIntegerField()
    state = models.CharField(max_length=16)
    position = models.BigIntegerField()
    pack = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    proposed_by = models.CharField(max_length=48)
    proposed_at = models.DateTimeField(null=True)
    published_by = models.CharField(max_length=48)
    published_at = models.DateTimeField(null=True)
    appeal_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.code


class Entry(models.Model):
    """What a rule gave or took (`scoring.Entry`), in hundredths of a point."""

    pk = models.CompositePrimaryKey("month", "unit", "rule", "number", "part")
    month = models.CharField(max_length=7)
    unit = models.CharField(max_length=32)
    rule = models.CharField(max_length=16)
    number = models.CharField(max_length=16, blank=True)
    part = models.IntegerField()
    points = models.IntegerField()
    counted = models.IntegerField()
    of = models.IntegerField()
    at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.month} {self.unit} {self.rule} {self.points / 100}"


class Count(models.Model):
    """How many duties a scored unit was given in a month: with too few it has no rank."""

    pk = models.CompositePrimaryKey("month", "unit")
    month = models.CharField(max_length=7)
    unit = models.CharField(max_length=32)
    cases = models.IntegerField()

    def __str__(self) -> str:
        return f"{self.month} {self.unit} {self.cases}"


class Appeal(models.Model):
    pk = models.CompositePrimaryKey("month", "appeal")
    month = models.CharField(max_length=7)
    appeal = models.SmallIntegerField()
    unit = models.CharField(max_length=32)
    rule = models.CharField(max_length=16)
    number = models.CharField(max_length=16, blank=True)
    part = models.IntegerField()
    words = models.CharField(max_length=64)
    filed_by = models.CharField(max_length=48)
    filed_at = models.DateTimeField()
    ruled_by = models.CharField(max_length=48, blank=True)
    ruled_at = models.DateTimeField(null=True)
    upheld = models.BooleanField()
    points = models.IntegerField()
    answer = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["filed_at"], name="appeal_open", condition=models.Q(ruled_at=None))
        ]

    def __str__(self) -> str:
        return f"{self.month} {self.appeal}"
