"""Shares of a case in words."""

from __future__ import annotations

from django import template

from lotbook.insights.recall.models import CaseDelivery, CaseLot
from lotbook.insights.recall.queries import exposing
from lotbook.kernel.quantity import to_text

register = template.Library()


@register.filter
def recall_share(row: CaseLot) -> str:
    """Which part of a lot is suspect, in words."""
    return exposing.share_words(row.share_ppm, row.share_bound)


@register.filter
def recall_suspect(row: CaseDelivery) -> str:
    """How much of a delivery (with ``lot__item``) is suspect, without its unit."""
    return "not known" if row.suspect is None else to_text(row.suspect, row.lot.item.scale)
