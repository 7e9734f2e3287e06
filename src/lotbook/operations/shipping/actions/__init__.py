"""What can be done in this room: every write goes through here."""

from lotbook.operations.shipping.actions.direct import ship, take_back
from lotbook.operations.shipping.actions.importing import Imported, Preview, import_orders, preview
from lotbook.operations.shipping.actions.orders import amend, cancel, close, confirm, create
from lotbook.operations.shipping.actions.rules import keep_rule, remove_rule

__all__ = [
    "Imported",
    "Preview",
    "amend",
    "cancel",
    "close",
    "confirm",
    "create",
    "import_orders",
    "keep_rule",
    "preview",
    "remove_rule",
    "ship",
    "take_back",
]
