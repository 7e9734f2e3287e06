"""What the page of convergence takes: complaint lots and controls, a line each, and a sequence."""

from __future__ import annotations

from django import forms
from django.http import QueryDict

from lotbook.kernel import screens
from lotbook.kernel.errors import Fault, Refused

TEXT_MAX = 30_000
SEQUENCE_MAX = 2**63 - 1


class ConvergeForm(forms.Form):
    """Lots pasted or scanned, a line each."""

    lots = forms.CharField(
        label="Lots with a complaint",
        max_length=TEXT_MAX,
        required=True,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "autocomplete": "off"}),
        help_text="A line each, typed, pasted or scanned. ITEM:number where several items have the number.",
    )
    controls = forms.CharField(
        label="Lots without one",
        max_length=TEXT_MAX,
        required=False,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "autocomplete": "off"}),
        help_text="To compare with. Empty: lots of the same items and period are taken.",
    )
    as_of = forms.IntegerField(min_value=0, max_value=SEQUENCE_MAX, required=False, widget=forms.HiddenInput)


def sequence(query: QueryDict) -> int | None:
    """The sequence the address asks for. Raises Refused (400)."""
    form = ConvergeForm(query)
    form.is_valid()
    faults = [fault for fault in screens.form_faults(form) if fault.field == "as_of"]
    if faults:
        got = query.get("as_of", "")[:40]
        raise Refused(
            Fault("", f"as_of={got} in the address: {faults[0].cause}", "Leave it out."), status=400
        )
    found: int | None = form.cleaned_data.get("as_of")
    return found
