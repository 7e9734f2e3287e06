"""Queries compiled once find what the ORM finds, whatever their values; rows written so are rows as saved."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from django.db import DEFAULT_DB_ALIAS, IntegrityError, connection, connections, transaction
from django.db.models import Q
from django.db.models.functions import Upper

from lotbook.foundation.catalog.models import Conversion, Item
from lotbook.foundation.documents.models import Step
from lotbook.foundation.places.models import Place
from lotbook.kernel import history, prepared, sql
from lotbook.kernel.pg import statements
from lotbook.kernel.prepared import Prepared, Slot, Slots, insert

pytestmark = pytest.mark.django_db

ITEMS = Prepared(lambda: Item.objects.filter(code__in=Slots("codes")).order_by("code"))
NAMED = Prepared(lambda: Item.objects.filter(Q(code=Slot("name")) | Q(name=Slot("name"))).order_by("pk"))
CONVERSIONS = Prepared(
    lambda: (
        Conversion.objects.select_related("item")
        .filter(item_id=Slot("item"), item__is_active=True)
        .annotate(loud=Upper("item__code"))
    )
)


@pytest.fixture
def items() -> list[Item]:
    codes = [f"TOM-{number}" for number in range(7)]
    return [Item.objects.create(code=code, name=f"Tomato {code}", unit="KGM", scale=3) for code in codes]


def test_the_same_models_are_found_for_any_number_of_values(items: list[Item]) -> None:
    for count in (1, 2, 3, 5, 7):
        codes = [item.code for item in items[:count]]
        found = ITEMS.all(codes=codes)
        assert found == list(Item.objects.filter(code__in=codes).order_by("code"))
        assert [vars(one).keys() for one in found] == [vars(one).keys() for one in Item.objects.all()[:count]]
        assert (found[0].uid, found[0].is_active) == (items[0].uid, True)


def test_nothing_is_asked_where_no_value_is_given(items: list[Item]) -> None:
    with sql.counted() as asked:
        assert ITEMS.all(codes=[]) == []
    assert not asked


def test_a_slot_may_stand_twice_and_the_first_row_is_one(items: list[Item]) -> None:
    assert NAMED.first(name="TOM-2") == items[2]
    assert NAMED.first(name="Tomato TOM-3") == items[3]
    assert NAMED.first(name="nothing") is None


def test_related_rows_and_annotations_come_along(items: list[Item]) -> None:
    Conversion.objects.create(item=items[0], unit="XPX", numerator=500, denominator=1)
    one = CONVERSIONS.first(item=items[0].pk)
    assert one is not None
    with sql.counted() as asked:
        assert one.item.name == "Tomato TOM-0"
        assert vars(one)["loud"] == "TOM-0"
    assert not asked
    Item.objects.filter(pk=items[0].pk).update(is_active=False)
    assert CONVERSIONS.first(item=items[0].pk) is None


def test_a_found_row_is_changed_and_saved_as_any_other(items: list[Item]) -> None:
    one = NAMED.first(name="TOM-1")
    assert one is not None
    one.name = "Plum tomato"
    one.save()
    assert Item.objects.get(pk=items[1].pk).name == "Plum tomato"
    assert Item.objects.count() == len(items)


def step(verb: str) -> Step:
    at = datetime(2027, 3, 3, 8, tzinfo=UTC)
    return Step(
        document=UUID(int=7), kind="test", verb=verb, happened_at=at, actor="ann", data={"a": [1, "ü"]}
    )


@pytest.mark.parametrize("count", [1, prepared.INSERT_MAX, prepared.INSERT_MAX + 1])
def test_new_rows_are_as_the_orm_saves_them(count: int) -> None:
    steps = [step(f"step {number}") for number in range(count)]
    insert(*steps)
    found = list(Step.objects.order_by("pk"))
    assert [one.verb for one in found] == [one.verb for one in steps]
    assert [one.pk for one in found] == [one.pk for one in steps]
    saved = step("saved")
    saved.save()
    saved.refresh_from_db()
    assert (found[0].data, found[0].happened_at) == (saved.data, saved.happened_at)
    assert not steps[0]._state.adding


def test_a_row_added_with_its_history_has_the_history_of_a_saved_one() -> None:
    history.add(Place(code="RUN-1", name="Run", kind="run", own=False), actor="ann", reason="made")
    history.save(Place(code="RUN-2", name="Run", kind="run", own=False), actor="ann", reason="made")
    table = Place.history.model
    added, saved = (table.objects.get(code=code) for code in ("RUN-1", "RUN-2"))
    assert added.id == Place.objects.get(code="RUN-1").pk
    differing = {"id", "uid", "code", "history_id", "history_date"}
    for field in table._meta.concrete_fields:
        if field.name not in differing:
            assert getattr(added, field.attname) == getattr(saved, field.attname), field.name


def test_a_clash_is_djangos_error_and_ends_no_more_than_its_savepoint(items: list[Item]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        insert(Place(code="TWICE", kind="run", own=False), Place(code="TWICE", kind="run", own=False))
    assert NAMED.first(name="TOM-2") == items[2]


def test_values_of_every_kind_are_sent() -> None:
    key, at = uuid4(), datetime(2027, 3, 3, 8, tzinfo=UTC)
    insert(Step(document=key, kind="test", verb="100 % sure %s", happened_at=at, actor="ann"))
    by = Prepared(lambda: Step.objects.filter(document=Slot("key"), happened_at=Slot("at")))
    found = by.first(key=key, at=at)
    assert found is not None
    assert found.verb == "100 % sure %s"
    assert found.happened_at == at


# -- PostgreSQL ------------------------------------------------------------------------------------


@pytest.fixture
def raw() -> object:
    if connection.vendor != "postgresql":
        pytest.skip("PostgreSQL alone prepares statements by name")
    connection.ensure_connection()
    return connection.connection


def test_a_statement_is_prepared_once(raw: object) -> None:
    for number in range(3):
        assert sql.rows("SELECT %s::int, 'a %% b'", [number]) == [(number, "a % b")]
    asked = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE %s"
    assert sql.rows(asked, ["SELECT $1::int, 'a _ b'"]) == [(1,)]


def test_a_connection_keeps_no_more_than_it_may(raw: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statements, "KEPT_MAX", 5)
    for number in range(20):
        assert sql.rows(f"SELECT {number}") == [(number,)]
    assert sql.rows("SELECT count(*) <= 5 FROM pg_prepared_statements WHERE name LIKE 'lotbook_%%'") == [
        (True,)
    ]


@pytest.mark.django_db(transaction=True)
def test_a_statement_in_a_transaction_is_rolled_back_with_it(raw: object) -> None:
    with transaction.atomic():
        insert(step("gone"))
        transaction.set_rollback(True)
    assert not Step.objects.exists()
    with transaction.atomic():
        insert(step("kept"))
    assert Step.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_connection_the_server_ended_is_told_from_one_that_lives(raw: object) -> None:
    django = connections[DEFAULT_DB_ALIAS]
    assert django.is_usable()
    other = django.copy()
    try:
        with other.cursor() as cursor:
            own = sql.rows("SELECT pg_backend_pid()")[0][0]
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [own])
            assert cursor.fetchone() == (True,)
    finally:
        other.close()
    assert not django.is_usable()
    django.close()
    assert sql.rows("SELECT 1") == [(1,)]
