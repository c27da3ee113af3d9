"""Rows of supervision that screens read. Written only by the projections, from the states that the events fold to."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models


def codes(length: int = 32) -> ArrayField:
    return ArrayField(models.CharField(max_length=length), default=list)


def moment() -> models.DateTimeField:
    return models.DateTimeField(null=True)


class Order(models.Model):
    """督办单."""

    number = models.CharField(max_length=16, primary_key=True)  # year-number, from the draft on
    version = models.PositiveIntegerField()
    state = models.CharField(max_length=16)
    grade = models.CharField(max_length=16)
    source = models.CharField(max_length=16)
    briefing = models.CharField(max_length=32, default="")
    problem = models.CharField(max_length=64, default="")
    title = models.CharField(max_length=64)  # vault commitment
    lead = models.CharField(max_length=32)
    assists = codes()
    copies = codes()
    cases = codes(16)
    year = models.PositiveSmallIntegerField(default=0)
    serial = models.PositiveIntegerField(default=0)  # of the year, from issuing on
    drafted_by = models.CharField(max_length=48)
    issued_by = models.CharField(max_length=48, default="")
    reply = models.CharField(
        max_length=64, default=""
    )  # vault commitment of one that waits for its signature or review
    returns = models.PositiveSmallIntegerField(default=0)
    reminders = models.PositiveSmallIntegerField(default=0)
    drafted_at = models.DateTimeField()
    issued_at = moment()
    sign_due_at = moment()
    signed_at = moment()
    due_at = moment()  # of the reply
    replied_at = moment()
    breached_at = moment()  # of the limit to reply
    ended_at = moment()
    next_due_at = moment()  # of the running clock that is not breached yet
    provisional = models.BooleanField(default=False)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["lead", "state"], name="order_lead"),
            models.Index(fields=["next_due_at"], name="order_due", condition=models.Q(ended_at=None)),
            GinIndex(fields=["cases"], name="order_cases"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["year", "serial"], name="order_serial", condition=models.Q(serial__gt=0)
            )
        ]

    def __str__(self) -> str:
        return self.number


class Note(models.Model):
    """圈阅、批示."""

    number = models.CharField(max_length=16, primary_key=True)
    version = models.PositiveIntegerField()
    kind = models.CharField(max_length=16)  # circled · instructed
    about = models.CharField(max_length=16)  # case · briefing · order · ranking
    subject = models.CharField(max_length=64)
    words = models.CharField(max_length=64, default="")  # vault commitment
    leader = models.CharField(max_length=48)
    unit = models.CharField(max_length=32, default="")
    case = models.CharField(max_length=16, default="")  # the assigned one
    key = models.CharField(max_length=32, default="")  # of the form it was written in
    written_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["leader", "-written_at"], name="note_leader"),
            models.Index(fields=["about", "subject"], name="note_about"),
        ]

    def __str__(self) -> str:
        return self.number


class Meeting(models.Model):
    """县级统筹: a meeting about one case."""

    number = models.CharField(max_length=16, primary_key=True)
    version = models.PositiveIntegerField()
    state = models.CharField(max_length=16)
    case = models.CharField(max_length=16)
    leader = models.CharField(max_length=48)
    units = codes()
    came = codes()
    meet_at = models.DateTimeField()
    called_at = models.DateTimeField()
    ended_at = moment()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["case"], name="meeting_case")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case"], name="meeting_open", condition=models.Q(ended_at=None))
        ]

    def __str__(self) -> str:
        return self.number
