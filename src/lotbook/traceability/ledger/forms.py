"""The forms of this room."""

from __future__ import annotations

from django import forms

from lotbook.kernel.ids import new_uid
from lotbook.traceability.ledger.rules import KINDS


class EventFilter(forms.Form):
    """What the list of events shows."""

    kind = forms.ChoiceField(label="Kind", required=False)
    text = forms.CharField(label="Lot, document or id", required=False)
    place = forms.CharField(label="Place", required=False)
    actor = forms.CharField(label="Who", required=False)
    since = forms.DateField(label="From", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label="Until", required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, data: object = None) -> None:
        super().__init__(data, label_suffix="")  # type: ignore[arg-type]  # a QueryDict
        kinds = [(kind.name, kind.label) for kind in KINDS.values()]
        self.fields["kind"].choices = [("", "All"), *kinds]  # type: ignore[attr-defined]  # a choice field by its declaration


class ReverseForm(forms.Form):
    """Why an event is taken back."""

    uid = forms.UUIDField(widget=forms.HiddenInput, initial=new_uid)
    reason = forms.CharField(label="Why is it taken back?", max_length=2000)
