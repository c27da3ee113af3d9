"""Rows of the outbox and the inbox. They are written by `outbox`, `relay` and `inbox` only."""

from django.db import models
from django.db.models import Q


class State(models.TextChoices):
    WAITING = "waiting", "待发送"
    SENT = "sent", "已发送"
    DEAD = "dead", "发送失败"


class Outgoing(models.Model):
    """A message to one recipient by one channel. `params` holds codes and ids, never words or names."""

    created_at = models.DateTimeField()
    channel = models.CharField(max_length=32)
    recipient = models.CharField(max_length=128)
    template = models.CharField(max_length=64)
    params = models.JSONField()
    dedupe_key = models.CharField(max_length=255, unique=True)
    not_before = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=300, default="")
    sent_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "messages_outbox"
        indexes = (
            models.Index(fields=["not_before", "id"], name="outbox_waiting", condition=Q(state="waiting")),
            models.Index(fields=["id"], name="outbox_dead", condition=Q(state="dead")),
            models.Index(fields=["recipient", "channel", "-id"], name="outbox_recipient"),
        )


class Incoming(models.Model):
    """A message taken from a foreign system; its body lies in the vault under `commitment`."""

    system = models.CharField(max_length=64)
    external_id = models.CharField(max_length=200)
    received_at = models.DateTimeField()
    commitment = models.CharField(max_length=64)

    class Meta:
        db_table = "messages_inbox"
        constraints = (models.UniqueConstraint(fields=["system", "external_id"], name="inbox_once"),)
