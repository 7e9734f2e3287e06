"""What the style page shows: made-up rows for every component. No page with real data uses these."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from django import forms

from lotbook.interfaces.web.words import STATUS
from lotbook.kernel import clock
from lotbook.kernel.errors import Fault


class FilterSample(forms.Form):
    """A filter bar with two fields."""

    text = forms.CharField(label="Lot or item", required=False)
    status = forms.ChoiceField(
        choices=[("", "any"), *((status.name, status.word) for status in STATUS.values())], required=False
    )


class FormSample(forms.Form):
    """One field of each kind."""

    lot = forms.CharField(label="Lot number", help_text="As printed on the label.")
    quantity = forms.CharField(help_text="In the item's base unit, like 12.5.")
    expires_on = forms.DateField(
        label="Expires", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    reason = forms.CharField(widget=forms.Textarea(attrs={"rows": 2}), required=False)
    kinds = forms.MultipleChoiceField(
        label="Tell",
        choices=[("quality", "Quality"), ("warehouse", "Warehouse")],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    sure = forms.BooleanField(label="Print labels as well", required=False)


class Flash:
    """A message as Django's messages framework would give it."""

    def __init__(self, level_tag: str, text: str) -> None:
        self.level_tag = level_tag
        self.text = text

    def __str__(self) -> str:
        return self.text


def context() -> dict[str, Any]:
    """Everything the style page shows."""
    wrong = FormSample({"lot": "", "quantity": "a few"}, auto_id="wrong_%s")
    wrong.is_valid()
    wrong.add_error("quantity", "Expected a number, got 'a few'. Write it like 12.5.")
    return {
        "statuses": list(STATUS),
        "tiles": [
            {"number": 128, "label": "lots in stock", "url": "#tiles"},
            {"number": 3, "label": "on hold", "url": "#tiles", "tone": "bad"},
            {"number": 7, "label": "expire within 7 days", "url": "#tiles", "tone": "warn"},
            {"number": 12480, "label": "kg at Modena", "url": "#tiles"},
        ],
        "filters": FilterSample(),
        "lots": _lots(),
        "plain": {
            "columns": ["Place", "Kind", "Note"],
            "rows": [("A-01-02", "bin", "chilled"), ("DOCK", "area", "")],
        },
        "form": FormSample(),
        "wrong_form": wrong,
        "sample_faults": [
            Fault("lot", "The lot number is empty.", "Scan or type it."),
            Fault("quantity", "Expected a number, got 'a few'.", "Write it like 12.5."),
        ],
        "flashes": [
            Flash("success", "Received 12.5 kg of Tomatoes, lot L-204."),
            Flash("info", "The import runs; this page shows its end."),
            Flash("warning", "Lot L-201 expires in 2 days."),
            Flash("error", "Lot L-199 is on hold. Nothing was shipped."),
        ],
        "nothing": {},
        "events": [
            {
                "at": clock.now() - timedelta(hours=3),
                "title": "Put on hold",
                "text": "Quality: glass found",
                "url": "#facts",
                "by": "user:ana",
            },
            {
                "at": datetime(2026, 3, 3, 14, 5, tzinfo=UTC),
                "title": "Received",
                "text": "1 200 kg from Orto Verde",
                "url": "#facts",
                "by": "user:otto",
            },
        ],
    }


def _lots() -> list[dict[str, object]]:
    numbers = ["L-2026-00204", "20B7-O0I1l", "T-0031", "M-118", "S-7", "L-2026-00177"]
    items = [
        "Passata 700 g",
        "Whole milk",
        "Tomatoes, San Marzano",
        "Mozzarella 125 g",
        "Salt",
        "Arrabbiata 350 g",
    ]
    return [
        {
            "number": number,
            "item": item,
            "status": status,
            "expires_on": date(2027, 3, 3) + timedelta(days=index * 40),
            "where": f"Modena, A-0{index + 1}",
            "on_hand": 1_250_500 * (index + 1) ** 2,
            "scale": 3 if index % 2 else 0,
            "unit": "KGM" if index % 2 else "H87",
        }
        for index, (number, item, status) in enumerate(zip(numbers, items, STATUS, strict=True))
    ]
