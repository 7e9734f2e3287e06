"""Lists from files over the API: looked at, refused by row and column, made whole or not at all."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
import xlsxwriter
from django.test import Client
from tests.rooms import ANN, TODAY, Cast, small, stocked, upload

from lotbook.foundation.accounts.models import User
from lotbook.foundation.places import actions as places
from lotbook.kernel import clock
from lotbook.operations.counting import actions as counting
from lotbook.operations.counting.models import Tally
from lotbook.operations.receiving.models import Notice, Order, Upload
from lotbook.operations.transfers.models import Level, StockRequest

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(db: None, monkeypatch: pytest.MonkeyPatch) -> Cast:
    monkeypatch.setattr(clock, "now", lambda: TODAY)
    made = small()
    places.create_place(actor=ANN, code="OUTLET", kind="site", name="Outlet")
    return made


@pytest.fixture
def caller(cast: Cast) -> Client:
    client = Client()
    client.force_login(User.objects.create(username="ines", role="administrator"))
    return client


def wrong(answer: dict[str, Any]) -> set[str]:
    return {fault["field"] for fault in answer["faults"]}


def workbook(*rows: list[object]) -> bytes:
    kept = io.BytesIO()
    with xlsxwriter.Workbook(kept) as book:
        sheet = book.add_worksheet()
        for index, row in enumerate(rows):
            sheet.write_row(index, 0, row)
    return kept.getvalue()


ORDERS = (
    "order,supplier,site,item,quantity,unit\nP-1,FARM,PLANT,TOM,12,KGM\nP-1,FARM,PLANT,SALT,3,KGM\n"
    "P-2,FARM,PLANT,TOM,5,KGM\n"
)


def test_purchase_orders_and_notices(caller: Client) -> None:
    path = "/purchase-orders/import"
    looked = upload(caller, f"{path}?preview=true", ORDERS)
    assert looked == {"saved": False, "rows": 3, "made": ["P-1", "P-2"], "faults": []}
    assert not Order.objects.exists()
    assert not Upload.objects.exists()
    assert upload(caller, path, ORDERS) == {**looked, "saved": True}
    assert [one.status for one in Order.objects.all()] == ["sent", "sent"]
    # The very same file again makes nothing, and says so.
    assert wrong(upload(caller, path, ORDERS, 409)) == {"file"}
    notices = workbook(
        ["asn", "supplier", "site", "item", "lot", "quantity", "order"],
        ["D-1", "FARM", "PLANT", "TOM", "T-1", 12, "P-1"],
    )
    made = upload(caller, "/shipping-notices/import", notices)
    assert (made["made"], made["rows"], Notice.objects.count()) == (["D-1"], 1, 1)


def test_a_fault_names_row_and_column_and_nothing_is_saved(caller: Client) -> None:
    broken = ORDERS.replace("SALT,3", "NOPE,3").replace("P-2,FARM,PLANT,TOM,5", "P-2,FARM,PLANT,TOM,five")
    told = {"row 4, column 'quantity'"}
    looked = upload(caller, "/purchase-orders/import?preview=true", broken)
    assert wrong(looked) == told
    assert wrong(upload(caller, "/purchase-orders/import", broken, 422)) == told
    named = broken.replace("five", "5")
    assert wrong(upload(caller, "/purchase-orders/import", named, 422)) == {"row 3, column 'item'"}
    assert not Order.objects.exists()
    assert not Upload.objects.exists()


def test_what_can_be_read_in_two_ways_is_asked(caller: Client) -> None:
    unclear = ORDERS.replace("TOM,12,", 'TOM,"1,250",').replace("SALT,3,", 'SALT,"2,125",')
    refused = upload(caller, "/purchase-orders/import", unclear, 422)
    assert [(fault["field"], fault["code"]) for fault in refused["faults"]] == [("decimal", "question")]
    upload(caller, "/purchase-orders/import", unclear, decimal=",")
    assert Order.objects.get(number="P-1").lines.get(position=1).quantity == 1250
    assert wrong(upload(caller, "/purchase-orders/import", ORDERS, 422, decimal="!")) == {"decimal"}


def test_files_that_want_to_harm_are_refused(caller: Client) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/media/a.bin", b"\0" * (32 * 1024 * 1024))
    for path in ("/purchase-orders/import", "/recipes/import", "/levels/import", "/stock-requests/import"):
        refused = upload(caller, path, packed.getvalue(), 413)
        assert [fault["code"] for fault in refused["faults"]] == ["bomb"]
        assert wrong(upload(caller, path, b"%PDF-1.7", 422)) == {"file"}


def test_stock_requests(caller: Client) -> None:
    good = (
        "request;needed at;needed on;reason;item;quantity;unit;note\n"
        "a;OUTLET;2027-03-05;market;SALT;5;KGM;\na;OUTLET;;;SAUCE;48;;two trays\n;STORE;;;SALT;1;KGM;\n"
    )
    path = "/stock-requests/import"
    assert upload(caller, f"{path}?preview=true", good)["rows"] == 3
    assert not StockRequest.objects.exists()
    made = upload(caller, path, good)
    assert len(made["made"]) == 2
    first = StockRequest.objects.get(number=made["made"][0])
    assert (first.reason, first.lines.count(), first.status) == ("market", 2, "approved")
    bad = good.replace("a;OUTLET;;;SAUCE;48", "a;STORE;;;SAUCE;0.5")
    assert wrong(upload(caller, path, bad, 422)) == {"row 3, column 'needed at'", "row 3, column 'quantity'"}
    draft = upload(caller, path, good, ask="false")
    assert StockRequest.objects.get(number=draft["made"][0]).status == "draft"


def test_levels(caller: Client) -> None:
    good = "item,place,minimum,maximum,unit\nSALT,OUTLET,5,20,KGM\nTOM,OUTLET,1,2,KGM\n"
    assert upload(caller, "/levels/import?preview=true", good)["rows"] == 2
    assert not Level.objects.exists()
    assert upload(caller, "/levels/import", good)["saved"]
    assert Level.objects.count() == 2
    bad = good.replace("TOM,OUTLET,1,2", "TOM,OUTLET,3,2")
    assert wrong(upload(caller, "/levels/import", bad, 422)) == {"row 3, column 'maximum'"}


def test_counts(caller: Client, cast: Cast) -> None:
    stocked(cast, ("SALT", "S-1", "5"))
    count = counting.open_count(place="STORE", actor=ANN)
    template = caller.get(f"/counts/{count.uid}/import/template?format=csv").getvalue().decode()
    assert template.splitlines()[1] == "STORE,SALT,S-1,,KGM"
    path, filled = f"/counts/{count.uid}/import", template.replace("S-1,,", "S-1,4,")
    bad = upload(caller, path, filled.replace("SALT", "NOPE"), 422)
    assert bad["faults"][0]["cause"].startswith("row 2, item:")
    assert upload(caller, f"{path}?preview=true", filled)["made"] == ["STORE"]
    assert not Tally.objects.exists()
    assert upload(caller, path, filled, finish="true")["saved"]
    assert Tally.objects.get().counted == 4000


@pytest.mark.parametrize(
    "address",
    [
        "/requests/import/template", "/levels/import/template", "/production/recipes/import/template",
        "/receiving/import/template", "/orders/template",
    ],
)  # fmt: skip
def test_each_page_has_its_template(caller: Client, address: str) -> None:
    page = address.removesuffix("/template").removesuffix("/import") + "/import"
    assert f"{address}?" in caller.get(page).content.decode()
    for kind in ("csv", "xlsx"):
        answer = caller.get(f"{address}?format={kind}")
        assert (answer.status_code, len(answer.getvalue()) > 20) == (200, True)
