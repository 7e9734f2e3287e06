"""What people do beside the flow of goods: count, hold, print."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from lotbook.interfaces.station.acting import shapes
from lotbook.interfaces.station.acting.handling import Context, Done, Handler, only
from lotbook.kernel.errors import Fault, Refused
from lotbook.operations.counting import actions as counting
from lotbook.operations.counting.rules import Found
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
    if find_spec("lotbook.operations.labels.actions") is None:
        raise Refused(Fault("what", "labels are not printed here.", "Open the room of labels.", "closed"))
    labels: Any = import_module("lotbook.operations.labels.actions")
    job = labels.print_label(
        what=body.what, subject=body.id, copies=body.copies, actor=context.actor, uid=context.uid
    )
    return Done((), {"job": str(getattr(job, "uid", ""))})


HANDLERS = (
    Handler("count", "Counted", shapes.Count, only("warehouse.count"), _count),
    Handler("hold", "Put on hold", shapes.Hold, only("lots.hold"), _hold),
    Handler("print", "Printed", shapes.Print, only("web.view"), _print),
)
