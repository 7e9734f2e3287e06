"""The examples of the standard and of OpenEPCIS: all valid ones go in, none is lost, none is doubled.

They stay outside the repository (no licence to copy them), and so does the schema that gives the verdict
expected here.
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from lotbook.config.main import main
from lotbook.interfaces.exchange.epcis import actions
from lotbook.interfaces.exchange.epcis.models import CapturedEvent
from lotbook.kernel import sql
from lotbook.traceability.lots.models import Lot
from lotbook.traceability.trace import queries as tracing

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def folder(shared: Path) -> Path:
    found = shared / "standards/epcis"
    if not found.is_dir():
        pytest.skip("the EPCIS examples are not in the shared folder")
    return found


@pytest.fixture(scope="module")
def examples(folder: Path) -> dict[Path, bool]:
    """Every example, and whether the standard's schema, formats checked, finds it valid."""
    jsonschema: Any = pytest.importorskip("jsonschema")
    schema = json.loads((folder / "schema/EPCIS-JSON-Schema.json").read_text(encoding="utf-8"))
    validator = jsonschema.Draft7Validator(schema, format_checker=jsonschema.Draft7Validator.FORMAT_CHECKER)
    files = sorted([*folder.glob("examples-json/**/*.json"), *folder.glob("examples-json/**/*.jsonld")])
    assert len(files) > 80
    return {path: validator.is_valid(json.loads(path.read_text(encoding="utf-8-sig"))) for path in files}


def events_in(path: Path) -> list[Any]:
    document = json.loads(path.read_text(encoding="utf-8-sig"))
    body = document.get("epcisBody")
    if body is None:
        return [document]
    found: list[Any] = body.get("eventList") or body["queryResults"]["resultsBody"]["eventList"]
    return found


def capture(path: Path) -> actions.Outcome:
    return actions.capture(path.read_bytes(), source=path.name, actor="lotbook")


def counts() -> dict[str, int]:
    tables = [
        "ledger_event", "ledger_movement", "ledger_mention", "ledger_packing", "ledger_link", "lots_lot",
        "epcis_captured_event", "catalog_item", "catalog_item_history", "places_place",
        "places_place_history", "partners_partner", "kernel_outbox",
    ]  # fmt: skip
    return {table: sql.rows(f"SELECT count(*) FROM {table}")[0][0] for table in tables}


def test_all_valid_examples_go_in_and_none_is_lost(examples: dict[Path, bool]) -> None:
    total = 0
    for path, valid in examples.items():
        outcome = capture(path)
        assert bool(outcome.rejected) is not valid, path
        expected = len(events_in(path)) if valid else 0
        assert outcome.captured + outcome.duplicates == expected, path
        total += outcome.captured
    assert CapturedEvent.objects.count() == total == sql.rows("SELECT count(*) FROM ledger_event")[0][0]

    sources = {path: path.read_bytes().decode("utf-8-sig") for path, valid in examples.items() if valid}
    kept = [_plain(json.loads(one.text)) for one in CapturedEvent.objects.all()]
    for path in sources:
        for event in events_in(path):
            assert _plain(event) in kept, (path, event)
    for one in CapturedEvent.objects.all():
        assert any(one.text in source for source in sources.values())
    assert main(["check"]) == 0

    before = counts()
    for path, valid in examples.items():
        outcome = capture(path)
        assert outcome.captured == 0, path
        assert outcome.duplicates == (len(events_in(path)) if valid else 0)
    assert counts() == before


def _plain(event: dict[str, Any]) -> dict[str, Any]:
    """The event without recordTime, and without extensions: their prefixes may differ between copies."""
    return {
        name: value
        for name, value in event.items()
        if ":" not in name and name not in ("recordTime", "@context")
    }


def test_examples_in_any_order_trace_the_same(examples: dict[Path, bool]) -> None:
    valid = [path for path, good in examples.items() if good]
    answers = []
    for order in (valid, random.Random(7).sample(valid, len(valid))):
        begin = transaction.savepoint()
        for path in order:
            capture(path)
        found: dict[str, Any] = {}
        for lot in Lot.objects.all():
            subject = tracing.subject_of_lot(lot.uid)
            assert subject is not None
            trace = tracing.trace(subject, "both")
            key = f"{lot.item.code} {lot.number} {lot.kind}"
            others = {f"{one.item} {one.lot} {one.side}" for one in trace.lots}
            found[key] = (others, {one.id for one in trace.events}, {one.code for one in trace.units})
        answers.append(found)
        transaction.savepoint_rollback(begin)
    assert answers[0] == answers[1]
    assert len(answers[0]) > 50
