"""Forms of the pages about items."""

from __future__ import annotations

from typing import Any

from django import forms

from lotbook.foundation.catalog import queries, rules
from lotbook.foundation.catalog.models import Item, Tracking
from lotbook.kernel.formpages import AttributesField, reason_field


def unit_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Units by what they measure."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for unit in rules.UNITS.values():
        label = f"{unit.name} ({unit.symbol})" if unit.symbol != unit.name else unit.name
        groups.setdefault(unit.dimension, []).append((unit.code, f"{label} – {unit.code}"))
    return [(dimension.capitalize(), choices) for dimension, choices in groups.items()]


class ItemForm(forms.Form):
    """An item, new or amended."""

    code = forms.CharField(max_length=60, help_text="Your own article number.")
    name = forms.CharField(max_length=200)
    gtin = forms.CharField(label="GTIN", required=False, help_text="8, 12, 13 or 14 digits, if it has one.")
    group = forms.CharField(
        max_length=60, required=False, help_text="To filter lists by, such as “raw materials”."
    )
    unit = forms.ChoiceField(
        label="Base unit", choices=unit_choices, initial="H87", help_text="Quantities are kept in it."
    )
    scale = forms.IntegerField(
        label="Decimal places",
        min_value=0,
        max_value=9,
        initial=0,
        help_text="3 keeps kilograms to the gram. It can only be made finer later, before there are lots.",
    )
    tracking = forms.ChoiceField(label="Told apart", choices=Tracking.choices, initial="lot")
    shelf_life_days = forms.IntegerField(label="Shelf life in days", min_value=0, required=False)
    net_weight = forms.CharField(
        label="Net weight of one base unit, in kg",
        required=False,
        help_text="For the mass balance; leave out for packaging, and for items kept in a unit of mass.",
    )
    standard_cost = forms.CharField(label="Standard cost of one base unit", required=False)
    currency = forms.CharField(max_length=3, required=False, help_text="ISO 4217, such as EUR.")
    attributes = AttributesField(label="Own attributes")


class AmendForm(ItemForm):
    """An item that exists."""

    is_active = forms.BooleanField(label="In use", required=False)
    reason = reason_field()


def initial(item: Item) -> dict[str, Any]:
    """What the form shows of an item."""
    names = (
        "code",
        "name",
        "gtin",
        "group",
        "unit",
        "scale",
        "tracking",
        "shelf_life_days",
        "currency",
        "attributes",
    )
    weighed = rules.UNITS.get(item.unit)
    return {
        **{name: getattr(item, name) for name in names},
        "is_active": item.is_active,
        "standard_cost": rules.cost_text(item.standard_cost_micro),
        "net_weight": "" if weighed and weighed.dimension == "mass" else queries.net_weight(item),
    }


class PackagingForm(forms.Form):
    """A packaging level."""

    prefix = "packaging"
    name = forms.CharField(max_length=60, help_text="Such as carton or pallet.")
    content = forms.CharField(help_text="How many base units it holds.")
    gtin = forms.CharField(label="GTIN", required=False)


class ConversionForm(forms.Form):
    """A conversion of one item."""

    prefix = "conversion"
    unit = forms.ChoiceField(choices=unit_choices)
    factor = forms.CharField(label="Base units in one", help_text="A decimal, or a fraction such as 20/7.")


class FilterForm(forms.Form):
    """The filters of the list of items."""

    text = forms.CharField(label="Code, name or GTIN", required=False, max_length=200)
    group = forms.ChoiceField(
        required=False, choices=lambda: [("", "any"), *((one, one) for one in queries.groups())]
    )
    tracking = forms.ChoiceField(label="Told apart", required=False, choices=[("", "any"), *Tracking.choices])
    active = forms.ChoiceField(
        label="In use", required=False, choices=[("yes", "in use"), ("no", "out of use"), ("", "any")]
    )
