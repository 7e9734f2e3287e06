"""What every page with an act needs: a form that is sent once, lines, what to suggest, and refusals.

The form carries a hidden ``uid``, the event's id: sent twice, it acts once. Fields are read as text and
judged by the action alone, whose faults go back beside them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render

from lotbook.foundation.catalog import queries as catalog
from lotbook.foundation.partners import queries as partners
from lotbook.foundation.places import queries as places
from lotbook.kernel.errors import Fault, Refused
from lotbook.kernel.ids import new_uid
from lotbook.kernel.lines import Column, Lines
from lotbook.kernel.permissions import allowed
from lotbook.kernel.screens import merge
from lotbook.kernel.selects import CHOICES_MAX, LongSelect, SearchSelect
from lotbook.traceability.ledger import browsing

ITEMS_MAX = 2_000

TAKEN = (
    Column("item", "Item", suggestions="items", width="wide"),
    Column("lot", "Lot or serial", suggestions="lots", width="wide"),
    Column("quantity", "Quantity", kind="number"),
    Column("unit", "Unit", suggestions="units", width="narrow"),
    Column("place", "From", suggestions="places"),
)
"""Lines about lots in stock: which, how much, and from where when it is not the form's own place."""


class Moment(forms.Field):
    """A day and time at the place, without offset; empty means now."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")

    def to_python(self, value: Any) -> datetime | None:
        """The time as typed."""
        if not value:
            return None
        try:
            return datetime.fromisoformat(str(value))
        except ValueError:
            raise forms.ValidationError("expected a day and time like 2027-03-03T14:05.") from None


class ActForm(forms.Form):
    """The fields of every act. ``override`` shows once something is refused for not being free."""

    uid = forms.UUIDField(widget=forms.HiddenInput)
    occurred_at = Moment(label="When, if not now", required=False)
    override = forms.CharField(
        label="Use goods that are not free, because", required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    HEAD: tuple[str, ...] = ()
    """The fields above the lines, in order."""

    def __init__(self, data: Any = None, initial: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, initial={"uid": new_uid(), **(initial or {})}, label_suffix="")

    @property
    def head(self) -> list[forms.BoundField]:
        """The fields above the lines."""
        return [self[name] for name in self.HEAD]


class TextChoice(forms.ChoiceField):
    """A choice that is offered when the page is made and judged by the action."""

    def __init__(self, offer: Callable[[], list[tuple[str, str]]], *, empty: str, **more: Any) -> None:
        def choices() -> list[tuple[str, str]]:
            return [("", empty), *offer()]

        super().__init__(choices=choices, **{"required": False, "widget": LongSelect, **more})

    def valid_value(self, value: Any) -> bool:
        """Anything: what it means is for the action to say."""
        return True


def our_places() -> list[tuple[str, str]]:
    """Our places as choices, the tree shown by indents; of very many only so many that this shows."""
    return [
        (node.place.code, "\u2003" * node.depth + _named(node.place.code, node.place.name))
        for node in places.tree(most=CHOICES_MAX + 1)
    ]


class PlaceChoice(TextChoice):
    """One of our places: a select, or where there are very many a text field with suggestions."""

    def __init__(self, *, empty: str, **more: Any) -> None:
        super().__init__(
            our_places, empty=empty, **{"widget": SearchSelect(address="places:suggest"), **more}
        )


def sites() -> list[tuple[str, str]]:
    """Our sites and areas as choices."""
    return [
        (node.place.code, "\u2003" * node.depth + _named(node.place.code, node.place.name))
        for node in places.tree()
        if node.place.kind in ("site", "area")
    ]


def partners_who(role: str) -> Callable[[], list[tuple[str, str]]]:
    """Partners of a role as choices."""

    def offer() -> list[tuple[str, str]]:
        rows = partners.partners(role=role, active=True, foreign=False).order_by("name")
        return [(row.code, f"{row.name} ({row.code})") for row in rows[:ITEMS_MAX]]

    return offer


def _named(code: str, name: str) -> str:
    return f"{code} · {name}" if name and name != code else code


# -- suggestions -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Suggested:
    """What the fields of the lines suggest while somebody types; of very many places only what fits, by search."""

    items: list[tuple[str, str]]
    lots: list[browsing.Suggestion]
    places: list[tuple[str, str]]
    units: list[str] = field(default_factory=lambda: ["kg", "g", "l", "pcs", "CS", "XPX"])


def suggested(*, lots_at: str = "") -> Suggested:
    """Items, lots in stock (those that expire first in front) and places."""
    rows = catalog.items(active=True, foreign=False)[:ITEMS_MAX]
    offered = our_places()
    return Suggested(
        items=[(row.code, row.name) for row in rows],
        lots=browsing.suggestions(places_of=lots_at),
        places=[(code, label.strip()) for code, label in offered] if len(offered) <= CHOICES_MAX else [],
    )


# -- the page --------------------------------------------------------------------------------------

Filled = dict[str, list[dict[str, Any]]]
Act = Callable[[dict[str, Any], Filled], str]


@dataclass(slots=True)
class ActPage:
    """One page with an act: its form, its groups of lines, and what happens when it is sent.

    ``act`` gets the form's values and the filled lines of each group, and gives the address to go to.
    """

    template: str
    form: ActForm
    act: Act
    groups: dict[str, Lines] = field(default_factory=dict)
    ignore: tuple[str, ...] = ()
    context: dict[str, Any] = field(default_factory=dict)

    def answer(self, request: HttpRequest) -> HttpResponse:
        """The page, or what became of it."""
        if request.method != "POST" or any(lines.wants_more for lines in self.groups.values()):
            return self._show(request, [])
        filled: Filled = {}
        positions: dict[str, list[int]] = {}
        for name, lines in self.groups.items():
            read = lines.filled(ignore=self.ignore)
            filled[name] = [dict(values) for _, values in read]
            positions[name] = [index for index, _ in read]
        if not self._readable():
            return self._show(request, [])
        values = dict(self.form.cleaned_data)
        if not allowed(request, "ledger.override"):
            values["override"] = ""
        try:
            return HttpResponseRedirect(self.act(values, filled))
        except Refused as refusal:
            faults = list(refusal.faults)
            for name, lines in self.groups.items():
                faults = lines.placed(faults, positions[name])
            return self._show(request, faults, sent=True)

    def _readable(self) -> bool:
        """Whether the form can be handed to the action, which says itself what is missing."""
        self.form.full_clean()
        for name, errors in self.form.errors.as_data().items():
            if name != "uid" and all(error.code == "required" for error in errors):
                del self.form.errors[name]
                self.form.cleaned_data[name] = ""
        return not self.form.errors

    def _named(self, fault: Fault) -> Fault:
        """A fault as the summary says it: with the field's label, and the line it stands in."""
        prefix, *rest = fault.field.split("/")
        if prefix in self.groups and len(rest) > 1 and rest[0].isdigit():
            labels = {column.name: column.label.lower() for column in self.groups[prefix].columns}
            label = f"Line {int(rest[0]) + 1}, {labels.get(rest[1], rest[1])}"
        elif fault.field in self.form.fields:
            label = str(self.form[fault.field].label)
        else:
            return fault
        return replace(fault, cause=f"{label}: {fault.cause}")

    def _show(self, request: HttpRequest, faults: list[Fault], *, sent: bool = False) -> HttpResponse:
        asks_more = request.method == "POST" and any(lines.wants_more for lines in self.groups.values())
        found: list[Fault] = []
        if asks_more:
            # Nothing is judged yet: whoever asks for more lines is still typing.
            self.form.errors.clear()
        elif request.method == "POST":
            found = merge(self.form, faults)
        for lines in self.groups.values():
            lines.faults = found
        context = {
            **self.context,
            "form": self.form,
            "faults": [self._named(fault) for fault in [*found, *self._way_out(request, faults)]],
            "line_groups": self.groups,
            "override_offered": self._override_offered(request, faults),
        }
        return render(request, self.template, context, status=422 if found or sent else 200)

    def _way_out(self, request: HttpRequest, faults: list[Fault]) -> list[Fault]:
        """For those who may override: that they may, with a link to where they say why."""
        if not self._override_offered(request, faults) or self.form.data.get("override"):
            return []
        return [Fault("override", "you may override this.", "Say why, below: it is on record.", "override")]

    def _override_offered(self, request: HttpRequest, faults: list[Fault]) -> bool:
        asked = any(fault.code == "not_free" for fault in faults) or bool(self.form.data.get("override"))
        return asked and allowed(request, "ledger.override")


def posted_by(request: HttpRequest) -> QueryDict | None:
    """What was sent, however little; None when the page is only asked for."""
    return request.POST if request.method == "POST" else None
