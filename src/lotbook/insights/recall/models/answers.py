"""Shape of customers' answers: the link they answer through, what they say, whom they name."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from lotbook.insights.recall.models.cases import CaseCustomer
from lotbook.insights.recall.models.notices import Notice
from lotbook.kernel.ids import new_uid


class AnswerLink(models.Model):
    """A link through which a customer answers without an account.

    Its secret is derived from ``uid`` with the book's key and shown in the notice alone; ``token_hash`` is
    its SHA-256. It is good until ``expires_at``, unless revoked.
    """

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    customer = models.ForeignKey(CaseCustomer, on_delete=models.PROTECT, related_name="links")
    notice = models.OneToOneField(
        Notice, null=True, blank=True, on_delete=models.PROTECT, related_name="link"
    )
    token_hash = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=200)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "recall_answer_link"

    def __str__(self) -> str:
        return f"link of {self.customer}"


class Answer(models.Model):
    """What a customer says, once for each ``uid`` of a form; a later answer adds to it, nothing is replaced.

    Through a ``link``, or taken down by one of us (``taken_by``), as on the phone. ``simulated`` answers are
    those a drill makes up; ``name`` is who answers there.
    """

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    customer = models.ForeignKey(CaseCustomer, on_delete=models.PROTECT, related_name="answers")
    link = models.ForeignKey(
        AnswerLink, null=True, blank=True, on_delete=models.PROTECT, related_name="answers"
    )
    given_at = models.DateTimeField()
    taken_by = models.CharField(max_length=200, blank=True, default="")
    simulated = models.BooleanField(default=False)
    name = models.CharField(max_length=200, blank=True, default="")
    contact = models.CharField(max_length=200, blank=True, default="")
    text = models.TextField(blank=True, default="")
    nothing_left = models.BooleanField(default=False)
    digest = models.CharField(max_length=64)

    class Meta:
        db_table = "recall_answer"
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"answer of {self.customer}"


class AnswerLine(models.Model):
    """What a customer says of one lot, in the item's smallest unit; ``returning`` is on its way to us."""

    answer = models.ForeignKey(Answer, on_delete=models.PROTECT, related_name="lines")
    lot = models.ForeignKey("lots.Lot", on_delete=models.PROTECT, related_name="+")
    found = models.BigIntegerField(default=0)
    sold_on = models.BigIntegerField(default=0)
    destroyed = models.BigIntegerField(default=0)
    returning = models.BigIntegerField(default=0)

    class Meta:
        db_table = "recall_answer_line"
        constraints = [
            models.UniqueConstraint(fields=["answer", "lot"], name="recall_answer_line_once"),
            models.CheckConstraint(
                name="recall_answer_line_quantities",
                condition=Q(found__gte=0, sold_on__gte=0, destroyed__gte=0, returning__gte=0),
            ),
        ]

    def __str__(self) -> str:
        return f"lot {self.lot_id} in {self.answer}"


class NextRecipient(models.Model):
    """Whom a customer sold it on to, as far as the customer says."""

    answer = models.ForeignKey(Answer, on_delete=models.PROTECT, related_name="recipients")
    name = models.CharField(max_length=200)
    contact = models.CharField(max_length=300, blank=True, default="")
    quantity = models.CharField(max_length=60, blank=True, default="")

    class Meta:
        db_table = "recall_next_recipient"

    def __str__(self) -> str:
        return self.name


class AnswerFile(models.Model):
    """A file that came with an answer."""

    answer = models.ForeignKey(Answer, on_delete=models.PROTECT, related_name="files")
    file = models.ForeignKey("documents.File", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)

    class Meta:
        db_table = "recall_answer_file"

    def __str__(self) -> str:
        return self.name
