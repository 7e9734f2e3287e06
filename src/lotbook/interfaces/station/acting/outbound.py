"""Goods that are picked and leave, for customers' orders and for transfers."""

from __future__ import annotations

from uuid import UUID

from lotbook.foundation.places import queries as places
from lotbook.interfaces.station.acting import shapes
from lotbook.interfaces.station.acting.handling import Context, Done, Handler, Lots, lots_inside, lots_named
from lotbook.interfaces.station.acting.stock import NEW
from lotbook.kernel.errors import Conflict, Fault, Refused
from lotbook.kernel.quantity import to_text
from lotbook.operations.shipping import actions as shipping
from lotbook.operations.shipping import queries as shipped
from lotbook.operations.transfers.actions import picking, sending
from lotbook.operations.transfers.queries import documents as transfers
from lotbook.traceability.ledger.lines import Reading
from lotbook.traceability.lots import queries as lots

SSCC_DIGITS = 18


def _permission(body: shapes.Pick | shapes.Load) -> str:
    return "shipping.post" if body.document == "order" else "transfers.post"


# -- pick ------------------------------------------------------------------------------------------


def _pick(context: Context, body: shapes.Pick) -> Done:
    return _pick_order(context, body) if body.document == "order" else _pick_transfer(context, body)


def _pick_order(context: Context, body: shapes.Pick) -> Done:
    if not (body.claim.isascii() and body.claim.isdigit() and len(body.claim) < 19):
        raise Refused(Fault("claim", "this is no line of a pick list.", "Load the jobs again.", "unknown"))
    order = shipped.order(body.id)
    stood = next((row.place_id for row in shipped.claims(order) if row.id == int(body.claim)), None)
    picks = shipping.pick(
        order=body.id,
        claim=int(body.claim),
        lot=str(body.lot),
        actor=context.actor,
        quantity=body.quantity,
        unit=body.unit,
        to="" if body.to == NEW else body.to,
        new_unit=body.to == NEW,
        reason=body.reason,
        occurred_at=context.occurred_at,
        uid=context.uid,
    )
    made = {"document": order.number}
    if body.to == NEW and picks:
        made["sscc"] = picks[0].place.sscc or picks[0].place.code
    before = {"order": str(order.uid)}
    if body.to and picks and stood is not None:
        before["place"] = str(next(iter(shipped.places_of([stood]).values())).uid)
    return Done((), made, before if picks else {})


def _pick_transfer(context: Context, body: shapes.Pick) -> Done:
    pick = _pick_uid(body)
    packs = bool(body.to)
    sscc = "".join(body.to.split()).removeprefix("(00)")[-SSCC_DIGITS:]
    if packs and body.to != NEW and not (len(sscc) == SSCC_DIGITS and sscc.isdigit()):
        cause = f"goods of a transfer are packed on a unit, and {body.to[:60]} is none."
        raise Refused(Fault("to", cause, "Scan the SSCC of a pallet or case, or leave it out."))
    row = picking.confirm(
        transfer=body.id,
        pick=pick,
        actor=context.actor,
        quantity=_in_base_unit(body),
        lot=str(body.lot),
        reason=body.reason,
        uid=context.uid,
    )
    if packs:
        unit = "" if body.to == NEW else sscc
        own = context.own("pack")
        row = picking.pack(transfer=body.id, picks=[pick], unit=unit, actor=context.actor, uid=own)
    return Done((), {"document": row.number})


def _pick_uid(body: shapes.Pick) -> UUID:
    try:
        return UUID(body.claim)
    except ValueError:
        raise Refused(
            Fault("claim", "this is no line of a pick list.", "Load the jobs again.", "unknown")
        ) from None


def _in_base_unit(body: shapes.Pick) -> str:
    """The quantity as transfers take it: empty stays empty, which means all of the line."""
    if not body.quantity or not body.unit:
        return body.quantity
    item = lots.lot(body.lot).item
    reading = Reading()
    found = reading.quantity("", item, body.quantity, body.unit, zero=True)
    reading.done()
    assert found is not None
    return to_text(found, item.scale)


# -- load ------------------------------------------------------------------------------------------


def _load(context: Context, body: shapes.Load) -> Done:
    if body.document == "transfer":
        return _send(context, body)
    receipt = shipping.ship_orders(
        orders=[body.id],
        units=body.units,
        actor=context.actor,
        carrier=body.carrier,
        vehicle=body.vehicle,
        seal=body.seal,
        temperature_c=body.temperature,
        override=context.override,
        occurred_at=context.occurred_at,
        uid=context.uid,
    )
    return Done((receipt.uid,), {"document": shipped.order(body.id).number})


def _send(context: Context, body: shapes.Load) -> Done:
    if body.units:
        _check_loaded(body)
    row = sending.send(
        transfer=body.id,
        actor=context.actor,
        carrier=body.carrier,
        vehicle=body.vehicle,
        seal=body.seal,
        celsius=body.temperature,
        occurred_at=context.occurred_at,
        uid=context.uid,
    )
    return Done((context.uid,), {"document": row.number})


def _check_loaded(body: shapes.Load) -> None:
    """What was scanned at the door is what was packed for the transfer: no unit less, none more."""
    row = transfers.transfer(body.id)
    packed = {str(load.unit.sscc) for load in row.loads.select_related("unit")}
    found = {name: places.named(name) for name in body.units}
    loaded = {str(unit.sscc) if unit is not None else name for name, unit in found.items()}
    missing, foreign = sorted(packed - loaded), sorted(loaded - packed)
    if foreign:
        cause = f"{foreign[0]} was not packed for {row.number}."
        raise Conflict(Fault("units", cause, "Unload it, or pack it for this transfer first.", "foreign"))
    if missing:
        cause = f"{missing[0]} was packed for {row.number} and is not loaded."
        raise Conflict(Fault("units", cause, "Load it too, or take it off the transfer.", "missing"))


def _loaded_lots(body: shapes.Load) -> Lots:
    inside = lots_inside(body.units)
    if body.document == "order":
        rows = {claim.lot_id for claim in shipped.claims(shipped.order(body.id))}
        return inside | rows if not body.units else inside
    return inside


HANDLERS = (
    Handler("pick", "Picked", shapes.Pick, _permission, _pick, lambda body: lots_named([body.lot])),
    Handler("load", "Loaded", shapes.Load, _permission, _load, _loaded_lots, overrides=True),
)
