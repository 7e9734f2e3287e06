"""Everything that is written in this room."""

from lotbook.operations.warehouse.actions.goods import adjust, move, scrap
from lotbook.operations.warehouse.actions.units import create_unit, move_unit, pack, unpack

__all__ = ["adjust", "create_unit", "move", "move_unit", "pack", "scrap", "unpack"]
