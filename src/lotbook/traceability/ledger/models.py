"""Shape of the book. Only ``actions`` writes here; triggers refuse everything else.

Events, movements, mentions and packings are written once and never changed. Balances and links are
derived from them in the same transaction, can be rebuilt, and are checked by ``lotbook check``. Claims say
whose a part of a balance is.
"""

from __future__ import annotations

from django.db import models

NEVER = 2**63 - 1
"""The sequence after every other: what is voided then is not voided."""


class Event(models.Model):
    """What happened, as claimed (``occurred_at``) and as recorded (``sequence``, ``recorded_at``).

    ``sequence`` is handed out before commit. ``content_hash`` is the SHA-256 of the event's canonical
    form (RFC 8785).
    """

    sequence = models.BigIntegerField(primary_key=True)
    uid = models.UUIDField(unique=True)
    kind = models.CharField(max_length=20)
    occurred_at = models.DateTimeField()
    offset_minutes = models.SmallIntegerField(default=0)
    recorded_at = models.DateTimeField()
    actor = models.CharField(max_length=200)
    device = models.CharField(max_length=100, default="")
    place = models.ForeignKey("places.Place", null=True, on_delete=models.PROTECT, related_name="+")
    document_kind = models.CharField(max_length=40, default="")
    document_number = models.CharField(max_length=500, default="")
    reason = models.TextField(default="")
    reverses = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="reversed_by")
    data = models.JSONField(default=dict)
    content_hash = models.CharField(max_length=64)

    class Meta:
        db_table = "ledger_event"
        indexes = [
            models.Index(fields=["occurred_at"], name="ledger_event_occurred_at"),
            models.Index(fields=["kind", "sequence"], name="ledger_event_kind"),
            models.Index(
                fields=["document_number"],
                name="ledger_event_document",
                condition=~models.Q(document_number=""),
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.sequence} {self.kind}"


class Crossing(models.IntegerChoices):
    """How a movement crosses the border between us and a partner; a reversal has the negative.

    It makes "who got it" one index scan: shipped is the sum over OUT and -OUT, returned over BACK.
    """

    INSIDE = 0, "inside"
    IN = 1, "from a partner"
    OUT = 2, "to a partner"
    BETWEEN = 3, "between partners"
    BACK = 4, "back from a customer"
    SENT_BACK = 5, "back to a supplier"


class Movement(models.Model):
    """So much of one lot, from one place to another; ``quantity`` in the item's smallest units."""

    id = models.BigAutoField(primary_key=True)
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="movements", db_index=False)
    lot = models.ForeignKey("lots.Lot", on_delete=models.PROTECT, related_name="+", db_index=False)
    source = models.ForeignKey("places.Place", on_delete=models.PROTECT, related_name="+", db_index=False)
    destination = models.ForeignKey(
        "places.Place", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    quantity = models.BigIntegerField()
    catch_weight = models.BigIntegerField(default=0, help_text="Grams, where the item is weighed too.")
    claim = models.BigIntegerField(null=True, help_text="The reservation this movement uses.")
    crossing = models.SmallIntegerField(default=0)

    class Meta:
        db_table = "ledger_movement"
        constraints = [
            models.CheckConstraint(name="ledger_movement_quantity", condition=models.Q(quantity__gt=0)),
            models.CheckConstraint(
                name="ledger_movement_catch_weight", condition=models.Q(catch_weight__gte=0)
            ),
            models.CheckConstraint(
                name="ledger_movement_two_places", condition=~models.Q(source=models.F("destination"))
            ),
        ]
        indexes = [
            models.Index(fields=["event"], name="ledger_movement_event"),
            models.Index(fields=["lot", "event"], name="ledger_movement_lot"),
            models.Index(fields=["source", "event"], name="ledger_movement_source"),
            models.Index(fields=["destination", "event"], name="ledger_movement_destination"),
            models.Index(
                fields=["lot", "crossing", "event"],
                name="ledger_movement_crossing",
                condition=~models.Q(crossing=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of lot {self.lot_id}: {self.source_id} → {self.destination_id}"


class Balance(models.Model):
    """How much of a lot is at a place: derived. Own places never hold less than nothing.

    ``change`` is the last change: PostgreSQL checks constraints on the row proposed to an upsert, so the
    difference has to travel beside it (limits, trap 4).
    """

    pk = models.CompositePrimaryKey("lot", "place")
    lot = models.ForeignKey("lots.Lot", on_delete=models.PROTECT, related_name="+", db_index=False)
    place = models.ForeignKey("places.Place", on_delete=models.PROTECT, related_name="+", db_index=False)
    own = models.BooleanField()
    on_hand = models.BigIntegerField(default=0)
    reserved = models.BigIntegerField(default=0)
    catch_weight = models.BigIntegerField(default=0)
    change = models.BigIntegerField(default=0)

    class Meta:
        db_table = "ledger_balance"
        constraints = [
            models.CheckConstraint(
                name="ledger_balance_own", condition=models.Q(own=False) | models.Q(on_hand__gte=0)
            ),
            models.CheckConstraint(
                name="ledger_balance_reserved",
                condition=models.Q(reserved=0)
                | models.Q(own=True, reserved__gte=0, reserved__lte=models.F("on_hand")),
            ),
        ]
        indexes = [
            models.Index(fields=["place", "lot"], name="ledger_balance_place"),
            # What is in stock now, among everything that ever was anywhere.
            models.Index(
                fields=["lot", "place"],
                name="ledger_balance_stock",
                condition=models.Q(own=True, on_hand__gt=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.on_hand} of lot {self.lot_id} at {self.place_id}"


class Claim(models.Model):
    """A reservation: so much of a lot at a place is kept for a document.

    ``quantity`` is what is still reserved: made, less what movements used of it, less what was freed.
    ``reserved`` of a balance is the sum of its claims. A claim changes only while its lot and its balance
    are locked; when nothing is left of it, it has ended and stays as a record. ``number`` is the
    document's, for people.
    """

    uid = models.UUIDField(unique=True)
    lot = models.ForeignKey("lots.Lot", on_delete=models.PROTECT, related_name="+", db_index=False)
    place = models.ForeignKey("places.Place", on_delete=models.PROTECT, related_name="+", db_index=False)
    quantity = models.BigIntegerField()
    made_quantity = models.BigIntegerField()
    freed_quantity = models.BigIntegerField(default=0)
    purpose = models.CharField(max_length=40)
    document = models.UUIDField()
    line = models.BigIntegerField(default=0)
    number = models.CharField(max_length=500, blank=True, default="")
    why = models.TextField(blank=True, default="")
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=200)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=200, blank=True, default="")
    ended_reason = models.TextField(blank=True, default="")

    class Meta:
        db_table = "ledger_claim"
        constraints = [
            models.CheckConstraint(
                name="ledger_claim_quantity",
                condition=models.Q(
                    quantity__gte=0,
                    freed_quantity__gte=0,
                    made_quantity__gt=0,
                    made_quantity__gte=models.F("quantity") + models.F("freed_quantity"),
                ),
            ),
        ]
        indexes = [
            models.Index(fields=["document", "line"], name="ledger_claim_document"),
            models.Index(
                fields=["lot", "place"], name="ledger_claim_open", condition=models.Q(quantity__gt=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of lot {self.lot_id} at {self.place_id} for {self.number or self.purpose}"


class Link(models.Model):
    """The genealogy: one directed edge lot → run (consumed) or run → lot (produced), per event.

    Nodes are ``2 * lot`` and ``2 * place + 1``, so that one recursion walks lots and runs alike and a
    run of N inputs and M outputs costs N + M rows. An edge holds from ``sequence`` until before
    ``voided`` (the reversing event's sequence, or ``NEVER``).
    """

    pk = models.CompositePrimaryKey("source", "target", "sequence", "voided")
    source = models.BigIntegerField()
    target = models.BigIntegerField()
    sequence = models.BigIntegerField()
    voided = models.BigIntegerField(default=NEVER)

    class Meta:
        db_table = "ledger_link"
        indexes = [
            models.Index(fields=["target", "source", "sequence", "voided"], name="ledger_link_backward")
        ]

    def __str__(self) -> str:
        return f"{self.source} → {self.target}"


class Mention(models.Model):
    """An event names a lot or a logistic unit without moving it.

    ``quantity`` in the item's smallest units where the event says one that fits; otherwise the words
    stay in the event's data. ``run`` with role ``input`` or ``output`` makes a link although no quantity
    is known; a logistic unit as input stands for what it contained at the time.
    """

    id = models.BigAutoField(primary_key=True)
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="mentions", db_index=False)
    lot = models.ForeignKey("lots.Lot", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    unit = models.ForeignKey(
        "places.Place", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    run = models.ForeignKey(
        "places.Place", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    role = models.CharField(max_length=12)
    quantity = models.BigIntegerField(null=True)

    class Meta:
        db_table = "ledger_mention"
        constraints = [
            models.CheckConstraint(
                name="ledger_mention_subject",
                condition=models.Q(lot__isnull=False, unit__isnull=True)
                | models.Q(lot__isnull=True, unit__isnull=False),
            )
        ]
        indexes = [
            models.Index(fields=["event"], name="ledger_mention_event"),
            models.Index(
                fields=["lot", "event"], name="ledger_mention_lot", condition=models.Q(lot__isnull=False)
            ),
            models.Index(
                fields=["unit", "event"], name="ledger_mention_unit", condition=models.Q(unit__isnull=False)
            ),
            models.Index(fields=["run"], name="ledger_mention_run", condition=models.Q(run__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.role} lot {self.lot_id} unit {self.unit_id}"


class Packing(models.Model):
    """A lot or a logistic unit put into (+1) or taken out of (-1) a logistic unit.

    Facts, not intervals: a late event changes the reading, never a row. Without ``lot`` and ``child``
    the unit was emptied. ``occurred_at`` repeats the event's, so that containment at a time is one scan.
    """

    id = models.BigAutoField(primary_key=True)
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="packings", db_index=False)
    unit = models.ForeignKey("places.Place", on_delete=models.PROTECT, related_name="+", db_index=False)
    lot = models.ForeignKey("lots.Lot", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    child = models.ForeignKey(
        "places.Place", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    action = models.SmallIntegerField()
    quantity = models.BigIntegerField(null=True)
    occurred_at = models.DateTimeField()
    derived = models.BooleanField(default=False, help_text="Worked out from a movement of the same event.")

    class Meta:
        db_table = "ledger_packing"
        constraints = [
            models.CheckConstraint(name="ledger_packing_action", condition=models.Q(action__in=[-1, 1])),
        ]
        indexes = [
            models.Index(fields=["event"], name="ledger_packing_event"),
            models.Index(fields=["unit", "occurred_at"], name="ledger_packing_unit"),
            models.Index(fields=["lot"], name="ledger_packing_lot", condition=models.Q(lot__isnull=False)),
            models.Index(
                fields=["child"], name="ledger_packing_child", condition=models.Q(child__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"unit {self.unit_id} {self.action:+d}"
