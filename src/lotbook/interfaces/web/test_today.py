"""Today and the search on a small real book.

FARM → 3 lots → PLANT/STORE; one sold out to SHOP, one held, one expired
"""

from __future__ import annotations

import html
import re
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from django.test import Client

from lotbook.foundation.accounts.models import User
from lotbook.foundation.catalog import actions as catalog
from lotbook.foundation.partners import actions as partners
from lotbook.foundation.places import actions as places
from lotbook.interfaces.web import queries
from lotbook.kernel import clock
from lotbook.traceability.ledger import actions as ledger
from lotbook.traceability.ledger import browsing, overview
from lotbook.traceability.ledger.rules import Draft, LotRef, Move, PutHold
from lotbook.traceability.lots.models import Lot

pytestmark = pytest.mark.django_db

ANN = "user:ann"
NOON = datetime(2027, 3, 3, 12, 0, tzinfo=UTC)
DAY = NOON.date()


@pytest.fixture
def client() -> Client:
    client = Client()
    client.force_login(User.objects.create(username="ann", role="operator"))
    return client


@pytest.fixture
def book(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)
    plant = places.create_place(actor=ANN, code="PLANT", kind="site", name="Plant", time_zone="Europe/Rome")
    places.create_place(actor=ANN, code="DEPOT", kind="site", name="Depot", time_zone="Europe/Rome")
    store = places.create_place(actor=ANN, code="STORE", kind="area", name="Store", parent=plant.uid)
    farm = partners.create_partner(actor=ANN, code="FARM", name="Fattoria Rossi", is_supplier=True)
    shop = partners.create_partner(actor=ANN, code="SHOP", name="Corner Shop", is_customer=True)
    tomatoes = catalog.create_item(actor=ANN, code="TOM", name="Tomatoes", unit="KGM", scale=3)
    milk = catalog.create_item(actor=ANN, code="MILK", name="Milk", unit="LTR", scale=3)
    source, sink = places.partner_place(farm), places.partner_place(shop)

    def lot(item: int, number: str, expires_on: date | None) -> LotRef:
        return LotRef(item, number, 1, {"expires_on": expires_on} if expires_on else {})

    stock = [
        lot(tomatoes.pk, "T-1", DAY + timedelta(days=7)),
        lot(tomatoes.pk, "T-2", DAY + timedelta(days=8)),
        lot(tomatoes.pk, "T-3", None),
        lot(tomatoes.pk, "OLD", DAY - timedelta(days=1)),
        lot(milk.pk, "T-1", DAY),
        lot(milk.pk, "SOLD", DAY + timedelta(days=3)),
    ]
    moves = [Move(one, source.pk, store.pk, 5000) for one in stock]
    ledger.post(
        [
            Draft(
                "receive",
                NOON - timedelta(days=9),
                moves=moves,
                document_kind="delivery",
                document_number="DN-7",
            )
        ],
        actor=ANN,
    )
    ledger.post([Draft("ship", NOON, moves=[Move(stock[5], store.pk, sink.pk, 5000)])], actor=ANN)
    held = [PutHold(Lot.objects.get(number="T-3").pk, kind, uuid4()) for kind in ("quality", "customs")]
    ledger.post([Draft("hold", NOON, holds=held, reason="glass found")], actor=ANN)


def test_the_numbers_are_those_of_the_stock(book: None) -> None:
    numbers = overview.overview(DAY, (7, 30, 90))
    assert numbers.by_status == {"released": 3, "hold": 1, "expired": 1}
    assert numbers.total == 5
    # The expiry day counts, the day before today does not, and what is sold is nobody's worry.
    assert numbers.expiring == {7: 2, 30: 3, 90: 3}


def test_sites_count_what_stands_at_any_depth(book: None) -> None:
    rows = [(str(row.site), row.lots, row.items) for row in overview.by_site()]
    assert rows == [("Depot", 0, 0), ("Plant", 5, 2)]


def test_holds_are_told_by_age(book: None) -> None:
    today = queries.today()
    assert (today.hold_count, today.hold_ages[0]) == (2, ("since yesterday", 2))
    groups = [(hold.kind, hold.reason, hold.lots, hold.lot and hold.lot.number) for hold in today.holds]
    assert groups == [("Customs", "glass found", 1, "T-3"), ("Quality", "glass found", 1, "T-3")]


def test_one_reason_for_many_lots_is_one_line(book: None) -> None:
    keys = list(Lot.objects.filter(number="T-1").values_list("pk", flat=True))
    recall = [PutHold(key, "recall", uuid4()) for key in keys]
    ledger.post([Draft("hold", NOON, holds=recall, reason="rapid alert 7")], actor=ANN)
    (group,) = [hold for hold in queries.today().holds if hold.kind == "Recall"]
    assert (group.reason, group.lots, group.lot) == ("rapid alert 7", 2, None)


def test_today_shows_it(book: None, client: Client) -> None:
    page = client.get("/").content.decode()
    for words in (
        "On hold",
        "Expired",
        "glass found",
        "Received",
        "Shipped",
        "DN-7",
        "Plant",
        "03 MAR 2027 12:00 UTC",
    ):
        assert words in page
    assert "The book is empty" not in page


def test_today_asks_a_fixed_number_of_questions(
    book: None, client: Client, django_assert_max_num_queries: object
) -> None:
    with django_assert_max_num_queries(24):  # type: ignore[operator]
        client.get("/")


def test_an_empty_book_says_how_to_begin(client: Client) -> None:
    assert "five steps to the first trace" in client.get("/").content.decode()


def test_a_number_of_one_lot_opens_it(book: None) -> None:
    found = queries.search(" T-2 ")
    (subject,) = found.subjects
    lot = Lot.objects.get(number="T-2")
    assert (subject.lot, subject.item_name, subject.where) == (lot.pk, "Tomatoes", "Store")
    assert not found.lots


def test_a_number_of_two_items_is_never_guessed(book: None, client: Client) -> None:
    response = client.get("/search", {"q": "T-1"})
    page = response.content.decode()
    assert response.status_code == 200
    assert "Which one is meant?" in page
    assert {"Tomatoes", "Milk"} == {subject.item_name for subject in queries.search("T-1").subjects}
    assert "10 MAR 2027" in page
    assert "03 MAR 2027" in page


@pytest.mark.parametrize(
    ("text", "where"),
    [("toma", "Items"), ("rossi", "Partners"), ("depo", "Places"), ("DN-7", "Documents"), ("OL", "Lots")],
)
def test_a_part_of_a_name_finds_what_is_called_like_it(
    book: None, client: Client, text: str, where: str
) -> None:
    page = client.get("/search", {"q": text}).content.decode()
    assert f"<h2>{where}" in page


@pytest.mark.parametrize(
    "text",
    ["", "nothing like it", "a\0b", "x" * 5000, "%", "<script>alert(1)</script>", "urn:epc:id:sgtin:x"],
)
def test_anything_may_be_typed(book: None, client: Client, text: str) -> None:
    response = client.get("/search", {"q": text})
    assert response.status_code == 200
    assert "<script>alert" not in response.content.decode()
    assert queries.search(text).subjects == []


def test_the_lists_behind_the_numbers_hold_just_those_lots(book: None) -> None:
    numbers = overview.overview(DAY, (7, 30))
    for days, count in numbers.expiring.items():
        assert browsing.stock(expires_within=days).values("lot").distinct().count() == count
    for status, count in numbers.by_status.items():
        assert browsing.stock(status=status).values("lot").distinct().count() == count


def test_the_chooser_says_where_from_the_site_down(book: None) -> None:
    choices = queries.search("T-1").choices
    assert {choice.where for choice in choices} == {"Plant › Store"}
    assert {choice.subject.item_name for choice in choices} == {"Tomatoes", "Milk"}


LINK = re.compile(r'<a class="lb-tile[^"]*" href="([^"]+)"><span class="lb-tile-number">(\d+)</span>')


def test_each_number_opens_its_list(book: None, client: Client) -> None:
    """The lists show places, so a lot at two places has two rows; here each stands at one."""
    links = LINK.findall(client.get("/").content.decode())
    assert len(links) == 6
    for url, number in links:
        page = client.get(html.unescape(url))
        assert page.status_code == 200
        assert page.content.decode().count("<tr") - 1 == int(number), url


def test_a_site_opens_its_stock(book: None, client: Client) -> None:
    page = client.get("/stock", {"place": "PLANT"}).content.decode()
    assert "T-2" in page
    assert "/stock?place=PLANT" in client.get("/").content.decode()
    assert "T-2" not in client.get("/stock", {"place": "DEPOT"}).content.decode()
