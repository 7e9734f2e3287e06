"""New logistic units are numbered from one range, whichever room makes them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from importlib import import_module
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test import Client
from tests.rooms import ANN, TODAY, Cast, fields, small, stocked

from lotbook.foundation.accounts.models import User
from lotbook.foundation.places import actions as places
from lotbook.foundation.places.models import Place
from lotbook.kernel import clock
from lotbook.kernel.errors import Refused
from lotbook.operations.shipping import actions as shipping
from lotbook.operations.shipping import queries as orders
from lotbook.operations.shipping.models import Order, Pick
from lotbook.operations.shipping.rules import Wanted
from lotbook.operations.transfers.actions import picking, transfers
from lotbook.operations.transfers.models import Pick as Moved
from lotbook.operations.transfers.models import Transfer
from lotbook.operations.transfers.rules import Wanted as Asked
from lotbook.operations.warehouse import actions as warehouse
from lotbook.traceability.ledger.check import check
from lotbook.traceability.ledger.lines import Line

PREFIX = "34012345"


def make(monkeypatch: pytest.MonkeyPatch) -> Cast:
    monkeypatch.setattr(clock, "now", lambda: TODAY)
    cast = small()
    places.create_place(actor=ANN, code="OUTLET", kind="site", name="Outlet")
    stocked(cast, ("SAUCE", "S-1", "1000"))
    return cast


def order(quantity: str = "10") -> Order:
    made = shipping.create(
        customer="SHOP", site="PLANT", lines=[Wanted("SAUCE", quantity)], confirmed=True, actor=ANN
    )
    return shipping.allocate(order=made.uid, actor=ANN)


def pick(one: Order, **more: Any) -> list[Pick]:
    claim = orders.claims(one)[0].id
    return shipping.pick(order=one.uid, claim=claim, lot="S-1", actor=ANN, **more)


def transfer() -> Transfer:
    made = transfers.create(source="STORE", destination="OUTLET", lines=[Asked("SAUCE", "5")], actor=ANN)
    transfers.start(transfer=made.uid, actor=ANN)
    picking.confirm_all(transfer=made.uid, actor=ANN)
    return made


def pack(one: Transfer) -> Transfer:
    loose = [row.uid for row in Moved.objects.filter(transfer=one)]
    return picking.pack(transfer=one.uid, picks=loose, actor=ANN)


@pytest.mark.django_db
def test_shipping_and_transfers_draw_from_the_range_of_the_site(monkeypatch: pytest.MonkeyPatch) -> None:
    make(monkeypatch)
    with pytest.raises(Refused, match="no GS1 company prefix") as refusal:
        pick(order(), new_unit=True)
    assert fields(refusal) == {"to"}
    one = transfer()
    with pytest.raises(Refused, match="no GS1 company prefix") as refusal:
        pack(one)
    assert fields(refusal) == {"unit"}
    warehouse.set_numbering(site="PLANT", prefix=PREFIX, actor=ANN)
    (picked,) = pick(order(), new_unit=True)
    assert (picked.place.sscc, picked.place.parent) == ("034012345000000019", Place.objects.get(code="PLANT"))
    pack(one)
    assert Place.objects.filter(sscc="034012345000000026").exists()
    assert warehouse.create_unit(place="STORE", actor=ANN).sscc == "034012345000000033"
    with pytest.raises(Refused) as refusal:
        pick(order(), new_unit=True, to="A-01")
    assert fields(refusal) == {"to"}
    assert check().findings == []


@pytest.mark.django_db
def test_on_the_pages_and_over_http(monkeypatch: pytest.MonkeyPatch) -> None:
    make(monkeypatch)
    warehouse.set_numbering(site="PLANT", prefix=PREFIX, actor=ANN)
    client = Client()
    client.force_login(User.objects.create(username="ines", role="administrator"))
    first, second = order(), order()
    page = f"/orders/{first.uid}/pick"
    assert "new_unit" in client.get(page).content.decode()
    claim = orders.claims(first)[0].id
    form = {"claim": claim, "lot": "S-1", "new_unit": "on", "uid": "01a204b3-891c-7115-ae8e-b46b37bdd9a0"}
    gone = client.post(page, form)
    assert gone["Location"] == f"{page}?to=SSCC-034012345000000019"
    body = {"claim": orders.claims(second)[0].id, "lot": "S-1", "new_unit": True}
    sent = client.post(f"/api/v1/customer-orders/{second.uid}/picks", body, content_type="application/json")
    assert sent.json()["portions"][0]["place"] == "SSCC-034012345000000026"
    one = transfer()
    form = {"picks": [str(row.uid) for row in Moved.objects.filter(transfer=one)], "unit": ""}
    assert client.post(f"/transfers/{one.uid}/pack", {**form, "uid": str(uuid4())}).status_code == 302
    assert Place.objects.filter(sscc="034012345000000033").exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgres
def test_picking_packing_and_building_at_once_never_share_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three rooms, twelve threads: every unit has a number of its own, and nobody waits for ever."""
    make(monkeypatch)
    warehouse.set_numbering(site="PLANT", prefix=PREFIX, actor=ANN)
    acts: list[Callable[[], Any]] = []
    for _ in range(4):
        picked, packed = order(), transfer()
        acts += [
            lambda one=picked: pick(one, new_unit=True),  # type: ignore[misc]  # bound now, one for each thread
            lambda one=packed: pack(one),  # type: ignore[misc]  # bound now, one for each thread
            lambda: warehouse.build_unit(place="STORE", lines=[Line(lot="S-1", quantity="2")], actor=ANN),
        ]
    start, wrong = threading.Barrier(len(acts)), []

    def run(act: Callable[[], Any]) -> None:
        try:
            start.wait(30)
            with transaction.atomic():
                act()
        except Exception as problem:  # noqa: BLE001 – whatever it is, the test shows it
            wrong.append(problem)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    numbers = list(Place.objects.filter(kind="unit").values_list("sscc", flat=True))
    assert len(numbers) == len(set(numbers)) == len(acts)
    assert check().findings == []


@pytest.mark.django_db
def test_the_ranges_of_the_warehouse_came_along() -> None:
    """The statements of the migration, run against tables of their old shape."""
    moved = import_module("lotbook.operations.warehouse.migrations.0002_numbers_moved")
    cast = small()
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE warehouse_sscc_range (id bigint, prefix text, extension int, last bigint)"
        )
        stamp = "timestamptz" if connection.vendor == "postgresql" else "text"
        cursor.execute(
            "CREATE TABLE warehouse_sscc_setting"
            f" (site_id bigint, range_id bigint, changed_at {stamp}, changed_by text)"
        )
        cursor.execute("INSERT INTO warehouse_sscc_range VALUES (7, '34012345', 3, 41)")
        cursor.execute(
            "INSERT INTO warehouse_sscc_setting VALUES (%s, 7, '2027-03-03 12:00:00+00:00', 'user:ann')",
            [cast.plant.pk],
        )
        cursor.execute(moved.RANGES)
        cursor.execute(moved.SETTINGS)
    assert warehouse.create_unit(place="STORE", actor=ANN).sscc == "334012345000000423"
