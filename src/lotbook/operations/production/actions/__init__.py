"""Everything that is written in this room."""

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
from lotbook.operations.production.actions.runs import (
    close_run,
    consume,
    lose,
    produce,
    record_run,
    return_unused,
    start_run,
    yield_decided,
)

__all__ = [
    "activate_recipe",
    "cancel_order",
    "change_recipe",
    "close_run",
    "consume",
    "create_order",
    "create_recipe",
    "finish_order",
    "import_recipes",
    "lose",
    "new_version",
    "produce",
    "record_run",
    "release_order",
    "reschedule_order",
    "retire_recipe",
    "return_unused",
    "start_run",
    "yield_decided",
]
