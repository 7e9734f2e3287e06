"""What this room answers when others ask."""

from __future__ import annotations

from lotbook.kernel.jumps import Jump, numbered
from lotbook.operations.complaints.models import Complaint


def called(text: str) -> list[Jump]:
    """The complaint of this number, for the search box."""
    return numbered(Complaint.objects.all(), text, "Complaint", "complaints:complaint")
