"""The tables of the faces: codes sent to residents' phones, the walls that are up, and lists to be taken away."""

from typing import ClassVar

from django.conf import settings
from django.db import models


class PhoneCode(models.Model):
    """The code last sent to a phone. The number and the code themselves are not here, only keyed hashes."""

    phone = models.CharField(max_length=64, primary_key=True)
    code = models.CharField(max_length=64)
    expires_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)


class Wall(models.Model):
    """大屏: an address that shows the county's figures to whoever has it, until it is taken down. Only the hash of its
    secret is kept. Written by `faces.wall.links` only."""

    hash = models.CharField(max_length=64, unique=True)  # SHA-256, hex
    name = models.CharField(max_length=32)  # where it hangs
    put_up_by = models.CharField(max_length=48)
    put_up_at = models.DateTimeField()
    taken_down_by = models.CharField(max_length=48, blank=True, default="")
    taken_down_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)  # when it last asked, to the minute

    def __str__(self) -> str:
        return self.name


class SavedFilter(models.Model):
    """What somebody narrows the search to again and again, in one capacity. Words and telephones that were looked for are
    not kept: they may be somebody's name. Written by `faces.work.saved` only."""

    actor = models.CharField(max_length=48)
    role = models.CharField(max_length=32)
    unit = models.CharField(max_length=32)
    name = models.CharField(max_length=16)
    query = models.CharField(max_length=400)  # of an address
    saved_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["actor", "role", "unit", "name"], name="saved_filter_name"),
        )

    def __str__(self) -> str:
        return self.name


class Export(models.Model):
    """A list to be taken away as a spreadsheet: what was asked for, how far it is, and for a day the file. Written by
    `faces.work.exporting` only."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    post = models.BigIntegerField()  # in which capacity: the row of the post held
    table = models.CharField(max_length=32)  # which list
    asked = models.JSONField(
        default=dict
    )  # its filters, gone when the file goes; a phone only as whose it is
    asked_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True)  # when whoever works on it was last heard of
    tries = models.PositiveIntegerField(default=0)  # how often it was taken up
    done = models.PositiveIntegerField(default=0)
    rows = models.PositiveIntegerField(null=True)  # how many there are
    ended_at = models.DateTimeField(null=True)
    fault = models.CharField(max_length=32, blank=True, default="")  # why it came to nothing
    file = models.BinaryField(null=True)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["asked_at"], name="export_waiting", condition=models.Q(ended_at__isnull=True)
            ),
            models.Index(fields=["user", "post", "-asked_at"], name="export_of_capacity"),
        ]

    def __str__(self) -> str:
        return f"{self.table} {self.pk}"
