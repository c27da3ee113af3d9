"""Tokens by which programs act. Only the hash of a token is kept."""

from django.db import models

from shaodao.county.people.models import Post


class Token(models.Model):
    """A bearer token: whoever holds it acts in this post, while the post is held. Written by `tokens` only."""

    hash = models.CharField(max_length=64, primary_key=True)  # SHA-256, hex
    name = models.CharField(max_length=64)
    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="+")
    system = models.CharField(max_length=32, blank=True, default="")  # the system that speaks through it
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name
