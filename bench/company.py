"""The demo company's book, many times over: a year of a large maker with all its documents.

``build`` loads the demo and copies its rows inside the database, until it has so many events. Every table
is copied by what it is (``_Copier.tier``): things that people keep (items, partners, bins) a few times, the
ledger as often as asked, documents a few thousand times. A copy refers to copies: row 7 of order 3 in copy
12 is row 7 of the copy's order. So a new table or column is copied without a word here, unless it names
another table's key without a foreign key (``LOOSE``).

Copies are told apart by a mark in codes, numbers and uids, and lie some time before the original: those of
the ledger by seconds, those of documents by days. Documents of old copies are done (``DONE``). The copies'
events repeat the content hash of the original: lists do not look at it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.apps import apps
from django.core.management.color import no_style
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Field, Max, Model

from bench.tables import bulk

TODAY = date(2026, 11, 20)
"""The demo's year ends the day before; the lists are asked for as if it were this day."""
KEPT = 20
"""Copies of what people keep: 60 sites would be too many for a company, so it stays at this."""
DOCUMENTS = 5_000
OPEN_DOCUMENTS = 150
"""Copies whose documents are as open as in the demo; older ones are done."""
COPIES_A_DAY = 14
SECONDS_APART = 37
FAR = 1_000_000
"""Keys of copies begin beyond this; a table of the demo holds far fewer rows."""

MORE = {"catalog_item": 400, "partners_partner": 100, "partners_location": 100}
"""A longer catalogue than what is used: choosing and searching feel its length."""

ONCE = (
    "account_", "auth_", "django_", "kernel_", "mfa_", "socialaccount_", "accounts_cache", "accounts_role",
    "counting_limit", "documents_file", "documents_series", "onboarding_", "places_sscc_range",
)  # fmt: skip
"""Tables that are not copied: their rows stand for the whole book, or belong to the frame."""
LEDGER = ("ledger_", "lots_lot", "lots_hold", "production_run")
DOCUMENT = (
    "approvals_approval", "approvals_waiting", "approvals_decision", "complaints_", "counting_",
    "documents_", "production_order", "receiving_", "shipping_", "transfers_", "warehouse_adjustment",
)  # fmt: skip
"""Tables by the beginnings of their names; what is in none of these is kept by people."""
RULES = ("receiving_rule", "shipping_rule", "transfers_level")
PLACES = ("places_place", "places_place_history")

LOOSE = {
    ("ledger_movement", "claim"): "ledger.Claim",
    ("lots_hold", "placed_sequence"): "ledger.Event",
    ("lots_hold", "released_sequence"): "ledger.Event",
    ("receiving_arrival", "sequence"): "ledger.Event",
    ("counting_tally", "sequence"): "ledger.Event",
    ("shipping_pick", "claim"): "ledger.Claim",
    ("transfers_pick", "claim"): "ledger.Claim",
}
"""Columns that hold another table's key without being a foreign key."""

DONE: dict[str, dict[str, str]] = {
    "approvals_approval": {"status": "CASE WHEN status = 'pending' THEN 'approved' ELSE status END"},
    "complaints_complaint": {"status": "'closed'", "closed_at": "received_at"},
    "counting_count": {"status": "'done'"},
    "counting_sheet": {"status": "'counted'"},
    "production_order": {"status": "'done'"},
    "receiving_order": {"status": "'received'"},
    "receiving_order_line": {"received": "quantity"},
    "receiving_notice": {"status": "'received'"},
    "receiving_notice_line": {"received": "quantity"},
    "shipping_order": {"status": "'delivered'", "has_problem": "NOT (1 = 1)"},
    "shipping_order_line": {"shipped": "quantity"},
    "shipping_pick": {"done_at": "picked_at"},
    "shipping_shipment": {"status": "'delivered'", "delivered_at": "shipped_at"},
    "transfers_request": {"status": "'received'"},
    "transfers_transfer": {"status": "'received'", "received_at": "coalesce(sent_at, created_at)"},
    "warehouse_adjustment": {"status": "'posted'"},
}
"""What columns of old documents hold: the document is done."""

MARKED = frozenset({
    "number", "code", "username", "key", "uri", "tlc", "supplier_lot", "document_number", "document",
    "order_number", "customer_number", "lot", "name_of", "prefix",
})  # fmt: skip
"""Texts that get the copy's mark; every unique text does."""
DIGITS = {"gtin": 14, "gln": 13, "sscc": 18}
"""GS1 keys, with how many digits they have: a copy's own, with its check digit."""

STOCK_SHARE = 12
"""One in so many sold lots keeps goods at its place: a large maker has more in stock than the demo has."""


@dataclass(frozen=True)
class _Tier:
    """How often a table is copied; a reference into it means copy ``number % copies``."""

    copies: int
    copied: int

    def number(self) -> str:
        return f"(c.n % {self.copies})"


class _Dialect:
    """What the two databases say differently."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self.postgres = connection.vendor == "postgresql"

    def uid(self, column: str, number: str) -> str:
        if self.postgres:
            column, four = f"replace({column}::text, '-', '')", f"lpad(to_hex({number}), 4, '0')"
        else:
            four = f"printf('%04x', {number})"
        # A digit that no UUID of the product has there keeps copies apart from originals.
        copy = f"substr({column}, 1, 16) || 'c' || substr({column}, 18, 3) || {four} || substr({column}, 25)"
        return f"({copy})::uuid" if self.postgres else copy

    def digits(self, column: str, number: str, length: int) -> str:
        four = f"lpad(({number} + 1)::text, 4, '0')" if self.postgres else f"printf('%04d', {number} + 1)"
        body = f"({four} || substr({column}, 5, {length - 5}))"
        weights = (
            f"{3 - at % 2 * 2} * CAST(substr({body}, {length - 1 - at}, 1) AS integer)"
            for at in range(length - 1)
        )
        return f"{body} || ((10 - ({' + '.join(weights)}) % 10) % 10)"

    def moment(self, column: str, seconds: str) -> str:
        if self.postgres:
            return f"{column} - make_interval(secs => {seconds})"
        return f"strftime('%Y-%m-%d %H:%M:%f', {column}, (-1 * {seconds}) || ' seconds')"

    def day(self, column: str, days: str) -> str:
        if self.postgres:
            return f"({column} - {days})"
        return f"date({column}, (-1 * {days}) || ' days')"


def build(
    connection: BaseDatabaseWrapper, *, events: int = 1_000_000, say: Callable[[str], None] = lambda _: None
) -> dict[str, Any]:
    """Load the demo into the empty book behind ``connection`` and grow it; tells its day and its rows."""
    from lotbook.config.demo import loading

    begun = time.monotonic()
    loading.load(TODAY, lambda _what, _done, _of: None)
    say(f"the demo: {time.monotonic() - begun:.0f} s")
    times = max(1, round(events / apps.get_model("ledger.Event")._default_manager.count()))
    rows = grow(connection, times=times, say=say)
    say(f"the company: {time.monotonic() - begun:.0f} s")
    return {"today": TODAY.isoformat(), "rows": rows}


def grow(
    connection: BaseDatabaseWrapper,
    *,
    times: int,
    documents: int = DOCUMENTS,
    say: Callable[[str], None] = lambda _: None,
) -> dict[str, int]:
    """Copy the demo in this book: its ledger and its documents so many times; gives each table's rows."""
    event = apps.get_model("ledger.Event")
    copier = _Copier(connection, _Dialect(connection), times, max(documents, times))
    models = [model for model in apps.get_models(include_auto_created=True) if _grows(model)]
    with bulk(connection, models), connection.cursor() as cursor:
        copier.prepare(cursor)
        for model in models:
            cursor.execute(copier.statement(model))
            say(f"{model._meta.db_table}: {cursor.rowcount:,} rows")
        for statement in connection.ops.sequence_reset_sql(no_style(), models):
            cursor.execute(statement)
        if copier.dialect.postgres:
            top = event._default_manager.aggregate(top=Max("sequence"))["top"]
            cursor.execute("SELECT setval('ledger_event_sequence', %s)", [top])
    with connection.cursor() as cursor:
        # What autovacuum leaves behind in a grown book; SQLite has statistics only where somebody asked.
        if copier.dialect.postgres and not connection.in_atomic_block:
            cursor.execute("VACUUM ANALYZE")
    return {model._meta.db_table: model._default_manager.count() for model in models}


def _grows(model: type[Model]) -> bool:
    return model._meta.managed and not model._meta.proxy and not model._meta.db_table.startswith(ONCE)


class _Copier:
    """Says for each table the one statement that copies it."""

    def __init__(
        self, connection: BaseDatabaseWrapper, dialect: _Dialect, ledger: int, documents: int
    ) -> None:
        self.connection, self.dialect = connection, dialect
        self.kept = _Tier(KEPT, KEPT)
        self.ledger = _Tier(ledger, ledger)
        self.documents = _Tier(documents, documents)

    def tier(self, table: str) -> _Tier:
        if table.startswith(LEDGER):
            return self.ledger
        if table.startswith(DOCUMENT) and not table.startswith(RULES):
            return self.documents
        return _Tier(KEPT, MORE.get(table.removesuffix("_history"), KEPT))

    def prepare(self, cursor: Any) -> None:
        """Tables of the copies' numbers, and of the places that come and go with the ledger's events."""
        most = max(self.documents.copied, *MORE.values())
        cursor.execute("CREATE TEMPORARY TABLE bench_copy (n integer PRIMARY KEY)")
        cursor.execute(
            "INSERT INTO bench_copy WITH RECURSIVE r(n) AS"
            f" (SELECT 0 UNION ALL SELECT n + 1 FROM r WHERE n < {most - 1}) SELECT n FROM r"
        )
        cursor.execute(
            "CREATE TEMPORARY TABLE bench_passing AS"
            " SELECT id FROM places_place WHERE kind IN ('unit', 'run')"
        )
        cursor.execute(
            "CREATE TEMPORARY TABLE bench_transit AS SELECT transit_id AS id FROM transfers_transfer"
            " WHERE transit_id IS NOT NULL"
        )
        cursor.execute(
            "CREATE TEMPORARY TABLE bench_alone AS SELECT id FROM places_place"
            " WHERE kind IN ('loss', 'difference', 'elsewhere')"
        )
        if self.dialect.postgres:
            cursor.execute("ANALYZE bench_copy")

    def statement(self, model: type[Model]) -> str:
        table = model._meta.db_table
        fields = [field for field in model._meta.concrete_fields if field.column]
        values = [self.value(model, field) for field in fields]
        listed = ", ".join(f'"{field.column}"' for field in fields)
        return (
            f'INSERT INTO "{table}" ({listed}) SELECT {", ".join(values)}'
            f' FROM "{table}" t CROSS JOIN bench_copy c WHERE {self.wanted(table)}'
        )

    def wanted(self, table: str) -> str:
        if table in PLACES:
            return (
                f"c.n < CASE WHEN t.kind IN ('unit', 'run') THEN {self.ledger.copied}"
                f" WHEN t.id IN (SELECT id FROM bench_transit) THEN {self.documents.copied}"
                f" WHEN t.kind IN ('loss', 'difference', 'elsewhere') THEN 0 ELSE {KEPT} END"
            )
        if table == "approvals_waiting":
            return f"c.n < {min(OPEN_DOCUMENTS, self.documents.copied)}"
        return f"c.n < {self.tier(table).copied}"

    def value(self, model: type[Model], field: Field[Any, Any]) -> str:
        table, column = model._meta.db_table, f't."{field.column}"'
        value = self._copied(model, field, column)
        if (done := DONE.get(table, {}).get(field.column)) is not None:
            return f"CASE WHEN c.n >= {OPEN_DOCUMENTS} THEN {done} ELSE {value} END"
        if table == "places_place" and field.column == "is_active":
            # A transfer's place in transit is out of use once the transfer is received.
            done = f"t.id IN (SELECT id FROM bench_transit) AND c.n >= {OPEN_DOCUMENTS}"
            return f"CASE WHEN {done} THEN NOT (1 = 1) ELSE {value} END"
        if table == "ledger_balance" and field.column == "on_hand":
            some = f"t.own AND t.on_hand = 0 AND t.lot_id % {STOCK_SHARE} = 0"
            return f"CASE WHEN {some} THEN 1000 ELSE {value} END"
        return value

    def _copied(self, model: type[Model], field: Field[Any, Any], column: str) -> str:
        table, kind = model._meta.db_table, field.get_internal_type()
        if loose := LOOSE.get((table, field.column)):
            return self.key(apps.get_model(loose)._meta.db_table, column)
        if table == "ledger_link":
            return self.link(field.column, column)
        if field.is_relation:
            return self.key(field.related_model._meta.db_table, column)  # type: ignore[union-attr]  # a foreign key
        if field.primary_key or (field.column == "id" and table.endswith("_history")):
            return self.key(
                table.removesuffix("_history") if field.column == "id" else table, column, own=True
            )
        if kind == "UUIDField":
            passing = field.column.endswith("event") and not field.unique
            return self.dialect.uid(column, self.ledger.number() if passing else "c.n")
        if kind == "DateTimeField":
            return self.dialect.moment(column, self.seconds(table))
        if kind == "DateField":
            return self.day(table, field.column, column)
        if kind == "CharField":
            return self.text(table, field, column)
        return column

    def key(self, table: str, column: str, *, own: bool = False) -> str:
        """The copy's key: the ledger's copies lie side by side in time, others one after the other."""
        if table.startswith(ONCE):
            return column
        tier = self.tier(table)
        if table == "places_place_history":
            return f"{FAR} + c.n * {FAR // 10} + {column}"
        if table == "places_place":
            number = (
                f"CASE WHEN {column} IN (SELECT id FROM bench_passing) THEN {self.ledger.number()}"
                f" WHEN {column} IN (SELECT id FROM bench_transit) THEN c.n ELSE {self.kept.number()} END"
            )
            copy = f"{FAR} + ({number}) * {FAR // 10} + {column}"
            return f"CASE WHEN {column} IN (SELECT id FROM bench_alone) THEN {column} ELSE {copy} END"
        number = "c.n" if own else tier.number()
        if tier is self.ledger:
            return f"{FAR} + {column} * {tier.copies} + {tier.copies} - 1 - {number}"
        return f"{FAR} + ({tier.copied} - 1 - {number}) * {FAR // 10} + {column}"

    def link(self, name: str, column: str) -> str:
        """A genealogy's end: twice a lot's key, or twice a place's and one."""
        if name in ("source", "target"):
            lot, place = self.key("lots_lot", f"({column} / 2)"), self.key("places_place", f"({column} / 2)")
            return f"CASE WHEN {column} % 2 = 0 THEN 2 * ({lot}) ELSE 2 * ({place}) + 1 END"
        sequence = self.key("ledger_event", column)
        return f"CASE WHEN {column} = {2**63 - 1} THEN {column} ELSE {sequence} END"

    def seconds(self, table: str) -> str:
        if self.tier(table) is self.documents:
            return f"(c.n * {86_400 // COPIES_A_DAY})"
        return f"(c.n * {SECONDS_APART})"

    def day(self, table: str, name: str, column: str) -> str:
        if self.tier(table) is self.documents:
            return self.dialect.day(column, f"(c.n / {COPIES_A_DAY})")
        # Lots of later copies keep longer: what is in stock expires over a year, not in a week.
        keeps = name in ("expires_on", "best_before_on", "sell_by_on", "retest_on")
        return self.dialect.day(column, "(-1 * c.n)") if keeps else column

    def text(self, table: str, field: Field[Any, Any], column: str) -> str:
        name = field.column
        if name in DIGITS and field.unique:
            return self.dialect.digits(column, "c.n", DIGITS[name])
        if not (field.unique or name in MARKED):
            return column
        number = self.ledger.number() if name in ("lot", "supplier_lot", "document_number") else "c.n"
        marked = f"{column} || '-' || ({number} + 1)"
        return (
            marked
            if field.unique or name == "number"
            else f"CASE WHEN {column} = '' THEN '' ELSE {marked} END"
        )
