"""The forms of this room: read as text, judged by the actions."""

from __future__ import annotations

from django import forms

from lotbook.kernel.formpages import day_field
from lotbook.kernel.lines import Column
from lotbook.operations.production import queries
from lotbook.operations.production.models import (
    OrderStatus,
    OutputKind,
    Priority,
    RecipeStatus,
    RunStatus,
    YieldRule,
)
from lotbook.traceability.ledger.acting import TAKEN, ActForm, PlaceChoice, TextChoice, sites

CHOICES_MAX = 500

MADE = (
    Column("item", "Item", suggestions="items", width="wide"),
    Column("quantity", "Quantity", kind="number"),
    Column("unit", "Unit", suggestions="units", width="narrow"),
    Column("lot", "Lot (or by rule)", width="wide"),
    Column("produced_on", "Produced", kind="date"),
    Column("expires_on", "Expires", kind="date"),
    Column("place", "Put to", suggestions="places"),
)
ISSUED = (*TAKEN, Column("reason", "Reason, where asked", width="wide"))
INPUTS = (
    Column("item", "Item", suggestions="items", width="wide"),
    Column("quantity", "Quantity", kind="number"),
    Column("unit", "Unit", suggestions="units", width="narrow"),
    Column("scrap", "Scrap, %", kind="number", width="narrow"),
    Column("optional", "Needed", options=(("", "Always"), ("yes", "Optional"))),
    Column("alternatives", "Or instead (item*factor, …)", width="wide"),
)
OUTPUTS = (
    Column("item", "Item", suggestions="items", width="wide"),
    Column("quantity", "Quantity", kind="number"),
    Column("unit", "Unit", suggestions="units", width="narrow"),
    Column("kind", "As", options=tuple((value, str(label)) for value, label in reversed(OutputKind.choices))),
)
IN_RUN = tuple(column for column in TAKEN if column.name != "place")


def _orders() -> list[tuple[str, str]]:
    rows = queries.orders(status="open").exclude(status=OrderStatus.PLANNED)[:CHOICES_MAX]
    return [(row.number, f"{row.number} · {row.item}") for row in rows]


def _recipes() -> list[tuple[str, str]]:
    rows = queries.recipes(status=RecipeStatus.ACTIVE)[:CHOICES_MAX]
    return [(str(row.uid), f"{row} · {row.item}") for row in rows]


def _open_runs() -> list[tuple[str, str]]:
    rows = queries.runs(status=RunStatus.OPEN)[:CHOICES_MAX]
    return [(row.number, f"{row.number} · {row.item}") for row in rows]


class RunFilter(forms.Form):
    """What the list of runs shows."""

    text = forms.CharField(label="Run", required=False)
    item = forms.CharField(label="Item", required=False)
    status = forms.ChoiceField(label="Status", required=False, choices=[("", "All"), *RunStatus.choices])

    def __init__(self, data: object = None) -> None:
        super().__init__(data, label_suffix="")  # type: ignore[arg-type]  # a QueryDict


class StartForm(ActForm):
    """What is made, and where."""

    HEAD: tuple[str, ...] = (
        "order", "recipe", "item", "site", "planned_quantity", "number", "declared_yield", "occurred_at",
    )  # fmt: skip
    order = TextChoice(_orders, label="For the order", empty="none")
    recipe = TextChoice(_recipes, label="By the recipe", empty="the order's, or none")
    item = forms.CharField(
        label="What is made", required=False, widget=forms.TextInput(attrs={"list": "suggested-items"}),
        help_text="Not needed with an order or a recipe.",
    )  # fmt: skip
    site = TextChoice(sites, label="Site or area", empty="the order's")
    number = forms.CharField(label="Run number", required=False, help_text="Empty: one is made.")
    planned_quantity = forms.CharField(label="Planned quantity", required=False)
    declared_yield = forms.CharField(
        label="Expected yield, %", required=False, help_text="Net mass out per in."
    )


class RecordForm(StartForm):
    """A whole run written down at once."""

    HEAD = ("item", "site", "place", "number", "occurred_at")
    order = recipe = None  # type: ignore[assignment]  # what is written down afterwards stands for itself
    place = PlaceChoice(label="From and to", empty="as the lines say")
    loss_reason = forms.CharField(label="Why was it lost?", required=False)
    difference_reason = forms.CharField(label="Name of a difference in mass", required=False)


class ConsumeForm(ActForm):
    """Where the inputs come from."""

    HEAD = ("place", "occurred_at")
    place = PlaceChoice(label="Taken from", empty="as the lines say")


class ProduceForm(ActForm):
    """Where the outputs go."""

    HEAD = ("place", "occurred_at")
    place = PlaceChoice(label="Put to", empty="as the lines say")


class LoseForm(ActForm):
    """Why it was lost."""

    HEAD = ("reason", "occurred_at")
    reason = forms.CharField(label="Reason")


class UnusedForm(ActForm):
    """Where it goes back to."""

    HEAD = ("place", "occurred_at")
    place = PlaceChoice(label="Put back to", empty="Choose a place", required=True)


class CloseForm(ActForm):
    """The name of a difference, when there is one."""

    HEAD = ("reason", "yield_reason")
    reason = forms.CharField(
        label="Name of the difference", required=False, help_text="Needed when mass is missing."
    )
    yield_reason = forms.CharField(
        label="Why the yield is so",
        required=False,
        help_text="Needed outside the recipe's limits.",
    )
    override = forms.CharField(
        label="Close in spite of the yield, because",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class UnitsForm(ActForm):
    """Units with their parts, pasted out of a spreadsheet."""

    HEAD = ("place", "to", "units", "occurred_at")
    place = PlaceChoice(label="Parts taken from", empty="Choose a place", required=True)
    to = PlaceChoice(label="Units put to", empty="the same place")
    units = forms.CharField(
        label="Units and their parts",
        widget=forms.Textarea(attrs={"rows": 12, "spellcheck": "false"}),
        help_text="The first row names the items of the parts (SCREW*4: four of it); then one row a unit, "
        "its serial in front.",
    )


class OrderFilter(forms.Form):
    """What the list of orders shows."""

    text = forms.CharField(label="Order", required=False)
    item = forms.CharField(label="Item", required=False)
    status = forms.ChoiceField(
        label="Status", required=False,
        choices=[("", "All"), ("open", "Not done yet"), *OrderStatus.choices],
    )  # fmt: skip
    late = forms.BooleanField(label="Late only", required=False)

    def __init__(self, data: object = None) -> None:
        super().__init__(data, label_suffix="")  # type: ignore[arg-type]  # a QueryDict


class OrderForm(ActForm):
    """What is to be made, where and by when."""

    HEAD = ("item", "quantity", "unit", "site", "recipe", "due_on", "priority", "number", "note")
    item = forms.CharField(label="Item", widget=forms.TextInput(attrs={"list": "suggested-items"}))
    quantity = forms.CharField(label="Quantity", widget=forms.TextInput(attrs={"inputmode": "decimal"}))
    unit = forms.CharField(label="Unit", required=False, help_text="Empty: the item's own.")
    site = TextChoice(sites, label="Site or area", empty="Choose where", required=True)
    recipe = TextChoice(_recipes, label="Recipe", empty="the one in force")
    due_on = day_field("Due")
    priority = forms.ChoiceField(label="Priority", choices=Priority.choices, initial=Priority.NORMAL)
    number = forms.CharField(label="Order number", required=False, help_text="Empty: one is made.")
    note = forms.CharField(label="Note", required=False)


class RescheduleForm(ActForm):
    """Another day or priority."""

    HEAD = ("due_on", "priority", "reason")
    due_on = day_field("Due")
    priority = forms.ChoiceField(label="Priority", required=False, choices=Priority.choices)
    reason = forms.CharField(label="Why", required=False)


class ReasonForm(ActForm):
    """Why it is done."""

    HEAD = ("reason",)
    reason = forms.CharField(label="Reason", required=False)


class RecipeFilter(forms.Form):
    """What the list of recipes shows."""

    text = forms.CharField(label="Recipe or item", required=False)
    status = forms.ChoiceField(label="Status", required=False, choices=[("", "All"), *RecipeStatus.choices])

    def __init__(self, data: object = None) -> None:
        super().__init__(data, label_suffix="")  # type: ignore[arg-type]  # a QueryDict


class RecipeForm(ActForm):
    """A recipe without its lines."""

    HEAD: tuple[str, ...] = (
        "code", "item", "base_quantity", "unit", "valid_from_on", "valid_until_on", "expected_yield",
        "yield_lower", "yield_upper", "yield_rule", "over_issue", "limits_expiry", "in_vessel",
        "instructions",
    )  # fmt: skip
    code = forms.CharField(label="Recipe", help_text="A short name, the same for all its versions.")
    item = forms.CharField(label="Makes", widget=forms.TextInput(attrs={"list": "suggested-items"}))
    base_quantity = forms.CharField(label="For a quantity of", initial="100")
    unit = forms.CharField(label="Unit", required=False, help_text="Empty: the item's own.")
    valid_from_on = day_field("Valid from")
    valid_until_on = day_field("Valid until")
    expected_yield = forms.CharField(label="Expected yield, %", required=False)
    yield_lower = forms.CharField(label="Lowest yield, %", required=False)
    yield_upper = forms.CharField(label="Highest yield, %", required=False)
    yield_rule = forms.ChoiceField(
        label="A yield outside these limits", choices=YieldRule.choices, required=False
    )
    over_issue = forms.CharField(
        label="More than needed goes in unasked, up to %", required=False, help_text="Empty: none."
    )
    limits_expiry = forms.BooleanField(label="Outputs expire with the earliest input", required=False)
    in_vessel = forms.BooleanField(label="Made in a vessel (silo, tank)", required=False)
    instructions = forms.CharField(
        label="Instructions", required=False, widget=forms.Textarea(attrs={"rows": 6})
    )


class RecipeReasonForm(RecipeForm):
    """A recipe that is changed, and why."""

    HEAD = (*RecipeForm.HEAD, "reason")
    reason = forms.CharField(label="Why it is changed", required=False, help_text="Kept in the history.")


class FileImport(forms.Form):
    """A file to read."""

    file = forms.FileField(label="CSV or XLSX file")


class VesselForm(ActForm):
    """A place in which lots flow together."""

    HEAD = ("place", "item", "capacity", "unit")
    place = PlaceChoice(label="Area or bin", empty="Choose a place", required=True)
    item = forms.CharField(label="Holds", widget=forms.TextInput(attrs={"list": "suggested-items"}))
    capacity = forms.CharField(label="Capacity", required=False)
    unit = forms.CharField(label="Unit", required=False, help_text="Empty: the item's own.")


class FillForm(ActForm):
    """Where it comes from, and the number of the blend."""

    HEAD = ("place", "number", "occurred_at")
    place = PlaceChoice(label="Taken from", empty="as the lines say")
    number = forms.CharField(label="Lot number of the blend", required=False, help_text="Empty: one is made.")


class DrawForm(ActForm):
    """How much is drawn, and where it goes."""

    HEAD = ("quantity", "unit", "run", "to", "occurred_at")
    quantity = forms.CharField(label="Quantity", widget=forms.TextInput(attrs={"inputmode": "decimal"}))
    unit = forms.CharField(label="Unit", required=False, help_text="Empty: the item's own.")
    run = TextChoice(_open_runs, label="Into the run", empty="none")
    to = PlaceChoice(label="or to the place", empty="none")


class EmptyForm(ActForm):
    """Why it is emptied, and where the rest goes."""

    HEAD = ("reason", "to", "occurred_at")
    reason = forms.CharField(label="Reason", help_text="Cleaning, say.")
    to = PlaceChoice(label="The rest goes to", empty="it is lost")
