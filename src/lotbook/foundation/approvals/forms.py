"""Forms of the pages about approvals: read as text, judged by the actions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from django import forms

from lotbook.foundation.accounts import queries as accounts
from lotbook.foundation.accounts.models import User
from lotbook.foundation.accounts.rules import effective
from lotbook.foundation.approvals import queries, rules
from lotbook.foundation.approvals.models import Rule, Status
from lotbook.foundation.catalog.rules import find_unit, symbol
from lotbook.foundation.places import queries as places
from lotbook.kernel.errors import Fault, Refused
from lotbook.kernel.formpages import day_field, reason_field
from lotbook.kernel.lines import Column, Lines
from lotbook.kernel.quantity import to_text

MICRO = Decimal(1_000_000)
VIEWS = (("mine", "Waiting for me"), ("asked", "Asked by me"), ("all", "All"))


def kind_choices() -> list[tuple[str, str]]:
    """Every kind a room has registered, by its label."""
    return sorted(rules.kinds().items(), key=lambda pair: pair[1])


def _kinds_or_all() -> list[tuple[str, str]]:
    return [("", "All"), *kind_choices()]


def _places() -> list[tuple[str, str]]:
    rows = [
        (node.place.code, "\u2003" * node.depth + (node.place.name or node.place.code))
        for node in places.tree()
        if node.place.kind in ("site", "area")
    ]
    return [("", "everywhere"), *rows]


class ListFilter(forms.Form):
    """What the list shows."""

    view = forms.ChoiceField(label="Show", required=False, choices=VIEWS)
    kind = forms.ChoiceField(label="Kind", required=False, choices=_kinds_or_all)
    status = forms.ChoiceField(label="Status", required=False, choices=[("", "All"), *Status.choices])
    text = forms.CharField(label="What or why", required=False, max_length=200)

    def __init__(self, data: object = None) -> None:
        super().__init__(data, label_suffix="")  # type: ignore[arg-type]  # a QueryDict


class DecideForm(forms.Form):
    """Yes or no, and why."""

    reason = forms.CharField(
        label="Reason",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Needed to refuse. Kept with your decision.",
    )

    def __init__(self, data: object = None) -> None:
        super().__init__(data, label_suffix="")  # type: ignore[arg-type]  # a QueryDict


class WithdrawForm(forms.Form):
    """Why it is not wanted any more."""

    reason = forms.CharField(label="Why", required=False, max_length=2000)


class RuleForm(forms.Form):
    """A rule, without its steps."""

    kind = forms.ChoiceField(label="What is asked for", choices=kind_choices)
    name = forms.CharField(max_length=120, help_text="What people see: such as “Scrap above 100 EUR”.")
    site = forms.ChoiceField(label="Where", required=False, choices=_places)
    item_group = forms.CharField(
        label="Item group", required=False, max_length=60, help_text="Empty: items of every group."
    )
    quantity_limit = forms.CharField(
        label="Quantity above which somebody is asked",
        required=False,
        max_length=20,
        help_text="Such as 12.5, in the unit beside it; for items that share one base unit.",
    )
    unit = forms.CharField(
        required=False, max_length=20, help_text="Such as kg; empty: the base unit of the items."
    )
    value_limit = forms.CharField(
        label="Value above which somebody is asked",
        required=False,
        max_length=20,
        help_text="Such as 250.00.",
    )
    currency = forms.CharField(required=False, max_length=3, help_text="Such as EUR, where a value is given.")
    remind_after_hours = forms.CharField(label="Remind after so many hours", required=False, max_length=5)
    expire_after_hours = forms.CharField(label="Expire after so many hours", required=False, max_length=5)
    is_active = forms.BooleanField(label="In use", required=False, initial=True)
    reason = reason_field()

    def __init__(self, data: object = None, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial, label_suffix="")  # type: ignore[arg-type]  # a QueryDict

    def values(self) -> dict[str, Any]:
        """What ``keep_rule`` takes, without the steps. Raises Refused for numbers that are none."""
        values = dict(self.cleaned_data)
        faults: list[Fault] = []
        for name in ("remind_after_hours", "expire_after_hours"):
            values[name] = _whole(name, values[name], faults)
        amount, unit = values["quantity_limit"], values.pop("unit")
        values["quantity_limit"] = _smallest(amount, unit, values["item_group"], faults)
        values["value_limit_micro"] = _micro(values.pop("value_limit"), faults)
        if faults:
            raise Refused(faults)
        return values


def _whole(name: str, text: str, faults: list[Fault]) -> int | None:
    text = text.strip().replace("\u202f", "").replace(" ", "")
    if not text:
        return None
    if text.isascii() and text.isdigit() and len(text) <= 18:
        return int(text)
    faults.append(Fault(name, f"expected a whole number, got {text[:20]!r}.", "Write it without decimals."))
    return None


def _smallest(text: str, unit: str, group: str, faults: list[Fault]) -> int | None:
    """A quantity in a unit as smallest units of the items it is about."""
    plain = text.strip().replace("\u202f", "").replace(" ", "")
    if not plain:
        return None
    measure = queries.measure_of(group.strip())
    if measure is None:
        cause = "the items it is about have no base unit in common."
        faults.append(
            Fault("quantity_limit", cause, "Name an item group whose items share one, or limit the value.")
        )
        return None
    code = find_unit(unit) if unit.strip() else measure.unit
    if code is None:
        faults.append(Fault("unit", f"there is no unit {unit[:20]!r}.", "Write it like kg.", "unknown"))
        return None
    try:
        return measure.convert(plain, code, where="quantity_limit")
    except Refused as refusal:
        faults += refusal.faults
        return None


def _micro(text: str, faults: list[Fault]) -> int | None:
    text = text.strip().replace("\u202f", "").replace(" ", "")
    if not text:
        return None
    whole, _, rest = text.partition(".")
    if (
        whole.isascii()
        and whole.isdigit()
        and len(whole) <= 12
        and len(rest) <= 6
        and (rest or "0").isdigit()
    ):
        return int(Decimal(text.rstrip(".")) * MICRO)
    faults.append(Fault("value_limit", f"expected an amount, got {text[:20]!r}.", "Write it like 250.00."))
    return None


def rule_initial(one: Rule) -> dict[str, Any]:
    """A rule as its form shows it."""
    value, limit = one.value_limit_micro, one.quantity_limit
    measure = queries.measure_of(one.item_group) if limit is not None else None
    return {
        "unit": symbol(measure.unit) if measure else "",
        "kind": one.kind, "name": one.name, "site": one.site.code if one.site else "",
        "item_group": one.item_group, "currency": one.currency,
        "quantity_limit": to_text(limit or 0, measure.scale) if measure else limit,
        "value_limit": "" if value is None else f"{Decimal(value) / MICRO:.2f}",
        "remind_after_hours": one.remind_after_hours, "expire_after_hours": one.expire_after_hours,
        "is_active": one.is_active,
    }  # fmt: skip


def step_lines(posted: Any = None, one: Rule | None = None) -> Lines:
    """The steps of a rule as lines of its form."""
    columns = (
        Column("role", "Role", options=[("", "–"), *((role, role) for role in queries.deciding_roles())]),
        Column("people", "or people, by login name", suggestions="people", width="wide"),
        Column("needed", "How many must say yes", kind="number", width="narrow"),
    )
    initial: Sequence[dict[str, str]] = (
        [
            {"role": stage.role, "people": ", ".join(stage.people), "needed": str(stage.needed)}
            for stage in one.stages
        ]
        if one
        else [{"role": "manager", "people": "", "needed": "1"}]
    )
    return Lines(columns, posted, prefix="steps", initial=initial, start=2, step=2)


def read_steps(lines: Lines) -> Iterator[tuple[int, rules.Stage]]:
    """The filled lines as steps; a number that is none is read as 0 and refused by the action."""
    for index, line in lines.filled(ignore=("needed",)):
        names = tuple(name for name in line["people"].replace(";", ",").replace(" ", ",").split(",") if name)
        text = line["needed"] or "1"
        needed = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0
        yield index, rules.Stage(line["role"], names, needed)


def _deputies() -> list[tuple[str, str]]:
    decides = [
        role.name for role in accounts.roles() if queries.DECIDE in effective(role.name, role.permissions)
    ]
    people = User.objects.filter(is_active=True, role__in=decides).order_by("username")
    return [(one.username, f"{one.username} ({one.role})") for one in people]


class DelegateForm(forms.Form):
    """Who decides in my place, and when."""

    to_person = forms.ChoiceField(label="Who decides in my place", choices=_deputies)
    starts_on = day_field("First day")
    ends_on = day_field("Last day")
    reason = reason_field()

    def __init__(self, data: object = None) -> None:
        super().__init__(data, label_suffix="")  # type: ignore[arg-type]  # a QueryDict
