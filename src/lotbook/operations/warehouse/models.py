"""Shape of adjustments: stock put right, written off, given away or destroyed."""

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
