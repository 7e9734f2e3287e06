"""Recall cases over HTTP."""

from lotbook.insights.recall.api.cases import router

__all__ = ["router"]
