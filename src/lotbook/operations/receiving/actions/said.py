"""What every act of this room says of itself in its event."""

from __future__ import annotations

from typing import Any

from lotbook.traceability.ledger.lines import Reading


def event_data(reading: Reading, *, carrier: str, note: str) -> dict[str, Any]:
    """The carrier and the note of an act, as its event keeps them."""
    said = {"note": reading.text("note", note, 2000, lines=True)}
    if carrier:
        found = reading.partner("carrier", carrier, "carrier")
        said["carrier"] = found.code if found else ""
    return {name: value for name, value in said.items() if value}
