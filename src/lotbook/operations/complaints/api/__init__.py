"""Complaints over HTTP."""

from lotbook.operations.complaints.api.acts import router

__all__ = ["router"]
