"""知识库: what of an article is looked up by; the words themselves lie in the vault."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Article(models.Model):
    """As its events fold (`article.fold`); written only by `knowledge`. Of the two commitments `words` is the latest
    version's, `live_words` the published one's."""

    code = models.CharField(max_length=16, blank=True)  # in the files of the pack; empty: written here
    state = models.CharField(max_length=16)
    waits = models.BooleanField(default=False)  # a version waits for a second person
    version = models.PositiveIntegerField()
    words = models.CharField(max_length=64)
    live_version = models.PositiveIntegerField(default=0)
    live_words = models.CharField(max_length=64, blank=True)
    unit = models.CharField(max_length=32, blank=True)
    item = models.CharField(max_length=32, blank=True)
    demonstration = models.BooleanField(default=False)
    source_date = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    review_on = models.DateField()
    author = models.CharField(max_length=48)
    approver = models.CharField(max_length=48, blank=True)
    case = models.CharField(max_length=16, blank=True)  # of whose answer the latest version was made
    changed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["code"], name="article_code", condition=~models.Q(code=""))
        ]

    def __str__(self) -> str:
        return f"{self.pk}/{self.version}"


class Use(models.Model):
    """A case that an article answered; `helpful` is what whoever asked said of it (None = nothing yet)."""

    number = models.CharField(max_length=16, primary_key=True)
    article = models.ForeignKey(Article, models.CASCADE, db_constraint=False)
    version = models.PositiveIntegerField()
    at = models.DateTimeField()
    helpful = models.BooleanField(null=True)
