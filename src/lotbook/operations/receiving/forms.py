"""The forms of this room: read as text, judged by the actions."""

from __future__ import annotations

from typing import Any

from django import forms

from lotbook.foundation.catalog import queries as catalog
from lotbook.kernel import sheets
from lotbook.kernel.columns import DATE_ORDERS, DECIMALS
from lotbook.kernel.formpages import day_field
from lotbook.kernel.lines import Column
from lotbook.operations.receiving import rules
from lotbook.operations.receiving.models import NoticeStatus, OrderStatus
from lotbook.operations.receiving.queries import DUE
from lotbook.traceability.ledger.acting import ActForm, Moment, PlaceChoice, TextChoice, partners_who, sites

RECEIVED = (
    Column("item", "Item", suggestions="items", width="wide"),
    Column("quantity", "Quantity", kind="number"),
    Column("unit", "Unit", suggestions="units", width="narrow"),
    Column("lot", "Our lot number", width="wide"),
    Column("supplier_lot", "Supplier's lot"),
    Column("expires_on", "Expires", kind="date"),
    Column("produced_on", "Produced", kind="date"),
    Column("best_before_on", "Best before", kind="date"),
    Column("origin_country", "Origin", width="narrow"),
    Column("place", "Put to", suggestions="places"),
    Column("temperature", "°C", kind="number", width="narrow"),
    Column("refused", "Refused", kind="number"),
    Column("missing", "Missing", kind="number"),
    Column("difference", "What is wrong", options=(("", "—"), *rules.DIFFERENCES.items())),
    Column("reason", "Why", width="wide"),
    Column("tlc_source_reference", "TLC source"),
    Column("sscc", "SSCC", width="wide"),
)
EXPECTED = tuple(
    column.name
    for column in RECEIVED
    if column.name not in ("quantity", "refused", "missing", "difference", "reason")
)
"""Columns that are filled in from an order or notice: a line with nothing else did not come."""
ORDERED = (
    Column("item", "Item", suggestions="items", width="wide"),
    Column("quantity", "Quantity", kind="number"),
    Column("unit", "Unit", suggestions="units", width="narrow"),
    Column("over", "Over %", kind="number", width="narrow"),
    Column("under", "Under %", kind="number", width="narrow"),
)
ANNOUNCED = (
    Column("item", "Item", suggestions="items", width="wide"),
    Column("quantity", "Quantity", kind="number"),
    Column("unit", "Unit", suggestions="units", width="narrow"),
    Column("lot", "Lot number", width="wide"),
    Column("supplier_lot", "Supplier's lot"),
    Column("sscc", "SSCC", width="wide"),
    Column("pallet", "On pallet (SSCC)", width="wide"),
    Column("order", "For order"),
    Column("expires_on", "Expires", kind="date"),
    Column("produced_on", "Produced", kind="date"),
    Column("best_before_on", "Best before", kind="date"),
    Column("origin_country", "Origin", width="narrow"),
)


class ReceiveForm(ActForm):
    """Who brought it, where it was put, and with which paper."""

    HEAD = (
        "supplier", "place", "document", "order", "notice", "carrier", "occurred_at", "note", "over_reason",
    )  # fmt: skip
    supplier = TextChoice(
        partners_who("supplier"), label="Supplier", empty="Choose a supplier", required=True
    )
    place = PlaceChoice(label="Put to", empty="Choose a place", required=True)
    document = forms.CharField(label="Delivery note", required=False)
    order = forms.CharField(label="Purchase order", required=False)
    notice = forms.CharField(label="Shipping notice", required=False)
    carrier = TextChoice(partners_who("carrier"), label="Carrier", empty="—")
    note = forms.CharField(label="Note", required=False)
    over_reason = forms.CharField(label="More than ordered, because", required=False)

    @property
    def head(self) -> list[forms.BoundField]:
        """The fields above the lines; why more came than ordered is asked where something was ordered."""
        fields = super().head
        told = self.data or self.initial
        return fields if told.get("order") or told.get("notice") else fields[:-1]


class UnitForm(ActForm):
    """Which pallet, and where it was put."""

    HEAD = ("sscc", "place", "temperature", "document", "occurred_at", "note")
    sscc = forms.CharField(
        label="SSCC",
        help_text="Scan the label of the pallet or case.",
        widget=forms.TextInput(attrs={"data-scan": True, "autocomplete": "off"}),
    )
    place = PlaceChoice(label="Put to", empty="Choose a place", required=True)
    temperature = forms.CharField(label="Temperature at the dock, °C", required=False)
    document = forms.CharField(label="Delivery note", required=False)
    note = forms.CharField(label="Note", required=False)
    notice = forms.CharField(required=False, widget=forms.HiddenInput)


class SupplierReturnForm(ActForm):
    """Whom it goes back to, and why."""

    HEAD = ("supplier", "place", "reason", "document", "carrier", "replacement", "occurred_at")
    supplier = TextChoice(partners_who("supplier"), label="Supplier", empty="Choose a supplier")
    place = PlaceChoice(label="Taken from", empty="as the lines say")
    reason = forms.CharField(label="Reason")
    document = forms.CharField(label="Return note", required=False)
    carrier = TextChoice(partners_who("carrier"), label="Carrier", empty="—")
    replacement = forms.BooleanField(
        label="A replacement is expected", required=False, help_text="The order is open again for as much."
    )
    receipt = forms.CharField(required=False, widget=forms.HiddenInput)


class OrderForm(ActForm):
    """Whom it is ordered from, for which site, and until when."""

    HEAD = ("supplier", "site", "expected_on", "number", "note", "send")
    supplier = TextChoice(
        partners_who("supplier"), label="Supplier", empty="Choose a supplier", required=True
    )
    site = TextChoice(sites, label="For", empty="Choose a site", required=True)
    expected_on = day_field("Expected on")
    number = forms.CharField(label="Number", required=False, help_text="Empty: the next one.")
    note = forms.CharField(label="Note", required=False)
    send = forms.BooleanField(label="It is sent to the supplier", required=False)


class ChangeOrderForm(forms.Form):
    """What of an order changes while goods are on their way."""

    expected_on = day_field("Expected on")
    note = forms.CharField(label="Note", required=False, widget=forms.Textarea(attrs={"rows": 3}))


class LineForm(forms.Form):
    """How much of a line is ordered now, and why."""

    quantity = forms.CharField(label="Ordered in all", max_length=60)
    unit = forms.CharField(
        label="Unit", required=False, max_length=20, help_text="Empty: the item's base unit."
    )
    reason = forms.CharField(label="Why", required=False, max_length=2000, help_text="Kept in the history.")

    def __init__(self, data: Any = None, **more: Any) -> None:
        super().__init__(data, label_suffix="", **more)


class NewLineForm(LineForm):
    """One more thing that is ordered, and why."""

    field_order = ("item", "quantity", "unit", "reason")
    item = forms.CharField(label="Item", max_length=500, help_text="Its code or GTIN.")


class AllowForm(forms.Form):
    """Up to how much may come in all, and why."""

    line = forms.TypedChoiceField(label="Line", coerce=int)
    quantity = forms.CharField(label="Up to, in all")
    unit = forms.CharField(label="Unit", required=False, help_text="Empty: the item's base unit.")
    reason = forms.CharField(label="Why")

    def __init__(self, lines: list[tuple[int, str]], data: Any = None) -> None:
        super().__init__(data, label_suffix="")
        field = self.fields["line"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = lines


class ReasonForm(forms.Form):
    """Why a document ends."""

    reason = forms.CharField(label="Why", max_length=2000)

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, label_suffix="")


class NoticeForm(ActForm):
    """Who sends it, to which site, when, and with whom."""

    HEAD = ("supplier", "site", "number", "expected_at", "carrier", "note")
    supplier = TextChoice(
        partners_who("supplier"), label="Supplier", empty="Choose a supplier", required=True
    )
    site = TextChoice(sites, label="To", empty="Choose a site", required=True)
    number = forms.CharField(label="Number", required=False, help_text="The supplier's; empty: ours.")
    expected_at = Moment(label="Expected at", required=False)
    carrier = TextChoice(partners_who("carrier"), label="Carrier", empty="—")
    note = forms.CharField(label="Note", required=False)


class OrderFilter(forms.Form):
    """Which orders the list shows."""

    text = forms.CharField(label="Number or supplier", required=False)
    due = forms.ChoiceField(label="Due", required=False, choices=[("", "Any time"), *DUE.items()])
    status = forms.ChoiceField(label="Status", required=False, choices=[("", "All"), *OrderStatus.choices])
    item = forms.CharField(label="Item", required=False)
    supplier = TextChoice(partners_who("supplier"), label="Supplier", empty="All")

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, label_suffix="")


class NoticeFilter(forms.Form):
    """Which shipping notices the list shows."""

    text = forms.CharField(label="Number, supplier or SSCC", required=False)
    due = forms.ChoiceField(label="Due", required=False, choices=[("", "Any time"), *DUE.items()])
    status = forms.ChoiceField(label="Status", required=False, choices=[("", "All"), *NoticeStatus.choices])
    supplier = TextChoice(partners_who("supplier"), label="Supplier", empty="All")

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, label_suffix="")


def _groups() -> list[tuple[str, str]]:
    return [(name, name) for name in catalog.groups()]


class RuleForm(forms.Form):
    """For what a rule is, and what it says."""

    item = forms.CharField(label="Item", required=False, help_text="Code or GTIN. Empty: all items.")
    group = TextChoice(_groups, label="Group of items", empty="All groups")
    supplier = TextChoice(partners_who("supplier"), label="Supplier", empty="All suppliers")
    over = forms.CharField(label="More than ordered, %", required=False)
    under = forms.CharField(label="Less than ordered counts as all, %", required=False)
    quarantine = forms.ChoiceField(
        label="On arrival", required=False, choices=list(rules.QUARANTINES.items())
    )
    numbering = forms.ChoiceField(label="Lot numbers", required=False, choices=list(rules.NUMBERINGS.items()))
    required = forms.MultipleChoiceField(
        label="Must be told",
        required=False,
        choices=list(rules.REQUIRED.items()),
        widget=forms.CheckboxSelectMultiple,
    )
    temperature_min = forms.CharField(label="Not colder than, °C", required=False)
    temperature_max = forms.CharField(label="Not warmer than, °C", required=False)

    def __init__(self, data: Any = None, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial, label_suffix="")


class UploadForm(forms.Form):
    """A list to look at."""

    kind = forms.ChoiceField(
        label="It is a list of", choices=[("orders", "Purchase orders"), ("notices", "Shipping notices")]
    )
    file = forms.FileField(
        label="CSV or XLSX file",
        help_text=f"At most {sheets.ROWS_MAX:,} rows and {sheets.FILE_MAX // 2**20} MB. Nothing is saved.",
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,.xlsx"}),
    )

    def __init__(self, data: Any = None, files: Any = None, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, files, initial=initial, label_suffix="")


class AnswersForm(forms.Form):
    """How a list is read, where it does not tell by itself."""

    encoding = forms.ChoiceField(
        label="Text is encoded as",
        required=False,
        choices=[("", "as the list tells"), *sheets.ENCODINGS.items()],
    )
    decimal = forms.ChoiceField(
        label="Before the decimals stands",
        required=False,
        choices=[("", "as the list tells"), *DECIMALS.items()],
    )
    date_order = forms.ChoiceField(
        label="Dates are written", required=False, choices=[("", "as the list tells"), *DATE_ORDERS.items()]
    )

    def __init__(self, data: Any = None, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial, label_suffix="")
