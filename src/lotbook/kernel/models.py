"""Tables every room leans on: the outbox, and replies kept for repeated requests."""

from __future__ import annotations

from django.db import models


class OutboxMessage(models.Model):
    """A note for listeners, written in the same transaction as what it tells of.

    Delivered after commit, at least once; handlers are idempotent.
    """

    topic = models.CharField(max_length=80)
    payload = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    problem = models.TextField(blank=True, default="")

    class Meta:
        db_table = "kernel_outbox"
        indexes = [
            models.Index(
                fields=["id"], name="kernel_outbox_waiting", condition=models.Q(delivered_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return f"{self.topic} #{self.pk}"


class KeptReply(models.Model):
    """The answer to a request that carried an ``Idempotency-Key``, given again when it is repeated."""

    key = models.CharField(max_length=255)
    owner = models.CharField(max_length=200)
    request_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    content_type = models.CharField(max_length=100)
    body = models.BinaryField()
    created_at = models.DateTimeField()

    class Meta:
        db_table = "kernel_kept_reply"
        constraints = [models.UniqueConstraint(fields=["owner", "key"], name="kernel_kept_reply_key")]

    def __str__(self) -> str:
        return f"{self.owner} {self.key}"


class PeriodicJob(models.Model):
    """When a job that comes round again was begun last: whoever moves this on is the one who runs it."""

    name = models.CharField(max_length=80, unique=True)
    begun_at = models.DateTimeField()

    class Meta:
        db_table = "kernel_periodic"

    def __str__(self) -> str:
        return self.name
