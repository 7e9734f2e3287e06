"""Everything that is written in this room."""

from lotbook.operations.production.actions.closing import close_run, yield_decided
from lotbook.operations.production.actions.issuing import broken, free_reserved, reserve_order, reserve_run
from lotbook.operations.production.actions.orders import (
    cancel_order,
    create_order,
    finish_order,
    release_order,
    reschedule_order,
)
from lotbook.operations.production.actions.recipes import (
    activate_recipe,
    change_recipe,
    create_recipe,
    import_recipes,
    new_version,
    retire_recipe,
)
from lotbook.operations.production.actions.recording import record_run
from lotbook.operations.production.actions.runs import consume, lose, produce, return_unused, start_run
from lotbook.operations.production.actions.serials import make_units
from lotbook.operations.production.actions.vessels import (
    create_vessel,
    draw_vessel,
    empty_vessel,
    fill_vessel,
)

__all__ = [
    "activate_recipe",
    "broken",
    "cancel_order",
    "change_recipe",
    "close_run",
    "consume",
    "create_order",
    "create_recipe",
    "create_vessel",
    "draw_vessel",
    "empty_vessel",
    "fill_vessel",
    "finish_order",
    "free_reserved",
    "import_recipes",
    "lose",
    "make_units",
    "new_version",
    "produce",
    "record_run",
    "release_order",
    "reschedule_order",
    "reserve_order",
    "reserve_run",
    "retire_recipe",
    "return_unused",
    "start_run",
    "yield_decided",
]
