"""The forms of this room: read as text, judged by the actions."""

from __future__ import annotations

from typing import Any

from django import forms

from lotbook.foundation.catalog import queries as catalog
from lotbook.kernel.formpages import day_field
from lotbook.kernel.ids import new_uid
from lotbook.operations.complaints.models import (
    Channel,
    Complainant,
    ComplaintStatus,
    Harm,
    Outcome,
    Sample,
    Severity,
    Symptom,
)
from lotbook.traceability.ledger.acting import ITEMS_MAX, Moment, TextChoice, partners_who


def items() -> list[tuple[str, str]]:
    """Items as choices."""
    rows = catalog.items(active=True, foreign=False)[:ITEMS_MAX]
    return [(row.code, f"{row.code} · {row.name}") for row in rows]


class ComplaintFilter(forms.Form):
    """Which complaints the list shows."""

    text = forms.CharField(label="Number or words", required=False)
    status = forms.ChoiceField(
        label="Status",
        required=False,
        choices=[("", "All"), ("unfinished", "Not closed"), *ComplaintStatus.choices],
    )
    symptom = forms.ChoiceField(label="Symptom", required=False, choices=[("", "Any"), *Symptom.choices])
    harm = forms.ChoiceField(label="Harm", required=False, choices=[("", "Any"), *Harm.choices])
    severity = forms.ChoiceField(label="Severity", required=False, choices=[("", "Any"), *Severity.choices])
    item = TextChoice(items, label="Item", empty="Any")
    lot = forms.CharField(label="Lot", required=False)
    partner = TextChoice(partners_who("customer"), label="Customer", empty="Any")
    since = day_field("Received from")
    until = day_field("Received until")
    clustered = forms.BooleanField(label="Only early warnings", required=False)

    def __init__(self, data: object = None) -> None:
        super().__init__(data, label_suffix="")  # type: ignore[arg-type]  # a QueryDict


class FactsForm(forms.Form):
    """What is said of a complaint, in the order it is asked for on the telephone."""

    scan = forms.CharField(
        label="Scan the pack",
        required=False,
        max_length=1_000,
        strip=False,
        widget=forms.TextInput(attrs={"data-scan": True, "autocomplete": "off"}),
        help_text="Or type below what can be read.",
    )
    item = TextChoice(items, label="Item", empty="not known")
    lot = forms.CharField(
        label="Lot, as far as it can be read",
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    best_before_on = forms.CharField(
        label="Best before", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    symptoms = forms.MultipleChoiceField(
        label="What is wrong", choices=Symptom.choices, widget=forms.CheckboxSelectMultiple, required=False
    )
    harm = forms.ChoiceField(label="Is somebody harmed?", choices=Harm.choices, initial=Harm.NO)
    description = forms.CharField(
        label="What happened",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="The goods, not the person: names belong under “Whom to call back”.",
    )
    complainant = forms.ChoiceField(label="Who complains", choices=Complainant.choices)
    partner = TextChoice(partners_who("customer"), label="Customer, or shop it came from", empty="not known")
    channel = forms.ChoiceField(label="How it reached us", choices=Channel.choices)
    units_affected = forms.CharField(
        label="How many are affected", required=False, widget=forms.NumberInput(attrs={"min": 1})
    )
    sample = forms.ChoiceField(label="Sample", choices=Sample.choices)
    severity = forms.ChoiceField(
        label="Severity", required=False, choices=[("", "By harm and symptom"), *Severity.choices]
    )
    serial = forms.CharField(label="Serial", required=False)
    sscc = forms.CharField(label="Pallet or case (SSCC)", required=False)
    received_at = Moment(label="Received, if not now", required=False)

    def __init__(self, data: Any = None, initial: Any = None) -> None:
        super().__init__(data, initial=initial, label_suffix="")


class ReceiveForm(FactsForm):
    """A new complaint, with whom to call back."""

    uid = forms.UUIDField(widget=forms.HiddenInput)
    name = forms.CharField(label="Name", required=False)
    phone = forms.CharField(label="Telephone", required=False, widget=forms.TextInput(attrs={"type": "tel"}))
    email = forms.CharField(label="E-mail", required=False, widget=forms.TextInput(attrs={"type": "email"}))
    address = forms.CharField(label="Address", required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, data: Any = None, initial: Any = None) -> None:
        super().__init__(data, {"uid": new_uid(), **(initial or {})})


class ChangeForm(FactsForm):
    """What is said, corrected, and why."""

    reason = forms.CharField(label="Why", required=False, max_length=2_000)


class ContactForm(forms.Form):
    """How to reach whoever complained."""

    name = forms.CharField(label="Name", required=False)
    phone = forms.CharField(label="Telephone", required=False)
    email = forms.CharField(label="E-mail", required=False)
    address = forms.CharField(label="Address", required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, data: Any = None, initial: Any = None) -> None:
        super().__init__(data, initial=initial, label_suffix="")


class ReasonForm(forms.Form):
    """Why something is done."""

    reason = forms.CharField(label="Why", max_length=2_000, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, label_suffix="")


class CloseForm(forms.Form):
    """What the investigation came to."""

    outcome = forms.ChoiceField(label="Outcome", choices=Outcome.choices, widget=forms.RadioSelect)
    finding = forms.CharField(
        label="What was found", max_length=4_000, widget=forms.Textarea(attrs={"rows": 4})
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, label_suffix="")


class FileForm(forms.Form):
    """A list of complaints as a file."""

    uid = forms.UUIDField(widget=forms.HiddenInput, initial=new_uid)
    file = forms.FileField(
        label="CSV or XLSX file", help_text="One row a complaint; all of them are taken, or none."
    )
    date_order = forms.ChoiceField(
        label="Dates such as 03/12/2027",
        required=False,
        choices=[("", "found out, or asked"), ("dmy", "day first"), ("mdy", "month first")],
    )

    def __init__(self, data: Any = None, files: Any = None) -> None:
        super().__init__(data, files, label_suffix="")
