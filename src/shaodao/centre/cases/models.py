"""Rows that screens read. Written only by `projection`, from the state that the events fold to."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex, GinIndex
from django.db import models


def code(length: int = 32) -> models.CharField:
    """A code, an id or a commitment; empty = none."""
    return models.CharField(max_length=length, blank=True, default="")


def moment() -> models.DateTimeField:
    return models.DateTimeField(null=True, blank=True)


class Case(models.Model):
    """哨件: one row a case."""

    number = models.CharField(max_length=16, primary_key=True)
    version = models.PositiveIntegerField()
    state = code()
    item = code()
    situation = code()
    nature = code(16)
    channel = code()
    whistler_kind = code(16)
    whistler = code(48)
    whistler_unit = code()
    requester = code(48)
    anonymous = models.BooleanField(default=False)
    against = code()
    words = code(64)
    summary = code(64)
    township = code()
    community = code()
    grid = code()
    lon = models.IntegerField(null=True)
    lat = models.IntegerField(null=True)
    identity_mode = code(16)
    emergency = models.BooleanField(default=False)
    sensitive = models.BooleanField(default=False)
    staff_found = models.BooleanField(default=False)
    tier = code(16)
    level = models.SmallIntegerField(default=0)
    lead_unit = code()
    external_system = code()
    external_id = code(64)
    repeat_of = code(16)
    reported_at = models.DateTimeField()
    occurred_at = moment()  # when it was said or seen, if before it reached us
    verified_at = moment()
    ended_at = moment()
    ended_by = code(64)
    shelved_at = moment()
    reworks = models.SmallIntegerField(default=0)
    returns = models.SmallIntegerField(default=0)
    excluded = code(64)
    wrongful = code(16)
    guess = code()
    confidence = models.SmallIntegerField(default=0)
    margin = models.SmallIntegerField(default=0)
    found_by = code()
    at_once = models.BooleanField(default=False)
    unsure = code()
    routed_by = code(48)
    moved = models.BooleanField(default=False)
    ruled = models.BooleanField(default=False)
    confirmed = code()
    reporters = models.PositiveIntegerField(default=1)  # how many people reported it
    identified = models.BooleanField(
        default=False
    )  # the vault may still know who whistled or whose problem it is
    next_due_at = moment()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["state", "next_due_at", "number"], name="case_queue"),
            models.Index(fields=["lead_unit", "-number"], name="case_lead"),
            models.Index(fields=["township", "-number"], name="case_township"),
            models.Index(fields=["community", "-number"], name="case_community"),
            models.Index(
                fields=["whistler", "-number"], name="case_whistler", condition=~models.Q(whistler="")
            ),
            models.Index(
                fields=["requester", "-number"], name="case_requester", condition=~models.Q(requester="")
            ),
            models.Index(
                fields=["whistler_unit", "-number"],
                name="case_whistler_unit",
                condition=~models.Q(whistler_unit=""),
            ),
            models.Index(fields=["item", "-number"], name="case_item"),
            BrinIndex(fields=["reported_at"], name="case_reported"),  # they come nearly in this order
            models.Index(
                fields=["occurred_at"], name="case_occurred", condition=models.Q(occurred_at__isnull=False)
            ),
            models.Index(
                fields=["routed_by"],
                name="case_precedent",
                condition=models.Q(routed_by__startswith="precedent:"),
            ),
            models.Index(
                fields=["lon", "lat"], name="case_point", condition=models.Q(lon__isnull=False)
            ),  # what lies in a part of the map
            models.Index(
                fields=["grid", "reported_at"],
                name="case_open_in_grid",
                condition=models.Q(ended_at__isnull=True),
            ),
            models.Index(
                fields=["grid", "item", "ended_at"],
                name="case_ended_in_grid",
                condition=models.Q(ended_at__isnull=False),
            ),
            models.Index(
                fields=["ended_at"],
                name="case_identified",
                condition=models.Q(identified=True, ended_at__isnull=False),
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["external_system", "external_id"],
                name="case_external",
                condition=~models.Q(external_id=""),
            )
        ]

    def __str__(self) -> str:
        return self.number


class CaseRow(models.Model):
    """A row below a case."""

    case = models.ForeignKey(
        Case,
        models.DO_NOTHING,
        db_column="case_number",
        db_constraint=False,
        db_index=False,
        related_name="+",
    )

    class Meta:
        abstract = True


class Duty(CaseRow):
    """办件: one unit's part."""

    pk = models.CompositePrimaryKey("case_id", "duty_id")
    duty_id = models.SmallIntegerField()
    unit = code()
    role = code(16)
    section = code()
    handler = code(48)
    given_at = models.DateTimeField()
    round = models.SmallIntegerField(default=1)
    signed_at = moment()
    reported_in_at = moment()
    report_in_pending = models.BooleanField(default=False)
    persons = models.PositiveIntegerField(default=0)
    made_safe_at = moment()
    part_done_at = moment()
    claim = code(16)
    shown = models.SmallIntegerField(default=0)  # pictures that came with the claim
    reworks = models.SmallIntegerField(default=0)
    ended = code(16)
    ended_at = moment()
    next_due_at = moment()

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["unit", "next_due_at", "case"], name="duty_open", condition=models.Q(ended="")
            ),
            models.Index(fields=["unit", "-case"], name="duty_unit"),
            models.Index(
                fields=["handler"], name="duty_handler", condition=models.Q(ended="") & ~models.Q(handler="")
            ),
        ]


class Clock(CaseRow):
    """One clock, of a duty, a request, a council or a queue of the case."""

    pk = models.CompositePrimaryKey("case_id", "kind", "subject", "round")
    kind = models.CharField(max_length=16)
    subject = models.CharField(max_length=48)
    round = models.SmallIntegerField()
    unit = code()
    limit_text = code()
    started_at = models.DateTimeField()
    due_at = models.DateTimeField()
    provisional = models.BooleanField(default=False)
    paused_at = moment()
    stopped_at = moment()
    breached_at = moment()
    cancelled = models.BooleanField(default=False)
    waiting = models.BooleanField(default=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["due_at"], name="clock_waiting", condition=models.Q(waiting=True)),
            models.Index(
                fields=["kind", "unit", "due_at"], name="clock_queue", condition=models.Q(stopped_at=None)
            ),
            models.Index(
                fields=["unit", "breached_at"], name="clock_breach", condition=~models.Q(breached_at=None)
            ),
        ]


class Request(CaseRow):
    """Something that waits for approval, or did."""

    pk = models.CompositePrimaryKey("case_id", "request_id")
    request_id = models.SmallIntegerField()
    kind = models.CharField(max_length=16)
    duty_id = models.SmallIntegerField()
    reason = code(64)
    words = code(64)
    asked_by = code(48)
    asked_at = models.DateTimeField()
    role = code()
    unit = code()
    until = moment()
    outcome = code(16)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["unit", "role", "asked_at"], name="request_open", condition=models.Q(outcome="")
            ),
            models.Index(
                fields=["-case", "-request_id"],
                name="request_exclusion",
                condition=models.Q(kind="exclusion"),
            ),
        ]


class Council(CaseRow):
    """哨单: a convening whistle."""

    pk = models.CompositePrimaryKey("case_id", "council_id")
    council_id = models.SmallIntegerField()
    unit = code()
    meet_at = models.DateTimeField()
    units = ArrayField(models.CharField(max_length=32))
    arrived = models.PositiveIntegerField(default=0)
    absent = ArrayField(models.CharField(max_length=32))
    concluded_at = moment()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["unit", "-meet_at"], name="council_unit")]


class Rating(CaseRow):
    """群众评: one judgement."""

    pk = models.CompositePrimaryKey("case_id", "rating_id")
    rating_id = models.SmallIntegerField()
    kind = models.CharField(max_length=16)
    solved = code(8)
    levels = ArrayField(ArrayField(models.SmallIntegerField(), size=2))
    words = code(64)
    rated_at = models.DateTimeField()
    round = models.SmallIntegerField()


class Follower(CaseRow):
    """Somebody else whose matter it is too: who joined it (`seat`), or whose own case was merged into it."""

    pk = models.CompositePrimaryKey("case_id", "follower_id")
    follower_id = models.PositiveIntegerField()
    person = code(48)
    followed = code(16)  # the number under which they follow
    seat = models.PositiveIntegerField(default=0)
    actor = code(48)
    since = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["person"], name="follower_person")]


class Words(models.Model):
    """Bigrams of a case's words, to find it by. Not part of the record: it can be rebuilt, and goes when erased."""

    number = models.CharField(max_length=16, primary_key=True)
    grams = ArrayField(models.CharField(max_length=2))

    class Meta:
        indexes: ClassVar = [GinIndex(fields=["grams"], name="words_grams")]

    def __str__(self) -> str:
        return self.number
