"""How many statements the three acts of the floor take over HTTP, with a program's key: pinned, not to grow.

Look-ups, the ledger's own, what stands beside it, and savepoints; with one line and with many.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from tests.rooms import ANN, Cast

from lotbook.foundation.accounts import actions as accounts
from lotbook.foundation.accounts.models import User
from lotbook.kernel import sql

MOST = {
    "postgresql": {"receive": 27, "run": 40, "ship": 27},
    "sqlite": {"receive": 28, "run": 41, "ship": 27},
}
"""Statements of an act with one line (a run: one input, one output), BEGIN and COMMIT as a savepoint."""

SPARE = 2
"""So many more may be needed for many lines: what is written in batches takes another form."""

MANY = 30


@pytest.fixture
def caller(cast: Cast) -> Client:
    User.objects.create(username="ines", role="administrator")
    scopes = ["receiving.post", "production.post", "shipping.post"]
    key = accounts.create_api_key(name="floor", owner="ines", scopes=scopes, actor=ANN)
    return Client(headers={"x-api-key": key.secret})


def receive(first: int, lines: int) -> tuple[str, dict[str, Any]]:
    rows = [{"item": "TOM", "lot": f"T-{number}", "quantity": "10"} for number in range(first, first + lines)]
    return "/receipts", {"supplier": "FARM", "place": "STORE", "lines": rows}


def run(first: int, lines: int) -> tuple[str, dict[str, Any]]:
    inputs = [
        {"item": "TOM", "lot": f"T-{number}", "quantity": "1"} for number in range(first, first + lines)
    ]
    outputs = [
        {"item": "PEEL", "lot": f"P-{number}", "quantity": "1"} for number in range(first, first + lines)
    ]
    return "/runs/record", {
        "item": "PEEL", "site": "PLANT", "place": "STORE", "inputs": inputs, "outputs": outputs,
        "difference_reason": "not weighed",
    }  # fmt: skip


def ship(first: int, lines: int) -> tuple[str, dict[str, Any]]:
    rows = [{"item": "TOM", "lot": f"T-{number}", "quantity": "1"} for number in range(first, first + lines)]
    return "/shipments", {"customer": "SHOP", "place": "STORE", "lines": rows}


ACTS = {"receive": receive, "run": run, "ship": ship}


def test_an_act_takes_few_statements_however_many_lines_it_has(caller: Client) -> None:
    # Once for what is made once: accounts of partners, compiled queries, the key's mark of use.
    for act in ACTS.values():
        statements(caller, *act(0, 1))
    for name, act in ACTS.items():
        one = statements(caller, *act(100, 1))
        assert len(one) <= MOST[connection.vendor][name], told(name, one)
        many = statements(caller, *act(200, MANY))
        assert len(many) <= len(one) + SPARE, told(name, many)


def statements(caller: Client, path: str, body: dict[str, Any]) -> list[str]:
    with counted() as found:
        answer = caller.post(f"/api/v1{path}", body, content_type="application/json")
    assert answer.status_code == 201, answer.content
    return found


@contextmanager
def counted() -> Iterator[list[str]]:
    """Django's statements and ours, in no order between them."""
    found: list[str] = []

    def note(execute: Any, text: str, parameters: Any, many: bool, context: Any) -> Any:
        found.append(text)
        return execute(text, parameters, many, context)

    with connection.execute_wrapper(note), sql.counted() as ours:
        yield found
    found += ours


def told(name: str, found: list[str]) -> str:
    return "\n".join([f"{name}: {len(found)} statements", *(text[:160] for text in found)])
