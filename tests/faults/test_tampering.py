"""Somebody writes past the ledger's door: the tables refuse, and what gets through is named by check."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError

from lotbook.foundation.places.models import Place
from lotbook.kernel import clock
from lotbook.traceability.ledger.actions import post_one, reserve
from lotbook.traceability.ledger.check import Finding, check
from lotbook.traceability.ledger.models import Balance
from lotbook.traceability.ledger.rules import Draft, LotRef, Move, Reservation
from tests import cast

WRITTEN_ONCE = ["ledger_event", "ledger_movement", "ledger_mention", "ledger_packing"]


@pytest.fixture
def world(db: None) -> cast.Cast:
    """TOM-1 and PAP-1 → [RUN-1] → SAUCE-1 → Larchwood, a hold on TOM-1, jars on a pallet."""
    made = cast.small()
    cast.receive(made, made.tumbling, made.tomatoes, "TOM-1", "500")
    cast.receive(made, made.saffron, made.paprika, "PAP-1", "10")
    cast.make(
        made,
        "RUN-1",
        {(made.tomatoes, "TOM-1"): "400", (made.paprika, "PAP-1"): "4"},
        {(made.sauce, "SAUCE-1"): "900"},
    )
    cast.ship(made, made.larchwood, made.sauce, "SAUCE-1", "120")
    cast.hold(made, made.tomatoes, "TOM-1", reason="smells")
    order = uuid4()
    kept = Balance.objects.get(own=True, lot__number="PAP-1")
    one = Reservation(kept.lot_id, kept.place_id, 50, "production.run", order, number="RUN-2")
    claim = reserve([one], actor="user:otto")[0]
    used = Place.objects.create(code="RUN-2", kind="run").pk
    moves = [Move(kept.lot_id, kept.place_id, used, 20, claim=claim)]
    post_one(Draft("consume", clock.now(), moves=moves), actor="user:otto")
    assert check().findings == []
    return made


def run(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


@contextmanager
def triggers_off() -> Iterator[None]:
    """What an administrator of the database can do, and the product cannot."""
    if connection.vendor == "postgresql":
        run("SET CONSTRAINTS ALL IMMEDIATE", "SET session_replication_role = replica")
        yield
        run("SET session_replication_role = origin")
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        triggers = cursor.fetchall()
    run(*(f'DROP TRIGGER "{name}"' for name, _ in triggers))
    yield
    run(*(statement for _, statement in triggers))


@pytest.mark.parametrize("table", WRITTEN_ONCE)
@pytest.mark.parametrize("act", ["DELETE FROM {0}", "UPDATE {0} SET {1} = {1}"])
def test_what_is_written_once_refuses(world: cast.Cast, table: str, act: str) -> None:
    pallet = Place.objects.create(code="PALLET-1", kind="unit", own=True)
    lot = LotRef(world.sauce.pk, "SAUCE-1")
    store = Balance.objects.get(own=True, lot__number="SAUCE-1").place_id
    post_one(Draft("pack", clock.now(), moves=[Move(lot, store, pallet.pk, 1)]), actor="user:otto")
    column = "kind" if table == "ledger_event" else "event_id"
    with pytest.raises(DatabaseError, match="written once"), transaction.atomic():
        run(act.format(table, column))


def test_own_balances_refuse_to_go_below_nothing(world: cast.Cast) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        run("UPDATE ledger_balance SET on_hand = -1 WHERE own")
    with pytest.raises(DatabaseError), transaction.atomic():
        run("UPDATE ledger_balance SET reserved = on_hand + 1 WHERE own")
    with pytest.raises(DatabaseError), transaction.atomic():
        run("UPDATE ledger_claim SET quantity = -1")


def number(finding: Finding) -> str:
    return finding.lot.number


SAUCE = "(SELECT id FROM lots_lot WHERE number = 'SAUCE-1')"
TAMPERED: list[tuple[str, str, Callable[[Finding], bool]]] = [
    (
        "a balance is raised",
        f"UPDATE ledger_balance SET on_hand = on_hand + 7 WHERE own AND lot_id = {SAUCE}",
        lambda f: f.table == "ledger_balance" and number(f) == "SAUCE-1" and f.found == f.expected + 7,
    ),
    (
        "a balance vanishes",
        f"DELETE FROM ledger_balance WHERE own AND lot_id = {SAUCE}",
        lambda f: f.table == "ledger_balance" and number(f) == "SAUCE-1" and f.found == 0,
    ),
    (
        "a reservation nobody made",
        "UPDATE ledger_balance SET reserved = 1 WHERE own AND on_hand > 0",
        lambda f: f.table == "ledger_balance" and "claims" in f.problem and f.found == 1,
    ),
    (
        "a reservation vanishes",
        "DELETE FROM ledger_claim",
        lambda f: f.table == "ledger_balance" and number(f) == "PAP-1" and (f.expected, f.found) == (0, 30),
    ),
    (
        "a reservation grows, in both its places",
        "UPDATE ledger_claim SET quantity = 35; UPDATE ledger_balance SET reserved = 35 WHERE reserved > 0",
        lambda f: f.table == "ledger_claim" and number(f) == "PAP-1" and (f.expected, f.found) == (30, 35),
    ),
    (
        "a reservation is given another lot",
        f"UPDATE ledger_claim SET lot_id = {SAUCE}",
        lambda f: f.table == "ledger_claim" and number(f) == "PAP-1" and f.found == 0,
    ),
    (
        "a movement forgets whose reservation it used",
        "UPDATE ledger_movement SET claim = NULL WHERE claim IS NOT NULL",
        lambda f: f.table == "ledger_claim" and number(f) == "PAP-1" and (f.expected, f.found) == (50, 30),
    ),
    (
        "a link vanishes",
        "DELETE FROM ledger_link",
        lambda f: f.table == "ledger_link" and "missing" in f.problem,
    ),
    (
        "a link is made up",
        "INSERT INTO ledger_link (source, target, sequence, voided) VALUES (2, 4, 1, 9223372036854775807)",
        lambda f: f.table == "ledger_link" and "surplus" in f.problem,
    ),
    (
        "a hold is lifted quietly",
        "UPDATE lots_hold SET released_sequence = 1",
        lambda f: f.table == "lots_hold" and number(f) == "TOM-1",
    ),
    (
        "a lot is freed quietly",
        "UPDATE lots_lot SET held = 0 WHERE number = 'TOM-1'",
        lambda f: f.table == "lots_lot" and number(f) == "TOM-1" and f.expected == 1,
    ),
    (
        "a lot is renumbered",
        "UPDATE lots_lot SET number = 'SAUCE-9' WHERE number = 'SAUCE-1'",
        lambda f: f.table == "ledger_event" and "hash" in f.problem,
    ),
    (
        "a movement is made smaller",
        "UPDATE ledger_movement SET quantity = quantity - 1 WHERE crossing = 2",
        lambda f: f.table == "ledger_balance" and number(f) == "SAUCE-1",
    ),
    (
        "an event says another time",
        "UPDATE ledger_event SET occurred_at = '2020-01-01 00:00:00' WHERE kind = 'ship'",
        lambda f: f.table == "ledger_event" and "hash" in f.problem,
    ),
    (
        "an event names another person",
        "UPDATE ledger_event SET actor = 'user:nobody' WHERE kind = 'ship'",
        lambda f: f.table == "ledger_event",
    ),
    (
        "a movement forgets its customer",
        "UPDATE ledger_movement SET crossing = 0 WHERE crossing = 2",
        lambda f: f.table == "ledger_movement" and number(f) == "SAUCE-1",
    ),
]


@pytest.mark.parametrize(
    ("statement", "named"), [row[1:] for row in TAMPERED], ids=[row[0] for row in TAMPERED]
)
def test_check_names_what_was_tampered_with(
    world: cast.Cast, statement: str, named: Callable[[Finding], bool]
) -> None:
    with triggers_off():
        run(*statement.split("; "))
    findings = check().findings
    assert any(named(finding) for finding in findings), findings
