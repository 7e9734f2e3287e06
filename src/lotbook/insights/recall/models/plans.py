"""Shape of what a case's notices say and when they are repeated, and of the addresses for webhooks."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from lotbook.insights.recall.models.cases import Case
from lotbook.kernel.ids import new_uid


class ToDo(models.TextChoices):
    """What customers shall do with the goods."""

    RETURN = "return", "Send them back"
    DESTROY = "destroy", "Destroy them"
    HOLD = "hold", "Keep them apart until we write again"


class NoticePlan(models.Model):
    """What the notices of a case say, by which way they go, and how often they are repeated.

    ``texts`` are the people's own words by language: ``subject``, ``reason``, ``hazard`` and ``todo``; where
    one is empty, the English one stands, or what comes with the book. ``channels`` names the way for a
    customer (its uid in the case) where it is not the usual one. A reminder goes out ``first_hours`` after
    the notice and every ``every_hours`` after that, ``most`` times at most; then those in ``escalate_to`` are
    told (usernames, or ``role:…``; none: everybody who decides). ``escalated`` are the customers they were
    told of.
    """

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="notice_plan")
    todo = models.CharField(max_length=8, choices=ToDo.choices, default=ToDo.RETURN)
    texts = models.JSONField(default=dict)
    company = models.CharField(max_length=200)
    company_address = models.TextField(blank=True, default="")
    contact_name = models.CharField(max_length=200, blank=True, default="")
    contact_email = models.CharField(max_length=254, blank=True, default="")
    contact_phone = models.CharField(max_length=60, blank=True, default="")
    channels = models.JSONField(default=dict)
    first_hours = models.PositiveIntegerField(default=24)
    every_hours = models.PositiveIntegerField(default=24)
    most = models.PositiveSmallIntegerField(default=3)
    escalate_to = models.JSONField(default=list)
    escalated = models.JSONField(default=list)
    escalated_at = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=200)

    class Meta:
        db_table = "recall_notice_plan"
        constraints = [
            models.CheckConstraint(
                name="recall_notice_plan_hours", condition=Q(first_hours__gte=1, every_hours__gte=1)
            ),
        ]

    def __str__(self) -> str:
        return f"notices of {self.case}"


class CustomerHook(models.Model):
    """Where a customer takes notices as JSON.

    What signs them is derived from ``uid`` and ``turn`` with the book's key: no secret is in the database,
    and a new ``turn`` is a new secret.
    """

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    partner = models.OneToOneField("partners.Partner", on_delete=models.PROTECT, related_name="+")
    url = models.CharField(max_length=500)
    turn = models.PositiveIntegerField(default=1)
    set_at = models.DateTimeField()
    set_by = models.CharField(max_length=200)

    class Meta:
        db_table = "recall_customer_hook"

    def __str__(self) -> str:
        return f"webhook of {self.partner}"
