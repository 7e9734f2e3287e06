"""The forms of this room: read as text, judged by the actions."""

from __future__ import annotations

from django import forms

from lotbook.kernel.lines import Column
from lotbook.traceability.ledger.acting import ActForm, TextChoice, our_places, partners_who

RECEIVED = (
    Column("item", "Item", suggestions="items", width="wide"),
    Column("quantity", "Quantity", kind="number"),
    Column("unit", "Unit", suggestions="units", width="narrow"),
    Column("lot", "Our lot (or by rule)", width="wide"),
    Column("supplier_lot", "Supplier's lot"),
    Column("expires_on", "Expires", kind="date"),
    Column("produced_on", "Produced", kind="date"),
    Column("best_before_on", "Best before", kind="date"),
    Column("origin_country", "Origin", width="narrow"),
    Column("place", "Put to", suggestions="places"),
)


class ReceiveForm(ActForm):
    """Who brought it, where it was put, and with which paper."""

    HEAD = ("supplier", "place", "document", "carrier", "occurred_at", "note")
    supplier = TextChoice(
        partners_who("supplier"), label="Supplier", empty="Choose a supplier", required=True
    )
    place = TextChoice(our_places, label="Put to", empty="Choose a place", required=True)
    document = forms.CharField(label="Delivery note", required=False)
    carrier = TextChoice(partners_who("carrier"), label="Carrier", empty="—")
    note = forms.CharField(label="Note", required=False)


class SupplierReturnForm(ActForm):
    """Whom it goes back to, and why."""

    HEAD = ("supplier", "place", "reason", "document", "carrier", "occurred_at")
    supplier = TextChoice(
        partners_who("supplier"), label="Supplier", empty="Choose a supplier", required=True
    )
    place = TextChoice(our_places, label="Taken from", empty="as the lines say")
    reason = forms.CharField(label="Reason")
    document = forms.CharField(label="Return note", required=False)
    carrier = TextChoice(partners_who("carrier"), label="Carrier", empty="—")
