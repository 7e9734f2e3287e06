"""Everything that is written in this room."""

from lotbook.foundation.places.numbering import next_sscc
from lotbook.operations.warehouse.actions.adjustments import adjust, destroy, donate, scrap
from lotbook.operations.warehouse.actions.changes import merge, relabel, repack, split
from lotbook.operations.warehouse.actions.elsewhere import report_use, send_elsewhere, take_back
from lotbook.operations.warehouse.actions.goods import move
from lotbook.operations.warehouse.actions.units import (
    break_unit,
    build_unit,
    create_unit,
    empty_unit,
    move_unit,
    pack,
    set_numbering,
    unpack,
)

__all__ = [
    "adjust",
    "break_unit",
    "build_unit",
    "create_unit",
    "destroy",
    "donate",
    "empty_unit",
    "merge",
    "move",
    "move_unit",
    "next_sscc",
    "pack",
    "relabel",
    "repack",
    "report_use",
    "scrap",
    "send_elsewhere",
    "set_numbering",
    "split",
    "take_back",
    "unpack",
]
