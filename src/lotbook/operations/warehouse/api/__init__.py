"""The warehouse over HTTP."""

from lotbook.operations.warehouse.api import adjustments, changes, elsewhere, units
from lotbook.operations.warehouse.api.shapes import router

__all__ = ["adjustments", "changes", "elsewhere", "router", "units"]
