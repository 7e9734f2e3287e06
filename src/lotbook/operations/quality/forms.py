"""The forms of this room: read as text, judged by the actions."""

from __future__ import annotations

from django import forms

from lotbook.kernel.ids import new_uid
from lotbook.kernel.lines import Column
from lotbook.traceability.ledger.acting import ActForm
from lotbook.traceability.lots.models import HoldKind

NAMED = (
    Column("item", "Item", suggestions="items", width="wide"),
    Column("lot", "Lot or serial", suggestions="lots", width="wide"),
)


class HoldFilter(forms.Form):
    """What the queue shows."""

    text = forms.CharField(label="Lot, item or reason", required=False)
    kind = forms.ChoiceField(label="Kind", required=False, choices=[("", "All"), *HoldKind.choices])
    own_only = forms.BooleanField(label="Only those put on directly", required=False)

    def __init__(self, data: object = None) -> None:
        super().__init__(data, label_suffix="")  # type: ignore[arg-type]  # a QueryDict


class HoldForm(ActForm):
    """Why, and how far."""

    HEAD = ("kind", "reason", "descendants")
    kind = forms.ChoiceField(label="Kind", choices=HoldKind.choices, initial=HoldKind.QUALITY, required=False)
    reason = forms.CharField(label="Reason")
    descendants = forms.BooleanField(
        label="Also what was made from it and is still ours", required=False, initial=True
    )


class ReleaseForm(forms.Form):
    """Why, and how far."""

    uid = forms.UUIDField(widget=forms.HiddenInput, initial=new_uid)
    reason = forms.CharField(label="Why are they free again?", max_length=2000)
    cascade = forms.BooleanField(label="Also the holds that stem from them", required=False, initial=True)

    def __init__(self, data: object = None) -> None:
        super().__init__(data, label_suffix="")  # type: ignore[arg-type]  # a QueryDict
