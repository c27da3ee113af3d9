"""What intake must remember beside the case: keys of requests already answered, and how many came from where."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Receipt(models.Model):
    """One filed whistle: its idempotency key, and keyed hashes of where it came from. Pruned after 30 days."""

    number = models.CharField(max_length=16, primary_key=True)
    client = models.CharField(max_length=64)
    key = models.CharField(max_length=128)
    request_hash = models.BinaryField(max_length=32)
    address = models.CharField(max_length=32, blank=True, default="")
    phone = models.CharField(max_length=32, blank=True, default="")
    device = models.CharField(max_length=32, blank=True, default="")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["client", "key"], name="receipt_key", condition=~models.Q(key=""))
        ]
        indexes: ClassVar = [
            models.Index(fields=["address", "at"], name="receipt_address", condition=~models.Q(address="")),
            models.Index(fields=["phone", "at"], name="receipt_phone", condition=~models.Q(phone="")),
            models.Index(fields=["device", "at"], name="receipt_device", condition=~models.Q(device="")),
            models.Index(fields=["at"], name="receipt_at"),
        ]

    def __str__(self) -> str:
        return self.number
