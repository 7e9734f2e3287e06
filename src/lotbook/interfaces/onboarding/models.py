"""Shape of uploads: a file between its preview and its import, and the memory that it was imported."""

from __future__ import annotations

from django.db import models

from lotbook.kernel.ids import new_uid


class Upload(models.Model):
    """An uploaded file: ``data`` goes once imported, ``digest`` (SHA-256) stays: none is imported twice."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    filename = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    data = models.BinaryField(null=True)
    options = models.JSONField(default=dict)
    actor = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    imported_at = models.DateTimeField(null=True, blank=True)
    imported_by = models.CharField(max_length=200, blank=True, default="")
    row_count = models.PositiveIntegerField(default=0)
    sequence = models.BigIntegerField(null=True, blank=True)

    class Meta:
        db_table = "onboarding_upload"
        constraints = [
            models.UniqueConstraint(
                fields=["digest"],
                name="onboarding_upload_once",
                condition=models.Q(imported_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return self.filename
