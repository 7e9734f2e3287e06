"""Shipping over HTTP."""

from lotbook.operations.shipping.api import orders, picking, rules, shipments
from lotbook.operations.shipping.api.shapes import router

__all__ = ["orders", "picking", "router", "rules", "shipments"]
