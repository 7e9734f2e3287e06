"""Shape of places: every place is an account of the ledger."""

from __future__ import annotations

from django.db import models
from simple_history.models import HistoricalRecords

from lotbook.kernel.ids import new_uid


class PlaceKind(models.TextChoices):
    """What kind of account a place is."""

    SITE = "site", "Site"
    AREA = "area", "Area"
    BIN = "bin", "Bin"
    UNIT = "unit", "Logistic unit"
    RUN = "run", "Run"
    TRANSIT = "transit", "In transit"
    PARTNER = "partner", "Partner"
    LOSS = "loss", "Loss"
    DIFFERENCE = "difference", "Difference"
    ELSEWHERE = "elsewhere", "Elsewhere"


class Place(models.Model):
    """An account: a site, area or bin, a logistic unit, a run, or one of the places outside.

    ``own`` places can never hold less than nothing (runs have no balances at all, so they are not
    ``own`` in this sense); places outside may. ``usable`` is false where goods wait for a decision.
    """

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    code = models.CharField(max_length=120, unique=True)
    name = models.CharField(max_length=200, blank=True, default="")
    kind = models.CharField(max_length=12, choices=PlaceKind.choices)
    own = models.BooleanField(default=False)
    usable = models.BooleanField(default=True)
    is_active = models.BooleanField(default=True)
    is_foreign = models.BooleanField(default=False)
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    partner = models.ForeignKey(
        "partners.Partner", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    location = models.ForeignKey(
        "partners.Location", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    gln = models.CharField(max_length=13, null=True, blank=True, unique=True)
    sscc = models.CharField(max_length=18, null=True, blank=True, unique=True)
    uri = models.CharField(max_length=500, null=True, blank=True)
    key = models.CharField(max_length=500, null=True, blank=True, unique=True)
    time_zone = models.CharField(max_length=60, blank=True, default="")
    attributes = models.JSONField(default=dict, blank=True)

    history = HistoricalRecords(table_name="places_place_history")

    class Meta:
        db_table = "places_place"
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                name="places_place_own_kinds",
                condition=models.Q(own=False) | models.Q(kind__in=["site", "area", "bin", "unit", "transit"]),
            ),
        ]
        indexes = [
            models.Index(fields=["kind", "code"], name="places_place_kind"),
            # Units known by another URI than an SSCC may be goods, too: every trace asks for them.
            models.Index(
                fields=["uri"],
                condition=models.Q(kind="unit", sscc__isnull=True, uri__isnull=False),
                name="places_unit_uri",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.code


class SsccRange(models.Model):
    """Serial references under one GS1 company prefix and extension digit; ``last`` is the last one given."""

    prefix = models.CharField(max_length=12)
    extension = models.PositiveSmallIntegerField(default=0)
    last = models.BigIntegerField(default=0)

    class Meta:
        db_table = "places_sscc_range"
        constraints = [
            models.UniqueConstraint(fields=["prefix", "extension"], name="places_sscc_range_start"),
            models.CheckConstraint(name="places_sscc_range_last", condition=models.Q(last__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.extension} {self.prefix}"


class SsccSetting(models.Model):
    """Which range the logistic units of a site are numbered from; sites may share one."""

    site = models.OneToOneField(Place, on_delete=models.PROTECT, related_name="+")
    range = models.ForeignKey(SsccRange, on_delete=models.PROTECT, related_name="settings")
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=200)

    class Meta:
        db_table = "places_sscc_setting"

    def __str__(self) -> str:
        return f"{self.site}: {self.range}"
