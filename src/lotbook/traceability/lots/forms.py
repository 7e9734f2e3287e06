"""Forms of the pages about lots and lot numbers."""

from __future__ import annotations

from typing import Any

from django import forms

from lotbook.foundation.catalog import queries as catalog
from lotbook.foundation.partners import queries as partners
from lotbook.foundation.partners.rules import COUNTRIES
from lotbook.kernel.errors import Fault, Refused
from lotbook.kernel.formpages import AttributesField, day_field, reason_field
from lotbook.traceability.lots import rules
from lotbook.traceability.lots.models import Lot, NumberingRule

EXPIRY = [("", "any"), ("7", "in 7 days"), ("30", "in 30 days"), ("90", "in 90 days")]
STATUSES = [("", "any"), *((name, name) for name in rules.STATUSES)]


class FilterForm(forms.Form):
    """The filters of the list of lots."""

    text = forms.CharField(label="Number, item code or name", required=False, max_length=200)
    item = forms.CharField(label="Item (code or GTIN)", required=False, max_length=60)
    supplier = forms.CharField(label="Supplier (code or name)", required=False, max_length=200)
    status = forms.ChoiceField(required=False, choices=STATUSES)
    expires = forms.ChoiceField(label="Expires", required=False, choices=EXPIRY)

    def wanted(self) -> dict[str, Any]:
        """The filters as ``queries.lots`` takes them; names nobody has become a form error."""
        if not self.is_valid():
            return {}
        values = self.cleaned_data
        wanted: dict[str, Any] = {"text": values["text"], "status": values["status"]}
        if values["expires"]:
            wanted["expires_within"] = int(values["expires"])
        for name, find in (("item", catalog.named), ("supplier", partners.named)):
            if values[name]:
                found = find(values[name])
                if found is None:
                    self.add_error(name, f"There is no {name} {values[name]}.")
                else:
                    wanted[name] = found.uid
        return wanted


class LotForm(forms.Form):
    """Facts of a lot. Item and number are its identity and are not here."""

    supplier = forms.CharField(required=False, max_length=200, help_text="Code, GLN or name of a partner.")
    supplier_lot = forms.CharField(label="Supplier's lot number", required=False, max_length=120)
    origin_country = forms.ChoiceField(
        label="Country of origin",
        required=False,
        choices=lambda: [("", "not told"), *sorted(COUNTRIES.items(), key=lambda pair: pair[1])],
    )
    harvested_on = day_field("Harvested on")
    produced_on = day_field("Produced on")
    packed_on = day_field("Packed on")
    received_on = day_field("Received on")
    sell_by_on = day_field("Sell by")
    best_before_on = day_field("Best before")
    expires_on = day_field("Expires on", help_text="May be used on this day, and not after.")
    retest_on = day_field("Retest on")
    tlc = forms.CharField(
        label="Traceability lot code", required=False, max_length=500, help_text="FSMA 204."
    )
    tlc_source_reference = forms.CharField(label="TLC source reference", required=False, max_length=500)
    attributes = AttributesField(label="Own attributes")
    reason = reason_field()


def initial(lot: Lot) -> dict[str, Any]:
    """What the form shows of a lot."""
    names = [name for name in LotForm.base_fields if name not in ("supplier", "reason")]
    return {
        **{name: getattr(lot, name) for name in names},
        "supplier": lot.supplier.code if lot.supplier else "",
    }


def changes(values: dict[str, Any]) -> dict[str, Any]:
    """The form's values as ``actions.amend_lot`` takes them: the supplier by uid. Raises Refused."""
    text = values.pop("supplier")
    found = partners.named(text) if text else None
    if text and found is None:
        raise Refused(
            Fault(
                "supplier", f"there is no partner {text[:60]!r}.", "Use the code from the list of partners."
            )
        )
    return {**values, "supplier": found.uid if found else None}


class RuleForm(forms.Form):
    """A numbering rule."""

    name = forms.CharField(max_length=100)
    pattern = forms.CharField(
        max_length=120,
        initial="L{date:%y%m%d}-{seq:3}",
        help_text="Text and parts: {date:%y%m%d} {julian} {site} {item} {shift} {seq:4} {random:4}.",
    )
    reset = forms.ChoiceField(label="The running number starts again", choices=list(rules.RESETS.items()))
    item = forms.CharField(required=False, max_length=60, help_text="Code or GTIN; empty: for all items.")
    is_default = forms.BooleanField(label="Default for items without a rule of their own", required=False)


class AmendRuleForm(RuleForm):
    """A numbering rule that exists."""

    reason = reason_field()


def rule_initial(rule: NumberingRule) -> dict[str, Any]:
    """What the form shows of a rule."""
    names = ("name", "pattern", "reset", "is_default")
    return {**{name: getattr(rule, name) for name in names}, "item": rule.item.code if rule.item else ""}


def rule_values(values: dict[str, Any]) -> dict[str, Any]:
    """The form's values as the actions take them: the item by uid. Raises Refused."""
    text = values.pop("item")
    found = catalog.named(text) if text else None
    if text and found is None:
        raise Refused(
            Fault("item", f"there is no item {text[:60]!r}.", "Use the code from the list of items.")
        )
    return {**values, "item": found.uid if found else None}
