"""The verdict on a document: every fault with its place, or none.

>>> [
...     str(fault)
...     for fault in validate(
...         [
...             {
...                 "type": "ObjectEvent",
...                 "action": "SEE",
...                 "epcList": [],
...                 "eventTime": "2027-03-31T08:15:00Z",
...                 "eventTimeZoneOffset": "+00:00",
...             }
...         ]
...     )
... ]
["/0/action: expected one of ADD, DELETE, OBSERVE, got 'SEE'"]
"""

from __future__ import annotations

from lotbook.standards.epcis import rules
from lotbook.standards.epcis.faults import Fault
from lotbook.standards.epcis.shapes import is_wrapped_list

__all__ = ["Fault", "validate"]


def validate(document: object) -> list[Fault]:
    """Return the faults of a parsed JSON `document`, in the order found; none means valid.

    Takes the shapes of `lotbook.standards.epcis.shapes`. Numbers may be int, float or Decimal. Never raises
    on what `json` or `read` can produce within the depth that `read` allows.
    """
    if isinstance(document, list):
        return list(rules.event_list(document, ""))
    if not isinstance(document, dict):
        expected = "an EPCIS document, an event or a list of events"
        return [Fault("", "type", f"expected {expected}, got {type(document).__name__}")]
    if is_wrapped_list(document):
        return list(rules.WRAPPED_LIST(document, ""))
    kind = document.get("type")
    if kind == "EPCISDocument":
        return list(rules.DOCUMENT(document, ""))
    if kind == "EPCISQueryDocument":
        return list(rules.QUERY_DOCUMENT(document, ""))
    return list(rules.bare_event(document, ""))
