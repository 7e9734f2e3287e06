"""The forms of the inbox: read as text, judged by the actions."""

from __future__ import annotations

import json
from typing import Any

from django import forms

from lotbook.interfaces.station import judging
from lotbook.interfaces.station.acting.registry import HANDLERS
from lotbook.interfaces.station.models import Act

STATES = (
    ("", "Open"),
    ("waiting", "Waiting for another act"),
    ("late", "Late scans"),
    ("settled", "Resolved by somebody"),
)


class InboxFilter(forms.Form):
    """What the inbox shows."""

    text = forms.CharField(label="Person, handheld, lot or word", required=False, max_length=200)
    kind = forms.ChoiceField(label="What was done", required=False)
    state = forms.ChoiceField(label="Which", required=False, choices=STATES)

    def __init__(self, data: object = None) -> None:
        super().__init__(data, label_suffix="")  # type: ignore[arg-type]  # a QueryDict
        kinds: Any = self.fields["kind"]
        kinds.choices = [("", "All"), *((one.kind, one.label) for one in HANDLERS.values())]


class _Written(forms.JSONField):
    """JSON a value a line, so that a person finds the one to change."""

    def prepare_value(self, value: Any) -> Any:
        """The text in the field."""
        return (
            json.dumps(value, indent=2, ensure_ascii=False)
            if isinstance(value, dict)
            else super().prepare_value(value)
        )


class ResolutionForm(forms.Form):
    """What becomes of an act."""

    how = forms.ChoiceField(label="What to do", widget=forms.RadioSelect)
    reason = forms.CharField(
        label="Reason",
        required=False,
        max_length=2000,
        help_text="Needed to do it all the same, and to drop it.",
    )
    body = _Written(
        label="What was really done",
        required=False,
        widget=forms.Textarea(attrs={"rows": 12, "spellcheck": "false"}),
        help_text="Counts only with “Say what was really done”. Change the values alone.",
    )

    def __init__(self, act: Act, data: object = None, **more: Any) -> None:
        super().__init__(data, label_suffix="", **more)  # type: ignore[arg-type]  # a QueryDict
        hows: Any = self.fields["how"]
        hows.choices = [(one["how"], one["label"]) for one in judging.choices(act)]
        if "change" not in dict(hows.choices):
            del self.fields["body"]
