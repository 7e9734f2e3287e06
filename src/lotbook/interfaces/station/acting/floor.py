"""What people do beside the flow of goods: count, hold, print."""

from __future__ import annotations

from lotbook.foundation.catalog import queries as catalog
from lotbook.foundation.catalog.models import Item
from lotbook.foundation.places import queries as places
from lotbook.foundation.places.models import Place
from lotbook.interfaces.station.acting import shapes
from lotbook.interfaces.station.acting.handling import Context, Done, Handler, only
from lotbook.kernel.errors import Fault, Refused
from lotbook.operations.counting import actions as counting
from lotbook.operations.counting.rules import Found
from lotbook.operations.labels import actions as labels
from lotbook.operations.quality import actions as quality
from lotbook.traceability.ledger.lines import Line


def _count(context: Context, body: shapes.Count) -> Done:
    counting.save_sheet(
        count=body.count,
        place=body.place,
        lines=[Found(line.item, line.lot, line.quantity, line.unit) for line in body.lines],
        actor=context.actor,
        finish=body.finish,
        # Counts are blind: who says "that is all" does not know what else the book has there.
        rest_is_zero=body.finish,
    )
    return Done()


def _hold(context: Context, body: shapes.Hold) -> Done:
    held = quality.hold(
        lots=[Line(lot=str(lot)) for lot in body.lots],
        kind=body.kind,
        reason=body.reason,
        actor=context.actor,
        occurred_at=context.occurred_at,
        uid=context.uid,
    )
    return Done((held.receipt.uid,), before={"holds": " ".join(map(str, held.holds))})


def _print(context: Context, body: shapes.Print) -> Done:
    job = labels.print_label(
        what=body.what, subject=_subject(body), copies=body.copies, actor=context.actor, uid=context.uid
    )
    return Done((), {"job": str(job.uid)})


def _subject(body: shapes.Print) -> str:
    """What the label is of, as labels name it: items and places by their uid, which devices call by code."""
    found: Item | Place | None = None
    if body.what == "item":
        found = catalog.named(body.id)
    elif body.what == "place":
        found = places.named(body.id)
    else:
        return body.id
    if found is None:
        cause = f"there is no {body.what} {body.id[:60]!r}."
        raise Refused(Fault("id", cause, "Check the code, or load the book again.", "unknown"))
    return str(found.uid)


HANDLERS = (
    Handler("count", "Counted", shapes.Count, only("warehouse.count"), _count),
    Handler("hold", "Put on hold", shapes.Hold, only("lots.hold"), _hold),
    Handler("print", "Printed", shapes.Print, only("labels.print"), _print),
)
