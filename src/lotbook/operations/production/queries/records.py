"""The batch record of a run: its events with what they moved, and why something was not as planned."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from lotbook.foundation.approvals import queries as approvals
from lotbook.foundation.approvals.models import Approval
from lotbook.foundation.partners.models import Partner
from lotbook.operations.production.queries.runs import RunPage
from lotbook.traceability.ledger import browsing
from lotbook.traceability.ledger import queries as ledger

MOVES_SHOWN = 50
"""Most movements of one event on the record: an event of five hundred units links to its page."""


@dataclass(slots=True)
class Entry:
    """One event of the record; ``moves`` as ``ledger.queries.movements``, at most ``MOVES_SHOWN``."""

    row: browsing.EventRow
    moves: list[dict[str, Any]] = field(default_factory=list)
    more: int = 0

    @property
    def issues(self) -> list[dict[str, Any]]:
        """What was not as planned: [{item, lot, what, reason}]."""
        found: list[dict[str, Any]] = self.row.event.data.get("issues", [])
        return found

    @property
    def at(self) -> datetime:
        """When it happened."""
        return self.row.at


@dataclass(slots=True)
class Record:
    """What a batch record shows beside the run's page: events oldest first, suppliers, approvals."""

    entries: list[Entry]
    suppliers: dict[int, str]
    approvals: list[Approval]

    @property
    def issues(self) -> list[tuple[Entry, dict[str, Any]]]:
        """Everything that was not as planned, with the event that says so."""
        return [(entry, issue) for entry in self.entries for issue in entry.issues if not entry.row.reversed]


def record(page: RunPage) -> Record:
    """The batch record of a run whose page is at hand."""
    entries = {row.event.pk: Entry(row) for row in reversed(page.events)}
    for move in ledger.movements(list(entries)):
        entry = entries[move["event_id"]]
        if len(entry.moves) < MOVES_SHOWN:
            entry.moves.append(move)
        else:
            entry.more += 1
    keys = {share.lot.supplier_id for share in page.inputs if share.lot.supplier_id}
    names = dict(Partner.objects.filter(pk__in=keys).values_list("pk", "name"))
    suppliers = {
        share.lot.pk: names[share.lot.supplier_id] for share in page.inputs if share.lot.supplier_id in names
    }
    return Record(list(entries.values()), suppliers, approvals.on_subject(page.run.uid))
