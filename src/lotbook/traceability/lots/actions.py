"""Writing facts of lots, numbering rules, and the next lot number.

Lots themselves are made by the ledger's door, and holds put on and taken off by its events.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from lotbook.foundation.catalog import queries as catalog
from lotbook.foundation.catalog.models import Item
from lotbook.foundation.partners import queries as partners
from lotbook.foundation.partners.rules import COUNTRIES
from lotbook.foundation.places import queries as places
from lotbook.foundation.places.models import Place
from lotbook.kernel import history
from lotbook.kernel.checks import Check
from lotbook.kernel.errors import Conflict, Fault, Refused
from lotbook.traceability.lots import queries, rules
from lotbook.traceability.lots.models import Lot, NumberingRule

BLOCK_MAX = 10_000
ROUNDS_MAX = 100


@transaction.atomic
def amend_lot(*, actor: str, uid: UUID | str, changes: Mapping[str, Any], reason: str = "") -> Lot:
    """Change facts of a lot: its dates, origin, supplier and supplier's number, TLC and attributes.

    ``supplier`` and ``tlc_source`` are uids or None. Item and number are the lot's identity and stay.
    Raises NotFound, Refused with every fault (dates must stand in a sane order).
    """
    # The lot's own row lock: ``held`` is saved as it is, and a hold waits for this.
    lot = Lot.objects.select_for_update().get(pk=queries.lot(uid).pk)
    values = rules.read_facts(changes, COUNTRIES)
    if "supplier" in values:
        values["supplier"] = partners.partner(values["supplier"]) if values["supplier"] else None
    if "tlc_source" in values:
        values["tlc_source"] = partners.location(values["tlc_source"]) if values["tlc_source"] else None
    dates = {name: values.get(name, getattr(lot, name)) for name in rules.DATES}
    touched = [fault for fault in rules.date_faults(dates) if _concerns(fault, values)]
    rules.refuse(touched)
    changed = [name for name, value in values.items() if getattr(lot, name) != value]
    for name in changed:
        setattr(lot, name, values[name])
    if changed:
        history.save(lot, actor=actor, reason=reason)
    return lot


def _concerns(fault: Fault, values: Mapping[str, Any]) -> bool:
    """Whether a fault of dates was caused by this change: an old one does not bar other corrections."""
    return fault.field in values or any(
        rules.DATES[name] in fault.cause for name in rules.DATES if name in values
    )


# --- Numbering ---------------------------------------------------------------------------------------


@transaction.atomic
def create_rule(
    *,
    actor: str,
    name: str,
    pattern: str,
    reset: str = "day",
    item: UUID | str | None = None,
    is_default: bool = False,
    reason: str = "",
) -> NumberingRule:
    """Make a numbering rule, for one item or (``is_default``) for all that have none of their own.

    Raises Refused with everything wrong with the pattern, Conflict when name or pattern are taken.
    """
    rule = NumberingRule()
    return _save_rule(
        rule, actor, reason, name=name, pattern=pattern, reset=reset, item=item, is_default=is_default
    )


@transaction.atomic
def amend_rule(*, actor: str, key: int | str, changes: Mapping[str, Any], reason: str = "") -> NumberingRule:
    """Change a numbering rule; numbers handed out before stay as they are."""
    rule = NumberingRule.objects.select_for_update().get(pk=queries.numbering_rule(key).pk)
    present = {
        "name": rule.name,
        "pattern": rule.pattern,
        "reset": rule.reset,
        "item": rule.item.uid if rule.item else None,
        "is_default": rule.is_default,
    }
    unknown = [
        Fault(name, "is no field of a numbering rule.", code="unknown")
        for name in changes
        if name not in present
    ]
    rules.refuse(unknown)
    return _save_rule(rule, actor, reason, **{**present, **changes})


def _save_rule(
    rule: NumberingRule,
    actor: str,
    reason: str,
    *,
    name: str,
    pattern: str,
    reset: str,
    item: UUID | str | None,
    is_default: bool,
) -> NumberingRule:
    check = Check()
    rule.name = check.text("name", name, 100, required=True)
    rule.pattern = check.text("pattern", pattern, 120, required=True)
    check.done()
    rules.Pattern.parse(rule.pattern, reset)
    rule.reset, rule.is_default = reset, is_default
    rule.item = catalog.item(item) if item else None
    if rule.item is not None and is_default:
        cause = "a rule for one item cannot be the default for all."
        raise Refused(Fault("is_default", cause, "Leave out the item, or the default."))
    _rule_taken(rule)
    if is_default:
        for other in (
            NumberingRule.objects.select_for_update().filter(is_default=True).exclude(pk=rule.pk or 0)
        ):
            other.is_default = False
            history.save(other, actor=actor, reason=f"{rule.name} is the default now")
    with history.unique("name", f"a numbering rule {rule.name} was just made by somebody else."):
        history.save(rule, actor=actor, reason=reason)
    return rule


def _rule_taken(rule: NumberingRule) -> None:
    others = NumberingRule.objects.exclude(pk=rule.pk or 0)
    faults = []
    if others.filter(name=rule.name).exists():
        faults.append(
            Fault("name", f"there is a numbering rule {rule.name} already.", "Choose another name.", "taken")
        )
    same = others.filter(pattern=rule.pattern, item=rule.item).first()
    if same is not None:
        # Two rules with one pattern would count apart and hand out the same numbers.
        cause = f"the rule {same.name} has this very pattern."
        faults.append(Fault("pattern", cause, "Use that rule, or tell them apart by a letter.", "taken"))
    if rule.item is not None and others.filter(item=rule.item).exists():
        cause = f"{rule.item} has a numbering rule of its own already."
        faults.append(Fault("item", cause, "Change that one.", "taken"))
    if faults:
        raise Conflict(faults)


def next_number(
    rule: NumberingRule, *, item: Item, on: date, site: Place | None = None, shift: str = ""
) -> str:
    """The next number of a rule (see ``next_numbers``)."""
    return next_numbers(rule, item=item, on=on, site=site, shift=shift)[0]


@transaction.atomic
def next_numbers(
    rule: NumberingRule, *, item: Item, on: date, site: Place | None = None, shift: str = "", count: int = 1
) -> list[str]:
    """``count`` fresh numbers of a rule, rising: never handed out before, and no lot of ``item`` has them.

    The counter moves by one upsert, so that writers at the same moment never get the same number; it is
    safe in a transaction of the caller, whose rollback gives the numbers back. ``on`` is the site's date.
    Raises Refused for what the pattern needs and nobody said.
    """
    if not 1 <= count <= BLOCK_MAX:
        raise Refused(Fault("count", f"expected 1 to {BLOCK_MAX} numbers, got {count}.", "Ask for fewer."))
    check = Check()
    shift = check.text("shift", shift, 20)
    check.done()
    pattern = rules.Pattern.parse(rule.pattern, rule.reset)
    values = rules.Values(on=on, site=_site_code(site), item=item.code, shift=shift)
    rules.refuse(pattern.missing(values))
    scope = pattern.scope(rule.reset, values)
    found: list[str] = []
    for _ in range(ROUNDS_MAX):
        wanted = count - len(found)
        last = _advance(rule.pk, scope, wanted)
        candidates = [
            pattern.number(replace(values, sequence=n, random=_random(pattern.random_width)))
            for n in range(last - wanted + 1, last + 1)
        ]
        taken = set(Lot.objects.filter(item=item, number__in=candidates).values_list("number", flat=True))
        found += [number for number in candidates if number not in taken]
        if len(found) == count:
            return found
    raise Conflict(
        Fault(
            "rule",
            f"the next numbers of {rule.name} are all taken.",
            "Change the pattern, or the numbers by hand.",
        )
    )


def preview(
    pattern: str, reset: str, *, on: date, item: str = "ITEM", site: str = "SITE", shift: str = "A"
) -> list[str]:
    """The first three numbers a pattern would give; raises Refused with everything wrong with it."""
    read = rules.Pattern.parse(pattern, reset)
    values = rules.Values(on=on, item=item, site=site, shift=shift)
    return [read.number(replace(values, sequence=n, random=_random(read.random_width))) for n in (1, 2, 3)]


def _site_code(place: Place | None) -> str:
    site = places.site_of(place) if place else None
    return site.code if site else ""


def _random(width: int) -> str:
    return "".join(secrets.choice(rules.RANDOM_ALPHABET) for _ in range(width))


def _advance(rule: int, scope: str, by: int) -> int:
    """Move the counter and return its new value: one statement, so nobody reads in between."""
    with connection.cursor() as cursor:
        cursor.execute(
            'INSERT INTO lots_numbering_counter (rule_id, scope, "last") VALUES (%s, %s, %s)'
            " ON CONFLICT (rule_id, scope) DO UPDATE"
            ' SET "last" = lots_numbering_counter."last" + EXCLUDED."last" RETURNING "last"',
            [rule, scope, by],
        )
        row = cursor.fetchone()
    assert row is not None
    return int(row[0])
