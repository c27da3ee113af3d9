"""专报: rows that screens read. Written only by `projection` and `actions`, from what the events say."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Content(models.Model):
    """What was computed for a briefing, as canonical bytes. `digest` is their hash, which the event keeps."""

    digest = models.CharField(max_length=64, primary_key=True)
    data = models.BinaryField()

    def __str__(self) -> str:
        return self.digest


class Briefing(models.Model):
    """One month's briefing."""

    month = models.CharField(max_length=7, primary_key=True)  # YYYY-MM
    version = models.PositiveIntegerField()
    state = models.CharField(max_length=16)
    position = models.BigIntegerField()
    root = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    frozen_at = models.DateTimeField(null=True)
    opinions = models.CharField(max_length=64)  # vault commitment
    steps = models.CharField(max_length=64)  # vault commitment
    drafted_by = models.CharField(max_length=48)
    checked_by = models.CharField(max_length=48)
    signed_by = models.CharField(max_length=48)
    issue = models.PositiveIntegerField()
    total = models.PositiveIntegerField()
    published_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.month


class Problem(models.Model):
    """A problem that a published briefing names, and when it was put right."""

    pk = models.CompositePrimaryKey("briefing_id", "case_number", "kind", "unit")
    briefing = models.ForeignKey(Briefing, models.DO_NOTHING, db_constraint=False, related_name="problems")
    case_number = models.CharField(max_length=16)
    kind = models.CharField(max_length=16)  # overdue · unattended · reworked
    unit = models.CharField(max_length=32)
    due_at = models.DateTimeField()
    late = models.PositiveIntegerField()  # seconds, when the figures were frozen
    named_at = models.DateTimeField()
    put_right_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["case_number"], name="problem_open", condition=models.Q(put_right_at=None)),
            models.Index(fields=["unit", "named_at"], name="problem_unit"),
        ]


class Reading(models.Model):
    """Who has read a published briefing, and when first."""

    pk = models.CompositePrimaryKey("briefing_id", "actor")
    briefing = models.ForeignKey(Briefing, models.DO_NOTHING, db_constraint=False, related_name="readings")
    actor = models.CharField(max_length=48)
    unit = models.CharField(max_length=32)
    at = models.DateTimeField()
