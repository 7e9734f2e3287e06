"""Recall cases over HTTP."""

from lotbook.insights.recall.api import answers, drills, notices, texts
from lotbook.insights.recall.api.cases import router

router.add_router("", answers.router)
router.add_router("", drills.router)
router.add_router("", notices.router)
router.add_router("", texts.router)

__all__ = ["router"]
