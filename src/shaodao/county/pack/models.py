"""The versions of the pack: bytes, hash, dates of effect, and who proposed and approved them."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class PackVersion(models.Model):
    """One version. Once proposed its content never changes; written by `versions` only."""

    class State(models.TextChoices):
        DRAFT = "draft", "草稿"
        PROPOSED = "proposed", "待批准"
        APPROVED = "approved", "已批准"
        RETIRED = "retired", "已作废"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    hash = models.CharField(max_length=64)
    content = models.BinaryField()  # `files.canonical`, deflated
    state = models.CharField(max_length=8, choices=State.choices)
    effective_from = models.DateTimeField(null=True)
    based_on = models.ForeignKey("self", null=True, on_delete=models.PROTECT)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField()
    approved_at = models.DateTimeField(null=True)
    note = models.TextField(blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(approved_by=None) | ~Q(approved_by=F("proposed_by")), name="pack_two_persons"
            ),
            models.CheckConstraint(
                condition=~Q(state="approved") | Q(effective_from__isnull=False, approved_at__isnull=False),
                name="pack_approved_has_dates",
            ),
            models.UniqueConstraint(
                fields=["hash"], condition=Q(state__in=["proposed", "approved"]), name="pack_content_once"
            ),
        ]
