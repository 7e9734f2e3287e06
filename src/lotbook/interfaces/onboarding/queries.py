"""Reading uploads."""

from __future__ import annotations

from django.db.models import QuerySet

from lotbook.interfaces.onboarding.models import Upload


def imported() -> QuerySet[Upload]:
    """Files that are in the book, the newest first; their contents are not loaded."""
    return Upload.objects.filter(imported_at__isnull=False).defer("data").order_by("-imported_at")
