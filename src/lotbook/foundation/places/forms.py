"""Forms of the pages about places."""

from __future__ import annotations

from typing import Any

from django import forms

from lotbook.foundation.partners import queries as partners
from lotbook.foundation.places import queries, rules
from lotbook.foundation.places.models import Place
from lotbook.kernel.formpages import AttributesField, reason_field
from lotbook.kernel.selects import CHOICES_MAX, SearchSelect

KINDS = [
    ("site", "Site: a plant, a warehouse"),
    ("area", "Area: a hall, a cold store"),
    ("bin", "Bin: a shelf, a rack"),
]
KINDS += [("transit", "In transit between our sites")]


def parent_choices() -> list[tuple[str, str]]:
    """Places something can stand in, as a tree."""
    nodes = queries.tree(most=CHOICES_MAX + 1)
    few = len(nodes) <= CHOICES_MAX
    return [
        ("", "nothing: it is a site"),
        *(
            (n.place.code, "\u2003" * n.depth + str(n.place))
            for n in nodes
            if not few or n.place.kind != "transit"
        ),
    ]


class ParentField(forms.ChoiceField):
    """What a place stands in: a select by code, or of very many places a text field with suggestions."""

    def __init__(self) -> None:
        widget = SearchSelect(address="places:suggest")
        super().__init__(label="Stands in", choices=parent_choices, required=False, widget=widget)

    def prepare_value(self, value: Any) -> Any:
        """Its code, where a uid is given."""
        found = queries.named(str(value)) if value else None
        return found.code if found else value

    def valid_value(self, value: Any) -> bool:
        """Whether it names a place."""
        return queries.named(str(value)) is not None

    def clean(self, value: Any) -> str:
        """The place's uid, whatever it was named by; empty for none."""
        text = super().clean(value)
        found = queries.named(text) if text else None
        return str(found.uid) if found else ""


def location_choices() -> list[tuple[str, str]]:
    """Location descriptions of ours."""
    return [("", "none"), *((str(row.uid), row.name) for row in partners.own_locations())]


def zone_choices() -> list[tuple[str, str]]:
    """Time zones by name."""
    return [("", "that of the place it is in"), *((name, name) for name in sorted(rules.time_zones()))]


class PlaceForm(forms.Form):
    """A place, amended."""

    code = forms.CharField(max_length=60, help_text="Short, as it stands on the shelf label.")
    name = forms.CharField(max_length=200, required=False)
    usable = forms.BooleanField(
        label="Goods there may be used",
        required=False,
        initial=True,
        help_text="Leave empty for a quarantine place: goods there wait for a decision.",
    )
    time_zone = forms.ChoiceField(
        choices=zone_choices, required=False, help_text="Expiry counts by the site's own date."
    )
    gln = forms.CharField(label="GLN", required=False)
    location = forms.ChoiceField(label="Location description", choices=location_choices, required=False)
    attributes = AttributesField(label="Own attributes")


class NewForm(PlaceForm):
    """A new place."""

    kind = forms.ChoiceField(choices=KINDS)
    parent = ParentField()
    field_order = ("kind", "code", "name", "parent")


class AmendForm(PlaceForm):
    """A place that exists; another parent moves it with everything in it."""

    parent = ParentField()
    is_active = forms.BooleanField(label="In use", required=False)
    reason = reason_field()


def initial(place: Place) -> dict[str, Any]:
    """What the form shows of a place."""
    names = ("code", "name", "usable", "time_zone", "gln", "attributes", "is_active")
    return {
        **{name: getattr(place, name) for name in names},
        "location": str(place.location.uid) if place.location else "",
        "parent": str(place.parent.uid) if place.parent else "",
    }


class FilterForm(forms.Form):
    """The filters of the list of places."""

    text = forms.CharField(label="Code, name, GLN or SSCC", required=False, max_length=200)
