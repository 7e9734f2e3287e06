"""Opening stock: previewed with nothing saved, imported whole, and never twice."""

from __future__ import annotations

from datetime import date

import pytest
from django.db.models import F

from lotbook.foundation.catalog import actions as catalog
from lotbook.foundation.catalog.models import Item
from lotbook.foundation.partners import actions as partners
from lotbook.foundation.partners.models import Partner
from lotbook.foundation.places import actions as places
from lotbook.foundation.places.models import Place
from lotbook.interfaces.onboarding import actions
from lotbook.interfaces.onboarding.models import Upload
from lotbook.kernel.errors import Refused
from lotbook.traceability.ledger import actions as ledger_actions
from lotbook.traceability.ledger import queries as ledger
from lotbook.traceability.lots.models import Lot, LotKind

pytestmark = pytest.mark.django_db
ANN = "user:ann"
ALL = {"create": ["items", "places", "suppliers"]}
GOOD = b"""item;lot;quantity;unit;place;supplier;supplier lot;production date;expiry;origin;unit cost;currency
TOM;T-1;12,5;kg;COLD;FARM;F-77;01.03.2027;03.04.2027;Spain;1,25;EUR
TOM;T-1;500;g;COLD;FARM;F-77;01.03.2027;03.04.2027;Spain;;
4012345123456;J-1;24;;COLD;;;;;;;
"""


@pytest.fixture
def book() -> dict[str, Place]:
    catalog.create_item(actor=ANN, code="TOM", name="Tomatoes", unit="KGM", scale=3)
    jar = catalog.create_item(actor=ANN, code="JAR", name="Jar", gtin="4012345123456")
    catalog.add_packaging(actor=ANN, uid=jar.uid, name="Case", content="12", gtin="14012345123453")
    catalog.create_item(actor=ANN, code="PUMP", name="Pump", tracking="serial")
    catalog.create_item(actor=ANN, code="BOX", name="Box", tracking="none")
    partners.create_partner(actor=ANN, code="FARM", name="Green Farm", is_supplier=True)
    plant = places.create_place(actor=ANN, code="PLANT", kind="site", time_zone="Europe/Berlin")
    cold = places.create_place(actor=ANN, code="COLD", kind="area", parent=plant.uid)
    return {"PLANT": plant, "COLD": cold}


def table(*rows: str, header: str = "item,lot,quantity,place") -> bytes:
    return "\n".join([header, *rows]).encode()


def look(data: bytes, **options: object) -> actions.Preview:
    before = (Lot.objects.count(), Item.objects.count(), Place.objects.count(), Upload.objects.count())
    seen = actions.look(filename="stock.csv", data=data, options=options)
    assert (
        Lot.objects.count(),
        Item.objects.count(),
        Place.objects.count(),
        Upload.objects.count(),
    ) == before
    return seen


def faults(data: bytes, **options: object) -> list[str]:
    return [str(fault) for fault in look(data, **options).faults]


def on_hand() -> dict[tuple[str, str], int]:
    return {(row.number, row.place_code): row.on_hand for row in ledger.balances()}


def test_a_file_is_previewed_then_imported_whole(book: dict[str, Place]) -> None:
    seen = look(GOOD)
    assert seen.ready, seen.faults
    assert (seen.row_count, seen.lot_count) == (3, 2)
    assert seen.totals == [("JAR", "24", "H87"), ("TOM", "13", "KGM")]
    result = actions.import_file(actor=ANN, filename="stock.csv", data=GOOD)
    assert (result.row_count, result.already) == (3, False)
    assert on_hand() == {("T-1", "COLD"): 13_000, ("J-1", "COLD"): 24}
    lot = Lot.objects.get(number="T-1")
    assert (lot.expires_on, lot.produced_on, lot.supplier_lot, lot.origin_country) == (
        date(2027, 4, 3), date(2027, 3, 1), "F-77", "ES",
    )  # fmt: skip
    assert lot.supplier == Partner.objects.get(code="FARM")


def test_the_same_file_again_changes_nothing(book: dict[str, Place]) -> None:
    first = actions.import_file(actor=ANN, filename="stock.csv", data=GOOD)
    before = on_hand()
    again = actions.import_file(actor=ANN, filename="renamed.csv", data=GOOD, options={"on": "2020-01-01"})
    assert again.already
    assert (again.sequence, on_hand()) == (first.sequence, before)
    seen = look(GOOD)
    assert seen.already is not None
    assert not seen.ready


def test_a_kept_upload_is_answered_previewed_and_confirmed(book: dict[str, Place]) -> None:
    data = table("TOM,T-1,1.250,COLD,01/02/2027", header="item,lot,quantity,place,expiry")
    kept = actions.keep(actor=ANN, filename="C:\\temp\\stock.csv", data=data)
    assert kept.filename == "stock.csv"
    seen = actions.preview(kept)
    assert [question.name for question in seen.questions] == ["decimal", "date_order"]
    with pytest.raises(Refused, match="two ways"):
        actions.confirm(actor=ANN, uid=kept.uid)
    kept = actions.answer(uid=kept.uid, options={"decimal": ",", "date_order": "mdy"})
    assert actions.preview(kept).ready
    actions.confirm(actor=ANN, uid=kept.uid)
    assert on_hand() == {("T-1", "COLD"): 1_250_000}
    assert Lot.objects.get().expires_on == date(2027, 1, 2)
    kept.refresh_from_db()
    assert (kept.data, kept.imported_by) == (None, ANN)
    assert actions.confirm(actor=ANN, uid=kept.uid).already


def test_faults_are_named_by_row_and_column(book: dict[str, Place]) -> None:
    rows = (
        "TOM,,1,COLD,,", "TOM,T-1,,COLD,,", "TOM,T-1,-1,COLD,,", "TOM,T-1,0.0001,COLD,,", "PUMP,,1,COLD,,",
        "TOM,T-1,1,LOSS,,", "TOM,T-1,1,,,", "TOM,T-1,1,COLD,furlong,", "BOX,L,1,COLD,,", "TOM,T-1,x,COLD,,",
        "TOM,T-1,1,COLD,,31.02.2027",
    )  # fmt: skip
    told = faults(table(*rows, header="Item,Lot,Qty,Place,UoM,Expiry"))
    places_ = [text.split(":")[0] for text in told]
    assert sorted(places_) == sorted(
        [
            "row 2, column 'Lot'", "row 3, column 'Qty'", "row 4, column 'Qty'", "row 5, column 'Qty'",
            "row 6, column 'serial'", "row 7, column 'Place'", "row 8, column 'Place'", "row 9, column 'UoM'",
            "row 10, column 'Lot'", "row 11, column 'Qty'", "row 12, column 'Expiry'",
        ]
    )  # fmt: skip
    with pytest.raises(Refused):
        actions.import_file(
            actor=ANN, filename="x.csv", data=table(*rows, header="Item,Lot,Qty,Place,UoM,Expiry")
        )
    assert not Lot.objects.exists()
    assert not Upload.objects.exists()


def test_rows_that_contradict_each_other_or_the_book_are_named(book: dict[str, Place]) -> None:
    header = "item,lot,quantity,place,expiry"
    told = faults(table("TOM,T-1,1,COLD,2027-04-03", "TOM,T-1,1,COLD,2027-04-04", header=header))
    assert len(told) == 1
    assert told[0].startswith("row 3, column 'expiry': lot T-1 has expires_on 2027-04-03")
    actions.import_file(actor=ANN, filename="a.csv", data=table("TOM,T-1,1,COLD,2027-04-03", header=header))
    told = faults(table("TOM,T-1,1,COLD,2027-05-03", header=header))
    assert told[0].startswith("row 2, column 'expiry'")
    told = faults(table("TOM,T-2,1,COLD,2027-04-03,2027-05-03", header=f"{header},produced"))
    assert told[0].startswith("row 2, column 'expiry': the expiry date 2027-04-03 lies before")


def test_serials_are_one_each_inside_their_lot_and_never_twice(book: dict[str, Place]) -> None:
    header = "item,lot,serial,quantity,place"
    data = table("PUMP,B-1,S-1,,COLD", "PUMP,B-1,S-2,1,COLD", header=header)
    actions.import_file(actor=ANN, filename="s.csv", data=data)
    serials = Lot.objects.filter(kind=LotKind.SERIAL, inside__number="B-1", inside__item=F("item"))
    assert sorted(serials.values_list("number", flat=True)) == ["S-1", "S-2"]
    assert on_hand() == {("S-1", "COLD"): 1, ("S-2", "COLD"): 1}
    assert (
        "stands in row 2 already" in faults(table("PUMP,,S-3,1,COLD", "PUMP,,S-3,1,COLD", header=header))[0]
    )
    assert "exactly one" in faults(table("PUMP,,S-4,2,COLD", header=header))[0]
    assert look(table("PUMP,,S-1,1,COLD", header=header)).fault_count == 1, "the serial is in stock already"


def test_a_packagings_gtin_counts_packagings(book: dict[str, Place]) -> None:
    actions.import_file(actor=ANN, filename="p.csv", data=table("14012345123453,J-1,2,COLD"))
    assert on_hand() == {("J-1", "COLD"): 24}


def test_untracked_goods_need_no_lot_and_a_place_may_be_given_for_all(book: dict[str, Place]) -> None:
    data = table("BOX,5", header="item,quantity")
    assert "column 'place': is empty" in faults(data)[0]
    assert look(data, place="COLD").ready
    actions.import_file(actor=ANN, filename="b.csv", data=data, options={"place": "COLD"})
    assert on_hand() == {("", "COLD"): 5}


def test_the_unknown_is_made_only_when_confirmed(book: dict[str, Place]) -> None:
    header = "item,item name,lot,quantity,unit,place,supplier"
    data = table(
        "SALT,Sea salt,S-1,2.25,kg,BIN-7,Salt Works", "4006381333931,Pen,P-1,3,pcs,COLD,", header=header
    )
    seen = look(data)
    assert (seen.new_items, seen.new_places, seen.new_suppliers) == (
        ["4006381333931", "SALT"],
        ["BIN-7"],
        ["Salt Works"],
    )
    assert seen.unconfirmed
    with pytest.raises(Refused, match="no item 'SALT' in the book"):
        actions.import_file(actor=ANN, filename="n.csv", data=data)
    assert look(data, **ALL).ready
    actions.import_file(actor=ANN, filename="n.csv", data=data, options=ALL)
    salt = Item.objects.get(code="SALT")
    assert (salt.name, salt.unit, salt.scale, salt.tracking) == ("Sea salt", "KGM", 3, "lot")
    assert Item.objects.get(code="4006381333931").gtin == "04006381333931"
    assert Place.objects.get(code="BIN-7").parent == book["PLANT"]
    assert Partner.objects.get(name="Salt Works").is_supplier
    assert on_hand() == {("S-1", "BIN-7"): 2_250, ("P-1", "COLD"): 3}


def test_an_item_that_cannot_be_made_is_named_by_its_row(book: dict[str, Place]) -> None:
    told = faults(table("SALT,S-1,2,COLD"), **ALL)
    assert told == [
        "row 2, column 'unit': the new item needs its unit. Write a UN/ECE code such as KGM, or kg, l, pcs."
    ]


def test_an_empty_book_gets_its_first_site() -> None:
    data = table("SALT,S-1,2,kg,A,", "SALT,S-1,3,kg,B,", header="item,lot,quantity,unit,place,supplier")
    actions.import_file(actor=ANN, filename="n.csv", data=data, options=ALL)
    assert {place.code: place.kind for place in Place.objects.filter(own=True)} == {
        "MAIN": "site",
        "A": "area",
        "B": "area",
    }


def test_options_nobody_knows_are_refused() -> None:
    for options in (
        {"colour": "red"},
        {"decimal": ";"},
        {"date_order": "ymd"},
        {"create": ["money"]},
        {"on": "soon"},
    ):
        with pytest.raises(Refused):
            actions.read_options(options)


def test_a_place_with_stock_and_an_item_with_lots_stay_as_they_are(book: dict[str, Place]) -> None:
    actions.import_file(actor=ANN, filename="a.csv", data=table("TOM,T-1,1,COLD"))
    with pytest.raises(Refused, match="stock of 1 lot"):
        places.deactivate(actor=ANN, uid=book["COLD"].uid)
    tomatoes = Item.objects.get(code="TOM")
    with pytest.raises(Refused, match="1 lot"):
        catalog.amend_item(actor=ANN, uid=tomatoes.uid, changes={"scale": 4})
    ledger_actions.reverse(ledger.timeline(Lot.objects.get().pk)[0].uid, actor=ANN, reason="wrong list")
    places.deactivate(actor=ANN, uid=book["COLD"].uid)
