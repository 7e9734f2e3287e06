"""Shares of a scope that stands: by another reading, as of the same sequence."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from lotbook.insights.recall import rules
from lotbook.insights.recall.actions.steps import locked, record
from lotbook.insights.recall.models import Case, CaseDelivery, CaseLot
from lotbook.insights.recall.queries import exposing
from lotbook.insights.recall.queries.exposing import Exposed
from lotbook.insights.recall.queries.scoping import Delivery
from lotbook.kernel.checks import Check

AT_ONCE = 400


@transaction.atomic
def set_reading(*, case: UUID | str, reading: str, actor: str) -> Case:
    """Read exposure another way; where the scope is taken its shares are worked out anew as of its sequence.

    Which lots are in the scope does not change: whatever the reading says, reachability decides that.
    """
    found = locked(case, "suspects")
    check = Check()
    chosen = check.choice("reading", reading, rules.READINGS)
    check.done()
    if chosen == found.reading:
        return found
    found.reading = chosen
    if found.as_of is not None and found.status == "scoped":
        exposed = exposing.exposed(found.suspects, as_of=found.as_of, reading=chosen)
        _keep(found, exposed)
        found.exposure = dict(exposed.about)
    found.save(update_fields=["reading", "exposure"])
    data = {"reading": chosen, "exposure": found.exposure}
    record(found, "reading set", actor=actor, text=rules.READINGS[chosen], data=data)
    return found


def _keep(case: Case, exposed: Exposed) -> None:
    lots = list(case.lots.all())
    for row in lots:
        row.share_ppm, row.share_bound = exposed.shares.get(row.lot_id, (None, False))
    CaseLot.objects.bulk_update(lots, ["share_ppm", "share_bound"], batch_size=AT_ONCE)
    deliveries = list(CaseDelivery.objects.filter(customer__case=case).select_related("customer"))
    for one in deliveries:
        kept = Delivery(one.customer.partner_id, one.lot_id, one.shipped, one.returned)
        one.suspect = exposed.suspect(kept)
    CaseDelivery.objects.bulk_update(deliveries, ["suspect"], batch_size=AT_ONCE)
