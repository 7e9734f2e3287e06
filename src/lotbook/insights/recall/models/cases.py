"""Shape of recall cases: the case, what it froze, who got it, what it cost, and the log of its steps."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from lotbook.kernel.ids import new_uid


class CaseKind(models.TextChoices):
    """What a case is. A drill runs on real data and posts nothing, holds nothing, tells nobody."""

    RECALL = "recall", "Recall"
    WITHDRAWAL = "withdrawal", "Withdrawal"
    DRILL = "drill", "Drill"


class CaseStatus(models.TextChoices):
    """How far a case is."""

    SUSPICION = "suspicion", "Suspicion"
    SCOPED = "scoped", "Scope taken"
    FROZEN = "frozen", "Frozen"
    DECIDED = "decided", "Decided"
    NOTIFYING = "notifying", "Customers are told"
    RECONCILING = "reconciling", "Reconciling"
    CLOSED = "closed", "Closed"
    CALLED_OFF = "called_off", "Called off"


class Waiting(models.TextChoices):
    """What of a case waits for somebody's approval."""

    NOTHING = "", "Nothing"
    DECISION = "decision", "The decision"
    CLOSING = "closing", "Closing"


class Case(models.Model):
    """One recall, withdrawal or drill.

    ``suspects`` is the JSON of ``trace.suspects.as_json``; ``as_of`` the ledger sequence its scope was frozen
    at; ``frozen_sequence`` that of the last hold it put on (never set for a drill: the database says so,
    too). ``source_kind`` and ``source`` name what it was opened from: a lot, complaint, inspection or trace.
    ``reading`` is how exposure is read: reach (conservative) or replay; ``exposure`` what can be said of the
    shares that were kept with the scope (``queries.exposing.Exposed.about``). Shares never decide which lots
    are in the case.
    """

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    number = models.CharField(max_length=60, unique=True)
    kind = models.CharField(max_length=10, choices=CaseKind.choices)
    status = models.CharField(max_length=12, choices=CaseStatus.choices, default=CaseStatus.SUSPICION)
    classification = models.CharField(max_length=60, blank=True, default="")
    reason = models.TextField()
    hazard = models.TextField(blank=True, default="")
    source_kind = models.CharField(max_length=12, blank=True, default="")
    source = models.CharField(max_length=200, blank=True, default="")
    reading = models.CharField(max_length=6, default="reach")
    exposure = models.JSONField(default=dict)
    suspects = models.JSONField(default=dict)
    opened_at = models.DateTimeField()
    opened_by = models.CharField(max_length=200)
    as_of = models.BigIntegerField(null=True, blank=True)
    scoped_at = models.DateTimeField(null=True, blank=True)
    frozen_at = models.DateTimeField(null=True, blank=True)
    frozen_sequence = models.BigIntegerField(null=True, blank=True)
    waits_for = models.CharField(max_length=8, choices=Waiting.choices, blank=True, default="")
    approval = models.UUIDField(null=True, blank=True)
    decision = models.CharField(max_length=12, blank=True, default="")
    decision_text = models.TextField(blank=True, default="")
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.CharField(max_length=200, blank=True, default="")
    closing = models.TextField(blank=True, default="")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        db_table = "recall_case"
        ordering = ["-pk"]
        indexes = [models.Index(fields=["status"], name="recall_case_status")]
        constraints = [
            models.CheckConstraint(
                name="recall_case_drill",
                condition=~Q(kind="drill") | Q(frozen_sequence__isnull=True, approval__isnull=True),
            ),
            models.CheckConstraint(
                name="recall_case_scope",
                condition=Q(status__in=["suspicion", "called_off"]) | Q(as_of__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def is_drill(self) -> bool:
        """Whether it posts nothing and tells nobody."""
        return self.kind == CaseKind.DRILL

    @property
    def is_over(self) -> bool:
        """Whether nothing can be done in it any more."""
        return self.status in (CaseStatus.CLOSED, CaseStatus.CALLED_OFF)


class CaseLot(models.Model):
    """An affected lot, with its account as of ``as_of``, in the item's smallest unit.

    ``came`` = ``on_hand`` + ``in_transit`` + ``consumed`` + ``shipped`` (net of ``returned``) + ``lost`` +
    ``difference``. ``hold`` names the hold this case put on, from ``held_sequence`` on; a drill has none.
    ``added`` marks a lot that was affected only after the scope was frozen. ``explanation`` names what of
    it is still open when the case is closed. ``share_ppm`` is which part of it stems from the suspects, in
    millionths, rounded up, by the case's reading (None: not known); ``share_bound``: it may be less.
    """

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="lots")
    lot = models.ForeignKey("lots.Lot", on_delete=models.PROTECT, related_name="+")
    drill = models.BooleanField()
    suspect = models.BooleanField(default=False)
    added = models.BooleanField(default=False)
    as_of = models.BigIntegerField()
    came = models.BigIntegerField(default=0)
    on_hand = models.BigIntegerField(default=0)
    in_transit = models.BigIntegerField(default=0)
    consumed = models.BigIntegerField(default=0)
    shipped = models.BigIntegerField(default=0)
    returned = models.BigIntegerField(default=0)
    lost = models.BigIntegerField(default=0)
    difference = models.BigIntegerField(default=0)
    share_ppm = models.IntegerField(null=True, blank=True)
    share_bound = models.BooleanField(default=False)
    hold = models.UUIDField(null=True, blank=True, unique=True)
    held_sequence = models.BigIntegerField(null=True, blank=True)
    released_at = models.DateTimeField(null=True, blank=True)
    released_by = models.CharField(max_length=200, blank=True, default="")
    release_reason = models.TextField(blank=True, default="")
    explanation = models.TextField(blank=True, default="")

    class Meta:
        db_table = "recall_case_lot"
        constraints = [
            models.UniqueConstraint(fields=["case", "lot"], name="recall_case_lot_once"),
            models.CheckConstraint(
                name="recall_case_lot_share",
                condition=Q(share_ppm__isnull=True) | Q(share_ppm__gte=0, share_ppm__lte=1_000_000),
            ),
            models.CheckConstraint(
                name="recall_case_lot_drill",
                condition=Q(drill=False) | Q(hold__isnull=True, held_sequence__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"lot {self.lot_id} of {self.case}"


class CustomerStatus(models.TextChoices):
    """How far a case is with one customer."""

    OPEN = "open", "Not told yet"
    TOLD = "told", "Told"
    ANSWERED = "answered", "Answered"
    SETTLED = "settled", "Settled"


class CaseCustomer(models.Model):
    """A customer who got affected goods, with the contact and language as they were known."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="customers")
    partner = models.ForeignKey("partners.Partner", on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=8, choices=CustomerStatus.choices, default=CustomerStatus.OPEN)
    contact = models.CharField(max_length=300, blank=True, default="")
    language = models.CharField(max_length=10, blank=True, default="")

    class Meta:
        db_table = "recall_case_customer"
        constraints = [models.UniqueConstraint(fields=["case", "partner"], name="recall_case_customer_once")]

    def __str__(self) -> str:
        return f"{self.partner} in {self.case}"


class CaseDelivery(models.Model):
    """So much of one affected lot went to one customer, as of the lot's ``as_of``, in smallest units.

    ``destroyed`` and ``sold_on`` are what the customer says became of it; what came back is read from the
    ledger. ``documents`` are the numbers it was shipped under. ``explanation`` names what stays open.
    ``suspect`` is how much of ``shipped`` less ``returned`` stems from the suspects, by the case's reading,
    rounded up (None: not known).
    """

    customer = models.ForeignKey(CaseCustomer, on_delete=models.PROTECT, related_name="deliveries")
    lot = models.ForeignKey("lots.Lot", on_delete=models.PROTECT, related_name="+")
    shipped = models.BigIntegerField()
    returned = models.BigIntegerField(default=0)
    suspect = models.BigIntegerField(null=True, blank=True)
    documents = models.JSONField(default=list)
    destroyed = models.BigIntegerField(default=0)
    sold_on = models.BigIntegerField(default=0)
    explanation = models.TextField(blank=True, default="")

    class Meta:
        db_table = "recall_case_delivery"
        constraints = [
            models.UniqueConstraint(fields=["customer", "lot"], name="recall_case_delivery_once"),
            models.CheckConstraint(
                name="recall_case_delivery_quantities", condition=Q(destroyed__gte=0, sold_on__gte=0)
            ),
        ]

    def __str__(self) -> str:
        return f"lot {self.lot_id} to {self.customer}"


class CaseExpense(models.Model):
    """Money a case cost; a wrong one is set right by another, negative one. ``amount_micro``: millionths."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="expenses")
    text = models.CharField(max_length=300)
    amount_micro = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    spent_on = models.DateField()
    entered_at = models.DateTimeField()
    entered_by = models.CharField(max_length=200)

    class Meta:
        db_table = "recall_case_expense"
        ordering = ["spent_on", "pk"]

    def __str__(self) -> str:
        return self.text


class CaseStep(models.Model):
    """A step of a case: who did what when. Written once; each step's ``digest`` covers the one before it.

    ``digest`` is the SHA-256 of the RFC 8785 form of the step with ``previous`` (empty for the first one).
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="steps")
    index = models.PositiveIntegerField()
    happened_at = models.DateTimeField()
    actor = models.CharField(max_length=200)
    verb = models.CharField(max_length=40)
    text = models.TextField(blank=True, default="")
    reason = models.TextField(blank=True, default="")
    data = models.JSONField(default=dict)
    previous = models.CharField(max_length=64, blank=True, default="")
    digest = models.CharField(max_length=64)

    class Meta:
        db_table = "recall_case_step"
        ordering = ["index"]
        constraints = [models.UniqueConstraint(fields=["case", "index"], name="recall_case_step_index")]

    def __str__(self) -> str:
        return f"{self.case} {self.index}: {self.verb}"
