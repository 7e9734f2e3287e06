"""The forms of this room: read as text, judged by the actions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from lotbook.insights.recall import rules
from lotbook.insights.recall.models import CaseKind, CaseStatus, Method, Outcome
from lotbook.kernel.formpages import day_field
from lotbook.kernel.ids import new_uid


class Plain(forms.Form):
    """A form without colons after its labels."""

    def __init__(self, data: Any = None, initial: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial, label_suffix="")  # type: ignore[arg-type]


def _long(label: str, **more: Any) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": 2})
    return forms.CharField(
        **{"label": label, "widget": widget, "max_length": 2000, "required": False, **more}
    )


SUSPECTS_MAX = 20_000
LINES_HELP = (
    "One a line: a lot, serial or pallet (after the item's code if several have the number); or “supplier”, "
    "“run”, “place”, “search” or “without” before a name. Windows: supplier CODE 2027-03-01..2027-03-03."
)


class CaseFilter(Plain):
    """What the list shows."""

    text = forms.CharField(label="Number, reason or lot", required=False)
    kind = forms.ChoiceField(label="Kind", required=False, choices=[("", "All"), *CaseKind.choices])
    status = forms.ChoiceField(label="Status", required=False, choices=[("", "All"), *CaseStatus.choices])
    open_only = forms.BooleanField(label="Only open ones", required=False)


class OpenForm(Plain):
    """Why, and what is suspected."""

    uid = forms.UUIDField(widget=forms.HiddenInput, initial=new_uid)
    lots = _long("What is suspected", help_text=LINES_HELP, max_length=SUSPECTS_MAX)
    reason = _long("What is wrong", required=True)
    kind = forms.ChoiceField(label="Kind", choices=CaseKind.choices, initial=CaseKind.RECALL, required=False)
    hazard = forms.CharField(label="What it may do to people", max_length=2000, required=False)
    classification = forms.CharField(
        label="Class", max_length=60, required=False, help_text="I, II, III (21 CFR 7.3), or your own words."
    )
    reading = forms.ChoiceField(
        label="How shares are read", choices=[*rules.READINGS.items()], initial="reach", required=False,
        help_text="Which part of a lot is suspect. Every affected lot is in the case, whatever is chosen.",
    )  # fmt: skip
    complaint = forms.UUIDField(widget=forms.HiddenInput, required=False)
    source_kind = forms.CharField(widget=forms.HiddenInput, required=False)
    source = forms.CharField(widget=forms.HiddenInput, required=False)

    def clean_reading(self) -> str:
        """The conservative one where nobody chose."""
        return self.cleaned_data["reading"] or "reach"


class SuspectsForm(Plain):
    """What is suspected, said anew."""

    lots = _long("What is suspected", help_text=LINES_HELP, max_length=SUSPECTS_MAX)
    reason = forms.CharField(label="Why is it changed?", max_length=2000, required=False)


class ReadingForm(Plain):
    """How exposure is read."""

    reading = forms.ChoiceField(label="How shares are read", choices=[*rules.READINGS.items()])


class DecideForm(Plain):
    """What shall happen, and why."""

    decision = forms.ChoiceField(
        label="What shall happen",
        choices=[*rules.DECISIONS.items()],
        widget=forms.RadioSelect,
    )
    reason = _long("Why", required=True)


class ReasonForm(Plain):
    """Why."""

    reason = _long("Why", required=True)


class ReleaseForm(Plain):
    """Why the chosen lots are let go."""

    reason = forms.CharField(label="Why are they let go?", max_length=2000)


class AccountForm(Plain):
    """What a customer says became of what it got."""

    customer = forms.CharField(widget=forms.HiddenInput)
    lot = forms.CharField(widget=forms.HiddenInput)
    destroyed = forms.CharField(label="Destroyed there", required=False, max_length=60)
    sold_on = forms.CharField(label="Sold on", required=False, max_length=60)
    explanation = forms.CharField(label="What explains the rest", required=False, max_length=2000)


class ExplainForm(Plain):
    """What explains a difference of a lot."""

    lot = forms.CharField(widget=forms.HiddenInput)
    explanation = forms.CharField(label="What explains it", required=False, max_length=2000)


class ExplainPointsForm(Plain):
    """One reason for the chosen points."""

    explanation = _long("What explains the chosen ones", required=True)


class ExpenseForm(Plain):
    """What the case cost."""

    text = forms.CharField(label="What for", max_length=300)
    amount = forms.CharField(label="Amount", max_length=30)
    currency = forms.CharField(label="Currency", max_length=3)
    spent_on = day_field("When, if not today")


class NoteForm(Plain):
    """Something to keep in the log."""

    text = _long("Write something down", required=True)


OUTCOMES = [one for one in Outcome.choices if one[0] != Outcome.OPEN]
"""What a check may find."""


class PlanChecksForm(Plain):
    """Which customers are checked, and how."""

    level = forms.ChoiceField(
        label="Which customers",
        choices=[(name, words) for name, (_, words) in rules.LEVELS.items() if name != "E"],
    )
    share = forms.CharField(label="Per cent, for level B", required=False, max_length=3)
    method = forms.ChoiceField(label="How", choices=Method.choices)


class OutcomeForm(Plain):
    """What a check found."""

    check = forms.CharField(widget=forms.HiddenInput)
    outcome = forms.ChoiceField(label="What it found", choices=OUTCOMES)
    text = forms.CharField(label="Note", required=False, max_length=2000)
