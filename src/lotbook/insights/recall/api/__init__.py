"""Recall cases over HTTP."""

from lotbook.insights.recall.api import drills
from lotbook.insights.recall.api.cases import router

router.add_router("", drills.router)

__all__ = ["router"]
