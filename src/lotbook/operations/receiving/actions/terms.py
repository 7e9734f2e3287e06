"""The rules of receiving: made, changed and removed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from lotbook.kernel import clock, history
from lotbook.kernel.checks import Check
from lotbook.kernel.errors import Fault
from lotbook.operations.receiving import queries, rules
from lotbook.operations.receiving.actions.orders import percent
from lotbook.operations.receiving.models import ReceivingRule
from lotbook.traceability.ledger.lines import Reading

_DEGREES = re.compile(r"([+-]?)([0-9]{1,3})(?:[.,]([0-9]))?")


@transaction.atomic
def set_rule(
    *,
    actor: str,
    uid: UUID | str | None = None,
    item: str = "",
    group: str = "",
    supplier: str = "",
    over: str = "",
    under: str = "",
    quarantine: str = "",
    numbering: str = "",
    required: Sequence[str] = (),
    temperature_min: str = "",
    temperature_max: str = "",
) -> ReceivingRule:
    """Make a rule for an item, a group, a supplier or any of these together; ``uid`` changes that rule.

    Tolerances in percent, temperatures in °C, as decimal text. Raises Refused with every fault, Conflict
    when there is another rule for the same.
    """
    found = queries.receiving_rule(uid) if uid else ReceivingRule()
    reading = Reading()
    found.item = reading.item("item", item) if item else None
    found.group = reading.text("group", group, 60)
    if found.item is not None and found.group:
        reading.fault("group", "an item and a group are both given.", "Choose one of them.")
    found.supplier = reading.partner("supplier", supplier, "supplier") if supplier else None
    found.over_tolerance = percent(reading, "over", over)
    found.under_tolerance = percent(reading, "under", under)
    if found.under_tolerance is not None and found.under_tolerance > rules.HUNDRED:
        reading.fault("under", "expected at most 100 percent.", "Check it.")
    found.quarantine = reading.choice("quarantine", quarantine, rules.QUARANTINES)
    found.numbering = reading.choice("numbering", numbering, rules.NUMBERINGS)
    unknown = [name for name in required if name not in rules.REQUIRED]
    if unknown:
        known = ", ".join(rules.REQUIRED)
        reading.fault("required", f"{unknown[0][:40]!r} cannot be asked for.", f"Choose of {known}.")
    found.required = [name for name in rules.REQUIRED if name in required]
    found.temperature_min_tenths = tenths(reading, "temperature_min", temperature_min)
    found.temperature_max_tenths = tenths(reading, "temperature_max", temperature_max)
    low, high = found.temperature_min_tenths, found.temperature_max_tenths
    if low is not None and high is not None and low > high:
        reading.fault("temperature_max", "the highest temperature lies below the lowest.", "Swap them.")
    reading.done()
    found.scope = f"{found.item_id or ''}|{found.group}|{found.supplier_id or ''}"
    found.changed_at, found.changed_by = clock.now(), actor
    with history.unique("item", "there is a rule for this already.", "Change that one."):
        found.save()
    return found


@transaction.atomic
def remove_rule(*, uid: UUID | str) -> None:
    """Remove a rule: more general ones hold from now on."""
    queries.receiving_rule(uid).delete()


def tenths(check: Check, field: str, text: str) -> int | None:
    """A temperature in °C as text into tenths of a degree; None when nothing is given."""
    bare = check.text(field, text, 20).replace("°C", "").replace("\u2212", "-").strip()
    if not bare:
        return None
    match = _DEGREES.fullmatch(bare)
    if match is None:
        check.faults.append(
            Fault(field, f"expected a temperature in °C, got {bare[:20]!r}.", "Write it like 4.5 or -18.")
        )
        return None
    sign, whole, tenth = match.groups()
    return (-1 if sign == "-" else 1) * (int(whole) * 10 + int(tenth or 0))
