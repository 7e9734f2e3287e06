"""What candidates are called, and under which uid their page is; one statement a kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lotbook.kernel import sql
from lotbook.traceability.trace import engine
from lotbook.traceability.trace.facts import OUR_STOCK

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Place:
    """A place an ancestor was at: ours, or a partner's (``partner`` tells partners apart)."""

    ours: bool
    partner: int
    code: str
    name: str
    uid: str


def places(keys: Integers) -> dict[int, Place]:
    """The places among these keys that are no runs."""
    if not len(keys):
        return {}
    if sql.is_postgres():
        source = (
            f"{engine.listed()} k CROSS JOIN LATERAL (SELECT * FROM places_place WHERE id = k.key LIMIT 1) p"
            " LEFT JOIN partners_partner r ON r.id = p.partner_id WHERE p.kind <> 'run'"
        )
    else:
        source = (
            f"{engine.listed()} k CROSS JOIN places_place p LEFT JOIN partners_partner r ON r.id = p.partner_id"
            " WHERE p.id = k.key AND p.kind <> 'run'"
        )
    rows = sql.rows(
        f"SELECT p.id, p.kind, p.code, p.name, p.uid, r.id, r.code, r.name, r.uid FROM {source}",
        [engine.keys(keys.tolist())],
    )
    return {
        row[0]: Place(
            row[1] in OUR_STOCK,
            row[5] or -row[0],
            row[2],
            row[3] or row[2],
            str(sql.to_uid(row[4])),
        )
        if row[1] in OUR_STOCK or row[5] is None
        else Place(False, row[5], row[6], row[7], str(sql.to_uid(row[8])))
        for row in rows
    }


def vessels(keys: Sequence[int]) -> dict[int, tuple[str, str, str]]:
    """Runs and logistic units by key: (code, name, uid)."""
    if not keys:
        return {}
    rows = sql.rows(
        f"SELECT p.id, coalesce(p.sscc, p.code), p.name, p.uid FROM {engine.listed()} k"
        " CROSS JOIN places_place p WHERE p.id = k.key",
        [engine.keys(sorted(keys))],
    )
    return {row[0]: (row[1], row[2], str(sql.to_uid(row[3]))) for row in rows}
