"""The pages of the warehouse."""

from lotbook.operations.warehouse.views.acting import IN_OUT_LOST, PAGE, SHOWN
from lotbook.operations.warehouse.views.adjusting import (
    ADJUSTMENT_COLUMNS,
    adjust,
    adjustment,
    adjustments,
    destroy,
    donate,
    scrap,
)
from lotbook.operations.warehouse.views.changing import merge, relabel, repack, split
from lotbook.operations.warehouse.views.elsewhere import (
    ELSEWHERE_COLUMNS,
    elsewhere,
    new_elsewhere,
    report,
    send,
    take_back,
)
from lotbook.operations.warehouse.views.stock import STOCK_COLUMNS, move, stock
from lotbook.operations.warehouse.views.units import (
    break_unit,
    build_unit,
    empty_unit,
    move_unit,
    new_unit,
    numbering,
    pack,
    unit,
    units,
    unpack,
)

__all__ = [
    "ADJUSTMENT_COLUMNS",
    "ELSEWHERE_COLUMNS",
    "IN_OUT_LOST",
    "PAGE",
    "SHOWN",
    "STOCK_COLUMNS",
    "adjust",
    "adjustment",
    "adjustments",
    "break_unit",
    "build_unit",
    "destroy",
    "donate",
    "elsewhere",
    "empty_unit",
    "merge",
    "move",
    "move_unit",
    "new_elsewhere",
    "new_unit",
    "numbering",
    "pack",
    "relabel",
    "repack",
    "report",
    "scrap",
    "send",
    "split",
    "stock",
    "take_back",
    "unit",
    "units",
    "unpack",
]
