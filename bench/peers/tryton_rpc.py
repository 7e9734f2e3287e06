"""A client of Tryton's public JSON-RPC: enters the job and traces it. Nothing of Tryton is imported.

Tryton traces by ``stock.lot.trace``: a row for each done move of a lot, which names the moves before it
(``downward_traces``) and after it (``upward_traces``). Its own client opens them one row at a time. Here a
whole level is read in one call, and only what is needed: the least that a user of that answer has to ask.
"""

from __future__ import annotations

import base64
import http.client
import json
import sys
from typing import Any

from bench.peers.job import CUSTOMERS, HAVE, USED, Job

BATCH = 200


class Tryton:
    """One user of one database, on one connection (kept where the server keeps it)."""

    def __init__(self, port: int, database: str, password: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
        self._database, self._session = database, ""
        self._context: dict[str, Any] = {"language": "en"}
        user, key, *_ = self._ask("common.db.login", "admin", {"password": password}, "en")
        self._session = base64.b64encode(f"admin:{user}:{key}".encode()).decode()
        self.user = int(user)

    def _ask(self, method: str, *params: Any) -> Any:
        body = json.dumps({"id": 1, "method": method, "params": params})
        headers = {"Content-Type": "application/json"}
        if self._session:
            headers["Authorization"] = f"Session {self._session}"
        self._connection.request("POST", f"/{self._database}/rpc/", body, headers)
        answer = self._connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            sys.exit(f"bench: Tryton's {method} gave {answer.status}: {text[:500]!r}")
        found = json.loads(text)
        if isinstance(found, dict) and found.get("error"):
            sys.exit(f"bench: Tryton's {method} failed: {str(found['error'])[:1500]}")
        return found["result"] if isinstance(found, dict) else found

    def model(self, name: str, method: str, *params: Any) -> Any:
        """Call a model's method."""
        return self._ask(f"model.{name}.{method}", *params, self._context)

    def one(self, name: str, *domain: list[Any]) -> int:
        """The key of the first record found."""
        found = self.model(name, "search", list(domain), 0, 1, None)
        if not found:
            sys.exit(f"bench: Tryton has no {name} with {domain}")
        return int(found[0])

    def create(self, name: str, records: list[dict[str, Any]]) -> list[int]:
        """Make records, so many a call."""
        keys: list[int] = []
        for begin in range(0, len(records), BATCH):
            keys += self.model(name, "create", records[begin : begin + BATCH])
        return keys

    def press(self, name: str, keys: list[int], *buttons: str) -> None:
        """Press buttons on records, so many a call."""
        for begin in range(0, len(keys), BATCH):
            for button in buttons:
                self.model(name, button, keys[begin : begin + BATCH])

    def work_for(self, company: int) -> None:
        """Act for the company from now on."""
        self.model("res.user", "write", [self.user], {"companies": [["add", [company]]], "company": company})
        self._context["company"] = company


def _decimal(value: str) -> dict[str, str]:
    return {"__class__": "Decimal", "decimal": value}


def load(tryton: Tryton, job: Job) -> dict[str, int]:
    """Enter the job – receipts as done moves, runs as productions, shipments – and give the lots' keys."""
    currency = tryton.create("currency.currency", [{"name": "Euro", "symbol": "€", "code": "EUR"}])[0]
    company_party, *parties = tryton.create(
        "party.party",
        [
            {"name": name, "addresses": [["create", [{}]]]}
            for name in ("Us", *(f"C{n}" for n in range(CUSTOMERS)))
        ],
    )
    company = tryton.create("company.company", [{"party": company_party, "currency": currency}])[0]
    tryton.work_for(company)
    gram = tryton.one("product.uom", ["symbol", "=", "g"])
    template = {"type": "goods", "default_uom": gram, "products": [["create", [{}]]]}
    templates = tryton.create("product.template", [{**template, "name": name} for name in ("Raw", "Made")])
    goods = [tryton.one("product.product", ["template", "=", key]) for key in templates]
    store, supplier, outside = (
        tryton.one("stock.location", ["code", "=", code]) for code in ("STO", "SUP", "CUS")
    )
    warehouse = tryton.one("stock.location", ["type", "=", "warehouse"])
    inside = tryton.one("stock.location", ["type", "=", "production"])
    of = dict.fromkeys(job.raw, goods[0]) | {lot: goods[1] for run in job.runs for lot in run.outputs}
    lots = dict(
        zip(
            of,
            tryton.create("stock.lot", [{"number": lot, "product": key} for lot, key in of.items()]),
            strict=True,
        )
    )

    def move(lot: str, source: int, target: int, quantity: int, price: bool) -> dict[str, Any]:
        made = {
            "product": of[lot], "lot": lots[lot], "quantity": float(quantity), "unit": gram,
            "company": company, "from_location": source, "to_location": target,
        }  # fmt: skip
        return {**made, "unit_price": _decimal("0"), "currency": currency} if price else made

    came = tryton.create("stock.move", [move(lot, supplier, store, HAVE, True) for lot in job.raw])
    tryton.press("stock.move", came, "do")
    made = [
        {
            "company": company, "warehouse": warehouse, "location": inside,
            "inputs": [["create", [move(lot, store, inside, USED, False) for lot in run.inputs]]],
            "outputs": [["create", [move(lot, inside, store, HAVE, True) for lot in run.outputs]]],
        }
        for run in job.runs
    ]  # fmt: skip
    # What a run takes must have been made: level by level, all runs of a level in one call.
    for level in levels(job):
        keys = tryton.create("production", [made[number] for number in level])
        tryton.press("production", keys, "wait", "assign_try", "run", "do")
    # Shipped straight from the store, as Lotbook does it, without a step to a dock between.
    tryton.model("stock.location", "write", [warehouse], {"output_location": store})
    shipments = []
    for customer, party in enumerate(parties):
        lines = [move(lot, store, outside, USED, True) for lot, whom in job.shipped if whom == customer]
        shipment = {
            "company": company,
            "warehouse": warehouse,
            "customer": party,
            "outgoing_moves": [["create", lines]],
        }
        through = {"warehouse_storage": store, "warehouse_output": store}
        address = tryton.one("party.address", ["party", "=", party])
        shipments.append({**shipment, **through, "delivery_address": address})
    tryton.press(
        "stock.shipment.out",
        tryton.create("stock.shipment.out", shipments),
        "wait",
        "assign_force",
        "pack",
        "do",
    )
    open_ = tryton.model(
        "stock.move", "search_count", [["lot", "in", [*lots.values()]], ["state", "!=", "done"]]
    )
    if open_:
        sys.exit(f"bench: Tryton left {open_} moves undone")
    return lots


def levels(job: Job) -> list[list[int]]:
    """The numbers of runs that can be done together, in order."""
    made_at: dict[str, int] = {}
    found: list[list[int]] = []
    for number, run in enumerate(job.runs):
        level = max(made_at.get(lot, -1) for lot in run.inputs) + 1
        made_at.update(dict.fromkeys(run.outputs, level))
        if level == len(found):
            found.append([])
        found[level].append(number)
    return found


def begin(tryton: Tryton, lot: int) -> list[int]:
    """The moves that brought a lot into being: where its trace begins, one way or the other."""
    into = ["from_location.type", "in", ["supplier", "production"]]
    return list(tryton.model("stock.lot.trace", "search", [["lot", "=", lot], into], 0, None, None))


def trace(tryton: Tryton, moves: list[int], *, forward: bool) -> set[int]:
    """The lots of all moves after these (or before): a call a level."""
    onward = "upward_traces" if forward else "downward_traces"
    seen, edge = set(moves), list(moves)
    lots: set[int] = set()
    while edge:
        rows = tryton.model("stock.lot.trace", "read", edge, ["lot", "quantity", onward])
        lots.update(row["lot"] for row in rows)
        edge = sorted({key for row in rows for key in row[onward]} - seen)
        seen.update(edge)
    return lots
