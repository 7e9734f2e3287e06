"""Everything that is written in this room."""

from lotbook.operations.complaints.actions.contacts import erase_contact, set_contact
from lotbook.operations.complaints.actions.receiving import change, receive
from lotbook.operations.complaints.actions.steps import CHANGED, CLOSED, CLUSTER, KIND, RECEIVED
from lotbook.operations.complaints.actions.working import (
    choose_lot,
    close,
    investigate,
    link_recall,
    link_shipments,
    reopen,
)

__all__ = [
    "CHANGED",
    "CLOSED",
    "CLUSTER",
    "KIND",
    "RECEIVED",
    "change",
    "choose_lot",
    "close",
    "erase_contact",
    "investigate",
    "link_recall",
    "link_shipments",
    "receive",
    "reopen",
    "set_contact",
]
