"""One row for each picture or voice note. Bytes lie in the store under the row's keys."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q


class Evidence(models.Model):
    """A file that was taken in. `erased_at` set: everything about it is gone but its id and its commitment."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    commitment = models.CharField(
        max_length=64, unique=True
    )  # hash(salt ‖ original), hex: what an event holds
    salt = models.BinaryField(null=True)
    kind = models.CharField(max_length=7, choices=[("picture", "图片"), ("voice", "录音")])
    media_type = models.CharField(max_length=20)  # of the original
    size = models.IntegerField()  # of the original, in bytes
    width = models.IntegerField(null=True)
    height = models.IntegerField(null=True)
    phash = models.BinaryField(null=True)  # 256-bit difference hash
    phash_bands = ArrayField(models.IntegerField(), null=True)  # of the hash, to find its like by
    taken_at = models.DateTimeField(null=True)  # as the camera says, read in the county's time zone
    lon = models.IntegerField(null=True)  # 1e-7 degrees, WGS-84, as the camera says
    lat = models.IntegerField(null=True)
    faces = ArrayField(
        models.CharField(max_length=20), null=True
    )  # boxes that were found; null: not looked at
    boxes = ArrayField(models.CharField(max_length=20), null=True)  # as whoever sent it wants them instead
    looks = models.SmallIntegerField(default=0)  # how often it was tried
    subject = models.CharField(max_length=64)  # whose data it is: a person's id, empty for none
    uploader = models.CharField(max_length=64)  # hash of the uploader's token
    uploaded_at = models.DateTimeField()
    attached_to = models.CharField(max_length=40)  # a case number; empty: not yet attached
    erased_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "files_evidence"
        indexes = (
            models.Index(fields=["attached_to"], condition=~Q(attached_to=""), name="files_of_case"),
            models.Index(fields=["uploaded_at"], condition=Q(attached_to=""), name="files_unattached"),
            models.Index(fields=["subject"], condition=~Q(subject=""), name="files_of_subject"),
            GinIndex(fields=["phash_bands"], name="files_alike"),
            models.Index(
                fields=["uploaded_at"],
                condition=Q(kind="picture", faces=None, erased_at=None) & ~Q(attached_to=""),
                name="files_not_looked_at",
            ),
        )
        constraints = (
            models.CheckConstraint(
                name="files_erased_is_blank",
                condition=Q(erased_at=None)
                | Q(
                    salt=None,
                    size=0,
                    width=None,
                    height=None,
                    phash=None,
                    phash_bands=None,
                    taken_at=None,
                    lon=None,
                    lat=None,
                    faces=None,
                    boxes=None,
                    subject="",
                    uploader="",
                ),
            ),
            models.CheckConstraint(
                name="files_place_is_whole",
                condition=Q(lon=None, lat=None) | (Q(lon__isnull=False) & Q(lat__isnull=False)),
            ),
        )

    @property
    def keys(self) -> list[str]:
        """Where its bytes lie; the commitment is the original's key."""
        copies = ("display", "thumb") if self.kind == "picture" else ()
        return [] if self.erased_at else [self.commitment, *(f"{self.commitment}.{copy}" for copy in copies)]

    @property
    def open_keys(self) -> list[str]:
        """Where the copies that everybody may see lie, if there are any."""
        copies = ("open", "open-thumb") if self.kind == "picture" and not self.erased_at else ()
        return [f"{self.commitment}.{copy}" for copy in copies]
