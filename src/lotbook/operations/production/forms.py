"""The forms of this room: read as text, judged by the actions."""

from __future__ import annotations

from django import forms

from lotbook.kernel.lines import Column
from lotbook.operations.production.models import RunStatus
from lotbook.traceability.ledger.acting import TAKEN, ActForm, TextChoice, our_places, sites

MADE = (
    Column("item", "Item", suggestions="items", width="wide"),
    Column("quantity", "Quantity", kind="number"),
    Column("unit", "Unit", suggestions="units", width="narrow"),
    Column("lot", "Lot (or by rule)", width="wide"),
    Column("produced_on", "Produced", kind="date"),
    Column("expires_on", "Expires", kind="date"),
    Column("place", "Put to", suggestions="places"),
)
IN_RUN = tuple(column for column in TAKEN if column.name != "place")


class RunFilter(forms.Form):
    """What the list of runs shows."""

    text = forms.CharField(label="Run", required=False)
    item = forms.CharField(label="Item", required=False)
    status = forms.ChoiceField(label="Status", required=False, choices=[("", "All"), *RunStatus.choices])

    def __init__(self, data: object = None) -> None:
        super().__init__(data, label_suffix="")  # type: ignore[arg-type]  # a QueryDict


class StartForm(ActForm):
    """What is made, and where."""

    HEAD: tuple[str, ...] = ("item", "site", "number", "planned_quantity", "declared_yield", "occurred_at")
    item = forms.CharField(label="What is made", widget=forms.TextInput(attrs={"list": "suggested-items"}))
    site = TextChoice(sites, label="Site or area", empty="Choose where", required=True)
    number = forms.CharField(label="Order number", required=False, help_text="Empty: one is made.")
    planned_quantity = forms.CharField(label="Planned quantity", required=False)
    declared_yield = forms.CharField(
        label="Expected yield, %", required=False, help_text="Net mass out per in."
    )


class RecordForm(StartForm):
    """A whole run written down at once."""

    HEAD = ("item", "site", "place", "number", "occurred_at")
    place = TextChoice(our_places, label="From and to", empty="as the lines say")
    loss_reason = forms.CharField(label="Why was it lost?", required=False)
    difference_reason = forms.CharField(label="Name of a difference in mass", required=False)


class ConsumeForm(ActForm):
    """Where the inputs come from."""

    HEAD = ("place", "occurred_at")
    place = TextChoice(our_places, label="Taken from", empty="as the lines say")


class ProduceForm(ActForm):
    """Where the outputs go."""

    HEAD = ("place", "occurred_at")
    place = TextChoice(our_places, label="Put to", empty="as the lines say")


class LoseForm(ActForm):
    """Why it was lost."""

    HEAD = ("reason", "occurred_at")
    reason = forms.CharField(label="Reason")


class UnusedForm(ActForm):
    """Where it goes back to."""

    HEAD = ("place", "occurred_at")
    place = TextChoice(our_places, label="Put back to", empty="Choose a place", required=True)


class CloseForm(ActForm):
    """The name of a difference, when there is one."""

    HEAD = ("reason",)
    reason = forms.CharField(
        label="Name of the difference", required=False, help_text="Needed when mass is missing."
    )
