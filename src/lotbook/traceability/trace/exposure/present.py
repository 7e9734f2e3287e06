"""Exposure as plain values: the same for the API and the command line."""

from __future__ import annotations

from typing import Any

import numpy as np

from lotbook.kernel import sql
from lotbook.kernel.quantity import to_text
from lotbook.traceability.trace import engine
from lotbook.traceability.trace.exposure.queries import Exposure


def as_json(answer: Exposure, suspects: int, offset: int, limit: int) -> dict[str, Any]:
    """The answer, with ``limit`` lots from ``offset`` on; ``suspects`` is the number of suspected lots."""
    return {
        "as_of": answer.as_of,
        "reading": answer.reading,
        "suspects": suspects,
        "affected": len(answer.lots),
        "exposed": int((answer.shares > 0).sum()),
        "error": answer.error,
        "settled": answer.settled,
        "contradictions": answer.contradictions,
        "lots": lots(answer, offset, limit),
        "customers": [
            {
                "customer": one.name,
                "lots": one.lots,
                "unit": one.unit,
                "quantity": to_text(one.quantity, one.scale),
                "suspect": to_text(one.suspect, one.scale),
            }
            for one in answer.customers
        ],
    }


def lots(answer: Exposure, offset: int, limit: int) -> list[dict[str, Any]]:
    """Some of the lots, the greatest share first: one statement."""
    order = np.lexsort((answer.lots, -answer.shares))[offset : offset + limit]
    wanted = answer.lots[order].tolist()
    if not wanted:
        return []
    rows = sql.rows(
        f"SELECT l.id, l.uid, i.code, l.number FROM {engine.listed()} k JOIN lots_lot l ON l.id = k.key"
        " JOIN catalog_item i ON i.id = l.item_id",
        [engine.keys(wanted)],
    )
    named = {row[0]: row for row in rows}
    shares, bounds = answer.shares[order].tolist(), answer.bounds[order].tolist()
    return [
        {
            "id": sql.to_uid(named[lot][1]),
            "item": named[lot][2],
            "lot": named[lot][3],
            "share": share,
            "bound": bound,
        }
        for lot, share, bound in zip(wanted, shares, bounds, strict=True)
    ]
