"""The forms of this room: read as text, judged by the actions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms

from lotbook.kernel import sheets
from lotbook.kernel.columns import DATE_ORDERS, DECIMALS
from lotbook.kernel.lines import Cell, Column, Lines
from lotbook.operations.transfers.models import RequestStatus, TransferStatus
from lotbook.operations.transfers.queries.expiring import WITHIN
from lotbook.traceability.ledger.acting import ActForm, Moment, PlaceChoice, TextChoice, partners_who

ASKED = (
    Column("item", "Item", suggestions="items", width="wide"),
    Column("quantity", "Quantity", kind="number"),
    Column("unit", "Unit", suggestions="units", width="narrow"),
    Column("note", "Note"),
)
SENT = (
    Column("item", "Item", suggestions="items", width="wide"),
    Column("quantity", "Quantity", kind="number"),
    Column("unit", "Unit", suggestions="units", width="narrow"),
    Column("lot", "Lot, if a certain one", suggestions="lots", width="wide"),
)
UNITS = (Column("unit", "SSCC", suggestions="places", width="wide"),)
ARRIVED = (
    Column("pick", "Line"),
    Column("quantity", "Arrived", kind="number"),
    Column("damaged", "Damaged", kind="number"),
)
GRANTED = (Column("position", "Line"), Column("quantity", "Approved", kind="number"))


@dataclass(frozen=True, slots=True)
class Beside:
    """Rows of a form beside the things they are about, in the same order."""

    lines: Lines
    things: Sequence[Any]

    @property
    def rows(self) -> list[tuple[Any, list[Cell]]]:
        """Each thing with the cells of its row."""
        return list(zip(self.things, self.lines.rows(), strict=False))


CURRENT = [("", "All"), ("current", "Not finished")]


class Filter(forms.Form):
    """A filter bar: a GET form, so that its address can be shared."""

    def __init__(self, data: object = None) -> None:
        super().__init__(data, label_suffix="")  # type: ignore[arg-type]  # a QueryDict

    def asked(self) -> dict[str, Any]:
        """What to filter by; nothing where the form is not valid."""
        return self.cleaned_data if self.is_valid() else {}


class RequestFilter(Filter):
    """What the list of stock requests shows."""

    text = forms.CharField(label="Request, item or why", required=False)
    status = forms.ChoiceField(label="Status", required=False, choices=[*CURRENT, *RequestStatus.choices])
    place = PlaceChoice(label="From or to", empty="Everywhere")
    mine = forms.BooleanField(label="Only mine", required=False)


class TransferFilter(Filter):
    """What the list of transfers shows."""

    text = forms.CharField(label="Transfer, item, lot or vehicle", required=False)
    status = forms.ChoiceField(label="Status", required=False, choices=[*CURRENT, *TransferStatus.choices])
    source = PlaceChoice(label="From", empty="Everywhere")
    destination = PlaceChoice(label="To", empty="Everywhere")


class LevelFilter(Filter):
    """What the list of levels and of suggestions shows."""

    text = forms.CharField(label="Item", required=False)
    place = PlaceChoice(label="At", empty="Everywhere")


class ExpiringFilter(Filter):
    """What the list of expiring lots shows."""

    within = forms.ChoiceField(
        label="Expire within",
        required=False,
        choices=[
            ("", "30 days"),
            *((str(days), f"{days} days") for days in WITHIN if days != 30),
            ("expired", "Expired already"),
        ],
    )
    text = forms.CharField(label="Lot or item", required=False)
    place = PlaceChoice(label="At", empty="Everywhere")

    def asked(self) -> dict[str, Any]:
        """As the query takes it: days, None for what has expired."""
        values = super().asked()
        within = values.pop("within", "")
        return {**values, "within": None if within == "expired" else int(within or 30)}


def day(label: str) -> forms.CharField:
    """A day as text: what it means is for the action to say."""
    return forms.CharField(label=label, required=False, widget=forms.DateInput(attrs={"type": "date"}))


class RequestForm(ActForm):
    """Where goods are needed, from where, by when and why."""

    HEAD = ("destination", "source", "needed_on", "reason")
    destination = PlaceChoice(label="Needed at", empty="Choose a place", required=True)
    source = PlaceChoice(label="From", empty="wherever it is")
    needed_on = day("Needed by")
    reason = forms.CharField(label="Why", required=False)


class NothingForm(ActForm):
    """An act that asks nothing: it is only confirmed."""


class ReasonForm(ActForm):
    """Why it is done."""

    HEAD = ("reason",)
    reason = forms.CharField(label="Why", widget=forms.Textarea(attrs={"rows": 2}))


class DecideForm(ActForm):
    """Yes or no, how much, and from where."""

    HEAD = ("source", "reason")
    source = PlaceChoice(label="From", empty="as asked")
    reason = forms.CharField(label="Why", required=False, help_text="Needed when you refuse.")


class FromRequestForm(ActForm):
    """Where the goods come from, and which lots go first."""

    HEAD: tuple[str, ...] = ("source", "strategy")
    source = PlaceChoice(label="From", empty="Choose a place", required=True)
    strategy = forms.ChoiceField(
        label="Which lots first",
        choices=[
            ("fefo", "Those that expire first"),
            ("fifo", "The oldest"),
            ("lefo", "Those that last longest"),
        ],
    )


class TransferForm(FromRequestForm):
    """From where to where, by when and why."""

    HEAD = ("source", "destination", "strategy", "needed_on", "reason")
    destination = PlaceChoice(label="To", empty="Choose a place", required=True)
    needed_on = day("Needed by")
    reason = forms.CharField(label="Why", required=False)


class PackForm(ActForm):
    """The number on the pallet's or case's label."""

    HEAD = ("unit",)
    unit = forms.CharField(
        label="SSCC",
        required=False,
        help_text="18 digits; a number the book does not know is made. Empty: the site's next number.",
    )


class SendForm(ActForm):
    """Who drives it, and what was measured."""

    HEAD = ("carrier", "vehicle", "seal", "celsius", "expected_at", "occurred_at")
    carrier = TextChoice(partners_who("carrier"), label="Carrier", empty="our own")
    vehicle = forms.CharField(label="Vehicle", required=False)
    seal = forms.CharField(label="Seal", required=False)
    celsius = forms.CharField(label="Temperature, °C", required=False)
    expected_at = Moment(label="Expected there", required=False)


class ReceiveForm(ActForm):
    """Where it goes, and what is to be said."""

    HEAD = ("place", "damaged_to", "celsius", "reason", "occurred_at")
    place = PlaceChoice(label="Put to", empty="where it was sent to")
    damaged_to = PlaceChoice(label="Damaged goods to", empty="where goods wait for a decision")
    celsius = forms.CharField(label="Temperature, °C", required=False)
    reason = forms.CharField(
        label="Remark", required=False, help_text="Needed when more arrived than was sent."
    )


class SettleForm(ActForm):
    """What became of what is missing."""

    HEAD = ("how", "quantity", "place", "reason")
    how = forms.ChoiceField(
        label="What became of it",
        choices=[
            ("found", "It arrived after all"),
            ("lost", "It is lost"),
            ("returned", "It is back at the sender"),
        ],
    )
    quantity = forms.CharField(label="How much", required=False, help_text="Empty: all of it.")
    place = PlaceChoice(label="Where it is now", empty="the destination, or the sender's place")
    reason = forms.CharField(label="Why", widget=forms.Textarea(attrs={"rows": 2}))


class LevelForm(ActForm):
    """How much there should be, and where it comes from."""

    HEAD = ("item", "place", "minimum", "maximum", "unit", "lead_days", "source", "supplier")
    item = forms.CharField(label="Item", widget=forms.TextInput(attrs={"list": "suggested-items"}))
    place = PlaceChoice(label="At", empty="Choose a place", required=True)
    minimum = forms.CharField(label="At least")
    maximum = forms.CharField(label="Fill up to")
    unit = forms.CharField(
        label="Unit", required=False, widget=forms.TextInput(attrs={"list": "suggested-units"})
    )
    lead_days = forms.CharField(label="Days until it is there", required=False)
    source = PlaceChoice(label="Filled up from", empty="bought")
    supplier = TextChoice(partners_who("supplier"), label="Bought from", empty="nobody yet")


class FileForm(ActForm):
    """A list from a file, and what it leaves open."""

    HEAD = ("file",)
    file = forms.FileField(label="CSV or XLSX file", required=False)
    encoding = forms.ChoiceField(
        label="Encoding", required=False, choices=[("", ""), *sheets.ENCODINGS.items()]
    )
    decimal = forms.ChoiceField(label="Decimals", required=False, choices=[("", ""), *DECIMALS.items()])
    date_order = forms.ChoiceField(label="Dates", required=False, choices=[("", ""), *DATE_ORDERS.items()])

    def answers(self) -> list[forms.BoundField]:
        """What a list may leave open."""
        return [self[name] for name in ("encoding", "decimal", "date_order")]
