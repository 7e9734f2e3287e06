"""The forms of this room: read as text, judged by the actions."""

from __future__ import annotations

from django import forms

from lotbook.kernel.lines import Column
from lotbook.traceability.ledger.acting import ActForm, TextChoice, our_places, partners_who

UNITS = (Column("unit", "SSCC of the unit", width="wide"),)


class ShipForm(ActForm):
    """Whom it goes to, from where, and with which paper."""

    HEAD = ("customer", "place", "document", "order", "carrier", "occurred_at", "note")
    customer = TextChoice(
        partners_who("customer"), label="Customer", empty="Choose a customer", required=True
    )
    place = TextChoice(our_places, label="Taken from", empty="as the lines say")
    document = forms.CharField(label="Delivery note", required=False)
    order = forms.CharField(label="Customer's order", required=False)
    carrier = TextChoice(partners_who("carrier"), label="Carrier", empty="—")
    note = forms.CharField(label="Note", required=False)


class ReturnForm(ActForm):
    """Who brings it back, where it waits, and why."""

    HEAD = ("customer", "place", "reason", "document", "occurred_at")
    customer = TextChoice(
        partners_who("customer"), label="Customer", empty="Choose a customer", required=True
    )
    place = TextChoice(our_places, label="Put to", empty="Choose a place", required=True)
    reason = forms.CharField(label="Reason")
    document = forms.CharField(label="Return note", required=False)
