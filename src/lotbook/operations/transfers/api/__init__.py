"""Requests, transfers and levels over HTTP."""

from lotbook.operations.transfers.api import levels, requests, transfers
from lotbook.operations.transfers.api.shapes import router

__all__ = ["levels", "requests", "router", "transfers"]
