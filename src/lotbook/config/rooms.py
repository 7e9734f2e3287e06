"""The list of rooms, from the ground up. A room not listed here is closed."""

from __future__ import annotations

ROOMS = [
    "lotbook.kernel",
    "lotbook.foundation.documents",
    "lotbook.foundation.accounts",
    "lotbook.foundation.partners",
    "lotbook.foundation.places",
    "lotbook.foundation.catalog",
    "lotbook.foundation.approvals",
    "lotbook.traceability.lots",
    "lotbook.traceability.ledger",
    "lotbook.traceability.allocation",
    "lotbook.traceability.trace",
    "lotbook.operations.receiving",
    "lotbook.operations.production",
    "lotbook.operations.shipping",
    "lotbook.operations.warehouse",
    "lotbook.operations.counting",
    "lotbook.operations.transfers",
    "lotbook.operations.quality",
    "lotbook.operations.complaints",
    "lotbook.operations.labels",
    "lotbook.insights.recall",
    "lotbook.interfaces.web",
    "lotbook.interfaces.onboarding",
    "lotbook.interfaces.station",
    "lotbook.interfaces.rfid",
    "lotbook.interfaces.api",
    "lotbook.interfaces.exchange.epcis",
]
