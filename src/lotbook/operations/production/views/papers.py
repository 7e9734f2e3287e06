"""The batch record on paper."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from lotbook.foundation.catalog.models import Item
from lotbook.foundation.catalog.rules import symbol
from lotbook.foundation.documents.queries import timeline
from lotbook.kernel import pdf
from lotbook.kernel.clock import written
from lotbook.kernel.permissions import actor, requires
from lotbook.kernel.quantity import to_text
from lotbook.operations.production import queries
from lotbook.operations.production.queries.records import Entry


@require_safe
@requires("ledger.view")
def batch_record(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Everything that is to be kept of a run, as a PDF."""
    page = queries.page(uid)
    data = _data(page, queries.record(page))
    return pdf.answer(pdf.render(pdf.DOCUMENT, data, by=actor(request)), f"batch-record-{page.run.number}")


def _data(page: queries.RunPage, record: queries.Record) -> dict[str, Any]:
    run, balance = page.run, page.balance
    sections = [
        pdf.section("Run", facts=_facts(page)),
        pdf.section(
            "Yield and mass balance",
            facts=[
                ("Expected yield", _expected(page)),
                ("Actual yield", f"{page.yield_text} %" if page.yield_text else "not weighed"),
                ("Went in", f"{balance.consumed_text} kg"),
                ("Came out", f"{balance.produced_text} kg"),
                ("Declared lost", f"{balance.lost_text} kg"),
                ("Difference", f"{balance.difference_text} kg {run.difference_reason}".strip()),
                ("Why the yield is so", run.yield_reason or "–"),
            ],
        ),
        pdf.section(
            "Inputs",
            ["Item", ("Lot", "lot"), "Supplier", ("Supplier's lot", "lot"), "Expires", ("Went in", "number"),
             ("Back unused", "number"), ("Lost", "number")],
            [
                [
                    f"{share.item.name} ({share.item.code})", str(share.lot),
                    record.suppliers.get(share.lot.pk, ""), share.lot.supplier_lot,
                    written(share.lot.expires_on) if share.lot.expires_on else "",
                    _amount(share.item, share.consumed), _amount(share.item, share.returned),
                    _amount(share.item, share.lost),
                ]
                for share in page.inputs
            ],
        ),
        pdf.section(
            "Not as planned",
            ["When", "Item", ("Lot", "lot"), "What", "Reason", "Who"],
            [
                [
                    _when(entry), issue["item"], issue["lot"], "; ".join(issue["what"]) or "a note",
                    issue["reason"], entry.row.event.actor,
                ]
                for entry, issue in record.issues
            ],
            empty="Nothing: every line was as planned.",
        ),
        pdf.section(
            "Outputs",
            ["Item", ("Lot", "lot"), "Produced", "Expires", ("Made", "number")],
            [
                [
                    f"{share.item.name} ({share.item.code})", str(share.lot),
                    written(share.lot.produced_on) if share.lot.produced_on else "",
                    written(share.lot.expires_on) if share.lot.expires_on else "",
                    _amount(share.item, share.produced),
                ]
                for share in page.outputs
            ],
        ),
        pdf.section(
            "Approvals",
            ["Asked", "Outcome", "By", "Reason"],
            [
                [one.title, str(one.get_status_display()), one.ended_by, one.end_reason or one.reason]
                for one in record.approvals
            ],
        ),
        pdf.section(
            "Who did what, when",
            ["When", "What", "Who", "Moved", "Reason"],
            [
                [
                    _when(entry), f"{entry.row.label}{' (taken back)' if entry.row.reversed else ''}",
                    entry.row.event.actor, _moved(entry), entry.row.event.reason,
                ]
                for entry in record.entries
            ],
        ),
        pdf.section(
            "Steps",
            ["When", "What", "Who", "Text"],
            [
                [f"{written(step.at)} {step.at:%H:%M}", step.title, step.by, step.text]
                for step in reversed(timeline(run.uid))
            ],
        ),
    ]  # fmt: skip
    if page.plan and page.plan.instructions:
        sections.append(pdf.section("Instructions", text=page.plan.instructions))
    return {"title": "Batch record", "number": run.number, "sections": sections}


def _expected(page: queries.RunPage) -> str:
    return (
        f"{page.declared_yield_text} % {page.limits_text}".strip() if page.run.declared_yield else "not said"
    )


def _facts(page: queries.RunPage) -> list[tuple[str, str]]:
    run = page.run
    planned = _amount(run.item, run.planned_quantity) if run.planned_quantity else "not said"
    opened = f"{written(page.opened_at)} {page.opened_at:%H:%M %Z} by {run.opened_by}"
    closed = page.closed_at
    return [
        ("Makes", f"{run.item.name} ({run.item.code})"),
        ("Recipe", f"{page.plan.recipe} version {page.plan.version}" if page.plan else "none"),
        ("Order", run.order.number if run.order else "none"),
        ("Where", str(run.site)),
        ("Planned", planned),
        ("Made", _amount(run.item, page.made)),
        ("Opened", opened),
        ("Closed", f"{written(closed)} {closed:%H:%M %Z} by {run.closed_by}" if closed else "still open"),
    ]


def _amount(item: Item, quantity: int) -> str:
    return f"{to_text(quantity, item.scale)} {symbol(item.unit)}" if quantity else ""


def _when(entry: Entry) -> str:
    return f"{written(entry.at)} {entry.at:%H:%M}"


def _moved(entry: Entry) -> str:
    said = [
        f"{move['item_code']} {move['number']} {to_text(move['quantity'], move['scale'])}"
        f" {symbol(move['unit'])}: {move['source_code']} → {move['destination_code']}"
        for move in entry.moves
    ]
    return "; ".join(said) + (f" and {entry.more} more" if entry.more else "")
