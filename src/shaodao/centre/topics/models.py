"""专题: rows that screens read. Written only by `projection`, from the state that the events fold to."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models


class Topic(models.Model):
    number = models.CharField(max_length=16, primary_key=True)  # year-number
    version = models.PositiveIntegerField()
    state = models.CharField(max_length=16)
    title = models.CharField(max_length=64)  # vault commitment
    words = models.CharField(max_length=64)  # vault commitment
    lead = models.CharField(max_length=32)
    cases = ArrayField(models.CharField(max_length=16))
    given_by = models.CharField(max_length=48)
    given_role = models.CharField(max_length=32)
    given_unit = models.CharField(max_length=32)
    opened_at = models.DateTimeField()
    sign_due_at = models.DateTimeField()
    signed_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField()
    reported_at = models.DateTimeField(null=True)
    breached_at = models.DateTimeField(null=True)  # of the limit to finish
    closed_at = models.DateTimeField(null=True)
    next_due_at = models.DateTimeField(null=True)  # of the running clock that is not breached yet
    provisional = models.BooleanField(default=False)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["lead", "state"], name="topic_lead"),
            models.Index(fields=["next_due_at"], name="topic_due", condition=models.Q(closed_at=None)),
            GinIndex(fields=["cases"], name="topic_cases"),
        ]

    def __str__(self) -> str:
        return self.number
