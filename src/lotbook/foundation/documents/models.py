"""Shape of what documents of every room share: number series and steps."""

from __future__ import annotations

from django.db import models


class Series(models.Model):
    """Where the numbers of one kind of document stand: ``last`` is the last one given out."""

    name = models.CharField(max_length=60, unique=True)
    last = models.BigIntegerField(default=0)

    class Meta:
        db_table = "documents_series"

    def __str__(self) -> str:
        return f"{self.name} {self.last}"


class Step(models.Model):
    """Something that happened to a document: who did what, when and why. Written once, never changed.

    ``document`` is the document's uid, ``kind`` its kind (``receiving.order``), ``verb`` the step in the
    room's own words (``approved``), ``event`` the ledger event it posted, if any.
    """

    document = models.UUIDField()
    kind = models.CharField(max_length=40)
    verb = models.CharField(max_length=40)
    happened_at = models.DateTimeField()
    actor = models.CharField(max_length=200)
    text = models.TextField(blank=True, default="")
    reason = models.TextField(blank=True, default="")
    event = models.UUIDField(null=True, blank=True)
    data = models.JSONField(default=dict, blank=True)

    class Meta:
        db_table = "documents_step"
        indexes = [models.Index(fields=["document", "id"], name="documents_step_document")]

    def __str__(self) -> str:
        return f"{self.verb} {self.kind}"
