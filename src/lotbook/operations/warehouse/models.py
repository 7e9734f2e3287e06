"""Shape of adjustments, of ranges of SSCCs, and of what partners report of our stock with them."""

from __future__ import annotations

from django.db import models

from lotbook.kernel.ids import new_uid


class AdjustmentKind(models.TextChoices):
    """What becomes of the goods."""

    ADJUST = "adjust", "Count set right"
    SCRAP = "scrap", "Written off"
    DONATION = "donation", "Donated"
    DESTRUCTION = "destruction", "Destroyed"


class AdjustmentStatus(models.TextChoices):
    """Whether it is in the book."""

    WAITING = "waiting", "Waiting for approval"
    POSTED = "posted", "In the book"
    REFUSED = "refused", "Refused"


class Adjustment(models.Model):
    """Stock put right, written off, given away or destroyed; ``uid`` is the event's too once it is posted.

    ``changes`` is what is taken or added: [lot key, place key, change in smallest units]; a count keeps the
    difference found when it was asked for, so that what moves until it is approved is no difference.
    """

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    number = models.CharField(max_length=60, unique=True)
    kind = models.CharField(max_length=12, choices=AdjustmentKind.choices)
    status = models.CharField(max_length=8, choices=AdjustmentStatus.choices)
    reason_code = models.CharField(max_length=20)
    reason = models.TextField(blank=True, default="")
    place = models.ForeignKey("places.Place", on_delete=models.PROTECT, related_name="+")
    partner = models.ForeignKey("partners.Partner", null=True, on_delete=models.PROTECT, related_name="+")
    document = models.CharField(max_length=500, blank=True, default="")
    witness = models.CharField(max_length=200, blank=True, default="")
    certificate = models.CharField(max_length=200, blank=True, default="")
    override = models.TextField(blank=True, default="")
    changes = models.JSONField(default=list)
    counted = models.JSONField(default=list)
    value_micro = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3, blank=True, default="")
    happened_at = models.DateTimeField()
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=200)
    asked = models.CharField(max_length=64)

    duplicate = False
    """Whether it was asked for before, by the same form."""

    class Meta:
        db_table = "warehouse_adjustment"
        ordering = ["-pk"]
        indexes = [models.Index(fields=["status", "kind"], name="warehouse_adjustment_status")]

    def __str__(self) -> str:
        return self.number


class SsccRange(models.Model):
    """Serial references under one GS1 company prefix and extension digit; ``last`` is the last one given."""

    prefix = models.CharField(max_length=12)
    extension = models.PositiveSmallIntegerField(default=0)
    last = models.BigIntegerField(default=0)

    class Meta:
        db_table = "warehouse_sscc_range"
        constraints = [
            models.UniqueConstraint(fields=["prefix", "extension"], name="warehouse_sscc_range_start"),
            models.CheckConstraint(name="warehouse_sscc_range_last", condition=models.Q(last__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.extension} {self.prefix}"


class SsccSetting(models.Model):
    """Which range the logistic units of a site are numbered from; sites may share one."""

    site = models.OneToOneField("places.Place", on_delete=models.PROTECT, related_name="+")
    range = models.ForeignKey(SsccRange, on_delete=models.PROTECT, related_name="settings")
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=200)

    class Meta:
        db_table = "warehouse_sscc_setting"

    def __str__(self) -> str:
        return f"{self.site}: {self.range}"
