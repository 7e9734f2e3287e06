"""The trace page, its picture, its files and its panel, on a small book.

FARM → TOM/L-1 → [RUN] → SAUCE/S-1 → SHOP (30), CAFE (20)     TOM/L-1 and SALT/L-1 share a number
       SALT/L-1 ↗
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import UTC, date, datetime
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from django.http import StreamingHttpResponse
from django.test import Client

from lotbook.foundation.accounts.models import User
from lotbook.foundation.catalog import actions as catalog
from lotbook.foundation.catalog.models import Item
from lotbook.foundation.partners import actions as partners
from lotbook.foundation.places import actions as places
from lotbook.foundation.places.models import Place
from lotbook.kernel import clock
from lotbook.traceability.ledger import actions as ledger
from lotbook.traceability.ledger.rules import Draft, LotRef, Move, PutHold, Receipt
from lotbook.traceability.lots.models import Lot
from lotbook.traceability.trace import facts
from lotbook.traceability.trace.graph import NODES_MAX

pytestmark = pytest.mark.django_db

ANN = "user:ann"
NOON = datetime(2027, 3, 3, 12, 0, tzinfo=UTC)


@pytest.fixture
def client() -> Client:
    client = Client()
    client.force_login(User.objects.create(username="ann", role="auditor"))
    return client


class Book:
    """The cast, and the few things tests do with it."""

    def __init__(self) -> None:
        self.sequences: list[int] = []
        plant = places.create_place(actor=ANN, code="PLANT", kind="site", name="Plant", time_zone="UTC")
        self.store = places.create_place(actor=ANN, code="STORE", kind="area", name="Store", parent=plant.uid)
        farm = partners.create_partner(actor=ANN, code="FARM", name="Fattoria Rossi", is_supplier=True)
        self.farm = places.partner_place(farm)
        self.tomatoes = catalog.create_item(
            actor=ANN, code="TOM", name="Tomatoes", unit="KGM", scale=3, gtin="04012345000016"
        )
        self.salt = catalog.create_item(actor=ANN, code="SALT", name="Sea salt", unit="KGM", scale=3)
        self.sauce = catalog.create_item(actor=ANN, code="SAUCE", name="Sauce 350 g", unit="H87", scale=0)

    def customer(self, code: str, name: str) -> Place:
        return places.partner_place(
            partners.create_partner(actor=ANN, code=code, name=name, is_customer=True)
        )

    def post(self, kind: str, *moves: Move, **more: Any) -> None:
        (receipt,) = ledger.post([Draft(kind, NOON, moves=moves, **more)], actor=ANN)
        assert isinstance(receipt, Receipt)
        # Where the numbering begins differs: PostgreSQL's sequences outlive a rolled back test.
        self.sequences.append(receipt.sequence)

    def receive(self, item: Item, number: str, quantity: int) -> LotRef:
        ref = LotRef(item.pk, number, facts={"expires_on": date(2027, 9, 1)})
        self.post("receive", Move(ref, self.farm.pk, self.store.pk, quantity), document_number="DN-1")
        return LotRef(item.pk, number)

    def run(self, used: LotRef, quantity: int, output: LotRef, made: int) -> None:
        place = Place.objects.create(code=f"RUN-{Place.objects.count()}", kind="run")
        self.post("consume", Move(used, self.store.pk, place.pk, quantity))
        self.post("produce", Move(output, place.pk, self.store.pk, made))


def ref(item: Item, number: str) -> LotRef:
    return LotRef(item.pk, number)


@pytest.fixture
def book(monkeypatch: pytest.MonkeyPatch) -> Book:
    monkeypatch.setattr(clock, "now", lambda: NOON)
    made = Book()
    tomatoes = made.receive(made.tomatoes, "L-1", 100_000)
    salt = made.receive(made.salt, "L-1", 5_000)
    sauce = ref(made.sauce, "S-1")
    place = Place.objects.create(code="RUN-A", kind="run")
    made.post(
        "consume",
        Move(tomatoes, made.store.pk, place.pk, 80_000),
        Move(salt, made.store.pk, place.pk, 1_000),
    )
    made.post("produce", Move(sauce, place.pk, made.store.pk, 90))
    made.post("ship", Move(sauce, made.store.pk, made.customer("SHOP", "Corner Shop").pk, 30))
    made.post("ship", Move(sauce, made.store.pk, made.customer("CAFE", "Café Zoë").pk, 20))
    return made


def uid(number: str, item: str) -> str:
    return str(Lot.objects.get(number=number, item__code=item).uid)


def text(client: Client, **query: str | int) -> str:
    answer = client.get("/trace", query)
    assert answer.status_code == 200, answer.content.decode()[:2000]
    return answer.content.decode()


def node(drawing: dict[str, Any], **wanted: object) -> dict[str, Any]:
    found = [one for one in drawing["nodes"] if all(one[key] == value for key, value in wanted.items())]
    assert len(found) == 1, (wanted, drawing["nodes"])
    return cast("dict[str, Any]", found[0])


def rows(answer: Any) -> list[list[str]]:
    assert isinstance(answer, StreamingHttpResponse)
    whole = b"".join(cast("Any", answer.streaming_content)).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(whole)))


# -- who may, and from a text to the thing ------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "/trace",
        "/trace/graph.json",
        "/trace/export/lots",
        "/trace/panel/47d0c914-1f27-48f9-bb5b-4d3abfd01224",
    ],
)
def test_nobody_sees_a_trace_without_logging_in_or_without_the_permission(path: str) -> None:
    assert Client().get(path).status_code == 302
    stranger = Client()
    stranger.force_login(User.objects.create(username="eve", role="nobody"))
    assert stranger.get(path).status_code == 403


def test_the_empty_page_asks_what_to_trace(client: Client) -> None:
    assert 'name="id"' in text(client)


def test_one_answer_leads_to_its_own_address_with_all_filters(client: Client, book: Book) -> None:
    answer = client.get("/trace", {"id": " S-1 ", "direction": "forward", "view": "table"})
    assert answer.status_code == 302
    query = parse_qs(urlsplit(answer["Location"]).query)
    assert query == {"id": [uid("S-1", "SAUCE")], "direction": ["forward"], "view": ["table"]}


def test_an_ambiguous_number_gives_a_choice_with_item_expiry_and_place(client: Client, book: Book) -> None:
    page = text(client, id="L-1")
    for wanted in ("Tomatoes", "Sea salt", "01 SEP 2027", "Store", uid("L-1", "TOM"), uid("L-1", "SALT")):
        assert wanted in page


def test_a_gtin_finds_its_lot(client: Client, book: Book) -> None:
    assert client.get("/trace", {"id": "4012345000016"})["Location"].endswith(uid("L-1", "TOM"))


def test_what_the_book_does_not_know_is_said_with_what_to_do(client: Client, book: Book) -> None:
    answer = client.get("/trace", {"id": "NO-SUCH-LOT"})
    assert answer.status_code == 404
    assert "knows nothing named NO-SUCH-LOT" in answer.content.decode()
    assert client.get("/trace/graph.json", {"id": "NO-SUCH-LOT"}).status_code == 404
    assert client.get("/trace/export/lots", {"id": "NO-SUCH-LOT"}).status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        {"as_of": "yesterday"},
        {"as_of": "-1"},
        {"as_of": "999999999"},
        {"as_of": "9" * 40},
        {"direction": "sideways"},
        {"view": "film"},
        {"side": "left"},
        {"depth": "deep"},
        {"status": "fine"},
        {"page": "0"},
    ],
)
def test_what_cannot_be_asked_is_refused_by_name(client: Client, book: Book, query: dict[str, str]) -> None:
    for path in ("/trace", "/trace/graph.json", "/trace/export/lots"):
        answer = client.get(path, {"id": uid("S-1", "SAUCE"), **query})
        assert answer.status_code == 400, path
    assert (
        "There is no trace to show"
        in client.get("/trace", {"id": uid("S-1", "SAUCE"), **query}).content.decode()
    )


@pytest.mark.parametrize(
    "strange", ["\0", "a" * 3000, "' OR 1=1 --", "urn:epc:id:sgtin:x", "(01)", "%", "💥"]
)
def test_no_text_breaks_the_page(client: Client, book: Book, strange: str) -> None:
    assert client.get("/trace", {"id": strange}).status_code in {400, 404}


# -- the page -----------------------------------------------------------------------------------------


def test_the_page_says_who_got_it_and_who_gave_it_with_quantities(client: Client, book: Book) -> None:
    page = text(client, id=uid("S-1", "SAUCE"))
    for wanted in ("Corner Shop", "Café Zoë", "Fattoria Rossi", "Tomatoes", "Sea salt"):
        assert wanted in page
    flat = " ".join(page.split())
    assert "<strong>90</strong> pcs produced" in flat
    assert "<strong>40</strong> pcs in stock" in flat
    assert "<strong>50</strong> pcs shipped" in flat


def test_both_directions_meet_on_one_page_and_each_stands_alone(client: Client, book: Book) -> None:
    both = text(client, id=uid("S-1", "SAUCE"))
    back = text(client, id=uid("S-1", "SAUCE"), direction="back")
    forward = text(client, id=uid("S-1", "SAUCE"), direction="forward")
    assert "Fattoria Rossi" in both
    assert "Corner Shop" in both
    assert "Fattoria Rossi" in back
    assert "Corner Shop" not in back
    assert "Fattoria Rossi" not in forward
    assert "Corner Shop" in forward


def test_an_earlier_sequence_gives_the_earlier_answer(client: Client, book: Book) -> None:
    page = text(client, id=uid("S-1", "SAUCE"), as_of=book.sequences[4])
    assert "Corner Shop" in page
    assert "Café Zoë" not in page
    assert "show it as of now" in page


def test_the_exact_answer_can_be_asked_again(client: Client, book: Book) -> None:
    assert f"as_of={book.sequences[-1]}" in text(client, id=uid("S-1", "SAUCE"))


def test_lots_are_filtered_by_item_status_side_depth_and_text(client: Client, book: Book) -> None:
    hold = PutHold(ref(book.salt, "L-1"), "quality", uuid4())
    ledger.post([Draft("hold", NOON, holds=[hold], reason="lumps")], actor=ANN)
    here = uid("S-1", "SAUCE")

    def shown(**query: str | int) -> set[str]:
        page = text(client, id=here, view="table", **query)
        table = page[page.index('aria-label="Lots"') :] if 'aria-label="Lots"' in page else ""
        return {item for item in ("TOM", "SALT") if uid("L-1", item) in table.split('id="events"')[0]}

    assert shown() == {"TOM", "SALT"}
    assert shown(item="TOM") == {"TOM"}
    assert shown(status="hold") == {"SALT"}
    assert shown(side="back") == {"TOM", "SALT"}
    assert shown(side="forward") == set()
    assert shown(depth=0) == set()
    assert shown(text="l-") == {"TOM", "SALT"}
    assert shown(text="nothing like it") == set()


def test_the_history_is_filtered_by_kind(client: Client, book: Book) -> None:
    page = text(client, id=uid("S-1", "SAUCE"), kind="ship")
    history = page[page.index('id="events"') :]
    assert history.count("<time") == 2


def test_a_lot_number_is_text_and_never_markup(client: Client, book: Book) -> None:
    attack = "<script>alert(1)</script>\"'&"
    lot = book.receive(book.salt, attack, 1_000)
    book.run(lot, 500, ref(book.sauce, attack), 3)
    for item in ("SALT", "SAUCE"):
        page = text(client, id=uid(attack, item))
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in client.get("/trace", {"id": attack}).content.decode()
    assert "<script>alert" not in client.get("/trace", {"id": attack + "?"}).content.decode()
    answer = client.get("/trace/graph.json", {"id": uid(attack, "SALT")})
    assert answer["Content-Type"] == "application/json"
    assert node(answer.json(), lot=attack, subject=True)


# -- the picture --------------------------------------------------------------------------------------


def test_the_picture_runs_from_supplier_to_customer_with_quantities(client: Client, book: Book) -> None:
    drawing = client.get("/trace/graph.json", {"id": uid("S-1", "SAUCE")}).json()
    order = [
        node(drawing, kind="supplier")["layer"],
        node(drawing, kind="lot", item="TOM")["layer"],
        node(drawing, kind="run")["layer"],
        node(drawing, subject=True)["layer"],
        node(drawing, label="Corner Shop")["layer"],
    ]
    assert order == sorted(order)
    assert len(set(order)) == 5
    run = node(drawing, kind="run")["id"]
    tomatoes = node(drawing, item="TOM")["id"]
    edge = next(one for one in drawing["edges"] if (one["source"], one["target"]) == (tomatoes, run))
    assert edge["quantity"] == [{"quantity": "80", "unit": "KGM"}]
    assert node(drawing, label="Café Zoë")["quantity"] == [{"quantity": "20", "unit": "H87"}]
    assert node(drawing, item="TOM")["status"] == "released"


def test_lots_a_filter_leaves_out_fade_and_depth_cuts(client: Client, book: Book) -> None:
    here = uid("S-1", "SAUCE")
    drawing = client.get("/trace/graph.json", {"id": here, "item": "TOM"}).json()
    assert node(drawing, item="TOM")["match"] is True
    assert node(drawing, item="SALT")["match"] is False
    cut = client.get("/trace/graph.json", {"id": here, "depth": "0"}).json()
    assert {one["kind"] for one in cut["nodes"]} == {"lot", "customer"}


def test_two_thousand_lots_are_at_most_three_hundred_nodes_and_open(client: Client, book: Book) -> None:
    salt = book.receive(book.salt, "HOT", 5_000_000)
    drafts = []
    for number in range(1000):
        run = Place.objects.create(code=f"HOT-{number}", kind="run")
        drafts.append(Draft("consume", NOON, moves=[Move(salt, book.store.pk, run.pk, 1_000)]))
        made = [Move(ref(book.sauce, f"H-{number}-{half}"), run.pk, book.store.pk, 7) for half in (0, 1)]
        drafts.append(Draft("produce", NOON, moves=made))
    ledger.post(drafts, actor=ANN)
    here = uid("HOT", "SALT")
    drawing = client.get("/trace/graph.json", {"id": here}).json()
    bundle = node(drawing, kind="lots")
    assert (bundle["count"], bundle["quantity"]) == (2000, [{"quantity": "14000", "unit": "H87"}])
    assert len(drawing["nodes"]) < 10
    opened = client.get("/trace/graph.json", {"id": here, "expand": bundle["bundle"]}).json()
    assert 50 < len(opened["nodes"]) <= NODES_MAX
    assert sum(one["count"] for one in opened["nodes"]) == sum(one["count"] for one in drawing["nodes"])
    page = text(client, id=here)
    assert "Page 1 of 40" in page


# -- files --------------------------------------------------------------------------------------------


def export(client: Client, what: str, **query: str | int) -> Any:
    answer = client.get(f"/trace/export/{what}", {"id": uid("S-1", "SAUCE"), **query})
    assert answer.status_code == 200
    return answer


def test_the_file_of_customers_has_every_lot_they_got(client: Client, book: Book) -> None:
    answer = export(client, "customers")
    assert f'filename="trace-S-1-customers-{book.sequences[-1]}.csv"' in answer["Content-Disposition"]
    found = rows(answer)
    head = dict(line for line in found if len(line) == 2)
    assert head["As of sequence"] == str(book.sequences[-1])
    assert head["Made by"] == "user:ann"
    assert head["Made at"].startswith("2027-03-03T12:00")
    assert head["Filter"] == "direction: Both ways"
    assert f"as_of={book.sequences[-1]}" in head["Same answer again"]
    start = found.index([]) + 1
    assert found[start][:5] == ["Customer", "Item", "Item name", "Lot", "Quantity"]
    assert [line[:6] for line in found[start + 1 :]] == [
        ["Café Zoë", "SAUCE", "Sauce 350 g", "S-1", "20", "H87"],
        ["Corner Shop", "SAUCE", "Sauce 350 g", "S-1", "30", "H87"],
    ]


def test_the_file_of_suppliers_names_the_lots_they_gave(client: Client, book: Book) -> None:
    found = rows(export(client, "suppliers"))
    assert ["Fattoria Rossi", "TOM", "Tomatoes", "L-1", "100.000", "KGM", "2027-09-01"] in [
        line[:7] for line in found
    ]


def test_the_file_of_lots_keeps_the_filter_and_says_so(client: Client, book: Book) -> None:
    found = rows(export(client, "lots", item="SALT"))
    assert ["Filter", "direction: Both ways; item: SALT"] in found
    lots = [line for line in found if len(line) > 10][1:]
    assert [(line[2], line[4], line[5], line[8], line[9], line[10]) for line in lots] == [
        ("SALT", "L-1", "1.000", "released", "4.000", "Store")
    ]


def test_the_file_of_events_has_the_whole_history_not_one_page(client: Client, book: Book) -> None:
    found = rows(export(client, "events"))
    assert [line[0] for line in found[found.index([]) + 2 :]] == [str(one) for one in book.sequences]


def test_a_workbook_has_a_sheet_that_says_what_it_is(client: Client, book: Book) -> None:
    answer = export(client, "customers", format="xlsx")
    whole = b"".join(answer.streaming_content)
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        sheets = archive.read("xl/workbook.xml").decode()
        strings = (
            archive.read("xl/sharedStrings.xml").decode()
            if "xl/sharedStrings.xml" in archive.namelist()
            else ""
        )
        about = strings + archive.read("xl/worksheets/sheet2.xml").decode()
    assert 'name="About"' in sheets
    assert "As of sequence" in about
    assert "user:ann" in about


def test_no_other_list_and_no_other_format(client: Client, book: Book) -> None:
    assert client.get("/trace/export/secrets", {"id": uid("S-1", "SAUCE")}).status_code == 404
    assert client.get("/trace/export/lots", {"id": uid("S-1", "SAUCE"), "format": "pdf"}).status_code == 400


# -- the panel and the facts --------------------------------------------------------------------------


def test_the_panel_shows_one_step_each_way_with_quantities(client: Client, book: Book) -> None:
    sauce = client.get(f"/trace/panel/{uid('S-1', 'SAUCE')}").content.decode()
    for wanted in ("Tomatoes", "Sea salt", "RUN-A", "Corner Shop", "80", "30"):
        assert wanted in sauce
    tomatoes = client.get(f"/trace/panel/{uid('L-1', 'TOM')}").content.decode()
    assert "Fattoria Rossi" in tomatoes
    assert "S-1" in tomatoes
    assert client.get(f"/trace/panel/{uuid4()}").status_code == 404


def test_the_balance_of_a_lot_always_closes(book: Book) -> None:
    """received 100 = in stock 15 + consumed 80 + lost 5; sauce: 90 made = 40 + 50 shipped, 1 comes back."""
    loss = Place.objects.get(kind="loss")
    tomatoes, sauce = ref(book.tomatoes, "L-1"), ref(book.sauce, "S-1")
    book.post("lose", Move(tomatoes, book.store.pk, loss.pk, 5_000), reason="dropped")
    shop = Place.objects.get(kind="partner", partner__code="SHOP")
    book.post("return", Move(sauce, shop.pk, book.store.pk, 1))
    lot = Lot.objects.get(number="L-1", item=book.tomatoes)
    found = facts.balance(lot.pk, as_of=book.sequences[-1])
    assert [(one.name, one.quantity) for one in found.sources] == [("received", 100_000)]
    assert [(one.name, one.quantity) for one in found.uses] == [
        ("stock", 15_000),
        ("consumed", 80_000),
        ("lost", 5_000),
    ]
    assert [(begin, width) for _, begin, width in found.bars] == [(0, 150), (150, 800), (950, 50)]
    sold = facts.balance(Lot.objects.get(number="S-1").pk, as_of=book.sequences[-1])
    assert {one.name: one.quantity for one in sold.uses} == {"stock": 41, "shipped": 49}
    assert sold.total == 90


def test_the_json_of_the_picture_is_not_kept_by_caches(client: Client, book: Book) -> None:
    answer = client.get("/trace/graph.json", {"id": uid("S-1", "SAUCE")})
    assert answer["Cache-Control"] == "no-store"
    assert json.loads(answer.content)["as_of"] == book.sequences[-1]
