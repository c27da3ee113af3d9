"""催办: rows that screens read. Written only by `projection` and `watch`, from the events."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Step(models.Model):
    """A rung that was told: one row for each deadline and rung."""

    pk = models.CompositePrimaryKey("number", "seq")
    number = models.CharField(max_length=16)  # of the case
    seq = models.PositiveIntegerField()
    rung = models.CharField(max_length=32)
    clock = models.CharField(max_length=16)
    subject = models.CharField(max_length=48)
    round = models.SmallIntegerField()
    due_at = models.DateTimeField()
    at = models.DateTimeField()  # when the rung came
    unit = models.CharField(max_length=32)
    to = ArrayField(models.CharField(max_length=64))
    how = models.CharField(max_length=8)
    emergency = models.BooleanField(default=False)
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.CharField(max_length=48, default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["number", "clock", "subject", "round", "due_at", "rung"], name="pressing_once"
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["-at"], name="pressing_alarm", condition=models.Q(how="alarm")),
        ]

    def __str__(self) -> str:
        return f"{self.number}/{self.seq}"


class Call(models.Model):
    """A call about a rung."""

    pk = models.CompositePrimaryKey("number", "seq")
    number = models.CharField(max_length=16)
    seq = models.PositiveIntegerField()
    step = models.PositiveIntegerField()  # seq of the rung
    at = models.DateTimeField()
    by = models.CharField(max_length=48)
    role = models.CharField(max_length=32)
    whom = models.CharField(max_length=48)
    result = models.CharField(max_length=16)
    words = models.CharField(max_length=64, default="")  # vault commitment

    def __str__(self) -> str:
        return f"{self.number}/{self.seq}"


class Charge(models.Model):
    """分管: the county leader in charge of a unit."""

    unit = models.CharField(max_length=32, primary_key=True)
    leader = models.CharField(max_length=48)  # `user:…`
    since = models.DateTimeField()

    def __str__(self) -> str:
        return self.unit
