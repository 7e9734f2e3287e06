"""Shape of items."""

from __future__ import annotations

from django.db import models
from simple_history.models import HistoricalRecords

from lotbook.kernel.ids import new_uid


class Tracking(models.TextChoices):
    """How an item's goods are told apart."""

    LOT = "lot", "By lot"
    SERIAL = "serial", "By serial"
    NONE = "none", "Not tracked"


class Item(models.Model):
    """A trade item. Quantities are integers of ``10 ** -scale`` of ``unit`` (UN/ECE Rec 20 code).

    ``standard_cost_micro`` is millionths of the currency for one base unit.
    """

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    code = models.CharField(max_length=500, unique=True)
    name = models.CharField(max_length=500)
    gtin = models.CharField(max_length=14, null=True, blank=True, unique=True)
    group = models.CharField(max_length=60, blank=True, default="")
    unit = models.CharField(max_length=8, default="H87")
    scale = models.PositiveSmallIntegerField(default=0)
    tracking = models.CharField(max_length=6, choices=Tracking.choices, default=Tracking.LOT)
    shelf_life_days = models.PositiveIntegerField(null=True, blank=True)
    standard_cost_micro = models.BigIntegerField(null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True, default="")
    attributes = models.JSONField(default=dict, blank=True)
    uri = models.CharField(max_length=500, null=True, blank=True, unique=True)
    is_active = models.BooleanField(default=True)
    is_foreign = models.BooleanField(default=False)

    history = HistoricalRecords(table_name="catalog_item_history")

    class Meta:
        db_table = "catalog_item"
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(name="catalog_item_scale", condition=models.Q(scale__lte=9)),
        ]

    def __str__(self) -> str:
        return self.name


class Packaging(models.Model):
    """A packaging level: so many smallest units of the item, with a GTIN of its own where it has one."""

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="packagings")
    name = models.CharField(max_length=60)
    gtin = models.CharField(max_length=14, null=True, blank=True, unique=True)
    content = models.BigIntegerField(help_text="Content in the item's smallest units.")

    history = HistoricalRecords(table_name="catalog_packaging_history")

    class Meta:
        db_table = "catalog_packaging"
        constraints = [
            models.UniqueConstraint(fields=["item", "name"], name="catalog_packaging_name"),
            models.CheckConstraint(name="catalog_packaging_content", condition=models.Q(content__gt=0)),
        ]

    def __str__(self) -> str:
        return self.name


class Conversion(models.Model):
    """One ``unit`` of the item is ``numerator / denominator`` of its base unit.

    Net weight is the conversion to KGM: an item without one stays out of the mass balance.
    """

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="conversions")
    unit = models.CharField(max_length=8)
    numerator = models.BigIntegerField()
    denominator = models.BigIntegerField(default=1)

    history = HistoricalRecords(table_name="catalog_conversion_history")

    class Meta:
        db_table = "catalog_conversion"
        constraints = [
            models.UniqueConstraint(fields=["item", "unit"], name="catalog_conversion_unit"),
            models.CheckConstraint(
                name="catalog_conversion_positive",
                condition=models.Q(numerator__gt=0) & models.Q(denominator__gt=0),
            ),
        ]

    def __str__(self) -> str:
        return f"1 {self.unit} = {self.numerator}/{self.denominator}"
