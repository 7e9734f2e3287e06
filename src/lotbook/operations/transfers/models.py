"""Shape of stock requests, transfers with what was picked and what became of it, and levels."""

from __future__ import annotations

from django.db import models

from lotbook.kernel.ids import new_uid


class RequestStatus(models.TextChoices):
    """How far a stock request is; from ``picking`` on it follows its transfers."""

    DRAFT = "draft", "Draft"
    ASKED = "asked", "Waits for approval"
    APPROVED = "approved", "Approved"
    PICKING = "picking", "Picking"
    IN_TRANSIT = "in_transit", "In transit"
    RECEIVED = "received", "Received"
    DIFFERENCES = "differences", "Received with differences"
    REFUSED = "refused", "Refused"
    CANCELLED = "cancelled", "Cancelled"


class TransferStatus(models.TextChoices):
    """How far a transfer is: read from what was picked, sent and received (``rules.status``)."""

    OPEN = "open", "To pick"
    PICKING = "picking", "Picking"
    PICKED = "picked", "Ready to send"
    IN_TRANSIT = "in_transit", "In transit"
    SHORT = "short", "Difference open"
    RECEIVED = "received", "Received"
    DIFFERENCES = "differences", "Received with differences"
    CANCELLED = "cancelled", "Cancelled"


class Act(models.Model):
    """An act that was done on a document, under the id its form carried: asked twice, done once."""

    uid = models.UUIDField(unique=True)
    document = models.UUIDField()
    asked = models.CharField(max_length=64)

    class Meta:
        db_table = "transfers_act"

    def __str__(self) -> str:
        return f"{self.uid} on {self.document}"


class StockRequest(models.Model):
    """Somebody asks for goods at ``destination``; ``source`` None: wherever they are, chosen at approval."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    number = models.CharField(max_length=60, unique=True)
    status = models.CharField(max_length=12, choices=RequestStatus.choices, default=RequestStatus.DRAFT)
    destination = models.ForeignKey("places.Place", on_delete=models.PROTECT, related_name="+")
    source = models.ForeignKey(
        "places.Place", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    site = models.ForeignKey("places.Place", null=True, on_delete=models.PROTECT, related_name="+")
    needed_on = models.DateField(null=True, blank=True)
    reason = models.TextField(blank=True, default="")
    closed = models.BooleanField(default=False, help_text="What is still open will not be sent any more.")
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=200)

    class Meta:
        db_table = "transfers_request"
        ordering = ["-pk"]
        indexes = [models.Index(fields=["status", "id"], name="transfers_request_status")]

    def __str__(self) -> str:
        return self.number


class RequestLine(models.Model):
    """So much of an item asked for, in its smallest units; ``approved`` may be less, None while open."""

    request = models.ForeignKey(StockRequest, on_delete=models.CASCADE, related_name="lines")
    position = models.PositiveIntegerField()
    item = models.ForeignKey("catalog.Item", on_delete=models.PROTECT, related_name="+")
    quantity = models.BigIntegerField()
    approved = models.BigIntegerField(null=True, blank=True)
    note = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        db_table = "transfers_request_line"
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["request", "position"], name="transfers_request_line_position"),
            models.CheckConstraint(
                name="transfers_request_line_quantity",
                condition=models.Q(quantity__gt=0)
                & (
                    models.Q(approved__isnull=True)
                    | models.Q(approved__gte=0, approved__lte=models.F("quantity"))
                ),
            ),
        ]
        indexes = [models.Index(fields=["item"], name="transfers_request_line_item")]

    def __str__(self) -> str:
        return f"{self.request_id}/{self.position}"


class Transfer(models.Model):
    """Goods that go from ``source`` to ``destination``; sent and not yet received they are at ``transit``."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    number = models.CharField(max_length=60, unique=True)
    status = models.CharField(max_length=12, choices=TransferStatus.choices, default=TransferStatus.OPEN)
    source = models.ForeignKey("places.Place", on_delete=models.PROTECT, related_name="+")
    destination = models.ForeignKey("places.Place", on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey("places.Place", null=True, on_delete=models.PROTECT, related_name="+")
    transit = models.OneToOneField("places.Place", null=True, on_delete=models.PROTECT, related_name="+")
    request = models.ForeignKey(
        StockRequest, null=True, blank=True, on_delete=models.PROTECT, related_name="transfers"
    )
    strategy = models.CharField(max_length=6, default="fefo")
    needed_on = models.DateField(null=True, blank=True)
    reason = models.TextField(blank=True, default="")
    carrier = models.ForeignKey(
        "partners.Partner", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    vehicle = models.CharField(max_length=100, blank=True, default="")
    seal = models.CharField(max_length=100, blank=True, default="")
    sent_celsius = models.CharField(max_length=12, blank=True, default="")
    received_celsius = models.CharField(max_length=12, blank=True, default="")
    expected_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=200)

    class Meta:
        db_table = "transfers_transfer"
        ordering = ["-pk"]
        indexes = [models.Index(fields=["status", "id"], name="transfers_transfer_status")]

    def __str__(self) -> str:
        return self.number


class TransferLine(models.Model):
    """So much of an item to send; ``lot`` where the lot was chosen beforehand."""

    transfer = models.ForeignKey(Transfer, on_delete=models.CASCADE, related_name="lines")
    position = models.PositiveIntegerField()
    item = models.ForeignKey("catalog.Item", on_delete=models.PROTECT, related_name="+")
    lot = models.ForeignKey("lots.Lot", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    quantity = models.BigIntegerField()
    request_line = models.ForeignKey(
        RequestLine, null=True, blank=True, on_delete=models.PROTECT, related_name="sent"
    )

    class Meta:
        db_table = "transfers_transfer_line"
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["transfer", "position"], name="transfers_transfer_line_position"),
            models.CheckConstraint(
                name="transfers_transfer_line_quantity", condition=models.Q(quantity__gt=0)
            ),
        ]
        indexes = [models.Index(fields=["item"], name="transfers_transfer_line_item")]

    def __str__(self) -> str:
        return f"{self.transfer_id}/{self.position}"


class Load(models.Model):
    """A logistic unit that travels whole; ``stood_in`` is where it is taken from."""

    transfer = models.ForeignKey(Transfer, on_delete=models.CASCADE, related_name="loads")
    unit = models.ForeignKey("places.Place", on_delete=models.PROTECT, related_name="+")
    stood_in = models.ForeignKey("places.Place", on_delete=models.PROTECT, related_name="+")
    sent_event = models.UUIDField(null=True, blank=True)
    arrived_event = models.UUIDField(null=True, blank=True)
    arrived_in = models.ForeignKey(
        "places.Place", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        db_table = "transfers_load"
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["transfer", "unit"], name="transfers_load_unit")]

    def __str__(self) -> str:
        return f"{self.unit_id} of {self.transfer_id}"


class Pick(models.Model):
    """So much of one lot for a transfer: reserved under ``claim``, then picked, then sent.

    ``why`` says why this lot; ``reason`` why the picker took another one or less. ``load`` is the
    logistic unit it travels in. ``short`` is what the picker did not find, in smallest units.
    """

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    transfer = models.ForeignKey(Transfer, on_delete=models.CASCADE, related_name="picks")
    line = models.ForeignKey(TransferLine, null=True, on_delete=models.CASCADE, related_name="picks")
    load = models.ForeignKey(Load, null=True, on_delete=models.SET_NULL, related_name="picks")
    lot = models.ForeignKey("lots.Lot", on_delete=models.PROTECT, related_name="+")
    suggested_lot = models.ForeignKey("lots.Lot", null=True, on_delete=models.PROTECT, related_name="+")
    place = models.ForeignKey("places.Place", on_delete=models.PROTECT, related_name="+")
    quantity = models.BigIntegerField()
    short = models.BigIntegerField(default=0)
    claim = models.BigIntegerField(null=True, blank=True)
    why = models.TextField(blank=True, default="")
    reason = models.TextField(blank=True, default="")
    picked_at = models.DateTimeField(null=True, blank=True)
    picked_by = models.CharField(max_length=200, blank=True, default="")
    sent_event = models.UUIDField(null=True, blank=True)

    class Meta:
        db_table = "transfers_pick"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="transfers_pick_quantity",
                condition=models.Q(quantity__gte=0, short__gte=0) & ~models.Q(quantity=0, short=0),
            )
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of lot {self.lot_id}"


class Outcome(models.TextChoices):
    """What became of goods that were sent."""

    RECEIVED = "received", "Received"
    DAMAGED = "damaged", "Received damaged"
    OVER = "over", "More than was sent"
    LOST = "lost", "Lost"
    RETURNED = "returned", "Back at the sender"


class ArrivalState(models.TextChoices):
    """Whether it is in the book."""

    PENDING = "pending", "Waits for approval"
    DONE = "done", "Done"
    REFUSED = "refused", "Refused"
    REVERSED = "reversed", "Taken back"


class Arrival(models.Model):
    """So much of what was picked, and what became of it: one event in the book, which may be taken back.

    ``act`` is the receipt it belongs to: what came together is taken back together.
    """

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    transfer = models.ForeignKey(Transfer, on_delete=models.CASCADE, related_name="arrivals")
    pick = models.ForeignKey(Pick, on_delete=models.PROTECT, related_name="arrivals")
    outcome = models.CharField(max_length=8, choices=Outcome.choices)
    state = models.CharField(max_length=8, choices=ArrivalState.choices, default=ArrivalState.DONE)
    quantity = models.BigIntegerField()
    place = models.ForeignKey("places.Place", null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField(blank=True, default="")
    event = models.UUIDField(null=True, blank=True)
    act = models.UUIDField(null=True, blank=True)
    happened_at = models.DateTimeField()
    actor = models.CharField(max_length=200)

    class Meta:
        db_table = "transfers_arrival"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(name="transfers_arrival_quantity", condition=models.Q(quantity__gt=0))
        ]
        indexes = [models.Index(fields=["event"], name="transfers_arrival_event")]

    def __str__(self) -> str:
        return f"{self.quantity} {self.outcome}"


class Level(models.Model):
    """How much of an item there should be at a place: below ``minimum`` it is filled up to ``maximum``."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    item = models.ForeignKey("catalog.Item", on_delete=models.PROTECT, related_name="+")
    place = models.ForeignKey("places.Place", on_delete=models.PROTECT, related_name="+")
    minimum = models.BigIntegerField()
    maximum = models.BigIntegerField()
    lead_days = models.PositiveIntegerField(default=0)
    source = models.ForeignKey(
        "places.Place", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    supplier = models.ForeignKey(
        "partners.Partner", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=200)

    class Meta:
        db_table = "transfers_level"
        ordering = ["item__code", "place__code"]
        constraints = [
            models.UniqueConstraint(fields=["item", "place"], name="transfers_level_item_place"),
            models.CheckConstraint(
                name="transfers_level_order",
                condition=models.Q(minimum__gte=0, maximum__gt=0)
                & models.Q(maximum__gte=models.F("minimum")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.minimum}–{self.maximum}"
