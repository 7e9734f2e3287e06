"""Shape of designs, printers and print jobs."""

from __future__ import annotations

from django.db import models

from lotbook.kernel.ids import new_uid


class Design(models.Model):
    """One version of a design; it never changes, a change is the next version. ``what`` it is for.

    ``retired``: the name is out of use from this version on.
    """

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    name = models.CharField(max_length=60)
    version = models.PositiveIntegerField()
    what = models.CharField(max_length=8)
    title = models.CharField(max_length=60, blank=True, default="")
    fields = models.JSONField(default=list)
    symbol = models.CharField(max_length=16)
    size = models.CharField(max_length=12)
    latest = models.BooleanField(default=True)
    retired = models.BooleanField(default=False)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=200)

    class Meta:
        db_table = "labels_design"
        ordering = ["what", "name", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["name", "version"], name="labels_design_version"),
            models.UniqueConstraint(
                fields=["name"], condition=models.Q(latest=True), name="labels_design_latest"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} (version {self.version})"


class Choice(models.Model):
    """Which design a kind of label has at a site (none: everywhere), by the design's name."""

    what = models.CharField(max_length=8)
    site = models.ForeignKey("places.Place", null=True, on_delete=models.PROTECT, related_name="+")
    design = models.CharField(max_length=60)
    size = models.CharField(max_length=12, blank=True, default="")
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=200)

    class Meta:
        db_table = "labels_choice"
        constraints = [
            models.UniqueConstraint(fields=["what", "site"], name="labels_choice_site"),
            models.UniqueConstraint(
                fields=["what"], condition=models.Q(site=None), name="labels_choice_everywhere"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.what}: {self.design}"


class Printer(models.Model):
    """A label printer that speaks ZPL over TCP.

    ``confirms``: it answers ~HS, so that "printed" means that it has the label and had paper; without, it
    means handed over. ``scheme_*`` are the tag schemes of its RFID labels.
    """

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    name = models.CharField(max_length=60, unique=True)
    site = models.ForeignKey(
        "places.Place", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    host = models.CharField(max_length=253)
    port = models.PositiveIntegerField(default=9100)
    dpi = models.PositiveSmallIntegerField(default=203)
    size = models.CharField(max_length=12)
    confirms = models.BooleanField(default=True)
    rfid = models.BooleanField(default=False)
    scheme_serial = models.CharField(max_length=12, default="SGTIN+")
    scheme_unit = models.CharField(max_length=12, default="SSCC+")
    is_active = models.BooleanField(default=True)
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=200)

    class Meta:
        db_table = "labels_printer"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class JobState(models.TextChoices):
    """How far a job is."""

    QUEUED = "queued", "Waiting"
    SENDING = "sending", "Printing"
    PRINTED = "printed", "Printed"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"


class Job(models.Model):
    """Labels that were asked for: what they say (``face``), how they look (``spec``), what became of them.

    ``design`` and ``version`` name the design. ``copy`` is the number on the first of ``copies`` labels; 1
    says nothing on the label. ``doubtful``: the printer may have printed it although it did not say so. A
    job without printer was made into a PDF. ``subject`` is the uid; of a command its name, of a unit that is
    not made yet its SSCC.
    """

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    what = models.CharField(max_length=8)
    subject = models.CharField(max_length=60)
    words = models.CharField(max_length=600)
    design = models.CharField(max_length=60)
    version = models.PositiveIntegerField()
    spec = models.JSONField()
    face = models.JSONField()
    tag = models.CharField(max_length=300, blank=True, default="")
    copies = models.PositiveIntegerField(default=1)
    copy = models.PositiveIntegerField(default=1)
    reason = models.CharField(max_length=500, blank=True, default="")
    reprints = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    printer = models.ForeignKey(Printer, null=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=9, choices=JobState.choices, default=JobState.QUEUED)
    doubtful = models.BooleanField(default=False)
    attempts = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField()
    lease_ends_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=500, blank=True, default="")
    asked_at = models.DateTimeField()
    asked_by = models.CharField(max_length=200)
    printed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "labels_job"
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["what", "subject"], name="labels_job_subject"),
            models.Index(
                fields=["due_at"],
                name="labels_job_open",
                condition=models.Q(state__in=["queued", "sending"]),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="labels_job_counts", condition=models.Q(copies__gt=0) & models.Q(copy__gt=0)
            ),
        ]

    def __str__(self) -> str:
        return self.words
