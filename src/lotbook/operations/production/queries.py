"""Reading runs: one with its shares and mass balance, and the list."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from lotbook.foundation.catalog import queries as catalog
from lotbook.kernel.checks import storable
from lotbook.kernel.errors import Fault, NotFound
from lotbook.kernel.quantity import to_text
from lotbook.operations.production import rules
from lotbook.operations.production.models import Run
from lotbook.traceability.ledger import browsing
from lotbook.traceability.ledger.browsing import Share
from lotbook.traceability.ledger.lines import moment_at


@dataclass(slots=True)
class RunPage:
    """A run as its page shows it."""

    run: Run
    inputs: list[Share]
    outputs: list[Share]
    balance: rules.MassBalance
    events: list[browsing.EventRow] = field(default_factory=list)

    @property
    def opened_at(self) -> datetime:
        """When it was opened, in the site's own time."""
        return moment_at(self.run.site, self.run.opened_at)

    @property
    def closed_at(self) -> datetime | None:
        """When it was closed, in the site's own time."""
        return moment_at(self.run.site, self.run.closed_at) if self.run.closed_at else None

    @property
    def declared_yield_text(self) -> str:
        """The yield expected, in percent."""
        return to_text(self.run.declared_yield or 0, 2)


def run(name: UUID | str) -> Run:
    """The run with this uid or number; raises NotFound."""
    text = str(name).strip()
    rows = Run.objects.select_related("item", "site", "place")
    try:
        found = rows.filter(uid=UUID(text)).first()
    except ValueError:
        found = None if storable(text) else rows.filter(number=text).first()
    if found is None:
        raise NotFound(Fault("run", f"there is no run {text[:60]!r}.", "Look it up in the list of runs."))
    return found


def runs(*, text: str = "", status: str = "", item: str = "") -> QuerySet[Run]:
    """Runs, newest first."""
    rows = Run.objects.select_related("item", "site", "place").order_by("-pk")
    if storable(text) or storable(status) or storable(item):
        return rows.none()
    if text:
        rows = rows.filter(number__icontains=text)
    if status:
        rows = rows.filter(status=status)
    if item:
        rows = rows.filter(item__code__iexact=item)
    return rows


def page(name: UUID | str) -> RunPage:
    """A run with everything that went in and came out."""
    found = run(name)
    shares = browsing.run_shares(found.place)
    return RunPage(
        run=found,
        inputs=[share for share in shares if share.consumed or share.returned],
        outputs=[share for share in shares if share.produced],
        balance=balance(shares),
        events=browsing.run_events(found.place),
    )


def balance(shares: Iterable[Share]) -> rules.MassBalance:
    """The mass balance of a run's shares."""
    listed = list(shares)
    units = catalog.units_of_many({share.item.pk: share.item for share in listed}.values())
    return rules.mass(
        rules.Amount(share.item.code, units[share.item.pk], share.used, share.produced, share.lost)
        for share in listed
    )
