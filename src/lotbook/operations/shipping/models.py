"""Shape of what leaves: customer orders, rules, waves, picks, shipments and returns."""

from __future__ import annotations

from django.db import models
from simple_history.models import HistoricalRecords

from lotbook.kernel.ids import new_uid
from lotbook.operations.shipping import rules


class OrderStatus(models.TextChoices):
    """How far a customer order is. What is in between follows from its lines."""

    DRAFT = "draft", "Draft"
    CONFIRMED = "confirmed", "Confirmed"
    PART_ALLOCATED = "part_allocated", "Partly allocated"
    ALLOCATED = "allocated", "Allocated"
    PICKING = "picking", "Picking"
    PACKED = "packed", "Picked and packed"
    PART_SHIPPED = "part_shipped", "Partly shipped"
    SHIPPED = "shipped", "Shipped"
    DELIVERED = "delivered", "Delivered"
    CLOSED = "closed", "Closed"
    CANCELLED = "cancelled", "Cancelled"


class Strategy(models.TextChoices):
    """Which lots go first."""

    FEFO = "fefo", "First expired, first out"
    FIFO = "fifo", "First in, first out"
    LEFO = "lefo", "Last expired, first out"


class ShippingRule(models.Model):
    """What a customer, an item or a group of items asks of the lots we ship; the most specific rule wins.

    ``minimum_percent`` is of the item's shelf life. ``not_older``: no lot that expires before the last one
    this customer got. ``key`` says whom and what it is for, so that there is one of each.
    """

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    key = models.CharField(max_length=200, unique=True, editable=False)
    customer = models.ForeignKey(
        "partners.Partner", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    item = models.ForeignKey(
        "catalog.Item", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    item_group = models.CharField(max_length=60, blank=True, default="")
    strategy = models.CharField(max_length=6, choices=Strategy.choices, default=Strategy.FEFO)
    minimum_days = models.PositiveIntegerField(null=True, blank=True)
    minimum_percent = models.PositiveSmallIntegerField(null=True, blank=True)
    one_lot = models.BooleanField(default=False)
    not_older = models.BooleanField(default=False)
    carrier = models.ForeignKey(
        "partners.Partner", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    history = HistoricalRecords(table_name="shipping_rule_history")

    class Meta:
        db_table = "shipping_rule"
        constraints = [
            models.CheckConstraint(
                name="shipping_rule_item_or_group",
                condition=models.Q(item__isnull=True) | models.Q(item_group=""),
            ),
            models.CheckConstraint(
                name="shipping_rule_percent",
                condition=models.Q(minimum_percent__isnull=True) | models.Q(minimum_percent__lte=100),
            ),
        ]

    def __str__(self) -> str:
        return rules.subject(
            self.customer.name if self.customer else "", self.item.name if self.item else "", self.item_group
        )


class Wave(models.Model):
    """Orders allocated and picked together."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    number = models.CharField(max_length=60, unique=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=200)

    class Meta:
        db_table = "shipping_wave"

    def __str__(self) -> str:
        return self.number


class Order(models.Model):
    """What a customer wants of us, from one site. ``priority`` 1 goes first, 9 last.

    ``problem`` says what stands in the way (a lot was put on hold …) until somebody allocates again.
    """

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    number = models.CharField(max_length=60, unique=True)
    customer_number = models.CharField(max_length=200, blank=True, default="")
    customer = models.ForeignKey("partners.Partner", on_delete=models.PROTECT, related_name="+")
    location = models.ForeignKey(
        "partners.Location", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    site = models.ForeignKey("places.Place", on_delete=models.PROTECT, related_name="+")
    carrier = models.ForeignKey(
        "partners.Partner", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    wanted_on = models.DateField(null=True, blank=True)
    priority = models.PositiveSmallIntegerField(default=5)
    status = models.CharField(max_length=14, choices=OrderStatus.choices, default=OrderStatus.DRAFT)
    has_problem = models.BooleanField(default=False)
    note = models.TextField(blank=True, default="")
    wave = models.ForeignKey(Wave, null=True, blank=True, on_delete=models.PROTECT, related_name="orders")
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=200)
    asked = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        db_table = "shipping_order"
        constraints = [
            models.CheckConstraint(
                name="shipping_order_priority",
                condition=models.Q(priority__gte=1) & models.Q(priority__lte=9),
            )
        ]
        indexes = [
            models.Index(fields=["status", "id"], name="shipping_order_status"),
            models.Index(fields=["customer", "id"], name="shipping_order_customer"),
            models.Index(fields=["customer_number"], name="shipping_order_theirs"),
            models.Index(fields=["wanted_on"], name="shipping_order_wanted"),
            models.Index(fields=["id"], name="shipping_order_problem", condition=models.Q(has_problem=True)),
        ]

    def __str__(self) -> str:
        return self.number


class OrderLine(models.Model):
    """So much of one item on an order, in the item's smallest units (``entered``: as it was said).

    ``allocated``, ``picked`` and ``shipped`` repeat what the reservations, picks and shipments say; each
    act writes them again in its own transaction. ``cancelled``: nothing left of it, and nothing will.
    """

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    number = models.PositiveIntegerField()
    item = models.ForeignKey("catalog.Item", on_delete=models.PROTECT, related_name="+")
    quantity = models.BigIntegerField()
    entered = models.CharField(max_length=90, blank=True, default="")
    lot = models.ForeignKey("lots.Lot", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    allocated = models.BigIntegerField(default=0)
    picked = models.BigIntegerField(default=0)
    shipped = models.BigIntegerField(default=0)
    shortage = models.TextField(blank=True, default="")
    problem = models.TextField(blank=True, default="")
    cancelled = models.BooleanField(default=False)

    class Meta:
        db_table = "shipping_order_line"
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["order", "number"], name="shipping_order_line_number"),
            models.CheckConstraint(name="shipping_order_line_quantity", condition=models.Q(quantity__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.order_id}/{self.number}"

    @property
    def open(self) -> int:
        """What has still to be shipped."""
        return 0 if self.cancelled else max(self.quantity - self.shipped, 0)


class Pick(models.Model):
    """Goods taken for an order line: the reservation ``claim`` of ``lot`` at ``place``.

    The place is where they are now: staged, packed, or still where they were. ``done_at`` once they were
    shipped or put back.
    """

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="picks")
    claim = models.BigIntegerField()
    lot = models.ForeignKey("lots.Lot", on_delete=models.PROTECT, related_name="+")
    place = models.ForeignKey("places.Place", on_delete=models.PROTECT, related_name="+")
    quantity = models.BigIntegerField()
    suggested_lot = models.ForeignKey(
        "lots.Lot", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.TextField(blank=True, default="")
    picked_at = models.DateTimeField()
    picked_by = models.CharField(max_length=200)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "shipping_pick"
        constraints = [
            models.CheckConstraint(name="shipping_pick_quantity", condition=models.Q(quantity__gt=0)),
        ]
        indexes = [
            models.Index(fields=["line"], name="shipping_pick_open", condition=models.Q(done_at__isnull=True))
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of lot {self.lot_id}"


class ShipmentStatus(models.TextChoices):
    """How far a shipment is."""

    SHIPPED = "shipped", "Shipped"
    IN_TRANSIT = "in_transit", "In transit"
    DELIVERED = "delivered", "Delivered"
    PART_REFUSED = "part_refused", "Partly refused"
    REFUSED = "refused", "Refused"
    LOST = "lost", "Lost"
    REVERSED = "reversed", "Taken back"


class Shipment(models.Model):
    """What left with one delivery note, as the ledger's event ``event`` posted it."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    number = models.CharField(max_length=500)
    event = models.UUIDField(unique=True)
    customer = models.ForeignKey("partners.Partner", on_delete=models.PROTECT, related_name="+")
    location = models.ForeignKey(
        "partners.Location", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    place = models.ForeignKey("places.Place", on_delete=models.PROTECT, related_name="+")
    order_number = models.CharField(max_length=200, blank=True, default="")
    carrier = models.ForeignKey(
        "partners.Partner", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    tracking_number = models.CharField(max_length=120, blank=True, default="")
    vehicle = models.CharField(max_length=120, blank=True, default="")
    seal = models.CharField(max_length=120, blank=True, default="")
    temperature_c = models.CharField(max_length=12, blank=True, default="")
    note = models.TextField(blank=True, default="")
    status = models.CharField(max_length=12, choices=ShipmentStatus.choices, default=ShipmentStatus.SHIPPED)
    shipped_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True, blank=True)
    signed_by = models.CharField(max_length=200, blank=True, default="")
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=200)

    class Meta:
        db_table = "shipping_shipment"
        indexes = [
            models.Index(fields=["status", "id"], name="shipping_shipment_status"),
            models.Index(fields=["customer", "id"], name="shipping_shipment_customer"),
            models.Index(fields=["number"], name="shipping_shipment_number"),
        ]

    def __str__(self) -> str:
        return self.number


class ShipmentLine(models.Model):
    """So much of one lot on a shipment, for an order's line where there is one; ``unit`` it was packed in."""

    shipment = models.ForeignKey(Shipment, on_delete=models.CASCADE, related_name="lines")
    line = models.ForeignKey(
        OrderLine, null=True, blank=True, on_delete=models.PROTECT, related_name="shipped_lines"
    )
    lot = models.ForeignKey("lots.Lot", on_delete=models.PROTECT, related_name="+")
    unit = models.ForeignKey(
        "places.Place", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    quantity = models.BigIntegerField()

    class Meta:
        db_table = "shipping_shipment_line"
        constraints = [
            models.CheckConstraint(name="shipping_shipment_line_quantity", condition=models.Q(quantity__gt=0))
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of lot {self.lot_id}"


class ReturnCode(models.TextChoices):
    """Why goods come back."""

    REFUSED = "refused_at_door", "Refused at the door"
    DAMAGED = "damaged", "Damaged"
    QUALITY = "quality", "Quality complaint"
    WRONG = "wrong_goods", "Wrong goods or quantity"
    SHORT_LIFE = "short_life", "Too little shelf life left"
    RECALL = "recall", "Recall"
    UNSOLD = "unsold", "Not sold"
    OTHER = "other", "Something else"


class Condition(models.TextChoices):
    """How the goods look that came back."""

    UNOPENED = "unopened", "Unopened"
    OPENED = "opened", "Opened"
    DAMAGED = "damaged", "Damaged"
    WARM = "warm", "Out of temperature"
    UNKNOWN = "unknown", "Not looked at yet"


class Return(models.Model):
    """What came back from a customer, against a shipment where it is known, by the event ``event``."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    number = models.CharField(max_length=500)
    event = models.UUIDField(unique=True)
    shipment = models.ForeignKey(
        Shipment, null=True, blank=True, on_delete=models.PROTECT, related_name="returns"
    )
    customer = models.ForeignKey("partners.Partner", on_delete=models.PROTECT, related_name="+")
    place = models.ForeignKey("places.Place", on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=20, choices=ReturnCode.choices, default=ReturnCode.OTHER)
    condition = models.CharField(max_length=10, choices=Condition.choices, default=Condition.UNKNOWN)
    reason = models.TextField(blank=True, default="")
    is_reversed = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=200)

    class Meta:
        db_table = "shipping_return"
        indexes = [models.Index(fields=["customer", "id"], name="shipping_return_customer")]

    def __str__(self) -> str:
        return self.number


class ReturnLine(models.Model):
    """So much of one lot that came back."""

    returned = models.ForeignKey(Return, on_delete=models.CASCADE, related_name="lines")
    lot = models.ForeignKey("lots.Lot", on_delete=models.PROTECT, related_name="+")
    quantity = models.BigIntegerField()

    class Meta:
        db_table = "shipping_return_line"

    def __str__(self) -> str:
        return f"{self.quantity} of lot {self.lot_id}"
