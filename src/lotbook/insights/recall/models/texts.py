"""Shape of what is written to authorities and the press, and of the checks that the recall took effect."""

from __future__ import annotations

from django.db import models

from lotbook.insights.recall.models.cases import Case, CaseCustomer
from lotbook.kernel.ids import new_uid


class TextKind(models.TextChoices):
    """Whom a text is for."""

    AUTHORITY = "authority", "Authority"
    PRESS = "press", "Press"


class CaseText(models.Model):
    """A version of a text of a case, as somebody kept it; the newest of a kind and language counts."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="texts")
    kind = models.CharField(max_length=10, choices=TextKind.choices)
    language = models.CharField(max_length=10)
    version = models.PositiveIntegerField()
    title = models.CharField(max_length=300)
    body = models.TextField()
    written_at = models.DateTimeField()
    written_by = models.CharField(max_length=200)

    class Meta:
        db_table = "recall_case_text"
        ordering = ["-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "kind", "language", "version"], name="recall_case_text_once"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Method(models.TextChoices):
    """How a check reaches the customer (21 CFR 7.42(b)(3): visits, calls, letters, or several of them)."""

    VISIT = "visit", "Visit"
    CALL = "call", "Telephone"
    MAIL = "mail", "E-mail"
    LETTER = "letter", "Letter"


class Outcome(models.TextChoices):
    """What a check found."""

    OPEN = "open", "Not done yet"
    FOLLOWED = "followed", "Told, and did as asked"
    NOT_FOLLOWED = "not_followed", "Told, but did not act"
    NOT_TOLD = "not_told", "Never heard of it"
    UNREACHABLE = "unreachable", "Not reached"


class EffectivenessCheck(models.Model):
    """A check with one customer that the notice came and was followed (21 CFR 7.42(b)(3))."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="checks")
    customer = models.ForeignKey(CaseCustomer, on_delete=models.PROTECT, related_name="checks")
    method = models.CharField(max_length=8, choices=Method.choices)
    outcome = models.CharField(max_length=12, choices=Outcome.choices, default=Outcome.OPEN)
    text = models.TextField(blank=True, default="")
    planned_at = models.DateTimeField()
    planned_by = models.CharField(max_length=200)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        db_table = "recall_effectiveness_check"
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"check with {self.customer}"
