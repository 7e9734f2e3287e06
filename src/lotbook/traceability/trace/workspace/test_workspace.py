"""The trace page by site and as flows: sums equal the balance, files say the same, links narrow the table."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from lotbook.foundation.partners.models import Location, Partner
from lotbook.foundation.places.models import Place
from lotbook.kernel import sql
from lotbook.traceability.ledger import actions as ledger
from lotbook.traceability.ledger.models import Event
from lotbook.traceability.ledger.rules import Draft, LotRef, Move
from lotbook.traceability.trace import facts
from lotbook.traceability.trace import page as pages
from lotbook.traceability.trace.forms import Filters
from lotbook.traceability.trace.test_views import ANN, NOON, Book, book, client, ref, rows, text, uid
from lotbook.traceability.trace.workspace.sites import LOTS_NAMED

pytestmark = pytest.mark.django_db
__all__ = ["book", "client"]


def shown(number: str, item: str) -> pages.TracePage:
    return pages.page(pages.subject(uid(number, item)), Filters())


def test_sites_say_where_things_came_from_are_and_went(client: Client, book: Book) -> None:
    Location.objects.create(partner=Partner.objects.get(code="FARM"), name="Farm", city="Parma", country="IT")
    suppliers, ours, customers = pages.by_site(shown("S-1", "SAUCE"))
    assert [(site.end.name, site.where) for site in suppliers.sites] == [("Fattoria Rossi", "Parma, IT")]
    (plant,) = ours.sites
    assert plant.end.name == "Plant"
    assert {row.item: (row.came, row.went, row.here) for row in plant.items} == {
        "TOM": (100_000, 80_000, 20_000),
        "SALT": (5_000, 1_000, 4_000),
        "SAUCE": (90, 50, 40),
    }
    assert [(site.end.name, site.items[0].came) for site in customers.sites] == [
        ("Café Zoë", 20),
        ("Corner Shop", 30),
    ]
    page = text(client, id=uid("S-1", "SAUCE"), view="sites")
    for wanted in ("Parma, IT", "Corner Shop", "Our sites"):
        assert wanted in page


def test_what_was_reversed_did_not_come_to_a_site(client: Client, book: Book) -> None:
    shipped = Event.objects.get(sequence=book.sequences[-1])
    before = book.sequences[-1]
    ledger.reverse(shipped.uid, actor=ANN, reason="typed twice")
    assert [site.end.name for site in pages.by_site(shown("S-1", "SAUCE"))[2].sites] == ["Corner Shop"]
    then = pages.page(pages.subject(uid("S-1", "SAUCE")), Filters(as_of=before))
    assert len(pages.by_site(then)[2].sites) == 2


def test_the_link_of_a_site_narrows_the_table_to_the_lots_that_were_there(client: Client, book: Book) -> None:
    made = [ref(book.sauce, f"X-{number}") for number in range(LOTS_NAMED + 3)]
    run = book.customer("B2", "Bar").pk
    tomatoes = LotRef(book.tomatoes.pk, "L-1")
    place = Place.objects.create(code="RUN-B", kind="run")
    moves = [Move(one, place.pk, book.store.pk, 9) for one in made]
    ledger.post(
        [
            Draft("consume", NOON, moves=[Move(tomatoes, book.store.pk, place.pk, 10_000)]),
            Draft("produce", NOON, moves=moves),
            Draft("ship", NOON, moves=[Move(one, book.store.pk, run, 2) for one in made]),
        ],
        actor=ANN,
    )
    page = text(client, id=uid("L-1", "TOM"), view="sites")
    (link,) = (one for one in re.findall(r'href="([^"]*site=partner[^"]*)"', page) if "SAUCE" in one)
    answer = client.get(link.replace("&amp;", "&").split("#")[0])
    assert answer.status_code == 200
    table = answer.content.decode().split('id="lots"')[1]
    assert all(f"X-{number}" in table for number in range(LOTS_NAMED + 3))
    assert ">S-1<" not in table


def test_sites_leave_as_a_file_with_sequence_and_user(client: Client, book: Book) -> None:
    got = rows(client.get("/trace/export/sites", {"id": uid("S-1", "SAUCE"), "view": "sites"}))
    head = {row[0]: row[1] for row in got if len(row) == 2}
    assert head["As of sequence"] == str(shown("S-1", "SAUCE").trace.as_of)
    assert head["Made by"] == "user:ann"
    assert ["Our sites", "Plant", "", "SAUCE", "Sauce 350 g", "90", "50", "40", "H87", "S-1"] in got


def test_stock_by_site_is_the_balance(client: Client, book: Book) -> None:
    page = shown("L-1", "TOM")
    here = sum(row.here for site in pages.by_site(page)[1].sites for row in site.items if row.item == "TOM")
    assert page.lot is not None
    uses = {use.name: use.quantity for use in facts.balance(page.lot.pk, as_of=page.trace.as_of).uses}
    assert here == uses["stock"] == 20_000


def test_asking_by_site_takes_as_many_statements_for_many_lots(client: Client, book: Book) -> None:
    page = shown("S-1", "SAUCE")
    with CaptureQueriesContext(connection) as asked, sql.counted() as counted:
        pages.by_site(page)
    assert len(asked) + len(counted) <= 9
