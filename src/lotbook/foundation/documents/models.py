"""Shape of what documents of every room share: number series, steps and attached files."""

from __future__ import annotations

from django.db import models

from lotbook.kernel.ids import new_uid


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
        indexes = [
            models.Index(fields=["document", "id"], name="documents_step_document"),
            models.Index(
                fields=["event"], name="documents_step_event", condition=models.Q(event__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.kind}"


class File(models.Model):
    """The bytes of a file, once however often it is attached. Kept for ever.

    ``preview`` is a small JPEG of a picture.
    """

    sha256 = models.CharField(max_length=64, unique=True)
    size = models.PositiveIntegerField()
    body = models.BinaryField()
    preview = models.BinaryField(null=True)
    added_at = models.DateTimeField()

    class Meta:
        db_table = "documents_file"

    def __str__(self) -> str:
        return self.sha256[:16]


class Attachment(models.Model):
    """A file kept with a document, a lot or another thing of the book (``kind``, ``subject``).

    Removing marks it; the bytes stay. ``location_removed``: the picture told where it was taken.
    """

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    kind = models.CharField(max_length=40)
    subject = models.UUIDField()
    file = models.ForeignKey(File, on_delete=models.PROTECT, related_name="attachments")
    name = models.CharField(max_length=150)
    content_type = models.CharField(max_length=100)
    note = models.CharField(max_length=500, blank=True, default="")
    location_removed = models.BooleanField(default=False)
    added_at = models.DateTimeField()
    added_by = models.CharField(max_length=200)
    removed_at = models.DateTimeField(null=True, blank=True)
    removed_by = models.CharField(max_length=200, blank=True, default="")
    remove_reason = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        db_table = "documents_attachment"
        indexes = [models.Index(fields=["subject", "kind", "id"], name="documents_attachment_subject")]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject", "file"],
                name="documents_attachment_once",
                condition=models.Q(removed_at=None),
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def adder(self) -> str:
        """Who attached it, as pages say it."""
        return self.added_by.removeprefix("user:")

    @property
    def remover(self) -> str:
        """Who removed it, as pages say it."""
        return self.removed_by.removeprefix("user:")

    @property
    def is_picture(self) -> bool:
        """Whether browsers show it."""
        return self.content_type.startswith("image/")
