"""Shape of drills: how the lot was chosen, what was aimed at, what came out."""

from __future__ import annotations

from django.db import models

from lotbook.insights.recall.models.cases import Case, CaseCustomer
from lotbook.kernel.ids import new_uid


class Choice(models.TextChoices):
    """How the lot of a drill was found."""

    CHOSEN = "chosen", "Chosen"
    RANDOM = "random", "Drawn by lot"


class Answers(models.TextChoices):
    """Where the customers' answers of a drill come from."""

    NONE = "none", "No answers"
    SIMULATED = "simulated", "Made up"
    ASKED = "asked", "Asked and taken down"


class Drill(models.Model):
    """What a drill (mock recall) aimed at and what came of it.

    ``seed`` draws the same lot again from the same ``drawn_from`` lots; ``drawn`` says which lots those are
    (``drillrules.Population`` with its digest). ``target_s`` and ``seconds`` are
    seconds on the clock; ``balance_ppm`` is the part of what came that is accounted for, in millionths.
    ``result`` is what the report says; ``signature`` the SHA-256 of it with who signed and when.
    """

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="drill")
    choice = models.CharField(max_length=8, choices=Choice.choices)
    seed = models.BigIntegerField(null=True, blank=True)
    drawn_from = models.BigIntegerField(null=True, blank=True)
    drawn = models.JSONField(default=dict)
    target_s = models.PositiveIntegerField()
    answers = models.CharField(max_length=10, choices=Answers.choices, default=Answers.NONE)
    finished_at = models.DateTimeField(null=True, blank=True)
    seconds = models.PositiveIntegerField(null=True, blank=True)
    balance_ppm = models.BigIntegerField(null=True, blank=True)
    lots = models.PositiveIntegerField(null=True, blank=True)
    suppliers = models.PositiveIntegerField(null=True, blank=True)
    customers = models.PositiveIntegerField(null=True, blank=True)
    differences = models.PositiveIntegerField(null=True, blank=True)
    result = models.JSONField(default=dict)
    signed_at = models.DateTimeField(null=True, blank=True)
    signed_by = models.CharField(max_length=200, blank=True, default="")
    signature = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        db_table = "recall_drill"

    def __str__(self) -> str:
        return f"drill {self.case}"


class Reached(models.TextChoices):
    """What came of asking somebody in a drill."""

    OPEN = "", "Not asked yet"
    YES = "yes", "Answered"
    LATE = "late", "Reached only by another way"
    NO = "no", "Not reached"


class DrillQuestion(models.Model):
    """Who is asked what in a drill whose people are asked, and what they said when."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    drill = models.ForeignKey(Drill, on_delete=models.PROTECT, related_name="questions")
    customer = models.ForeignKey(
        CaseCustomer, null=True, blank=True, on_delete=models.SET_NULL, related_name="questions"
    )
    role = models.CharField(max_length=120)
    question = models.CharField(max_length=300)
    contact = models.CharField(max_length=300, blank=True, default="")
    name = models.CharField(max_length=200, blank=True, default="")
    reached = models.CharField(max_length=4, choices=Reached.choices, blank=True, default="")
    answer = models.TextField(blank=True, default="")
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        db_table = "recall_drill_question"
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.role}: {self.question}"


class DrillFinding(models.Model):
    """What a drill found wrong, and what is done about it, by whom until when."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    drill = models.ForeignKey(Drill, on_delete=models.PROTECT, related_name="findings")
    text = models.TextField()
    action = models.TextField(blank=True, default="")
    owner = models.CharField(max_length=200, blank=True, default="")
    due_on = models.DateField(null=True, blank=True)
    written_at = models.DateTimeField()
    written_by = models.CharField(max_length=200)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.CharField(max_length=200, blank=True, default="")
    done_text = models.TextField(blank=True, default="")

    class Meta:
        db_table = "recall_drill_finding"
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.text[:80]
