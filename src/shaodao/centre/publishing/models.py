"""公开: rows that pages read. Written only by `projection`, from the state that the events fold to."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from shaodao.centre.cases.models import Case


class Publication(models.Model):
    case = models.OneToOneField(
        Case,
        models.DO_NOTHING,
        db_column="number",
        db_constraint=False,
        primary_key=True,
        related_name="+",
    )
    version = models.PositiveIntegerField()
    state = models.CharField(max_length=16)
    token = models.CharField(max_length=16)
    words = models.CharField(max_length=64)  # vault commitment
    result = models.CharField(max_length=64)  # vault commitment
    reason = models.CharField(max_length=64)  # vault commitment
    photos = ArrayField(models.CharField(max_length=36))
    decided_by = models.CharField(max_length=48)
    published_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["state", "-published_at"], name="publication_state"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["token"], name="publication_token", condition=~models.Q(token=""))
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Ranking(models.Model):
    """Whether units are ranked in public: one row at most; none = no."""

    id = models.CharField(max_length=16, primary_key=True)
    version = models.PositiveIntegerField()
    shown = models.BooleanField()
    decided_by = models.CharField(max_length=48)
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.id
