"""Everything that is written in this room."""

from lotbook.operations.counting.actions.doubting import count_again, doubt
from lotbook.operations.counting.actions.judging import KIND, PLACES
from lotbook.operations.counting.actions.limits import set_limit
from lotbook.operations.counting.actions.opening import SHEETS_MAX, open_count
from lotbook.operations.counting.actions.settling import (
    APPROVAL,
    ENDED,
    LARGEST,
    ask_recount,
    cancel,
    decided,
    settle,
)
from lotbook.operations.counting.actions.sheets import import_lines, save_sheet, skip_places

__all__ = [
    "APPROVAL",
    "ENDED",
    "KIND",
    "LARGEST",
    "PLACES",
    "SHEETS_MAX",
    "ask_recount",
    "cancel",
    "count_again",
    "decided",
    "doubt",
    "import_lines",
    "open_count",
    "save_sheet",
    "set_limit",
    "settle",
    "skip_places",
]
