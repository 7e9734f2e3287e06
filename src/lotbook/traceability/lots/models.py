"""Shape of lots and serials, of holds, and of numbering rules."""

from __future__ import annotations

from django.db import models
from simple_history.models import HistoricalRecords

from lotbook.kernel.ids import new_uid


class LotKind(models.IntegerChoices):
    """How far goods are told apart."""

    BULK = 0, "Untracked"
    LOT = 1, "Lot"
    SERIAL = 2, "Serial"


class Lot(models.Model):
    """A lot or a serial. Its identity is item + number, never the number alone.

    A serial is a lot of exactly one, optionally ``inside`` a lot. ``held`` counts its open holds: it is
    derived from the ledger's events, read under the lot's row lock, and checked by ``lotbook check``.
    ``uri`` is the name it first came in with, where it came from outside.
    """

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    item = models.ForeignKey("catalog.Item", on_delete=models.PROTECT, related_name="+")
    kind = models.PositiveSmallIntegerField(choices=LotKind.choices, default=LotKind.LOT)
    number = models.CharField(max_length=500, blank=True)
    inside = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="serials"
    )
    supplier = models.ForeignKey(
        "partners.Partner", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    supplier_lot = models.CharField("supplier's lot number", max_length=120, blank=True, default="")
    tlc = models.CharField("traceability lot code", max_length=500, blank=True, default="")
    tlc_source = models.ForeignKey(
        "partners.Location", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    tlc_source_reference = models.CharField(max_length=500, blank=True, default="")
    origin_country = models.CharField(max_length=2, blank=True, default="")
    harvested_on = models.DateField(null=True, blank=True)
    produced_on = models.DateField(null=True, blank=True)
    packed_on = models.DateField(null=True, blank=True)
    received_on = models.DateField(null=True, blank=True)
    sell_by_on = models.DateField(null=True, blank=True)
    best_before_on = models.DateField(null=True, blank=True)
    expires_on = models.DateField(null=True, blank=True)
    retest_on = models.DateField(null=True, blank=True)
    attributes = models.JSONField(default=dict, blank=True)
    uri = models.CharField(max_length=500, null=True, blank=True, unique=True)
    held = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()

    history = HistoricalRecords(table_name="lots_lot_history")

    class Meta:
        db_table = "lots_lot"
        constraints = [
            models.UniqueConstraint(fields=["item", "number", "kind"], name="lots_lot_identity"),
        ]
        indexes = [
            models.Index(fields=["number"], name="lots_lot_number"),
            models.Index(fields=["supplier_lot"], name="lots_lot_supplier_lot"),
            models.Index(fields=["expires_on"], name="lots_lot_expires_on"),
        ]

    def __str__(self) -> str:
        return self.number or "(untracked)"


class HoldKind(models.TextChoices):
    """Why a lot may not be used; the first two name a lot's status by themselves."""

    RECALL = "recall", "Recall"
    REJECTION = "rejection", "Rejection"
    QUALITY = "quality", "Quality"
    CUSTOMS = "customs", "Customs"
    REGULATORY = "regulatory", "Regulatory"
    QUARANTINE = "quarantine", "Quarantine"
    OTHER = "other", "Other"


class Hold(models.Model):
    """A hold on a lot: put on by one event and taken off by another, several at once per lot.

    ``placed_sequence`` and ``released_sequence`` are sequences of ledger events. ``source`` is the hold
    on an input lot from which a made lot got this one. Rows are derived from events and rebuildable.
    """

    uid = models.UUIDField(unique=True)
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="holds")
    kind = models.CharField(max_length=12, choices=HoldKind.choices)
    reason = models.TextField()
    source = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    placed_sequence = models.BigIntegerField()
    placed_at = models.DateTimeField()
    placed_by = models.CharField(max_length=200)
    released_sequence = models.BigIntegerField(null=True, blank=True)
    released_at = models.DateTimeField(null=True, blank=True)
    released_by = models.CharField(max_length=200, blank=True, default="")
    release_reason = models.TextField(blank=True, default="")

    class Meta:
        db_table = "lots_hold"
        indexes = [
            models.Index(
                fields=["lot"], name="lots_hold_open", condition=models.Q(released_sequence__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.reason}"


class NumberingRule(models.Model):
    """How lot numbers are made: a pattern with date, site, item, shift and sequence (``rules``)."""

    name = models.CharField(max_length=100, unique=True)
    pattern = models.CharField(max_length=120)
    item = models.ForeignKey(
        "catalog.Item", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    is_default = models.BooleanField(default=False)
    reset = models.CharField(max_length=5, default="day")

    history = HistoricalRecords(table_name="lots_numbering_rule_history")

    class Meta:
        db_table = "lots_numbering_rule"

    def __str__(self) -> str:
        return self.name


class NumberingCounter(models.Model):
    """The last sequence number handed out by a rule within one ``scope`` (such as a day at a site)."""

    rule = models.ForeignKey(NumberingRule, on_delete=models.CASCADE, related_name="counters")
    scope = models.CharField(max_length=200)
    last = models.BigIntegerField(default=0)

    class Meta:
        db_table = "lots_numbering_counter"
        constraints = [models.UniqueConstraint(fields=["rule", "scope"], name="lots_numbering_counter_scope")]

    def __str__(self) -> str:
        return f"{self.scope}: {self.last}"
