"""What goes into a run, and what comes out."""

from __future__ import annotations

from lotbook.interfaces.station.acting import shapes
from lotbook.interfaces.station.acting.handling import (
    Context,
    Done,
    Handler,
    Lots,
    lot_numbers,
    lots_named,
    lots_numbered,
    only,
)
from lotbook.operations.production import actions as production
from lotbook.operations.production import queries as runs
from lotbook.operations.production import rules


def _issue(context: Context, body: shapes.Issue) -> Done:
    line = rules.Issue(
        lot=str(body.lot), quantity=body.quantity, unit=body.unit, place=body.from_, reason=body.reason
    )
    receipt = production.consume(
        run=body.run,
        lines=[line],
        actor=context.actor,
        occurred_at=context.occurred_at,
        uid=context.uid,
        override=context.override,
    )
    return Done((receipt.uid,))


def _output(context: Context, body: shapes.Output) -> Done:
    item = runs.run(body.run).item
    output = rules.Output(
        item=item.code,
        lot=body.lot,
        quantity=body.quantity,
        unit=body.unit,
        place=body.to,
        expires_on=body.expires_on,
    )
    receipt = production.produce(
        run=body.run,
        outputs=[output],
        actor=context.actor,
        occurred_at=context.occurred_at,
        uid=context.uid,
    )
    return Done((receipt.uid,), {"lot": lot_numbers(receipt.sequence)})


def _made_lots(body: shapes.Output) -> Lots:
    return lots_numbered([(runs.run(body.run).item.code, body.lot)]) if body.lot else frozenset()


HANDLERS = (
    Handler(
        "issue",
        "Issued",
        shapes.Issue,
        only("production.post"),
        _issue,
        lambda body: lots_named([body.lot]),
        overrides=True,
    ),
    Handler("output", "Made", shapes.Output, only("production.post"), _output, _made_lots),
)
