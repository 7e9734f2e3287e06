"""Every kind of act, and who does it."""

from lotbook.interfaces.station.acting import floor, inbound, making, outbound, stock, undoing
from lotbook.interfaces.station.acting.handling import Handler

HANDLERS: dict[str, Handler] = {
    handler.kind: handler
    for handler in (
        *inbound.HANDLERS,
        *stock.HANDLERS,
        *outbound.HANDLERS,
        *making.HANDLERS,
        *floor.HANDLERS,
        *undoing.HANDLERS,
    )
}
"""Kind of act → who does it."""
