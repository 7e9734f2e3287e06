"""Shape of captured events: every foreign event as it stood in the file, beside its event of the ledger."""

from __future__ import annotations

from django.db import models


class CapturedEvent(models.Model):
    """An EPCIS event, verbatim. Its identity is its eventID together with its content.

    ``uid`` and ``sequence`` are those of the ledger's event. ``text`` is the event exactly as it stood in
    the file and ``context`` the @context of the document around it, so that both together are the event.
    ``event_id`` is its eventID, or derived from its content where it has none; ``event_key`` is the SHA-256
    of it, short enough for an index. ``content_key`` is the content, ``base_key`` the content without its
    error declaration: a declaration and what it declares have the same ``event_id`` and ``base_key``.
    """

    uid = models.UUIDField(unique=True)
    sequence = models.BigIntegerField()
    event_id = models.TextField()
    event_key = models.CharField(max_length=64)
    content_key = models.CharField(max_length=64)
    base_key = models.CharField(max_length=64)
    type = models.TextField()
    text = models.TextField()
    context = models.TextField(blank=True, default="")
    file_name = models.CharField(max_length=500, blank=True, default="")
    file_hash = models.CharField(max_length=64)
    path = models.CharField(max_length=200, blank=True, default="")
    captured_at = models.DateTimeField()
    captured_by = models.CharField(max_length=200)
    conflicting = models.BooleanField(default=False, help_text="Other content came under the same eventID.")
    error_declaration = models.BooleanField(default=False, help_text="It takes another event back.")
    declared_in_error = models.BooleanField(default=False, help_text="Its sender took it back.")
    notes = models.JSONField(default=list, blank=True, help_text="What could not be mapped, and why.")

    class Meta:
        db_table = "epcis_captured_event"
        indexes = [
            models.Index(fields=["event_key"], name="epcis_captured_event_id"),
            models.Index(fields=["sequence"], name="epcis_captured_event_sequence"),
            models.Index(fields=["file_hash"], name="epcis_captured_event_file"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"
