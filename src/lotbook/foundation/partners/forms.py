"""Forms of the pages about partners."""

from __future__ import annotations

from typing import Any

from django import forms

from lotbook.foundation.partners import rules
from lotbook.foundation.partners.models import Location, Partner
from lotbook.kernel.formpages import AttributesField, reason_field


def country_choices() -> list[tuple[str, str]]:
    """Countries by name."""
    return [("", "not told"), *sorted(rules.COUNTRIES.items(), key=lambda pair: pair[1])]


class PartnerForm(forms.Form):
    """A partner, new or amended."""

    code = forms.CharField(max_length=60, help_text="Your own number for them.")
    name = forms.CharField(max_length=200)
    is_supplier = forms.BooleanField(label="Supplies us", required=False)
    is_customer = forms.BooleanField(label="Buys from us", required=False)
    is_carrier = forms.BooleanField(label="Carries for us", required=False)
    is_contract_maker = forms.BooleanField(label="Makes for us", required=False)
    gln = forms.CharField(label="GLN", required=False, help_text="13 digits, if they have one.")
    email = forms.CharField(label="E-mail", required=False, help_text="Where a recall notice would go.")
    phone = forms.CharField(max_length=60, required=False)
    language = forms.CharField(max_length=10, required=False, help_text="Such as en or de.")
    attributes = AttributesField(label="Own attributes")


class AmendForm(PartnerForm):
    """A partner that exists."""

    is_active = forms.BooleanField(label="In use", required=False)
    reason = reason_field()


class LocationForm(forms.Form):
    """A full location description (21 CFR 1.1310)."""

    name = forms.CharField(max_length=200, help_text="What you call the place.")
    business_name = forms.CharField(max_length=200, required=False)
    phone = forms.CharField(max_length=60, required=False)
    street = forms.CharField(max_length=200, required=False)
    city = forms.CharField(max_length=100, required=False)
    region = forms.CharField(label="State or region", max_length=100, required=False)
    postal_code = forms.CharField(max_length=20, required=False)
    country = forms.ChoiceField(choices=country_choices, required=False)
    latitude = forms.CharField(
        max_length=20, required=False, help_text="Where there is no street: like 48.137."
    )
    longitude = forms.CharField(max_length=20, required=False)
    gln = forms.CharField(label="GLN", required=False)
    registration = forms.CharField(label="Registration number", max_length=60, required=False)


class FilterForm(forms.Form):
    """The filters of the list of partners."""

    text = forms.CharField(label="Code, name or GLN", required=False, max_length=200)
    role = forms.ChoiceField(
        required=False,
        choices=[
            ("", "any"), ("supplier", "supplies us"), ("customer", "buys from us"),
            ("carrier", "carries for us"), ("maker", "makes for us"),
        ],
    )  # fmt: skip
    active = forms.ChoiceField(
        label="In use", required=False, choices=[("yes", "in use"), ("no", "out of use"), ("", "any")]
    )


def initial(row: Partner | Location, form: type[forms.Form]) -> dict[str, Any]:
    """What a form shows of a partner or a location."""
    return {name: getattr(row, name) for name in form.base_fields if name != "reason"}
