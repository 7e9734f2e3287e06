"""The pages of receiving, as people use them."""

from __future__ import annotations

import io
from typing import Any
from uuid import UUID, uuid4

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests.rooms import ANN, Cast

from lotbook.foundation.accounts.models import User
from lotbook.operations.receiving import actions
from lotbook.operations.receiving.models import Arrival, Notice, Order, Upload
from lotbook.operations.receiving.rules import Announced, Line, Ordered

PALLET = "340123456789012340"


@pytest.fixture
def ann(cast: Cast, client: Client) -> Client:
    client.force_login(User.objects.create(username="ann", role="administrator"))
    return client


def text(response: Any) -> str:
    assert response.status_code in (200, 422, 409), response.status_code
    return str(response.content.decode())


def form(lines: list[dict[str, str]], **head: str) -> dict[str, str]:
    sent = {"uid": str(uuid4()), "lines-count": str(len(lines)), **head}
    for index, line in enumerate(lines):
        sent |= {f"lines-{index}-{name}": value for name, value in line.items()}
    return sent


def order(**more: Any) -> Order:
    values = {
        "supplier": "FARM",
        "site": "PLANT",
        "lines": [Ordered(item="TOM", quantity="100")],
        "send": True,
    }
    return actions.create_order(**{**values, "actor": ANN, **more})


def notice(number: str = "DN-7", sscc: str = PALLET) -> Notice:
    line = Announced(item="TOM", lot="T-1", quantity="60", sscc=sscc)
    return actions.create_notice(supplier="FARM", site="PLANT", number=number, lines=[line], actor=ANN)


def uid_in(response: Any) -> UUID:
    assert response.status_code == 302, response.content.decode()
    return UUID(response["Location"].rstrip("/").rsplit("/", 1)[1])


def test_an_order_from_the_first_line_to_the_last_kilo(ann: Client) -> None:
    assert "No purchase order yet" in text(ann.get(reverse("receiving:orders")))
    lines = [{"item": "TOM", "quantity": "100"}, {"item": "JAR", "quantity": "20"}]
    written = ann.post(
        reverse("receiving:new_order"), form(lines, supplier="FARM", site="PLANT", expected_on="2027-03-01")
    )
    page = text(ann.get(written["Location"]))
    assert "PO-2027-00001" in page
    assert ">Send</button>" in page
    uid = uid_in(written)
    assert ann.post(reverse("receiving:send_order", args=[uid])).status_code == 302
    listed = text(ann.get(reverse("receiving:orders"), {"due": "late"}))
    assert "<strong>late</strong>" in listed
    page = text(ann.get(written["Location"]))
    assert f'href="{reverse("receiving:new")}?order={uid}"' in page
    filled = text(ann.get(reverse("receiving:new"), {"order": str(uid)}))
    assert 'id="id_lines-0-quantity" value="100"' in filled
    assert '<option value="FARM" selected>' in filled
    sent = form(
        [{"item": "TOM", "quantity": "40", "lot": "T-1"}, {"item": "JAR", "unit": "H87"}],
        supplier="FARM", place="STORE", order="PO-2027-00001",
    )  # fmt: skip
    came = ann.post(reverse("receiving:new"), sent)
    event = uid_in(came)
    assert ">60</strong>" in text(ann.get(written["Location"]))
    assert "Expected" in text(ann.get(reverse("receiving:arrival", args=[event])))
    changed = ann.post(
        reverse("receiving:change_order", args=[uid]), {"expected_on": "2027-03-09", "note": "x"}
    )
    assert changed.status_code == 302
    refused = ann.post(reverse("receiving:cancel_order", args=[uid]), {"reason": "x"})
    assert refused.status_code == 409
    assert "partly received" in refused.content.decode()
    assert ann.post(reverse("receiving:close_order", args=[uid]), {"reason": ""}).status_code == 422
    assert ann.post(reverse("receiving:close_order", args=[uid]), {"reason": "done"}).status_code == 302
    assert "Closed" in text(ann.get(written["Location"]))


def test_too_much_is_refused_and_allowed(ann: Client, cast: Cast) -> None:
    made = order()
    sent = form([{"item": "TOM", "quantity": "120", "lot": "T-1"}], place="STORE", order=made.number)
    assert "of 100 that may come" in text(ann.post(reverse("receiving:new"), sent))
    allowed = ann.post(
        reverse("receiving:allow_over", args=[made.uid]), {"line": "1", "quantity": "120", "reason": "cheap"}
    )
    assert allowed.status_code == 302
    assert ann.post(reverse("receiving:new"), sent).status_code == 302
    clerk = Client()
    clerk.force_login(User.objects.create(username="otto", role="receiver"))
    more = {**sent, "uid": str(uuid4()), "over_reason": "please"}
    assert "needs the permission to override" in text(clerk.post(reverse("receiving:new"), more))


def test_this_pallet_is_received_from_its_notice(ann: Client, cast: Cast) -> None:
    assert "No shipping notice yet" in text(ann.get(reverse("receiving:notices")))
    lines = [{"item": "TOM", "quantity": "60", "lot": "T-1", "sscc": PALLET, "produced_on": "2027-03-01"}]
    written = ann.post(
        reverse("receiving:new_notice"),
        form(lines, supplier="FARM", site="PLANT", number="DN-7", expected_at="2027-03-03T09:00"),
    )
    uid = uid_in(written)
    page = text(ann.get(written["Location"]))
    assert "Receive this pallet" in page
    assert PALLET in page
    asked = text(ann.get(reverse("receiving:unit"), {"sscc": PALLET, "notice": str(uid), "place": "STORE"}))
    assert f'value="{PALLET}"' in asked
    sent = {"uid": str(uuid4()), "sscc": PALLET, "place": "STORE", "notice": str(uid), "temperature": "4"}
    event = uid_in(ann.post(reverse("receiving:unit"), sent))
    again = uid_in(ann.post(reverse("receiving:unit"), {**sent, "uid": str(uuid4()), "temperature": ""}))
    assert again == event
    assert Arrival.objects.count() == 1
    page = text(ann.get(written["Location"]))
    assert f'<a href="{reverse("receiving:arrival", args=[event])}">Received' in page
    assert "Receive this pallet" not in page
    unknown = ann.post(reverse("receiving:unit"), {**sent, "uid": str(uuid4()), "sscc": "1", "notice": ""})
    assert unknown.status_code == 422
    assert "filled in" in text(ann.get(reverse("receiving:new"), {"notice": str(notice("DN-8").uid)}))
    other = notice("DN-9")
    assert ann.post(reverse("receiving:cancel_notice", args=[other.uid]), {"reason": ""}).status_code == 422
    assert ann.post(reverse("receiving:cancel_notice", args=[other.uid]), {"reason": "x"}).status_code == 302


def test_goods_go_back_from_the_page_of_their_receipt(ann: Client) -> None:
    receipt = actions.receive(
        supplier="FARM", place="STORE", lines=[Line(item="TOM", lot="T-1", quantity="5")], actor=ANN
    )
    asked = text(ann.get(reverse("receiving:supplier_return"), {"receipt": str(receipt.uid)}))
    assert 'id="id_lines-0-lot" value="T-1"' in asked
    assert str(receipt.uid) in asked
    sent = form(
        [{"item": "TOM", "lot": "T-1", "quantity": "2"}],
        place="STORE",
        reason="soft",
        receipt=str(receipt.uid),
    )
    done = ann.post(reverse("receiving:supplier_return"), sent)
    assert "RTS-2027-00001" in text(ann.get(done["Location"]))


def test_rules_are_kept_by_pages(ann: Client) -> None:
    assert "No rule yet" in text(ann.get(reverse("receiving:rules")))
    new = reverse("receiving:new_rule")
    assert "there is no item" in text(ann.post(new, {"item": "NOPE"}))
    made = ann.post(new, {"item": "TOM", "over": "5", "quarantine": "hold", "required": ["temperature"]})
    assert made.status_code == 302
    page = text(ann.get(reverse("receiving:rules")))
    assert "Tomatoes" in page
    uid = page.split('action="/receiving/rules/', 1)[1].split("/", 1)[0]
    assert 'value="5"' in text(ann.get(reverse("receiving:rule", args=[uid])))
    assert ann.post(reverse("receiving:rule", args=[uid]), {"item": "TOM", "under": "2"}).status_code == 302
    assert ann.post(reverse("receiving:remove_rule", args=[uid])).status_code == 302
    assert "No rule yet" in text(ann.get(reverse("receiving:rules")))


def test_today_says_what_is_late(ann: Client) -> None:
    assert "Nothing is late" in text(ann.get(reverse("receiving:expected")))
    order(expected_on="2027-03-02")
    assert "orders late" in text(ann.get(reverse("receiving:expected")))
    actions.receive(supplier="FARM", place="STORE", lines=[Line(item="SALT", quantity="1")], actor=ANN)
    assert reverse("receiving:expected") in text(ann.get(reverse("web:today")))


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("name", ["orders", "notices"])
def test_lists_are_exported_as_they_are_filtered(ann: Client, name: str, kind: str) -> None:
    order()
    notice()
    reply = ann.get(
        reverse(f"receiving:{name}"), {"format": kind, "text": "PO" if name == "orders" else "DN"}
    )
    assert reply.status_code == 200
    if kind == "csv":
        body = b"".join(reply.streaming_content).decode()  # type: ignore[attr-defined]
        assert "TOM" in body


@pytest.mark.parametrize("name", ["orders", "notices"])
def test_a_list_costs_the_same_however_long(ann: Client, name: str) -> None:
    order()
    notice("DN-0")
    with CaptureQueriesContext(
        connection,
    ) as few:
        ann.get(reverse(f"receiving:{name}"))
    for index in range(12):
        order()
        notice(f"DN-{index + 1}")
    with CaptureQueriesContext(connection) as many:
        page = text(ann.get(reverse(f"receiving:{name}")))
    assert page.count("<tr>") == 14
    assert len(many) == len(few)
    assert len(many) <= 12


# -- lists from files ------------------------------------------------------------------------------

ORDERS = "Order;Supplier;Site;Due;Item;Quantity;Over %\n"


def upload(ann: Client, content: bytes, kind: str = "orders", name: str = "list.csv") -> Any:
    file = SimpleUploadedFile(name, content)
    return ann.post(reverse("receiving:import"), {"kind": kind, "file": file})


def test_orders_come_from_a_list(ann: Client) -> None:
    assert "Preview" in text(ann.get(reverse("receiving:import")))
    rows = "A-1;FARM;PLANT;2027-03-05;TOM;12,5;5\nA-1;FARM;;;SALT;3;\n;FARM;PLANT;;JAR;7;\n"
    kept = upload(ann, (ORDERS + rows).encode())
    page = text(ann.get(kept["Location"]))
    assert "Import 2 documents" in page
    assert not Order.objects.exists()
    uid = uid_in(kept)
    assert ann.post(reverse("receiving:confirm", args=[uid])).status_code == 302
    found = {
        one.number: [(line.item.code, line.quantity) for line in one.lines.all()]
        for one in Order.objects.all()
    }
    assert found == {"A-1": [("TOM", 12_500), ("SALT", 3_000)], "PO-2027-00001": [("JAR", 7)]}
    assert ann.post(reverse("receiving:confirm", args=[uid])).status_code == 302
    again = upload(ann, (ORDERS + rows).encode())
    assert ann.post(reverse("receiving:confirm", args=[uid_in(again)])).status_code == 409
    assert Order.objects.count() == 2
    assert Upload.objects.get(uid=uid).data is None


def test_faults_of_a_list_are_named_by_row_and_column(ann: Client) -> None:
    rows = "A-1;FARM;PLANT;soon;TOM;1;\nA-2;SHOP;PLANT;;NOPE;-1;\n"
    page = text(ann.get(upload(ann, (ORDERS + rows).encode())["Location"]))
    assert "row 2, column &#x27;Due&#x27;" in page
    rows = "A-2;SHOP;PLANT;;NOPE;1;\n"
    kept = upload(ann, (ORDERS + rows).encode())
    page = text(ann.get(kept["Location"]))
    assert "row 2, column &#x27;Supplier&#x27;" in page
    assert "row 2, column &#x27;Item&#x27;" in page
    assert ann.post(reverse("receiving:confirm", args=[uid_in(kept)])).status_code == 422
    assert not Order.objects.exists()
    assert upload(ann, b"").status_code == 422
    assert "no column for the supplier" in text(ann.get(upload(ann, b"a;b\n1;2\n")["Location"]))


def test_what_a_list_leaves_open_is_asked(ann: Client) -> None:
    kept = upload(ann, (ORDERS + "A-1;FARM;PLANT;03/04/2027;TOM;1,250;\n").encode())
    page = text(ann.get(kept["Location"]))
    assert "can be read in two ways" in page
    told = ann.post(kept["Location"], {"decimal": ",", "date_order": "dmy"})
    assert told.status_code == 302
    ann.post(reverse("receiving:confirm", args=[uid_in(kept)]))
    made = Order.objects.get()
    assert (str(made.expected_on), made.lines.get().quantity) == ("2027-04-03", 1250)


def test_notices_come_from_a_workbook(ann: Client) -> None:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        head = ("ASN", "Supplier", "Item", "Lot", "Quantity", "SSCC", "Pallet", "Produced on")
        case = "340123456789012357"
        for number, row in enumerate(
            [head, ("DN-1", "FARM", "TOM", "T-1", 60, case, PALLET, "2027-03-01"),
             ("DN-1", "FARM", "JAR", "", 40, PALLET, "", "")]
        ):  # fmt: skip
            sheet.write_row(number, 0, row)
    kept = upload(ann, file.getvalue(), "notices", "asn.xlsx")
    assert "Import 1 document" in text(ann.get(kept["Location"]))
    ann.post(reverse("receiving:confirm", args=[uid_in(kept)]))
    made = Notice.objects.get()
    assert {unit.sscc: getattr(unit.parent, "sscc", "") for unit in made.units.all()} == {
        PALLET: "",
        case: PALLET,
    }
    assert made.lines.get(position=1).facts == {"produced_on": "2027-03-01"}


@pytest.mark.parametrize("kind", ["orders", "notices", "x"])
def test_templates_are_read_back(ann: Client, kind: str) -> None:
    reply = ann.get(reverse("receiving:template"), {"kind": kind, "format": "csv"})
    body = b"".join(reply.streaming_content)  # type: ignore[attr-defined]
    seen = text(ann.get(upload(ann, body, "notices" if kind == "notices" else "orders")["Location"]))
    assert "Import 1 document" in seen
