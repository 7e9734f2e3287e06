"""Undo beside what one just did: ``{% load undo %}{% undo receipt.event %}``."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import template

from lotbook.kernel.permissions import actor
from lotbook.traceability.ledger import browsing

register = template.Library()


@register.inclusion_tag("ledger/components/undo.html", takes_context=True)
def undo(context: template.Context, uid: UUID | None) -> dict[str, Any]:
    """A button that takes an event back at once; nothing where it is another's, older, or reversed."""
    request = context["request"]
    return {
        "uid": uid if browsing.undoable(uid, actor(request)) else None,
        "csrf_token": context["csrf_token"],
    }
