"""The forms of this room: read as text, judged by the actions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms

from lotbook.foundation.accounts.models import User
from lotbook.foundation.catalog import queries as catalog
from lotbook.kernel.ids import new_uid
from lotbook.kernel.lines import Cell, Column, Lines
from lotbook.operations.counting import queries
from lotbook.operations.counting.models import CountStatus
from lotbook.operations.counting.queries import SheetRow
from lotbook.traceability.ledger.acting import ActForm, PlaceChoice, TextChoice

COUNTED = (
    Column("item", "Item", suggestions="items"),
    Column("lot", "Lot or serial", suggestions="lots"),
    Column("counted", "Counted", kind="number"),
    Column("unit", "Unit", suggestions="units", width="narrow"),
)


def people() -> list[tuple[str, str]]:
    """Who can be asked to count."""
    names = User.objects.filter(is_active=True).order_by("username").values_list("username", flat=True)
    return [(name, name) for name in names]


class CountFilter(forms.Form):
    """Which counts the list shows."""

    text = forms.CharField(label="Number or note", required=False)
    status = forms.ChoiceField(label="Status", required=False, choices=[("", "All"), *CountStatus.choices])
    place = PlaceChoice(label="At", empty="Everywhere")
    counter = TextChoice(people, label="Who counts", empty="Anybody")
    due = forms.BooleanField(label="Only what is due", required=False)

    def __init__(self, data: object = None) -> None:
        super().__init__(data, label_suffix="")  # type: ignore[arg-type]  # a QueryDict


class DueFilter(forms.Form):
    """What was not counted for how long, and where."""

    days = forms.TypedChoiceField(
        label="Not counted for",
        required=False,
        coerce=int,
        empty_value=None,
        choices=[(days, f"{days} days") for days in (7, 30, 90, 180, 365)],
    )
    place = PlaceChoice(label="At", empty="Everywhere")

    def __init__(self, data: Any = None) -> None:
        super().__init__({"days": "90", **data.dict()} if data is not None else None, label_suffix="")

    def clean_days(self) -> int:
        """The days, the usual ones where none are said."""
        return int(self.cleaned_data["days"] or queries.DAYS_USUAL)


class OpenForm(ActForm):
    """What is counted, how, by whom and until when."""

    HEAD = ("place", "item", "lot", "blind", "counter", "due_on", "note")
    place = PlaceChoice(label="Place, with everything in it", empty="everywhere")
    item = forms.CharField(
        label="Only this item", required=False, widget=forms.TextInput(attrs={"list": "suggested-items"})
    )
    lot = forms.CharField(
        label="Only this lot", required=False, widget=forms.TextInput(attrs={"list": "suggested-lots"})
    )
    blind = forms.BooleanField(
        label="Blind: the sheets do not show what the book says", required=False, initial=True
    )
    counter = TextChoice(people, label="Who counts", empty="anybody who may")
    due_on = forms.CharField(label="Due", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    note = forms.CharField(label="Note", required=False)
    statement = forms.CharField(label="Number of their statement", required=False)
    stated_on = forms.CharField(
        label="Day of their statement", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    @property
    def head(self) -> list[forms.BoundField]:
        """The fields of a statement show where one is asked for."""
        more = ("statement", "stated_on") if self.is_statement else ()
        return [self[name] for name in (*self.HEAD[:1], *more, *self.HEAD[1:])]

    @property
    def is_statement(self) -> bool:
        """Whether a partner's statement is compared."""
        return bool(self.initial.get("partner") or self.data.get("statement") or self.data.get("stated_on"))


class SheetForm(ActForm):
    """The end of a sheet."""

    rest_is_zero = forms.BooleanField(label="What I left empty is not there", required=False)


@dataclass(slots=True)
class SheetLines(Lines):
    """The lines of a sheet: first what the book has there, then room for what else turns up.

    A line of ``known`` with nothing counted is not counted yet, and left out.
    """

    known: Sequence[SheetRow] = field(default_factory=tuple)

    def filled(self, *, ignore: Iterable[str] = ()) -> list[tuple[int, dict[str, str]]]:
        """The lines that were counted, or begun by hand."""
        listed = {(row.lot.item.code, row.lot.number) for row in self.known}
        return [
            (index, line)
            for index, line in Lines.filled(self, ignore=ignore)
            if line["counted"] or (line["item"], line["lot"]) not in listed
        ]

    def entries(self) -> list[tuple[SheetRow | None, list[Cell]]]:
        """Every line with what the book knows of it."""
        by_name = {(row.lot.item.code, row.lot.number): row for row in self.known}
        return [(by_name.get((cells[0].value, cells[1].value)), cells) for cells in self.rows()]


class ReasonForm(forms.Form):
    """Why something is decided."""

    reason = forms.CharField(label="Why", max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, label_suffix="")


class SettleForm(ReasonForm):
    """Why the book is set right, and whether reservations in the way are freed."""

    free_reserved = forms.BooleanField(label="Free the reservations named above", required=False)

    def __init__(self, data: Any = None, *, in_the_way: bool = False) -> None:
        super().__init__(data)
        if not in_the_way:
            del self.fields["free_reserved"]


class SkipForm(ReasonForm):
    """Which places are left out, and why."""

    def __init__(self, data: Any = None, open_places: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(data)
        self.fields["places"] = forms.MultipleChoiceField(
            label="Places", choices=open_places, widget=forms.CheckboxSelectMultiple
        )
        self.order_fields(["places", "reason"])


class ImportForm(forms.Form):
    """A list of counts as a file."""

    uid = forms.UUIDField(widget=forms.HiddenInput, initial=new_uid)
    file = forms.FileField(
        label="CSV or XLSX file",
        help_text="Columns: place, item, lot, counted, unit. The first row names them.",
    )
    finish = forms.BooleanField(
        label="These places are finished: what the file does not name is not there", required=False
    )

    def __init__(self, data: Any = None, files: Any = None) -> None:
        super().__init__(data, files, label_suffix="")


class LimitForm(forms.Form):
    """Above which difference a group of items is counted again."""

    item_group = forms.ChoiceField(label="Items", required=False)
    percent = forms.CharField(label="Percent of the book", required=False)
    quantity = forms.CharField(label="Quantity, in base units", required=False)
    value = forms.CharField(label="Value", required=False)

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, label_suffix="")
        groups = [(name, name) for name in catalog.groups()]
        self.fields["item_group"].choices = [("", "All other items"), *groups]  # type: ignore[attr-defined]  # a choice field by its declaration
