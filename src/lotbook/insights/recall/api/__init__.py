"""Recall cases over HTTP."""

from lotbook.insights.recall.api import drills, notices, texts
from lotbook.insights.recall.api.cases import router

router.add_router("", drills.router)
router.add_router("", notices.router)
router.add_router("", texts.router)

__all__ = ["router"]
