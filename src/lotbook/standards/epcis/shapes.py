"""The shapes in which EPCIS events arrive, and the way through them to the events.

Accepted: an EPCISDocument, an EPCISQueryDocument, an event alone, and, beyond the standard, a plain list of
events and an object {"eventList": […]} without a type.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lotbook.standards.epcis.faults import below

_LISTS = {
    "EPCISDocument": ("epcisBody", "eventList"),
    "EPCISQueryDocument": ("epcisBody", "queryResults", "resultsBody", "eventList"),
}


def is_wrapped_list(document: object) -> bool:
    """Tell whether `document` is our {"eventList": […]} without a type."""
    return isinstance(document, dict) and "type" not in document and "eventList" in document


def events(document: object) -> Iterator[tuple[str, dict[str, Any], object]]:
    """Yield (path, event, inherited context) for every event of a valid document, in its order.

    `path` is a JSON pointer ("" for an event alone); the inherited context is the @context of the document
    around the event, None where there is none. Call `validate` first: what is no event is passed over here in
    silence.
    """
    context: object = None
    path, holder = "", document
    if isinstance(document, dict):
        steps = ("eventList",) if is_wrapped_list(document) else _LISTS.get(str(document.get("type")))
        if steps is None:
            yield "", document, None
            return
        context = document.get("@context")
        for step in steps:
            path = below(path, step)
            holder = holder.get(step) if isinstance(holder, dict) else None
    if isinstance(holder, list):
        for position, event in enumerate(holder):
            if isinstance(event, dict):
                yield below(path, position), event, context
