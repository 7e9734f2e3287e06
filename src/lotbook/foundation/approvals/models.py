"""Shape of approvals: rules, delegations, what is asked, who it waits for, and the signed decisions."""

from __future__ import annotations

from typing import Any

from django.db import models
from simple_history.models import HistoricalRecords

from lotbook.foundation.approvals import rules
from lotbook.kernel.ids import new_uid


class Rule(models.Model):
    """When somebody has to say yes, and who.

    ``quantity_limit`` is in smallest units of the item, ``value_limit_micro`` in millionths of ``currency``:
    up to there nobody is asked. ``steps`` is a list of {role, people, needed}, gone through in order.
    """

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    kind = models.CharField(max_length=40)
    name = models.CharField(max_length=120)
    site = models.ForeignKey(
        "places.Place", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    item_group = models.CharField(max_length=60, blank=True, default="")
    quantity_limit = models.BigIntegerField(null=True, blank=True)
    value_limit_micro = models.BigIntegerField(null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True, default="")
    steps = models.JSONField(default=list)
    remind_after_hours = models.PositiveIntegerField(null=True, blank=True)
    expire_after_hours = models.PositiveIntegerField(null=True, blank=True)
    is_active = models.BooleanField(default=True)

    history = HistoricalRecords(table_name="approvals_rule_history")

    class Meta:
        db_table = "approvals_rule"
        ordering = ["kind", "id"]
        indexes = [models.Index(fields=["kind"], name="approvals_rule_kind")]

    def __str__(self) -> str:
        return self.name

    @property
    def stages(self) -> tuple[rules.Stage, ...]:
        """The steps, read."""
        return rules.stages(self.steps)

    @property
    def kind_label(self) -> str:
        """What people call the kind."""
        return rules.label(self.kind)


class Delegation(models.Model):
    """``from_person`` lets ``to_person`` decide in their place, from day to day, both included."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    from_person = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    to_person = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    starts_on = models.DateField()
    ends_on = models.DateField()
    is_active = models.BooleanField(default=True)

    history = HistoricalRecords(table_name="approvals_delegation_history")

    class Meta:
        db_table = "approvals_delegation"
        ordering = ["-starts_on", "-id"]
        constraints = [
            models.CheckConstraint(
                name="approvals_delegation_days", condition=models.Q(ends_on__gte=models.F("starts_on"))
            ),
            models.CheckConstraint(
                name="approvals_delegation_two", condition=~models.Q(from_person=models.F("to_person"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.from_person} → {self.to_person}"


class Status(models.TextChoices):
    """Where an approval stands."""

    PENDING = rules.PENDING, "Waiting"
    APPROVED = rules.APPROVED, "Approved"
    REFUSED = rules.REFUSED, "Refused"
    WITHDRAWN = rules.WITHDRAWN, "Withdrawn"
    EXPIRED = rules.EXPIRED, "Expired"


class Approval(models.Model):
    """Something asked for. What was asked and the rule's steps are kept as they were at that moment.

    ``asker`` is the person behind ``asked_by`` (the owner of a key), empty for the system; ``content`` is
    what decisions sign and ``content_hash`` its SHA-256; ``is_automatic``: no rule wanted anybody's yes.
    """

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    kind = models.CharField(max_length=40)
    subject = models.UUIDField()
    title = models.CharField(max_length=300)
    url = models.CharField(max_length=500, blank=True, default="")
    site = models.ForeignKey(
        "places.Place", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    item_group = models.CharField(max_length=60, blank=True, default="")
    quantity = models.BigIntegerField(null=True, blank=True)
    value_micro = models.BigIntegerField(null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True, default="")
    reason = models.TextField(blank=True, default="")
    asked_by = models.CharField(max_length=200)
    asker = models.CharField(max_length=150, blank=True, default="")
    asked_at = models.DateTimeField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    is_automatic = models.BooleanField(default=False)
    rule = models.ForeignKey(Rule, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    rule_name = models.CharField(max_length=120, blank=True, default="")
    steps = models.JSONField(default=list)
    step = models.PositiveSmallIntegerField(default=0)
    content = models.JSONField(default=dict)
    content_hash = models.CharField(max_length=64)
    remind_after_hours = models.PositiveIntegerField(null=True, blank=True)
    remind_at = models.DateTimeField(null=True, blank=True)
    reminders = models.PositiveIntegerField(default=0)
    expires_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=200, blank=True, default="")
    end_reason = models.TextField(blank=True, default="")

    class Meta:
        db_table = "approvals_approval"
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject"],
                name="approvals_approval_one_waiting",
                condition=models.Q(status=rules.PENDING),
            ),
        ]
        indexes = [
            models.Index(fields=["subject", "kind"], name="approvals_approval_subject"),
            models.Index(fields=["status", "id"], name="approvals_approval_status"),
            models.Index(fields=["asker", "id"], name="approvals_approval_asker"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def stages(self) -> tuple[rules.Stage, ...]:
        """The steps, read."""
        return rules.stages(self.steps)

    @property
    def stage(self) -> rules.Stage | None:
        """The step it waits at; None once it is decided."""
        return self.stages[self.step] if self.status == rules.PENDING else None

    @property
    def ender(self) -> str:
        """Who ended it, as pages say it."""
        return self.ended_by.removeprefix("user:")

    @property
    def kind_label(self) -> str:
        """What people call the kind."""
        return rules.label(self.kind)


class Waiting(models.Model):
    """Whom a pending approval waits for at its present step: a role, or one of the people named."""

    approval = models.ForeignKey(Approval, on_delete=models.CASCADE, related_name="waiting")
    role = models.CharField(max_length=40, blank=True, default="")
    person = models.CharField(max_length=150, blank=True, default="")

    class Meta:
        db_table = "approvals_waiting"
        indexes = [
            models.Index(fields=["role", "approval"], name="approvals_waiting_role"),
            models.Index(fields=["person", "approval"], name="approvals_waiting_person"),
        ]

    def __str__(self) -> str:
        return self.role or self.person


class Decision(models.Model):
    """A signed decision. Written once: the database refuses to change or delete it.

    ``person`` decided, ``principal`` is whose say it was (another one when delegated), ``meaning`` what the
    signature says, ``signed`` what was decided, ``signature_hash`` the SHA-256 over its RFC 8785 bytes.
    """

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    approval = models.ForeignKey(Approval, on_delete=models.PROTECT, related_name="decisions")
    step = models.PositiveSmallIntegerField()
    approve = models.BooleanField()
    person = models.CharField(max_length=150)
    principal = models.CharField(max_length=150)
    actor = models.CharField(max_length=200)
    meaning = models.CharField(max_length=300)
    reason = models.TextField(blank=True, default="")
    decided_at = models.DateTimeField()
    signed = models.JSONField(default=dict)
    signature_hash = models.CharField(max_length=64)

    class Meta:
        db_table = "approvals_decision"
        constraints = [
            models.UniqueConstraint(fields=["approval", "person"], name="approvals_decision_person"),
            models.UniqueConstraint(fields=["approval", "principal"], name="approvals_decision_principal"),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.meaning}"

    @property
    def is_intact(self) -> bool:
        """Whether what is kept is what was signed."""
        facts: dict[str, Any] = self.signed
        return rules.digest(facts) == self.signature_hash
