"""What every act on a complaint needs: the lock, the step in its history, and whom it is told to."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from lotbook.foundation.documents import actions as documents
from lotbook.kernel import outbox
from lotbook.kernel.errors import Conflict, Fault
from lotbook.operations.complaints import queries
from lotbook.operations.complaints.models import Complaint, ComplaintStatus
from lotbook.operations.complaints.rules import Cluster

KIND = "complaints.complaint"
RECEIVED = "complaints.received"
CHANGED = "complaints.changed"
CLOSED = "complaints.closed"
CLUSTER = "complaints.cluster"

Known = frozenset[tuple[str, int | None, int | None, str]]
"""Clusters somebody was warned of, without their members."""


def locked(name: UUID | str) -> Complaint:
    """The complaint, locked until the act is done; raises NotFound."""
    key = queries.complaint(name).pk
    rows = Complaint.objects.select_for_update(of=("self",)).select_related("partner", "item", "lot", "unit")
    return rows.get(pk=key)


def check_open(one: Complaint) -> None:
    """Raise Conflict for an act on a complaint that is closed."""
    if one.status == ComplaintStatus.CLOSED:
        cause = f"{one.number} is closed. Nothing was changed."
        raise Conflict(Fault("complaint", cause, "Open it again first, with a reason.", "closed"))


def written(one: Complaint, verb: str, *, actor: str, topic: str, text: str = "", reason: str = "") -> None:
    """Write the step down and tell it on: by uids and codes, without a word about a person."""
    documents.record(one.uid, KIND, verb, actor=actor, text=text, reason=reason)
    outbox.emit(
        topic,
        {
            "complaint": str(one.uid),
            "number": one.number,
            "status": one.status,
            "received_at": one.received_at.isoformat(),
            "item": str(one.item.uid) if one.item else None,
            "lot": str(one.lot.uid) if one.lot else None,
            "partner": str(one.partner.uid) if one.partner else None,
            "symptoms": queries.symptoms_of(one),
            "harm": one.harm,
            "severity": one.severity,
            "recall": str(one.recall) if one.recall else None,
            "outcome": one.outcome,
        },
    )


def known_warnings(one: Complaint) -> Known:
    """The clusters a complaint belongs to before an act."""
    return frozenset(_name(cluster) for cluster in queries.warnings(about=one))


def warn(one: Complaint, before: Known = frozenset()) -> None:
    """Tell of every cluster the complaint belongs to now and did not before."""
    fresh = [cluster for cluster in queries.warnings(about=one) if _name(cluster) not in before]
    for warning in queries.told(fresh):
        cluster = warning.cluster
        outbox.emit(
            CLUSTER,
            {
                "kind": cluster.kind,
                "item": str(warning.item.uid) if warning.item else None,
                "lot": str(warning.lot.uid) if warning.lot else None,
                "symptom": cluster.symptom,
                "complaints": _uids(warning.complaints),
                "lots": [str(lot.uid) for lot in warning.lots],
                "first_at": cluster.first_at.isoformat(),
                "last_at": cluster.last_at.isoformat(),
            },
        )


def _name(cluster: Cluster) -> tuple[str, int | None, int | None, str]:
    return (cluster.kind, cluster.item, cluster.lot, cluster.symptom)


def _uids(complaints: Collection[Complaint]) -> list[str]:
    return [str(one.uid) for one in complaints]
