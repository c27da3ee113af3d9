"""The one table of the faces: codes sent to residents' phones."""

from django.db import models


class PhoneCode(models.Model):
    """The code last sent to a phone. The number and the code themselves are not here, only keyed hashes."""

    phone = models.CharField(max_length=64, primary_key=True)
    code = models.CharField(max_length=64)
    expires_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
