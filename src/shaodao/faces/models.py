"""The tables of the faces: codes sent to residents' phones, and the walls that are up."""

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
