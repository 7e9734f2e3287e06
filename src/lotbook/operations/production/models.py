"""Shape of runs."""

from __future__ import annotations

from django.db import models

from lotbook.kernel.ids import new_uid


class RunStatus(models.TextChoices):
    """Whether goods may still go in and come out."""

    OPEN = "open", "Open"
    CLOSED = "closed", "Closed"


class Run(models.Model):
    """One execution of a production order: the vessel through which lots become lots.

    What went in and came out is read from the ledger's movements into and out of ``place``. Planned
    quantity in smallest units of ``item``; ``declared_yield`` in hundredths of a percent of net mass.
    """

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    number = models.CharField(max_length=60, unique=True)
    item = models.ForeignKey("catalog.Item", on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey("places.Place", on_delete=models.PROTECT, related_name="+")
    place = models.OneToOneField("places.Place", on_delete=models.PROTECT, related_name="+")
    planned_quantity = models.BigIntegerField(null=True, blank=True)
    declared_yield = models.PositiveIntegerField(null=True, blank=True)
    status = models.CharField(max_length=6, choices=RunStatus.choices, default=RunStatus.OPEN)
    opened_at = models.DateTimeField()
    opened_by = models.CharField(max_length=200)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.CharField(max_length=200, blank=True, default="")
    difference_reason = models.TextField(blank=True, default="")
    asked = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        db_table = "production_run"
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                name="production_run_planned",
                condition=models.Q(planned_quantity__isnull=True) | models.Q(planned_quantity__gt=0),
            ),
        ]
        indexes = [models.Index(fields=["status", "opened_at"], name="production_run_status")]

    def __str__(self) -> str:
        return self.number
