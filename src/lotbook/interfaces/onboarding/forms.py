"""Forms of the opening stock: the file, and the answers only a person can give."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from lotbook.foundation.places import queries as places
from lotbook.interfaces.onboarding import actions
from lotbook.kernel.columns import DATE_ORDERS, DECIMALS
from lotbook.kernel.formpages import day_field
from lotbook.kernel.sheets import ENCODINGS, FILE_MAX, ROWS_MAX


class UploadForm(forms.Form):
    """A file to look at."""

    file = forms.FileField(
        label="CSV or XLSX file",
        help_text=f"At most {ROWS_MAX:,} rows and {FILE_MAX // 2**20} MB. Nothing is saved yet.",
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,.xlsx"}),
    )


class AnswersForm(forms.Form):
    """What the preview asks, and what may be made."""

    decimal = forms.ChoiceField(label="Before the decimals stands", required=False, widget=forms.RadioSelect)
    date_order = forms.ChoiceField(label="Dates are written", required=False, widget=forms.RadioSelect)
    encoding = forms.ChoiceField(label="Text is encoded as", required=False, widget=forms.RadioSelect)
    create = forms.MultipleChoiceField(
        label="May be made", required=False, widget=forms.CheckboxSelectMultiple
    )
    place = forms.ChoiceField(label="Where goods are whose row names no place", required=False)
    site = forms.ChoiceField(label="The site new places belong to", required=False)
    on = day_field("Day of the opening stock", help_text="Empty: now.")

    def __init__(
        self, seen: actions.Preview, options: dict[str, Any], data: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(data, initial=options)
        asked = {question.name: question for question in seen.questions}
        for name in ("decimal", "date_order", "encoding"):
            if name in asked:
                self._choices(name, list(asked[name].choices))
                self.fields[name].help_text = asked[name].text
                self.fields[name].required = True
            elif name in options:
                self._choices(name, _known(name))
            else:
                del self.fields[name]
        groups = (("items", seen.new_items), ("places", seen.new_places), ("suppliers", seen.new_suppliers))
        self._choices(
            "create", [(name, f"{len(new)} new {name}: {_few(new)}") for name, new in groups if new]
        )
        if not any(new for _, new in groups):
            del self.fields["create"]
        tree = places.tree()
        own = [(node.place.code, "\u2003" * node.depth + str(node.place)) for node in tree]
        self._choices("place", [("", "every row names its place"), *own])
        sites = [(node.place.code, str(node.place)) for node in tree if node.place.kind == "site"]
        if seen.new_places and len(sites) > 1:
            self._choices("site", [("", "choose"), *sites])
        else:
            del self.fields["site"]

    def _choices(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def answers(self) -> dict[str, Any]:
        """The answers as ``actions.answer`` takes them."""
        values = dict(self.cleaned_data)
        day = values.pop("on", None)
        return {**values, "on": day.isoformat() if day else ""}


def _known(name: str) -> list[tuple[str, str]]:
    return list({"decimal": DECIMALS, "date_order": DATE_ORDERS, "encoding": ENCODINGS}[name].items())


def _few(names: list[str]) -> str:
    return ", ".join(names[:8]) + (" …" if len(names) > 8 else "")
