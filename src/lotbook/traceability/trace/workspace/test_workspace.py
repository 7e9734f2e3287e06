"""The trace page by site and as flows: sums equal the balance, files say the same, links narrow the table."""

from __future__ import annotations

import re
from collections import Counter
from fractions import Fraction

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from lotbook.foundation.catalog.models import Conversion
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
from lotbook.traceability.trace.workspace import flows, sankey
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


# -- flows --------------------------------------------------------------------------------------------


def weigh(book: Book) -> None:
    """A jar of sauce has half a kilogram net."""
    Conversion.objects.create(item=book.sauce, unit="KGM", numerator=2, denominator=1)


def by_names(found: flows.Flows) -> dict[tuple[str, str], Fraction]:
    return {(one.source.name, one.target.name): one.kilograms for one in found.flows}


def test_flows_share_out_what_a_run_took_by_mass(client: Client, book: Book) -> None:
    weigh(book)
    found = by_names(pages.by_mass(shown("S-1", "SAUCE")))
    assert found == {
        ("Fattoria Rossi", "Tomatoes"): Fraction(100),
        ("Fattoria Rossi", "Sea salt"): Fraction(5),
        ("Tomatoes", "In stock"): Fraction(20),
        ("Sea salt", "In stock"): Fraction(4),
        ("Tomatoes", "Sauce 350 g"): Fraction(80 * 45, 81),
        ("Sea salt", "Sauce 350 g"): Fraction(45, 81),
        ("Tomatoes", "Stayed in runs"): Fraction(80 * 36, 81),
        ("Sea salt", "Stayed in runs"): Fraction(36, 81),
        ("Sauce 350 g", "Corner Shop"): Fraction(15),
        ("Sauce 350 g", "Café Zoë"): Fraction(10),
        ("Sauce 350 g", "In stock"): Fraction(20),
    }


def test_as_much_comes_to_an_item_as_goes_from_it(client: Client, book: Book) -> None:
    """With a rework circle, a loss, a find, something unused that came back and another product of the run."""
    weigh(book)
    sauce, tomatoes = ref(book.sauce, "S-1"), LotRef(book.tomatoes.pk, "L-1")
    other, run = ref(book.sauce, "S-2"), Place.objects.create(code="RUN-B", kind="run")
    loss, found_at = Place.objects.get(code="LOSS"), Place.objects.get(code="DIFFERENCE")
    ledger.post(
        [
            Draft("consume", NOON, moves=[Move(sauce, book.store.pk, run.pk, 7)]),
            Draft("consume", NOON, moves=[Move(tomatoes, book.store.pk, run.pk, 9_000)]),
            Draft("unconsume", NOON, moves=[Move(tomatoes, run.pk, book.store.pk, 1_000)]),
            Draft("produce", NOON, moves=[Move(other, run.pk, book.store.pk, 40)]),
            Draft("lose", NOON, moves=[Move(other, book.store.pk, loss.pk, 3)], reason="broken"),
            Draft("adjust", NOON, moves=[Move(other, found_at.pk, book.store.pk, 2)], reason="found"),
        ],
        actor=ANN,
    )
    for number, item in (("S-1", "SAUCE"), ("L-1", "TOM"), ("S-2", "SAUCE")):
        page = shown(number, item)
        into, out = Counter[str](), Counter[str]()
        for one in pages.by_mass(page).flows:
            into[one.target.name] += one.kilograms  # type: ignore[assignment]  # fractions add up as well
            out[one.source.name] += one.kilograms  # type: ignore[assignment]
        for name in {row.lot.item_name for row in page.lots}:
            assert into[name] == out[name] > 0, (number, name)


def test_what_has_no_net_weight_is_named_and_not_drawn(client: Client, book: Book) -> None:
    page = text(client, id=uid("S-1", "SAUCE"), view="flows")
    assert "and so not drawn: Sauce 350 g" in page
    assert "<svg" in page
    assert "style=" not in page.split("<svg")[1].split("</svg>")[0]
    found = pages.by_mass(shown("S-1", "SAUCE"))
    assert found.weightless == ["Sauce 350 g"]
    drawn = sankey.draw(found.shown)
    assert all(box.node.name != "Sauce 350 g" or box.kilograms for box in drawn.boxes)


def test_bands_fit_their_nodes_and_the_picture(book: Book) -> None:
    weigh(book)
    found = pages.by_mass(shown("S-1", "SAUCE"))
    drawn = sankey.draw(found.shown)
    assert len(drawn.bands) == len(found.flows)
    assert all(box.y >= 0 and box.y + box.height <= drawn.height for box in drawn.boxes)
    columns = {box.node.name: box.x for box in drawn.boxes}
    assert columns["Fattoria Rossi"] < columns["Tomatoes"] < columns["Sauce 350 g"] < columns["Corner Shop"]
    assert columns["Corner Shop"] == columns["In stock"]
    for first in drawn.boxes:
        for second in drawn.boxes:
            if first is not second and first.x == second.x:
                assert first.y + first.height <= second.y or second.y + second.height <= first.y


def test_flows_leave_as_a_file(client: Client, book: Book) -> None:
    weigh(book)
    got = rows(client.get("/trace/export/flows", {"id": uid("S-1", "SAUCE")}))
    assert ["Sauce 350 g", "Corner Shop", "15", "30 H87"] in [
        [*row[:2], row[2].rstrip("0").rstrip("."), row[3]] for row in got if len(row) == 4
    ]


def test_flows_take_as_many_statements_for_many_lots(book: Book) -> None:
    page = shown("S-1", "SAUCE")
    with CaptureQueriesContext(connection) as asked, sql.counted() as counted:
        pages.by_mass(page)
    assert len(asked) + len(counted) <= 13


def test_a_printed_trace_says_for_whom_when_and_a_checksum_of_what_it_says(
    client: Client, book: Book
) -> None:
    def checksum(**query: str) -> str:
        page = text(client, id=uid("S-1", "SAUCE"), **query)
        assert "Printed for ann" in page
        found = re.search(r"Checksum ([0-9a-f]{16})", page)
        assert found is not None
        return found[1]

    first = checksum()
    assert checksum(view="flows") == first
    assert checksum(item="TOM") != first
    ledger.post(
        [Draft("receive", NOON, moves=[Move(ref(book.tomatoes, "L-1"), book.farm.pk, book.store.pk, 5)])],
        actor=ANN,
    )
    assert checksum() != first
