"""Content hashes of a world's events, in the ledger's own canonical form: ``lotbook check`` agrees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any
from uuid import UUID

import numpy as np

from lotbook.traceability.ledger import canonical

CHUNK = 20_000


def content_hashes(
    events: Mapping[str, Any],
    instants: Any,
    movements: Mapping[str, Any],
    lots: Mapping[str, Any],
    uid_of: Mapping[str, Mapping[int, str]],
) -> list[str]:
    """Hash the events (columns by field, in order of sequence), their movements in order of event.

    ``instants`` are the events' times (numpy, seconds, UTC). ``lots`` are the columns of all lots, in
    order of key; ``uid_of`` gives places' and items' uids (with dashes) by key.
    """
    places, items = uid_of["places"], uid_of["items"]
    first_lot = int(lots["id"][0])
    lot_names = [
        (items[item], number) for item, number in zip(lots["item_id"].tolist(), lots["number"], strict=True)
    ]
    found: list[str] = []
    for start in range(0, len(events["sequence"]), CHUNK):
        part = slice(start, start + CHUNK)
        sequence = events["sequence"][part]
        borders = np.searchsorted(movements["event_id"], np.append(sequence, sequence[-1] + 1)).tolist()
        moves = _moves(movements, slice(borders[0], borders[-1]), lot_names, first_lot, places)
        for index, (uid, kind, moment, place) in enumerate(
            zip(
                events["uid"][part],
                events["kind"][part].tolist(),
                instants[part].astype(object).tolist(),
                events["place_id"][part].tolist(),
                strict=True,
            )
        ):
            content = canonical.content(
                uid=UUID(uid),
                kind=kind,
                occurred_at=moment.replace(tzinfo=UTC),
                offset_minutes=0,
                actor=events["actor"],
                device="",
                place=places[place],
                document=("", ""),
                reason="",
                reverses=None,
                data={},
                moves=moves[borders[index] - borders[0] : borders[index + 1] - borders[0]],
                names=(),
                packs=(),
            )
            found.append(canonical.digest(canonical.encode(content, plain=True)))
    return found


def _moves(
    movements: Mapping[str, Any],
    part: slice,
    lot_names: Sequence[tuple[str, str]],
    first_lot: int,
    places: Mapping[int, str],
) -> list[tuple[str, str, int, str, str, int, int]]:
    columns = (
        movements[name][part].tolist() for name in ("lot_id", "source_id", "destination_id", "quantity")
    )
    return [
        (*lot_names[lot - first_lot], 1, places[source], places[destination], quantity, 0)
        for lot, source, destination, quantity in zip(*columns, strict=True)
    ]
