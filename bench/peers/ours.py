"""Lotbook's side of a job: entered and traced over its HTTP interface, as any program would."""

from __future__ import annotations

from typing import Any

from bench.calls import Api
from bench.peers.job import CUSTOMERS, HAVE, USED, Job
from lotbook.foundation.accounts import actions as accounts
from lotbook.foundation.catalog import actions as catalog
from lotbook.foundation.partners import actions as partners
from lotbook.foundation.places import actions as places

ACTOR = "lotbook"
LINES = 50


def masters() -> str:
    """A store, a supplier, customers, two items, and a key's secret."""
    places.create_place(actor=ACTOR, code="STORE", kind="site", name="Store")
    partners.create_partner(actor=ACTOR, code="SUPPLIER", name="Supplier", is_supplier=True)
    for number in range(CUSTOMERS):
        partners.create_partner(actor=ACTOR, code=f"C{number}", name=f"C{number}", is_customer=True)
    for code in ("RAW", "MADE"):
        catalog.create_item(actor=ACTOR, code=code, name=code, unit="GRM", scale=0)
    accounts.create_user(
        username="bench", role="administrator", password="a-long-bench-password", actor=ACTOR
    )
    scopes = ["receiving.post", "production.post", "shipping.post", "trace.view"]
    return accounts.create_api_key(name="bench", scopes=scopes, owner="bench", actor=ACTOR).secret


def load(api: Api, job: Job) -> None:
    """Enter the job: receipts and shipments of many lines, a call a run."""
    for begin in range(0, len(job.raw), LINES):
        lines = [_line(lot, HAVE) for lot in job.raw[begin : begin + LINES]]
        api.post("/receipts", {"supplier": "SUPPLIER", "place": "STORE", "lines": lines})
    for run in job.runs:
        inputs = [_line(lot, USED) for lot in run.inputs]
        outputs = [_line(lot, HAVE) for lot in run.outputs]
        body = {"item": "MADE", "site": "STORE", "place": "STORE", "inputs": inputs, "outputs": outputs}
        # More comes out than went in: Tryton does not mind, Lotbook wants to know why.
        api.post("/runs/record", {**body, "difference_reason": "a job of the bench"})
    for customer in range(CUSTOMERS):
        lines = [_line(lot, USED) for lot, whom in job.shipped if whom == customer]
        for begin in range(0, len(lines), LINES):
            body = {"customer": f"C{customer}", "place": "STORE", "lines": lines[begin : begin + LINES]}
            api.post("/shipments", body)


def _line(lot: str, quantity: int) -> dict[str, Any]:
    return {"item": lot.partition("-")[0], "lot": lot, "quantity": str(quantity)}


def trace(api: Api, lot: str, *, forward: bool) -> set[str]:
    """The numbers of the lots that a trace names, the lot itself left out."""
    answer = api.get(f"/trace?id={lot}&direction={'forward' if forward else 'back'}")
    return {one["lot"] for one in answer["lots"]} - {lot}
