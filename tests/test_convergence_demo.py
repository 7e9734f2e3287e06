"""The contamination of the demo world is found from its complaint lots: by the command, as a person would."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.demo_home import lotbook

pytestmark = pytest.mark.once

RETURNED = """
SELECT DISTINCT i.code || ':' || l.number FROM ledger_event e
JOIN ledger_movement m ON m.event_id = e.sequence
JOIN lots_lot l ON l.id = m.lot_id JOIN catalog_item i ON i.id = l.item_id
WHERE e.kind = 'return' AND e.reason LIKE 'Recall RC-01%' ORDER BY 1
"""
COMPLAINTS = """
SELECT DISTINCT i.code || ':' || l.number FROM complaints_complaint c
JOIN lots_lot l ON l.id = c.lot_id JOIN catalog_item i ON i.id = l.item_id ORDER BY 1
"""
PAPRIKA = """
SELECT l.number FROM lots_lot l JOIN catalog_item i ON i.id = l.item_id
WHERE i.code = 'RM-PAPRIKA' AND l.supplier_lot = 'SG-PM-2207'
"""


def ask(book: Path, query: str) -> list[str]:
    connection = sqlite3.connect(book)
    try:
        return [row[0] for row in connection.execute(query)]
    finally:
        connection.close()


def converge(home: Path, *lots: str) -> dict[str, Any]:
    done = lotbook(home, "converge", *lots, "--json")
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_the_poisoned_paprika_stands_first(home: Path) -> None:
    book = home / "lotbook.sqlite3"
    lots, (paprika,) = ask(book, RETURNED), ask(book, PAPRIKA)
    assert len(lots) >= 5
    answer = converge(home, *lots)
    top = answer["causes"][0]
    assert any(one["kind"] == "lot" and one["name"].endswith(paprika) for one in top["same"]), top
    assert top["hits"] == top["of"] == len(lots)
    assert top["verdict"] == "sure"
    assert answer["controls_chosen"]
    # The calls of customers find it, too, though two of nine are about something else.
    called = converge(home, *ask(book, COMPLAINTS))
    # A week at a packaging bay was shared as well; of all that went into them, the paprika stands first.
    inputs = [cause for cause in called["causes"] if any(one["kind"] == "lot" for one in cause["same"])]
    first = inputs[0]
    assert any(one["kind"] == "lot" and one["name"].endswith(paprika) for one in first["same"]), first
    assert first["verdict"] != "chance"
    assert 7 <= first["hits"] < first["of"]
