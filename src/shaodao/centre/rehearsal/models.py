"""演练 asked for on screen: what was asked, how far it is, what it found."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from shaodao.county.pack.models import PackVersion


class Rehearsal(models.Model):
    """One rehearsal of a version as its files were when it was asked for. Holds numbers, codes and case numbers only."""

    version = models.ForeignKey(PackVersion, on_delete=models.PROTECT, related_name="+")
    hash = models.CharField(max_length=64)  # of the files
    content = models.BinaryField()  # the files: a draft may change meanwhile
    since = models.DateField()
    until = models.DateField()  # included
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True)  # when whoever works on it was last heard of
    done = models.PositiveIntegerField(default=0)
    cases = models.PositiveIntegerField(null=True)  # how many there are to go through
    ended_at = models.DateTimeField(null=True)
    fault = models.CharField(max_length=200, blank=True, default="")  # why it came to nothing
    found = models.JSONField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["asked_at"], name="rehearsal_waiting", condition=models.Q(ended_at__isnull=True)
            ),
            models.Index(fields=["version", "-asked_at"], name="rehearsal_of_version"),
        ]

    def __str__(self) -> str:
        return f"{self.version_id} {self.since} – {self.until}"
