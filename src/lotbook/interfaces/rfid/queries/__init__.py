"""What this room reads, over its own rows and over those of the rooms below."""

from lotbook.interfaces.rfid.queries.passes import (
    LIVE,
    aside,
    asides,
    filter_of,
    found,
    open_at,
    passed_by,
    passes,
    passes_near,
    portal,
    portal_locked,
    portals,
    silent,
    tag_counts,
)

__all__ = [
    "LIVE",
    "aside",
    "asides",
    "filter_of",
    "found",
    "open_at",
    "passed_by",
    "passes",
    "passes_near",
    "portal",
    "portal_locked",
    "portals",
    "silent",
    "tag_counts",
]
