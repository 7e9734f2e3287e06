"""Shape of notices: what a customer is told, by which way, and how far it got."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from lotbook.insights.recall.models.cases import Case, CaseCustomer
from lotbook.kernel.ids import new_uid


class NoticeKind(models.TextChoices):
    """Why a customer is written to."""

    FIRST = "first", "Notice"
    REMINDER = "reminder", "Reminder"
    MORE = "more", "More lots"
    END = "end", "The case is over"


class Channel(models.TextChoices):
    """The way a notice takes."""

    EMAIL = "email", "E-mail"
    LETTER = "letter", "Letter"
    WEBHOOK = "webhook", "Webhook"


class NoticeStatus(models.TextChoices):
    """How far a notice got. *Unsure*: it was handed over when the process died; a person has to look."""

    WAITING = "waiting", "Waiting"
    SENDING = "sending", "Being sent"
    SENT = "sent", "Sent"
    FAILED = "failed", "Failed"
    UNSURE = "unsure", "Perhaps sent"
    DROPPED = "dropped", "Dropped"


class Notice(models.Model):
    """One letter, mail or message to one customer of a real case: there is no row for a drill.

    ``subject`` and ``body`` are what was written, with ``{link}`` where the answer link stands: its secret is
    never kept. ``content`` is what it says of lots, quantities and documents; ``digest`` the SHA-256 of all.
    ``customer``, ``kind``, ``round`` and ``channel`` are there once, so nothing goes out twice.
    """

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="notices")
    drill = models.BooleanField(default=False, editable=False)
    customer = models.ForeignKey(CaseCustomer, on_delete=models.PROTECT, related_name="notices")
    kind = models.CharField(max_length=8, choices=NoticeKind.choices)
    round = models.PositiveSmallIntegerField(default=0)
    channel = models.CharField(max_length=8, choices=Channel.choices)
    language = models.CharField(max_length=10)
    address = models.CharField(max_length=500)
    subject = models.CharField(max_length=300)
    body = models.TextField()
    content = models.JSONField(default=dict)
    digest = models.CharField(max_length=64)
    status = models.CharField(max_length=8, choices=NoticeStatus.choices, default=NoticeStatus.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    problem = models.TextField(blank=True, default="")
    asked_at = models.DateTimeField()
    asked_by = models.CharField(max_length=200)

    class Meta:
        db_table = "recall_notice"
        ordering = ["pk"]
        indexes = [models.Index(fields=["status", "due_at"], name="recall_notice_due")]
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "kind", "round", "channel"], name="recall_notice_once"
            ),
            models.CheckConstraint(name="recall_notice_no_drill", condition=Q(drill=False)),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} to {self.customer}"
