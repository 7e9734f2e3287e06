"""The forms of this room: read as text, judged by the actions."""

from __future__ import annotations

from typing import Any

from django import forms

from lotbook.foundation.catalog import queries as catalog
from lotbook.foundation.places import queries as places
from lotbook.kernel.lines import Column
from lotbook.operations.warehouse.models import AdjustmentKind, AdjustmentStatus
from lotbook.operations.warehouse.rules import REASONS
from lotbook.traceability.ledger.acting import TAKEN, ActForm, PlaceChoice, TextChoice
from lotbook.traceability.lots.rules import STATUSES

COUNTED = (
    Column("item", "Item", suggestions="items", width="wide"),
    Column("lot", "Lot or serial", suggestions="lots", width="wide"),
    Column("counted", "Counted", kind="number"),
    Column("unit", "Unit", suggestions="units", width="narrow"),
    Column("place", "At", suggestions="places"),
)
PARTS = (
    Column("lot", "New lot number", width="wide"),
    Column("quantity", "Quantity", kind="number"),
    Column("unit", "Unit", suggestions="units", width="narrow"),
    Column("place", "Put to", suggestions="places"),
)
PACKED = (
    Column("item", "Item", suggestions="items", width="wide"),
    Column("lot", "Lot", width="wide"),
    Column("quantity", "Quantity", kind="number"),
    Column("unit", "Unit", suggestions="units", width="narrow"),
    Column("place", "Put to", suggestions="places"),
    Column("expires_on", "Expires", kind="date"),
)
IN_UNIT = tuple(column for column in TAKEN if column.name != "place")


def _suggested(label: str, what: str, *, required: bool = True) -> forms.CharField:
    """A text with suggestions from a list of the page."""
    widget = forms.TextInput(attrs={"list": f"suggested-{what}"})
    return forms.CharField(label=label, required=required, widget=widget)


def _day(label: str) -> forms.CharField:
    """A day as text: the action judges it."""
    return forms.CharField(label=label, required=False, widget=forms.DateInput(attrs={"type": "date"}))


def _elsewhere() -> list[tuple[str, str]]:
    """Places of ours at partners as choices."""
    return [(row.code, f"{row.name or row.code} · {row.partner}") for row in places.consigned()]


def _groups() -> list[tuple[str, str]]:
    return [(name, name) for name in catalog.groups()]


def _keepers() -> list[tuple[str, str]]:
    found = {row.partner.code: row.partner.name for row in places.consigned() if row.partner}
    return sorted(found.items(), key=lambda one: one[1])


class StockFilter(forms.Form):
    """What the stock page shows."""

    text = forms.CharField(label="Lot or item", required=False)
    place = PlaceChoice(label="At", empty="Everywhere")
    group = TextChoice(_groups, label="Item group", empty="All")
    partner = TextChoice(_keepers, label="Kept by", empty="Anybody")
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
    place = PlaceChoice(label="At", empty="Everywhere")

    def __init__(self, data: object = None) -> None:
        super().__init__(data, label_suffix="")  # type: ignore[arg-type]  # a QueryDict


class MoveForm(ActForm):
    """From where, and to where."""

    HEAD = ("place", "to", "document", "reason", "occurred_at")
    place = PlaceChoice(label="Taken from", empty="as the lines say")
    to = PlaceChoice(label="Put to", empty="Choose a place", required=True)
    document = forms.CharField(label="Document", required=False)
    reason = forms.CharField(label="Reason", required=False)


class ReasonCode(forms.ChoiceField):
    """Why, in a word."""

    def __init__(self, first: str = "other") -> None:
        super().__init__(label="Reason", required=False, choices=list(REASONS.items()), initial=first)


class ScrapForm(ActForm):
    """Why it is written off."""

    HEAD: tuple[str, ...] = ("place", "reason_code", "reason", "free_reserved", "occurred_at")
    place = PlaceChoice(label="Taken from", empty="as the lines say")
    reason_code = ReasonCode("damaged")
    reason = forms.CharField(label="What happened")
    free_reserved = forms.BooleanField(label="Also what is reserved", required=False)


class DestroyForm(ScrapForm):
    """Why it is destroyed, and who saw it."""

    HEAD = ("place", "reason_code", "reason", "witness", "certificate", "free_reserved", "occurred_at")
    reason_code = ReasonCode("quality")
    witness = forms.CharField(label="Witness")
    certificate = forms.CharField(label="Number of the certificate", required=False)


class DonateForm(ActForm):
    """Who gets it, and the document that goes along."""

    HEAD = ("partner", "place", "document", "reason_code", "reason", "occurred_at")
    partner = forms.CharField(
        label="Charity", help_text="Code of a partner with the attribute “charity: true”."
    )
    place = PlaceChoice(label="Taken from", empty="as the lines say")
    document = forms.CharField(label="Document")
    reason_code = ReasonCode()
    reason = forms.CharField(label="Note", required=False)


class AdjustForm(ActForm):
    """Where it was counted, and why the book changes."""

    HEAD = ("place", "reason_code", "reason", "document", "free_reserved", "occurred_at")
    place = PlaceChoice(label="Counted at", empty="as the lines say")
    reason_code = ReasonCode("count")
    reason = forms.CharField(label="What happened")
    document = forms.CharField(label="Count sheet", required=False)
    free_reserved = forms.BooleanField(label="Also below what is reserved", required=False)


class AdjustmentFilter(forms.Form):
    """Which adjustments the list shows."""

    text = forms.CharField(label="Number or reason", required=False)
    kind = forms.ChoiceField(label="Kind", required=False, choices=[("", "All"), *AdjustmentKind.choices])
    status = forms.ChoiceField(
        label="Status", required=False, choices=[("", "All"), *AdjustmentStatus.choices]
    )
    reason_code = forms.ChoiceField(label="Reason", required=False, choices=[("", "All"), *REASONS.items()])
    place = PlaceChoice(label="At", empty="Everywhere")

    def __init__(self, data: object = None) -> None:
        super().__init__(data, label_suffix="")  # type: ignore[arg-type]  # a QueryDict


class SplitForm(ActForm):
    """Which lot, and where it stands."""

    HEAD = ("item", "lot", "place", "reason", "occurred_at")
    item = _suggested("Item", "items", required=False)
    lot = _suggested("Lot", "lots")
    place = PlaceChoice(label="At", empty="Choose a place", required=True)
    reason = forms.CharField(label="Why", required=False)


class MergeForm(ActForm):
    """What the new lot is called, and where it is put."""

    HEAD = ("place", "lot", "to", "expires_on", "reason", "occurred_at")
    place = PlaceChoice(label="Taken from", empty="as the lines say")
    lot = forms.CharField(label="New lot number", required=False, help_text="Empty: by the numbering rule.")
    to = PlaceChoice(label="Put to", empty="where the first one is")
    expires_on = _day("Expires, if not with the earliest")
    reason = forms.CharField(label="Why", required=False)


class RelabelForm(ActForm):
    """Which lot, and what is put right."""

    HEAD = ("item", "lot", "place", "number", "expires_on", "best_before_on", "reason", "occurred_at")
    item = _suggested("Item", "items", required=False)
    lot = _suggested("Lot", "lots")
    place = PlaceChoice(label="Only at", empty="everywhere we have it")
    number = forms.CharField(label="New lot number", required=False, help_text="Empty: the old one with -1.")
    expires_on = _day("Expires, put right")
    best_before_on = _day("Best before, put right")
    reason = forms.CharField(label="Why")


class RepackForm(ActForm):
    """Where it happens, and what is lost."""

    HEAD = ("place", "loss_reason", "reason", "occurred_at")
    place = PlaceChoice(label="At", empty="as the lines say")
    loss_reason = forms.CharField(label="Why something is lost", required=False)
    reason = forms.CharField(label="Why the mass differs", required=False)


class PartnerPlaceForm(forms.Form):
    """A place of ours at a partner."""

    partner = forms.CharField(label="Partner", help_text="Code of the contract packer or carrier.")
    code = forms.CharField(
        label="Code of the place", required=False, help_text="Empty: AT- and the partner's."
    )
    name = forms.CharField(label="Name", required=False)

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, label_suffix="")


class SendForm(ActForm):
    """Which goods go to a partner, with which document."""

    HEAD = ("to", "place", "document", "occurred_at")
    to = TextChoice(_elsewhere, label="To", empty="Choose a place at a partner", required=True)
    place = PlaceChoice(label="Taken from", empty="as the lines say")
    document = forms.CharField(label="Document")


class TakeBackForm(ActForm):
    """Which goods come back from a partner, with which document."""

    HEAD = ("place", "to", "document", "occurred_at")
    place = TextChoice(_elsewhere, label="Back from", empty="Choose a place at a partner", required=True)
    to = PlaceChoice(label="Put to", empty="Choose a place", required=True)
    document = forms.CharField(label="Document")


class ReportForm(ActForm):
    """What a partner reports."""

    HEAD = ("place", "document", "loss_reason", "reason", "occurred_at")
    place = TextChoice(_elsewhere, label="Reported by", empty="Choose a place at a partner", required=True)
    document = forms.CharField(label="Number of their report")
    loss_reason = forms.CharField(label="Why something is lost", required=False)
    reason = forms.CharField(label="Why the mass differs", required=False)


class NumberingForm(forms.Form):
    """Our GS1 company prefix at a site."""

    site = forms.ChoiceField(label="Site")
    prefix = forms.CharField(  # type: ignore[assignment]  # fields leave the class when it is made
        label="GS1 company prefix", help_text="4 to 12 digits, from your GS1 certificate."
    )
    extension = forms.CharField(label="Extension digit", required=False, help_text="0 to 9.")
    last = forms.CharField(
        label="Last serial given elsewhere",
        required=False,
        help_text="Empty, if no other system has given any.",
    )

    def __init__(self, data: Any = None, sites: Any = ()) -> None:
        super().__init__(data, label_suffix="")
        self.fields["site"].choices = list(sites)  # type: ignore[attr-defined]  # a choice field by its declaration


class BuildForm(ActForm):
    """Where the unit is built, and what else goes on it."""

    HEAD = ("place", "sscc", "units")
    place = PlaceChoice(label="Built at", empty="Choose a place", required=True)
    sscc = forms.CharField(label="SSCC", required=False, help_text="Empty: the site's next number.")
    units = forms.CharField(
        label="Units put on it", required=False, help_text="Their numbers, with blanks between."
    )


class EmptyForm(ActForm):
    """Where everything goes."""

    HEAD = ("to", "units_too")
    to = PlaceChoice(label="Put to", empty="where the unit stands")
    units_too = forms.BooleanField(label="Also the units on it", required=False, initial=True)


class BreakForm(ActForm):
    """Where everything goes, and why."""

    HEAD = ("to", "reason")
    to = PlaceChoice(label="Put to", empty="where the unit stands")
    reason = forms.CharField(label="Why", required=False)


class NewUnitForm(ActForm):
    """The number on the label, and where the unit stands."""

    HEAD = ("sscc", "place")
    sscc = forms.CharField(
        label="SSCC", required=False, help_text="18 digits; 17 get their check digit. Empty: the next number."
    )
    place = PlaceChoice(label="Stands at", empty="Choose a place", required=True)


class PackForm(ActForm):
    """Where the goods come from."""

    HEAD = ("place",)
    place = PlaceChoice(label="Taken from", empty="where the unit stands")


class UnpackForm(ActForm):
    """Where the goods go."""

    HEAD = ("to",)
    to = PlaceChoice(label="Put to", empty="where the unit stands")


class MoveUnitForm(ActForm):
    """Where the unit goes."""

    HEAD = ("to", "reason")
    to = forms.CharField(
        label="To a place, or onto another unit",
        help_text="Code of the place, or SSCC.",
        widget=forms.TextInput(attrs={"list": "suggested-places"}),
    )
    reason = forms.CharField(label="Reason", required=False)
