"""What can be done in this room: every write goes through here."""

from lotbook.operations.shipping.actions.allocating import allocate, allocate_many, broken, choose_lot, free
from lotbook.operations.shipping.actions.changing import CHANGED, add_line, cancel_line, change_line
from lotbook.operations.shipping.actions.direct import ship, take_back
from lotbook.operations.shipping.actions.importing import COLUMNS, Imported, Preview, import_orders, preview
from lotbook.operations.shipping.actions.orders import amend, cancel, close, confirm, create
from lotbook.operations.shipping.actions.picking import pick, put_back, start_wave
from lotbook.operations.shipping.actions.rules import keep_rule, remove_rule
from lotbook.operations.shipping.actions.shipments import deliver, progress, reversed_events, ship_orders
from lotbook.operations.shipping.actions.standing import KIND

__all__ = [
    "CHANGED",
    "COLUMNS",
    "KIND",
    "Imported",
    "Preview",
    "add_line",
    "allocate",
    "allocate_many",
    "amend",
    "broken",
    "cancel",
    "cancel_line",
    "change_line",
    "choose_lot",
    "close",
    "confirm",
    "create",
    "deliver",
    "free",
    "import_orders",
    "keep_rule",
    "pick",
    "preview",
    "progress",
    "put_back",
    "remove_rule",
    "reversed_events",
    "ship",
    "ship_orders",
    "start_wave",
    "take_back",
]
