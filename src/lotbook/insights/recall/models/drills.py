"""Shape of drills: how the lot was chosen, what was aimed at, what came out."""

from __future__ import annotations

from django.db import models

from lotbook.insights.recall.models.cases import Case


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

    ``seed`` draws the same lot again from the same ``drawn_from`` lots. ``target_s`` and ``seconds`` are
    seconds on the clock; ``balance_ppm`` is the part of what came that is accounted for, in millionths.
    ``result`` is what the report says; ``signature`` the SHA-256 of it with who signed and when.
    """

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="drill")
    choice = models.CharField(max_length=8, choices=Choice.choices)
    seed = models.BigIntegerField(null=True, blank=True)
    drawn_from = models.BigIntegerField(null=True, blank=True)
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
