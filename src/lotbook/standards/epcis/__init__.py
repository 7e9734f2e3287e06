"""EPCIS 2.0 in JSON-LD: read, validate, walk over the events, and tell a repeat from a change."""

from lotbook.standards.epcis.content import content_key, event_id
from lotbook.standards.epcis.formats import instant, is_date_time, is_offset
from lotbook.standards.epcis.reading import UnreadableError, read
from lotbook.standards.epcis.shapes import events
from lotbook.standards.epcis.validation import Fault, validate

__all__ = [
    "Fault",
    "UnreadableError",
    "content_key",
    "event_id",
    "events",
    "instant",
    "is_date_time",
    "is_offset",
    "read",
    "validate",
]
