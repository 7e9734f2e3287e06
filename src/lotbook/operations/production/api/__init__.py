"""Production over HTTP."""

from lotbook.operations.production.api import orders, recipes, vessels
from lotbook.operations.production.api.runs import router

__all__ = ["orders", "recipes", "router", "vessels"]
