"""Shape of what is expected and of what came: orders, shipping notices, arrivals, and the rules of receiving.

What is in stock stands in the ledger alone. Beside it, in the same transaction, lines keep how much of them
has come, and take it back when the event is reversed. Quantities are smallest units of the item.
"""

from __future__ import annotations

from datetime import date

from django.db import models

from lotbook.kernel.ids import new_uid
from lotbook.operations.receiving import rules


class OrderStatus(models.TextChoices):
    """How far a purchase order is."""

    DRAFT = "draft", "Draft"
    SENT = "sent", "Sent"
    PARTLY = "partly", "Partly received"
    RECEIVED = "received", "Received"
    CLOSED = "closed", "Closed"
    CANCELLED = "cancelled", "Cancelled"


OPEN = (OrderStatus.SENT, OrderStatus.PARTLY)
"""Goods may come against these; RECEIVED too, within tolerance."""


class Order(models.Model):
    """What was ordered from a supplier for a site."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    number = models.CharField(max_length=60, unique=True)
    supplier = models.ForeignKey("partners.Partner", on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey("places.Place", on_delete=models.PROTECT, related_name="+")
    expected_on = models.DateField(null=True, blank=True)
    status = models.CharField(max_length=9, choices=OrderStatus.choices, default=OrderStatus.DRAFT)
    note = models.TextField(blank=True, default="")
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=200)
    asked = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        db_table = "receiving_order"
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["status", "expected_on"], name="receiving_order_status"),
            models.Index(fields=["supplier", "status"], name="receiving_order_supplier"),
        ]

    def __str__(self) -> str:
        return self.number


class OrderLine(models.Model):
    """So much of an item. ``said`` and ``unit`` are the quantity as it was ordered (12 cases).

    Tolerances are hundredths of a percent; null: as the rules say. ``allowed`` is what may come where
    more than the tolerance was approved. ``cancelled``: nothing came of it, and nothing is expected.
    """

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    position = models.PositiveIntegerField()
    item = models.ForeignKey("catalog.Item", on_delete=models.PROTECT, related_name="+")
    quantity = models.BigIntegerField()
    said = models.CharField(max_length=60, blank=True, default="")
    unit = models.CharField(max_length=8, blank=True, default="")
    over_tolerance = models.PositiveIntegerField(null=True, blank=True)
    under_tolerance = models.PositiveIntegerField(null=True, blank=True)
    allowed = models.BigIntegerField(null=True, blank=True)
    received = models.BigIntegerField(default=0)
    refused = models.BigIntegerField(default=0)
    cancelled = models.BooleanField(default=False)

    class Meta:
        db_table = "receiving_order_line"
        ordering = ["order", "position"]
        constraints = [
            models.UniqueConstraint(fields=["order", "position"], name="receiving_order_line_position"),
            models.CheckConstraint(
                name="receiving_order_line_quantity",
                condition=models.Q(quantity__gt=0, received__gte=0, refused__gte=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_id}/{self.position}"

    @property
    def open(self) -> int:
        """How much is still expected."""
        return 0 if self.cancelled else max(0, self.quantity - self.received)


class NoticeStatus(models.TextChoices):
    """How far a shipping notice is."""

    ANNOUNCED = "announced", "On its way"
    PARTLY = "partly", "Partly received"
    RECEIVED = "received", "Received"
    CANCELLED = "cancelled", "Cancelled"


class Notice(models.Model):
    """What a supplier says is on its way: an advance shipping notice."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    number = models.CharField(max_length=60)
    supplier = models.ForeignKey("partners.Partner", on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey("places.Place", on_delete=models.PROTECT, related_name="+")
    carrier = models.ForeignKey(
        "partners.Partner", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    expected_at = models.DateTimeField(null=True, blank=True)
    status = models.CharField(max_length=9, choices=NoticeStatus.choices, default=NoticeStatus.ANNOUNCED)
    note = models.TextField(blank=True, default="")
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=200)
    asked = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        db_table = "receiving_notice"
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["supplier", "number"], name="receiving_notice_number"),
        ]
        indexes = [models.Index(fields=["status", "expected_at"], name="receiving_notice_status")]

    def __str__(self) -> str:
        return self.number


class Arrival(models.Model):
    """What came with one event: its uid and sequence are the ledger's. Reversed with the event."""

    event = models.UUIDField(unique=True)
    sequence = models.BigIntegerField()
    supplier = models.ForeignKey("partners.Partner", on_delete=models.PROTECT, related_name="+")
    place = models.ForeignKey("places.Place", on_delete=models.PROTECT, related_name="+")
    notice = models.ForeignKey(
        Notice, null=True, blank=True, on_delete=models.PROTECT, related_name="arrivals"
    )
    document = models.CharField(max_length=500, blank=True, default="")
    arrived_at = models.DateTimeField()
    created_by = models.CharField(max_length=200)
    is_reversed = models.BooleanField(default=False)

    class Meta:
        db_table = "receiving_arrival"
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"#{self.sequence}"


class NoticeUnit(models.Model):
    """A logistic unit of a notice; ``parent`` is the pallet it stands on. ``arrival``: it came with that."""

    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="units")
    sscc = models.CharField(max_length=18)
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.CASCADE, related_name="children"
    )
    arrival = models.ForeignKey(
        Arrival, null=True, blank=True, on_delete=models.PROTECT, related_name="units"
    )

    class Meta:
        db_table = "receiving_notice_unit"
        constraints = [
            models.UniqueConstraint(fields=["notice", "sscc"], name="receiving_notice_unit_sscc"),
        ]
        indexes = [models.Index(fields=["sscc"], name="receiving_notice_unit_by_sscc")]

    def __str__(self) -> str:
        return self.sscc


class NoticeLine(models.Model):
    """So much of one lot on its way. ``facts`` are the lot's dates and origin as the supplier says them."""

    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="lines")
    position = models.PositiveIntegerField()
    item = models.ForeignKey("catalog.Item", on_delete=models.PROTECT, related_name="+")
    lot = models.CharField(max_length=500, blank=True, default="")
    supplier_lot = models.CharField(max_length=120, blank=True, default="")
    quantity = models.BigIntegerField()
    facts = models.JSONField(default=dict, blank=True)
    unit = models.ForeignKey(
        NoticeUnit, null=True, blank=True, on_delete=models.CASCADE, related_name="lines"
    )
    order_line = models.ForeignKey(
        OrderLine, null=True, blank=True, on_delete=models.PROTECT, related_name="notice_lines"
    )
    received = models.BigIntegerField(default=0)
    refused = models.BigIntegerField(default=0)
    missing = models.BigIntegerField(default=0)

    class Meta:
        db_table = "receiving_notice_line"
        ordering = ["notice", "position"]
        constraints = [
            models.UniqueConstraint(fields=["notice", "position"], name="receiving_notice_line_position"),
            models.CheckConstraint(
                name="receiving_notice_line_quantity",
                condition=models.Q(quantity__gt=0, received__gte=0, refused__gte=0, missing__gte=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.notice_id}/{self.position}"

    @property
    def days(self) -> list[tuple[str, date]]:
        """The dates the supplier says, each with its name."""
        return [
            (name.removesuffix("_on").replace("_", " "), date.fromisoformat(value))
            for name, value in self.facts.items()
            if name.endswith("_on")
        ]

    @property
    def open(self) -> int:
        """How much has neither come, nor been refused or found missing."""
        return max(0, self.quantity - self.received - self.refused - self.missing)


class ArrivalLine(models.Model):
    """One line of an arrival against what was expected: taken in, refused, missing, and why.

    ``expected`` is what was open before; ``temperature_tenths`` tenths of a degree Celsius at the dock.
    """

    arrival = models.ForeignKey(Arrival, on_delete=models.CASCADE, related_name="lines")
    position = models.PositiveIntegerField()
    order_line = models.ForeignKey(
        OrderLine, null=True, blank=True, on_delete=models.PROTECT, related_name="arrivals"
    )
    notice_line = models.ForeignKey(
        NoticeLine, null=True, blank=True, on_delete=models.PROTECT, related_name="arrivals"
    )
    item = models.ForeignKey("catalog.Item", on_delete=models.PROTECT, related_name="+")
    lot = models.CharField(max_length=500, blank=True, default="")
    expected = models.BigIntegerField(null=True, blank=True)
    quantity = models.BigIntegerField(default=0)
    refused = models.BigIntegerField(default=0)
    missing = models.BigIntegerField(default=0)
    difference = models.CharField(max_length=12, blank=True, default="")
    reason = models.TextField(blank=True, default="")
    temperature_tenths = models.IntegerField(null=True, blank=True)
    quarantined = models.CharField(max_length=10, blank=True, default="")

    class Meta:
        db_table = "receiving_arrival_line"
        ordering = ["arrival", "position", "pk"]
        constraints = [
            models.CheckConstraint(
                name="receiving_arrival_line_quantity",
                condition=models.Q(quantity__gte=0, refused__gte=0, missing__gte=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.arrival_id}/{self.position}"

    @property
    def what_was_wrong(self) -> str:
        """The difference in words."""
        return rules.DIFFERENCES.get(self.difference, "")


class ReceivingRule(models.Model):
    """How goods are received: of an item, a group or a supplier, or of all where none is named.

    What a rule does not say, a more general one may. Tolerances are hundredths of a percent,
    temperatures tenths of a degree Celsius. ``quarantine``: "" says nothing, none, place or hold.
    ``scope`` is what it is for as one text: one rule for one scope.
    """

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    scope = models.CharField(max_length=120, unique=True)
    item = models.ForeignKey(
        "catalog.Item", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    group = models.CharField(max_length=60, blank=True, default="")
    supplier = models.ForeignKey(
        "partners.Partner", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    over_tolerance = models.PositiveIntegerField(null=True, blank=True)
    under_tolerance = models.PositiveIntegerField(null=True, blank=True)
    quarantine = models.CharField(max_length=10, blank=True, default="")
    numbering = models.CharField(max_length=10, blank=True, default="")
    required = models.JSONField(default=list, blank=True)
    temperature_min_tenths = models.IntegerField(null=True, blank=True)
    temperature_max_tenths = models.IntegerField(null=True, blank=True)
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=200)

    class Meta:
        db_table = "receiving_rule"
        ordering = ["pk"]

    def __str__(self) -> str:
        parts = [str(part) for part in (self.item, self.group, self.supplier) if part]
        return ", ".join(parts) or "everything"


class Upload(models.Model):
    """A list on its way into the book: kept between its preview and its import, two days at most."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    kind = models.CharField(max_length=10)
    filename = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    data = models.BinaryField(null=True)
    options = models.JSONField(default=dict, blank=True)
    actor = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    imported_at = models.DateTimeField(null=True, blank=True)
    made = models.JSONField(default=list, blank=True)

    class Meta:
        db_table = "receiving_upload"
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "digest"],
                name="receiving_upload_once",
                condition=models.Q(imported_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return self.filename
