"""Goods and units moved inside the house."""

from __future__ import annotations

from collections.abc import Sequence

from lotbook.foundation.places import queries as places
from lotbook.interfaces.station.acting import shapes
from lotbook.interfaces.station.acting.handling import (
    Context,
    Done,
    Handler,
    Lots,
    lots_inside,
    lots_named,
    only,
)
from lotbook.operations.warehouse.actions import goods, units
from lotbook.traceability.ledger.lines import Line

NEW = "new"
"""Asks for a logistic unit under the site's next number."""


def goods_lines(lines: Sequence[shapes.GoodsLine]) -> list[Line]:
    """Lines as the rooms take them: by the lot's uid, each from its own place."""
    return [
        Line(lot=str(line.lot), quantity=line.quantity, unit=line.unit, place=line.from_) for line in lines
    ]


def _lots(body: shapes.Move | shapes.Pack) -> Lots:
    return lots_named(line.lot for line in body.lines)


def _move(context: Context, body: shapes.Move) -> Done:
    receipt = goods.move(
        lines=goods_lines(body.lines),
        to=body.to,
        actor=context.actor,
        occurred_at=context.occurred_at,
        uid=context.uid,
    )
    return Done((receipt.uid,))


def _move_unit(context: Context, body: shapes.MoveUnit) -> Done:
    unit = places.named(body.sscc)
    stood = unit.parent if unit is not None else None
    receipt = units.move_unit(
        unit=body.sscc,
        to=body.to,
        actor=context.actor,
        occurred_at=context.occurred_at,
        uid=context.uid,
    )
    return Done((receipt.uid,), before={"place": str(stood.uid)} if stood is not None else {})


def _pack(context: Context, body: shapes.Pack) -> Done:
    known = places.named(body.sscc) if body.sscc != NEW else None
    if known is not None:
        receipt = units.pack(
            unit=body.sscc,
            lines=goods_lines(body.lines),
            actor=context.actor,
            occurred_at=context.occurred_at,
            uid=context.uid,
        )
        return Done((receipt.uid,), {"sscc": known.sscc or known.code})
    made = units.build_unit(
        place=body.lines[0].from_,
        lines=goods_lines(body.lines),
        sscc="" if body.sscc == NEW else body.sscc,
        actor=context.actor,
        occurred_at=context.occurred_at,
        uid=context.uid,
    )
    return Done((context.uid,), {"sscc": made.sscc or made.code})


HANDLERS = (
    Handler("move", "Moved", shapes.Move, only("warehouse.post"), _move, _lots),
    Handler(
        "move_unit",
        "Unit moved",
        shapes.MoveUnit,
        only("warehouse.post"),
        _move_unit,
        lambda body: lots_inside([body.sscc]),
    ),
    Handler("pack", "Packed", shapes.Pack, only("warehouse.post"), _pack, _lots),
)
