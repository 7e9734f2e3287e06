"""Everything that is written in this room."""

from lotbook.operations.warehouse.actions.changes import merge, relabel, repack, split
from lotbook.operations.warehouse.actions.goods import adjust, move, scrap
from lotbook.operations.warehouse.actions.units import create_unit, move_unit, pack, unpack

__all__ = [
    "adjust",
    "create_unit",
    "merge",
    "move",
    "move_unit",
    "pack",
    "relabel",
    "repack",
    "scrap",
    "split",
    "unpack",
]
