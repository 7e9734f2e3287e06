"""Shape of counts: the document, a sheet per place, and what was found line by line."""

from __future__ import annotations

from django.db import models

from lotbook.kernel.ids import new_uid


class CountScope(models.TextChoices):
    """What a count is about."""

    PLACE = "place", "A place with everything in it"
    ITEM = "item", "An item, wherever it is"
    LOT = "lot", "A lot, wherever it is"


class CountStatus(models.TextChoices):
    """How far a count is."""

    OPEN = "open", "To be counted"
    RECOUNT = "recount", "To be counted again"
    REVIEW = "review", "To be decided"
    WAITING = "waiting", "Waiting for approval"
    REFUSED = "refused", "Adjustment refused"
    DONE = "done", "Done"
    CANCELLED = "cancelled", "Cancelled"


class Count(models.Model):
    """One count: what, where, by whom and until when. Without ``blind`` the sheets show the book.

    ``counter`` is the username of who shall count (empty: anybody who may). ``statement`` is the number
    of a partner's statement about our stock there, ``stated_on`` its day: then the sheet is theirs, and
    is compared with the book at the end of that day. ``event`` is the adjustment it ended in;
    ``frees_reserved``: who asked for it gives up the reservations that stand in its way.
    """

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    number = models.CharField(max_length=60, unique=True)
    status = models.CharField(max_length=10, choices=CountStatus.choices, default=CountStatus.OPEN)
    scope = models.CharField(max_length=5, choices=CountScope.choices)
    site = models.ForeignKey("places.Place", null=True, on_delete=models.PROTECT, related_name="+")
    place = models.ForeignKey("places.Place", null=True, on_delete=models.PROTECT, related_name="+")
    item = models.ForeignKey("catalog.Item", null=True, on_delete=models.PROTECT, related_name="+")
    lot = models.ForeignKey("lots.Lot", null=True, on_delete=models.PROTECT, related_name="+")
    blind = models.BooleanField(default=True)
    counter = models.CharField(max_length=150, blank=True, default="")
    due_on = models.DateField(null=True, blank=True)
    note = models.TextField(blank=True, default="")
    statement = models.CharField(max_length=100, blank=True, default="")
    stated_on = models.DateField(null=True, blank=True)
    round = models.PositiveSmallIntegerField(default=1)
    reason = models.TextField(blank=True, default="")
    event = models.UUIDField(null=True, blank=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=200)
    settled_by = models.CharField(max_length=200, blank=True, default="")
    frees_reserved = models.BooleanField(default=False)
    closed_at = models.DateTimeField(null=True, blank=True)
    asked = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        db_table = "counting_count"
        ordering = ["-pk"]
        indexes = [models.Index(fields=["status", "due_on"], name="counting_count_status")]

    def __str__(self) -> str:
        return self.number


class SheetStatus(models.TextChoices):
    """How far the sheet of one place is."""

    OPEN = "open", "To be counted"
    COUNTED = "counted", "Counted"
    SKIPPED = "skipped", "Left out"


class Sheet(models.Model):
    """One place of a count. ``round`` is the round it was last opened for."""

    count = models.ForeignKey(Count, on_delete=models.CASCADE, related_name="sheets")
    place = models.ForeignKey("places.Place", on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=8, choices=SheetStatus.choices, default=SheetStatus.OPEN)
    round = models.PositiveSmallIntegerField(default=1)
    counted_at = models.DateTimeField(null=True, blank=True)
    counted_by = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        db_table = "counting_sheet"
        constraints = [models.UniqueConstraint(fields=["count", "place"], name="counting_sheet_place")]
        indexes = [models.Index(fields=["place", "counted_at"], name="counting_sheet_counted_at")]

    def __str__(self) -> str:
        return f"{self.count} at {self.place}"


class Tally(models.Model):
    """What one person found of one lot at one place, in smallest units, in one round.

    ``book`` is what the book said as of ``sequence``, read when this line was saved: movements after it
    are no differences. ``last`` is true for the round that decides. ``again`` asks for another round.

    ``doubt`` says in words what was taken back after this line though its book still had it; empty:
    nothing, or counted since. ``recount`` is the count opened because of it.
    """

    sheet = models.ForeignKey(Sheet, on_delete=models.CASCADE, related_name="tallies")
    lot = models.ForeignKey("lots.Lot", on_delete=models.PROTECT, related_name="+")
    round = models.PositiveSmallIntegerField(default=1)
    counted = models.BigIntegerField()
    book = models.BigIntegerField()
    sequence = models.BigIntegerField()
    counted_at = models.DateTimeField()
    counted_by = models.CharField(max_length=200)
    found = models.BooleanField(default=False)
    last = models.BooleanField(default=True)
    again = models.BooleanField(default=False)
    doubt = models.CharField(max_length=600, blank=True, default="")
    recount = models.ForeignKey(Count, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        db_table = "counting_tally"
        constraints = [
            models.UniqueConstraint(fields=["sheet", "lot", "round"], name="counting_tally_round"),
            models.CheckConstraint(name="counting_tally_counted", condition=models.Q(counted__gte=0)),
        ]
        indexes = [
            models.Index(fields=["lot", "counted_at"], name="counting_tally_lot"),
            models.Index(fields=["counted_at"], name="counting_tally_at"),
            models.Index(fields=["sheet"], name="counting_tally_doubt", condition=~models.Q(doubt="")),
        ]

    def __str__(self) -> str:
        return f"{self.counted} of lot {self.lot_id}"


class Limit(models.Model):
    """How large a difference may be before somebody else counts again, per item group (empty: all others).

    ``percent_hundredths`` of what the book said, ``quantity_thousandths`` of base units, and
    ``value_micro``, millionths of the items' currency; a limit left out limits nothing.
    """

    item_group = models.CharField(max_length=60, blank=True, default="", unique=True)
    percent_hundredths = models.PositiveIntegerField(null=True, blank=True)
    quantity_thousandths = models.BigIntegerField(null=True, blank=True)
    value_micro = models.BigIntegerField(null=True, blank=True)
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=200)

    class Meta:
        db_table = "counting_limit"
        ordering = ["item_group"]

    def __str__(self) -> str:
        return self.item_group or "all other items"
