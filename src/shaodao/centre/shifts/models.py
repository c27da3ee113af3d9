"""值班: rows that screens read. Stints and notes are written by `projection`, from the state that the events fold to; what
the desk did by `work`, from the events of cases."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Stint(models.Model):
    """Somebody at a seat."""

    pk = models.CompositePrimaryKey("turn", "stint")
    turn = models.CharField(max_length=48)  # day-shift
    stint = models.SmallIntegerField()
    actor = models.CharField(max_length=48)
    role = models.CharField(max_length=32)
    unit = models.CharField(max_length=32)
    seat = models.SmallIntegerField()
    on_at = models.DateTimeField()
    until = models.DateTimeField()
    off_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["actor", "-on_at"], name="stint_actor"),
            models.Index(fields=["until"], name="stint_until"),
        ]

    def __str__(self) -> str:
        return f"{self.turn} {self.seat}"


class Note(models.Model):
    """交班记录."""

    pk = models.CompositePrimaryKey("turn", "note")
    turn = models.CharField(max_length=48)
    note = models.SmallIntegerField()
    actor = models.CharField(max_length=48)
    role = models.CharField(max_length=32)
    unit = models.CharField(max_length=32)
    words = models.CharField(max_length=64)  # vault commitment
    cases = ArrayField(models.CharField(max_length=16))
    waiting = models.JSONField()  # [kind, count, late] …
    left_at = models.DateTimeField()
    taken_by = models.CharField(max_length=48, blank=True)
    taken_role = models.CharField(max_length=32, blank=True)
    taken_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["-left_at"], name="shift_note_left")]

    def __str__(self) -> str:
        return f"{self.turn} {self.note}"


class Done(models.Model):
    """A clock of the centre, and whoever stopped it."""

    pk = models.CompositePrimaryKey("number", "kind", "subject", "round")
    number = models.CharField(max_length=16)
    kind = models.CharField(max_length=16)
    subject = models.CharField(max_length=48)
    round = models.SmallIntegerField()
    actor = models.CharField(max_length=48)
    role = models.CharField(max_length=32)
    unit = models.CharField(max_length=32)
    at = models.DateTimeField()
    minutes = models.IntegerField()  # since it began to wait
    late = models.BooleanField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["at"], name="desk_done_at"),
            models.Index(fields=["actor", "-at"], name="desk_done_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.kind}"
