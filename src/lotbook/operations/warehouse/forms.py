"""The forms of this room: read as text, judged by the actions."""

from __future__ import annotations

from django import forms

from lotbook.kernel.lines import Column
from lotbook.traceability.ledger.acting import TAKEN, ActForm, TextChoice, our_places
from lotbook.traceability.lots.rules import STATUSES

COUNTED = (
    Column("item", "Item", suggestions="items", width="wide"),
    Column("lot", "Lot or serial", suggestions="lots", width="wide"),
    Column("counted", "Counted", kind="number"),
    Column("unit", "Unit", suggestions="units", width="narrow"),
    Column("place", "At", suggestions="places"),
)
IN_UNIT = tuple(column for column in TAKEN if column.name != "place")


class StockFilter(forms.Form):
    """What the stock page shows."""

    text = forms.CharField(label="Lot or item", required=False)
    place = TextChoice(our_places, label="At", empty="Everywhere")
    status = forms.ChoiceField(
        label="Status",
        required=False,
        choices=[("", "All"), *((name, name.capitalize()) for name in STATUSES)],
    )
    expires_within = forms.TypedChoiceField(
        label="Expires within",
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", "Any time"), *((days, f"{days} days") for days in (7, 30, 90))],
    )

    def __init__(self, data: object = None) -> None:
        super().__init__(data, label_suffix="")  # type: ignore[arg-type]  # a QueryDict


class UnitFilter(forms.Form):
    """What the list of logistic units shows."""

    text = forms.CharField(label="SSCC", required=False)
    place = TextChoice(our_places, label="At", empty="Everywhere")

    def __init__(self, data: object = None) -> None:
        super().__init__(data, label_suffix="")  # type: ignore[arg-type]  # a QueryDict


class MoveForm(ActForm):
    """From where, and to where."""

    HEAD = ("place", "to", "document", "reason", "occurred_at")
    place = TextChoice(our_places, label="Taken from", empty="as the lines say")
    to = TextChoice(our_places, label="Put to", empty="Choose a place", required=True)
    document = forms.CharField(label="Document", required=False)
    reason = forms.CharField(label="Reason", required=False)


class ScrapForm(ActForm):
    """Why it is written off."""

    HEAD = ("place", "reason", "occurred_at")
    place = TextChoice(our_places, label="Taken from", empty="as the lines say")
    reason = forms.CharField(label="Reason")


class AdjustForm(ActForm):
    """Where it was counted, and why the book changes."""

    HEAD = ("place", "reason", "document", "occurred_at")
    place = TextChoice(our_places, label="Counted at", empty="as the lines say")
    reason = forms.CharField(label="Reason")
    document = forms.CharField(label="Count sheet", required=False)


class NewUnitForm(ActForm):
    """The number on the label, and where the unit stands."""

    HEAD = ("sscc", "place")
    sscc = forms.CharField(label="SSCC", help_text="18 digits; 17 get their check digit.")
    place = TextChoice(our_places, label="Stands at", empty="Choose a place", required=True)


class PackForm(ActForm):
    """Where the goods come from."""

    HEAD = ("place",)
    place = TextChoice(our_places, label="Taken from", empty="where the unit stands")


class UnpackForm(ActForm):
    """Where the goods go."""

    HEAD = ("to",)
    to = TextChoice(our_places, label="Put to", empty="where the unit stands")


class MoveUnitForm(ActForm):
    """Where the unit goes."""

    HEAD = ("to", "reason")
    to = forms.CharField(
        label="To a place, or onto another unit",
        help_text="Code of the place, or SSCC.",
        widget=forms.TextInput(attrs={"list": "suggested-places"}),
    )
    reason = forms.CharField(label="Reason", required=False)
