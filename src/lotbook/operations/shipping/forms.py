"""The forms of this room: read as text, judged by the actions."""

from __future__ import annotations

from typing import Any

from django import forms

from lotbook.kernel.lines import Column
from lotbook.operations.shipping import rules
from lotbook.operations.shipping.models import (
    Condition,
    OrderStatus,
    ReturnCode,
    ShipmentStatus,
    Strategy,
)
from lotbook.traceability.ledger.acting import ActForm, Moment, PlaceChoice, TextChoice, partners_who, sites

UNITS = (Column("unit", "SSCC of the unit", width="wide"),)
WANTED = (
    Column("item", "Item", suggestions="items", width="wide"),
    Column("quantity", "Quantity", kind="number"),
    Column("unit", "Unit", suggestions="units", width="narrow"),
    Column("lot", "Only this lot", suggestions="lots", width="wide"),
)
BACK = (
    Column("item", "Item", suggestions="items", width="wide"),
    Column("lot", "Lot or serial", suggestions="lots", width="wide"),
    Column("quantity", "Quantity", kind="number"),
    Column("unit", "Unit", suggestions="units", width="narrow"),
)


class _Filter(forms.Form):
    """A filter bar: nothing is required, labels end without a colon."""

    def __init__(self, data: object = None) -> None:
        super().__init__(data, label_suffix="")  # type: ignore[arg-type]  # a QueryDict

    def values(self) -> dict[str, Any]:
        """What was filtered by; nothing where it cannot be read."""
        return self.cleaned_data if self.is_valid() else {}


class OrderFilter(_Filter):
    """What the list of orders shows."""

    text = forms.CharField(label="Order number", required=False)
    customer = TextChoice(partners_who("customer"), label="Customer", empty="All")
    status = forms.ChoiceField(
        label="State", required=False, choices=[("", "All"), ("open", "Open"), *OrderStatus.choices]
    )
    due = forms.ChoiceField(
        label="Wanted", required=False, choices=[("", "Any day"), ("late", "Late"), ("today", "Today")]
    )


class ShipmentFilter(_Filter):
    """What the list of shipments shows."""

    text = forms.CharField(label="Delivery note, order or tracking number", required=False)
    customer = TextChoice(partners_who("customer"), label="Customer", empty="All")
    carrier = TextChoice(partners_who("carrier"), label="Carrier", empty="All")
    status = forms.ChoiceField(label="State", required=False, choices=[("", "All"), *ShipmentStatus.choices])


class ReturnFilter(_Filter):
    """What the list of returns shows."""

    text = forms.CharField(label="Return or delivery note", required=False)
    customer = TextChoice(partners_who("customer"), label="Customer", empty="All")
    code = forms.ChoiceField(label="Why", required=False, choices=[("", "All"), *ReturnCode.choices])


class OrderForm(ActForm):
    """Who wants it, where and when."""

    HEAD: tuple[str, ...] = (
        "customer", "location", "customer_number", "site", "wanted_on", "priority", "carrier", "number",
        "note",
    )  # fmt: skip
    customer = TextChoice(
        partners_who("customer"), label="Customer", empty="Choose a customer", required=True
    )
    location = forms.CharField(label="Delivered to", required=False, help_text="Name of their location.")
    customer_number = forms.CharField(label="Customer's order number", required=False)
    site = TextChoice(sites, label="Shipped from", empty="Choose a site", required=True)
    wanted_on = forms.CharField(
        label="Wanted on", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    priority = forms.ChoiceField(
        label="Priority", choices=[(str(key), label) for key, label in rules.PRIORITIES.items()], initial="5"
    )
    carrier = TextChoice(partners_who("carrier"), label="Carrier", empty="—")
    number = forms.CharField(label="Our number", required=False, help_text="Empty: one is made.")
    note = forms.CharField(label="Note", required=False)


class AmendForm(OrderForm):
    """What of an order changes."""

    HEAD = ("customer", "location", "customer_number", "wanted_on", "priority", "carrier", "note", "reason")
    reason = forms.CharField(label="Why it changes", required=False)


class LineForm(forms.Form):
    """How much of a line is wanted now, and why."""

    quantity = forms.CharField(label="Wanted in all", max_length=60)
    unit = forms.CharField(
        label="Unit", required=False, max_length=20, help_text="Empty: the item's base unit."
    )
    reason = forms.CharField(label="Why", required=False, max_length=2000, help_text="Kept in the history.")


class NewLineForm(LineForm):
    """One more thing that is wanted, and why."""

    field_order = ("item", "quantity", "unit", "lot", "reason")
    item = forms.CharField(label="Item", max_length=500, help_text="Its code or GTIN.")
    lot = forms.CharField(
        label="Lot", required=False, max_length=500, help_text="Only where the customer chose one."
    )


class LineReasonForm(forms.Form):
    """Why a line is given up."""

    reason = forms.CharField(label="Why", max_length=2000)


class OrderFileForm(forms.Form):
    """A file of orders to look at."""

    file = forms.FileField(
        label="CSV or XLSX file",
        help_text="One row a line: order, customer, item, quantity, unit, wanted on. Nothing is saved yet.",
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,.xlsx"}),
        required=False,
    )
    site = TextChoice(sites, label="Shipped from", empty="Choose a site", required=True)
    encoding = forms.CharField(required=False, widget=forms.HiddenInput)


class ChooseForm(ActForm):
    """The lot that is taken instead, and why."""

    HEAD = ("lot", "reason")
    lot = forms.CharField(label="Lot", widget=forms.TextInput(attrs={"list": "suggested-lots"}))
    reason = forms.CharField(
        label="Why not the suggested one", required=False, help_text="Kept with the order."
    )


class PickForm(forms.Form):
    """What was found at one place."""

    uid = forms.UUIDField(widget=forms.HiddenInput)
    claim = forms.CharField(widget=forms.HiddenInput)
    lot = forms.CharField(
        label="Scan the lot",
        widget=forms.TextInput(attrs={"data-scan": True, "autocomplete": "off"}),
    )
    quantity = forms.CharField(
        label="Quantity", required=False, widget=forms.TextInput(attrs={"inputmode": "decimal"})
    )
    to = forms.CharField(
        label="Into (SSCC) or to (place)",
        required=False,
        help_text="Or scan the pallet above. Stays for the next line.",
    )
    new_unit = forms.BooleanField(label="Onto a new pallet or case, with the next SSCC", required=False)
    reason = forms.CharField(label="Reason, if it is not as wanted", required=False)

    def __init__(self, data: Any = None, initial: Any = None) -> None:
        super().__init__(data, initial=initial, label_suffix="")


class PutBackForm(ActForm):
    """Where picked goods go back to, and why."""

    HEAD = ("to", "reason")
    to = PlaceChoice(label="Put back to", empty="they stay where they are")
    reason = forms.CharField(label="Why", help_text="Kept with the order.")


class WayForm(ActForm):
    """How goods travel."""

    HEAD: tuple[str, ...] = (
        "document", "carrier", "tracking_number", "vehicle", "seal", "temperature_c", "occurred_at", "note",
    )  # fmt: skip
    document = forms.CharField(label="Delivery note", required=False, help_text="Empty: one is numbered.")
    carrier = TextChoice(partners_who("carrier"), label="Carrier", empty="—")
    tracking_number = forms.CharField(label="Tracking number", required=False)
    vehicle = forms.CharField(label="Vehicle", required=False)
    seal = forms.CharField(label="Seal", required=False)
    temperature_c = forms.CharField(label="Temperature, °C", required=False)
    note = forms.CharField(label="Note", required=False)


class ShipOrderForm(WayForm):
    """How an order's goods travel, and why other lots leave."""

    HEAD = (*WayForm.HEAD, "reason")
    reason = forms.CharField(label="Why other lots than reserved", required=False)


class ShipForm(WayForm):
    """Whom it goes to, from where, and with which paper."""

    HEAD = (
        "customer", "place", "document", "order", "carrier", "tracking_number", "vehicle", "seal",
        "temperature_c", "occurred_at", "note",
    )  # fmt: skip
    customer = TextChoice(
        partners_who("customer"), label="Customer", empty="Choose a customer", required=True
    )
    place = PlaceChoice(label="Taken from", empty="as the lines say")
    order = forms.CharField(label="Customer's order", required=False)


class ReturnForm(ActForm):
    """Who brings it back, where it waits, and why."""

    HEAD: tuple[str, ...] = ("customer", "place", "code", "reason", "condition", "document", "occurred_at")
    customer = TextChoice(
        partners_who("customer"), label="Customer", empty="Choose a customer", required=True
    )
    place = PlaceChoice(label="Put to", empty="Choose a place", required=True)
    code = forms.ChoiceField(label="Why", required=False, choices=[("", "—"), *ReturnCode.choices])
    reason = forms.CharField(label="Reason", required=False)
    condition = forms.ChoiceField(
        label="Condition", required=False, choices=Condition.choices, initial=Condition.UNKNOWN
    )
    document = forms.CharField(label="Return note", required=False)


class ShipmentReturnForm(ReturnForm):
    """What of a shipment comes back."""

    HEAD = ("code", "reason", "condition", "place", "document", "occurred_at")
    place = PlaceChoice(label="Put to", empty="where goods wait for a decision")


class ProgressForm(ActForm):
    """What became known of a shipment on its way."""

    HEAD = ("tracking_number", "temperature_c", "note")
    tracking_number = forms.CharField(label="Tracking number", required=False)
    temperature_c = forms.CharField(label="Temperature, °C", required=False)
    note = forms.CharField(label="Note", required=False)


class DeliveryForm(ActForm):
    """How a shipment ended."""

    HEAD = ("outcome", "signed_by", "delivered_at", "reason", "place", "temperature_c")
    outcome = forms.ChoiceField(
        label="How it ended",
        choices=[
            ("delivered", "Delivered"),
            ("part_refused", "Partly refused"),
            ("refused", "Refused"),
            ("lost", "Lost"),
        ],
    )
    signed_by = forms.CharField(label="Signed by", required=False)
    delivered_at = Moment(label="When, if not now", required=False)
    reason = forms.CharField(label="Reason, if not delivered in full", required=False)
    place = PlaceChoice(label="Refused goods go to", empty="where goods wait for a decision")
    temperature_c = forms.CharField(label="Temperature at the door, °C", required=False)


class RuleForm(forms.Form):
    """Whom a rule is for, and what it asks."""

    customer = TextChoice(partners_who("customer"), label="Customer", empty="Every customer")
    item = forms.CharField(
        label="Item", required=False, widget=forms.TextInput(attrs={"list": "suggested-items"})
    )
    item_group = forms.CharField(label="Group of items", required=False)
    strategy = forms.ChoiceField(label="Which lots go first", choices=Strategy.choices)
    minimum_days = forms.CharField(label="Days of shelf life left, at least", required=False)
    minimum_percent = forms.CharField(label="Percent of shelf life left, at least", required=False)
    one_lot = forms.BooleanField(label="All of a line from one lot", required=False)
    not_older = forms.BooleanField(label="No older lot than last time", required=False)
    carrier = TextChoice(partners_who("carrier"), label="Usual carrier", empty="—")
    reason = forms.CharField(label="Why", required=False, help_text="Kept in the history.")
