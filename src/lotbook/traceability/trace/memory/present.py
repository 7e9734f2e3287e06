"""What if as plain values: the same for the page, the API and the command line."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from lotbook.kernel import sql
from lotbook.kernel.quantity import to_text
from lotbook.traceability.trace import engine
from lotbook.traceability.trace.memory.queries import Side, WhatIf
from lotbook.traceability.trace.rows import Integers

NAMED_MAX = 100
"""Most lots named on either side of the difference; their number is told in full."""
ROWS_MAX = 1_000


def as_json(answer: WhatIf) -> dict[str, Any]:
    """The answer as plain values; quantities are exact decimals as text."""
    memory = answer.kept
    return {
        "as_of": answer.as_of,
        "before": _scope(answer, answer.before),
        "after": _scope(answer, answer.after),
        "added_lots": len(answer.added),
        "dropped_lots": len(answer.dropped),
        "added": _lots(answer.added[:NAMED_MAX]),
        "dropped": _lots(answer.dropped[:NAMED_MAX]),
        "items": _items(answer),
        "customers": _customers(answer),
        "memory": {
            "sequence": memory.sequence,
            "behind": answer.behind,
            "links": len(memory.graph),
            "bytes": memory.size,
            "build_seconds": round(memory.build_seconds, 3),
            "update_seconds": round(memory.update_seconds, 3),
            "opened": answer.opened,
        },
        "seconds": round(answer.answer_seconds, 4),
    }


def _scope(answer: WhatIf, side: Side) -> dict[str, Any]:
    amounts: dict[str, list[Decimal]] = {}
    costs: dict[str, list[Decimal]] = {}
    uncosted = 0
    for key, (lots, on_hand, shipped) in side.items.items():
        facts = answer.facts[key]
        parts = [Decimal(part).scaleb(-facts.scale) for part in (on_hand, shipped)]
        _add(amounts, facts.unit, parts)
        if facts.cost_micro is None:
            uncosted += lots
        else:
            price = Decimal(facts.cost_micro).scaleb(-6)
            _add(costs, facts.currency, [part * price for part in parts])
    return {
        "suspects": side.suspects,
        "lots": len(side.lots),
        "customers": len({partner for partner, *_ in side.customers}),
        "quantities": [_pair("unit", unit, parts) for unit, parts in sorted(amounts.items())],
        "costs": [_pair("currency", currency, parts) for currency, parts in sorted(costs.items())],
        "uncosted": uncosted,
    }


def _add(sums: dict[str, list[Decimal]], key: str, parts: list[Decimal]) -> None:
    sums[key] = [a + b for a, b in zip(sums.get(key, [Decimal(0)] * 2), parts, strict=True)]


def _pair(name: str, key: str, parts: list[Decimal]) -> dict[str, str]:
    return {name: key, "on_hand": _plain(parts[0]), "shipped": _plain(parts[1])}


def _plain(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _lots(keys: Integers) -> list[dict[str, Any]]:
    if not len(keys):
        return []
    rows = sql.rows(
        f"SELECT l.uid, i.code, l.number FROM {engine.listed()} k JOIN lots_lot l ON l.id = k.key"
        " JOIN catalog_item i ON i.id = l.item_id ORDER BY i.code, l.number, l.id",
        [engine.keys(keys.tolist())],
    )
    return [{"id": sql.to_uid(uid), "item": item, "lot": number} for uid, item, number in rows]


def _items(answer: WhatIf) -> list[dict[str, Any]]:
    found = []
    for key, facts in answer.facts.items():
        before, after = (side.items.get(key, (0, 0, 0)) for side in (answer.before, answer.after))
        row = {
            "item": facts.code, "name": facts.name, "unit": facts.unit,
            "lots_before": before[0], "lots_after": after[0],
            "on_hand_before": to_text(before[1], facts.scale), "on_hand_after": to_text(after[1], facts.scale),
            "shipped_before": to_text(before[2], facts.scale), "shipped_after": to_text(after[2], facts.scale),
        }  # fmt: skip
        found.append((before == after, row))
    return [row for _, row in sorted(found, key=lambda pair: (pair[0], str(pair[1]["item"])))][:ROWS_MAX]


def _customers(answer: WhatIf) -> list[dict[str, Any]]:
    found = []
    for partner, unit, scale in sorted({*answer.before.customers, *answer.after.customers}):
        before, after = (
            side.customers.get((partner, unit, scale), 0) for side in (answer.before, answer.after)
        )
        name = answer.names[partner]
        row = {
            "customer": name,
            "unit": unit,
            "before": to_text(before, scale),
            "after": to_text(after, scale),
        }
        found.append((before == after, name, row))
    return [row for *_, row in sorted(found, key=lambda one: one[:2])][:ROWS_MAX]
