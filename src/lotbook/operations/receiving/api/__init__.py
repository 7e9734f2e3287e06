"""Receiving over HTTP."""

from lotbook.operations.receiving.api import notices, orders, receipts, rules
from lotbook.operations.receiving.api.shapes import router

__all__ = ["notices", "orders", "receipts", "router", "rules"]
