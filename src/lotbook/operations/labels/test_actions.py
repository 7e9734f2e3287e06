"""Labels asked for: what they say, copies, designs, printers, numbers in advance, and what is refused."""

from __future__ import annotations

import threading
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from tests.rooms import ANN, TODAY, Cast, fields, stocked

from lotbook.foundation.catalog import actions as catalog
from lotbook.foundation.places import actions as places
from lotbook.foundation.places.models import Place
from lotbook.foundation.places.numbering import number_from
from lotbook.kernel.errors import Conflict, NotFound, Refused
from lotbook.operations.labels import actions, queries, rules
from lotbook.operations.labels.faces import content_of, face_of
from lotbook.operations.labels.models import Job, Printer
from lotbook.standards.epc.tags import from_hex
from lotbook.standards.gs1 import Sscc
from lotbook.traceability.ledger import actions as ledger
from lotbook.traceability.ledger.rules import Draft, LotRef, Move
from lotbook.traceability.lots.models import Lot

GTIN = "04012345123456"


@pytest.fixture
def goods(cast: Cast) -> Cast:
    catalog.amend_item(uid=cast.sauce.uid, changes={"gtin": GTIN}, actor=ANN)
    stocked(cast, ("SAUCE", "S-1", "100"), ("TOM", "T-1", "50"), ("SCALE", "N-77", "1"))
    Lot.objects.filter(number="S-1").update(expires_on="2027-03-03")
    return cast


def printed(what: str, subject: object, **more: Any) -> Job:
    return actions.print_label(what=what, subject=str(subject), actor=ANN, **{"printer": "pdf", **more})


def lot(number: str) -> Lot:
    return Lot.objects.get(number=number)


def printer(**more: Any) -> Printer:
    told = {"name": "Dispatch", "host": "192.0.2.7", "size": "100x50", **more}
    return actions.save_printer(actor=ANN, **told)


def test_a_lot_says_item_lot_and_date(goods: Cast) -> None:
    job = printed("lot", lot("S-1").uid)
    face = face_of(job.face)
    assert face.elements == (("01", GTIN), ("17", "270303"), ("10", "S-1"))
    assert ("expires_on", "Use by", "03 MAR 2027") in face.facts
    assert face.title == "Plant"
    assert (job.design, job.version, job.copy, job.state) == ("Standard", 0, 1, "printed")
    assert queries.pdf_of(job).startswith(b"%PDF")
    assert "status" not in str(job.face).lower()


def test_a_lot_without_gtin_leads_to_its_page(goods: Cast) -> None:
    face = face_of(printed("lot", lot("T-1").uid).face)
    content = content_of(face, "gs1-128")
    assert content.symbol == "qr"
    assert content.text.endswith(f"/lots/{lot('T-1').uid}")


def test_places_items_serials_and_commands(goods: Cast) -> None:
    assert face_of(printed("place", goods.bin.uid).face).url.endswith(f"/places/{goods.bin.uid}")
    assert face_of(printed("item", goods.sauce.uid).face).elements == (("01", GTIN),)
    assert printed("serial", lot("N-77").uid).what == "serial"
    assert face_of(printed("command", "quantity:12").face).text == "LB:QTY:12"
    for what, name in (
        ("lot", uuid4()),
        ("place", goods.shop.uid),
        ("command", "burn"),
        ("unit", "x"),
        ("x", ""),
    ):
        with pytest.raises(Refused):
            printed(what, name)


@pytest.fixture
def pallet(goods: Cast) -> Place:
    number_from(site=goods.plant, prefix="4012345", extension=3, last=None, actor=ANN)
    sscc = "340123450000009997"
    unit = places.ensure_unit(sscc=sscc, parent=goods.store, actor=ANN)
    move = Move(LotRef(goods.sauce.pk, "S-1"), goods.store.pk, unit.pk, 48)
    ledger.post([Draft("move", TODAY, moves=[move])], actor=ANN)
    return unit


def test_a_pallet_says_what_is_on_it(pallet: Place) -> None:
    face = face_of(printed("unit", pallet.sscc).face)
    assert face.elements == (
        ("00", pallet.sscc), ("02", GTIN), ("17", "270303"), ("37", "48"), ("10", "S-1"),
    )  # fmt: skip
    told = {key: value for key, _, value in face.facts}
    assert (told["quantity"], told["weight"], told["lot"]) == ("48 pc", "16.8 kg", "S-1")


def test_a_second_label_of_a_pallet_is_a_copy(pallet: Place) -> None:
    first, second = printed("unit", pallet.uid), printed("unit", pallet.uid, copies=2)
    assert (first.copy, second.copy) == (1, 2)
    assert queries.copies_of(second) == [2, 3]
    assert printed("unit", pallet.uid).copy == 4


def test_a_reprint_says_its_number_and_why(goods: Cast) -> None:
    first = printed("lot", lot("S-1").uid, copies=5)
    assert printed("lot", lot("S-1").uid).copy == 1  # labels of a lot are alike: every case has one
    again = actions.reprint(job=first.uid, reason="torn", actor=ANN)
    assert (again.copy, again.reason, again.reprints) == (2, "torn", first)
    assert "COPY 2" in queries.zpl_of(again)
    assert "COPY" not in queries.zpl_of(first)
    with pytest.raises(Refused) as refusal:
        actions.reprint(job=first.uid, reason=" ", actor=ANN)
    assert fields(refusal) == {"reason"}


def test_asked_twice_is_printed_once(goods: Cast) -> None:
    uid = uuid4()
    assert printed("lot", lot("S-1").uid, uid=uid) == printed("lot", lot("S-1").uid, uid=uid)
    assert Job.objects.count() == 1
    with pytest.raises(Conflict):
        printed("item", goods.sauce.uid, uid=uid)


def test_designs_have_versions_and_sites_choose(goods: Cast) -> None:
    told: dict[str, Any] = {
        "what": "lot",
        "fields": ["name"],
        "symbol": "gs1-qr",
        "size": "50x25",
        "actor": ANN,
    }
    assert actions.save_design(name="Small", **told).version == 1
    actions.choose(what="lot", design="Small", site="PLANT", actor=ANN)
    first = printed("lot", lot("S-1").uid)
    assert (first.design, first.version) == ("Small", 1)
    assert actions.save_design(name="Small", **{**told, "size": "100x50"}).version == 2
    second = printed("lot", lot("S-1").uid)
    assert (second.version, second.spec["size"]) == (2, "100x50")
    assert Job.objects.get(pk=first.pk).spec["size"] == "50x25"
    assert printed("lot", lot("S-1").uid, design="Standard").version == 0
    with pytest.raises(NotFound):
        printed("lot", lot("S-1").uid, design="none")
    with pytest.raises(Refused) as refusal:
        actions.save_design(name="Standard", **told)
    assert fields(refusal) == {"name"}
    with pytest.raises(Refused) as refusal:
        actions.save_design(name="x", what="command", fields=["bad"], symbol="gs1-128", size="x", actor=ANN)
    assert fields(refusal) == {"fields", "symbol", "size"}


def test_a_design_out_of_use_is_not_offered(goods: Cast) -> None:
    told: dict[str, Any] = {"what": "lot", "fields": ["name"], "symbol": "gs1-qr", "size": "50x25"}
    actions.save_design(name="Small", **told, actor=ANN)
    actions.choose(what="lot", design="Small", site="PLANT", actor=ANN)
    first = printed("lot", lot("S-1").uid)
    for instead in ("", "Small"):
        with pytest.raises(Refused) as refusal:
            actions.save_design(name="Small", **told, retired=True, instead=instead, actor=ANN)
        assert fields(refusal) == {"instead"}
    with pytest.raises(NotFound):
        actions.save_design(name="Small", **told, retired=True, instead="none", actor=ANN)
    assert printed("lot", lot("S-1").uid).design == "Small", "nothing was changed"
    actions.save_design(name="Small", **told, retired=True, instead="Standard", actor=ANN)
    assert printed("lot", lot("S-1").uid).design == "Standard"
    assert [one.name for one in queries.designs("lot")] == []
    assert [one.retired for one in queries.versions("Small")] == [True, False]
    with pytest.raises(NotFound):
        printed("lot", lot("S-1").uid, design="Small")
    assert actions.reprint(job=first.uid, reason="torn", actor=ANN).version == 1
    assert actions.save_design(name="Small", **told, actor=ANN).version == 3
    assert printed("lot", lot("S-1").uid, design="Small").version == 3
    with pytest.raises(Refused, match="to retire"):
        actions.save_design(name="New", **told, retired=True, actor=ANN)


def test_a_printer_out_of_use_prints_nothing_again(goods: Cast) -> None:
    one = printer()
    job = printed("lot", lot("S-1").uid, printer="Dispatch")
    actions.save_printer(printer=one.uid, is_active=False, actor=ANN)
    with pytest.raises(Refused, match="out of use"):
        actions.reprint(job=job.uid, reason="torn", actor=ANN)
    assert actions.reprint(job=job.uid, reason="torn", printer="pdf", actor=ANN).printer is None
    assert queries.job(job.uid).printer == one, "what was printed stays readable"


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"host": "127.0.0.1"}, "host"), ({"host": "localhost"}, "host"),
        ({"host": "169.254.169.254"}, "host"),
        ({"host": "::1"}, "host"), ({"host": "::ffff:127.0.0.1"}, "host"), ({"host": "0.0.0.0"}, "host"),
        ({"host": "224.0.0.1"}, "host"), ({"port": 22}, "port"), ({"port": 5432}, "port"),
        ({"size": "a4-24"}, "size"), ({"dpi": 150}, "dpi"), ({"site": "nowhere"}, "site"),
        ({"name": "pdf"}, "name"), ({"scheme_unit": "SGTIN+"}, "scheme_unit"),
    ],
)  # fmt: skip
def test_printers_that_are_none(cast: Cast, told: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refusal:
        printer(**told)
    assert fields(refusal) == {field}


def test_the_only_printer_of_a_site_is_taken(goods: Cast) -> None:
    with pytest.raises(Refused) as refusal:
        printed("lot", lot("S-1").uid, printer="")
    assert refusal.value.faults[0].code == "none"
    one = printer(site="PLANT")
    assert printed("lot", lot("S-1").uid, printer="").printer == one
    printer(name="Second", site="PLANT")
    with pytest.raises(Refused) as refusal:
        printed("lot", lot("S-1").uid, printer="")
    assert refusal.value.faults[0].code == "several"
    actions.save_printer(printer=one.uid, is_active=False, actor=ANN)
    with pytest.raises(Refused):
        printed("lot", lot("S-1").uid, printer="Dispatch")


@pytest.mark.parametrize("scheme", ["SSCC+", "SSCC-96"])
def test_the_tag_of_a_pallet_holds_its_number(pallet: Place, scheme: str) -> None:
    printer(rfid=True, scheme_unit=scheme, size="100x150")
    job = printed("unit", pallet.sscc, printer="Dispatch")
    assert dict(from_hex(job.tag).elements or ()) == {"00": pallet.sscc}
    assert f"^FD{job.tag}^FS" in queries.zpl_of(job)
    assert len(job.tag) % 4 == 0


def test_a_serial_needs_our_prefix_for_a_tag_of_96_bits(goods: Cast) -> None:
    catalog.amend_item(uid=goods.scales.uid, changes={"gtin": "04099999000005"}, actor=ANN)
    printer(rfid=True, scheme_serial="SGTIN-198")
    with pytest.raises(Refused) as refusal:
        printed("serial", lot("N-77").uid, printer="Dispatch")
    assert fields(refusal) == {"printer"}
    number_from(site=goods.plant, prefix="4099999", extension=0, last=None, actor=ANN)
    job = printed("serial", lot("N-77").uid, printer="Dispatch")
    assert dict(from_hex(job.tag).elements or ())["21"] == "N-77"


@pytest.mark.django_db(transaction=True)
def test_new_numbers_are_given_once_under_eight_threads(cast: Cast) -> None:
    number_from(site=cast.plant, prefix="4012345", extension=3, last=None, actor=ANN)
    given: list[str] = []
    problems: list[Exception] = []

    def ask() -> None:
        try:
            for _ in range(3):
                made = actions.print_new_units(site="PLANT", count=5, printer="pdf", actor=ANN)
                given.extend(job.subject for job in made)
        except Exception as problem:  # noqa: BLE001 - told by the test
            problems.append(problem)
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems
    assert len(given) == len(set(given)) == 120
    assert all(Sscc.parse(number).value == number for number in given)


def test_sheets_of_anything(cast: Cast) -> None:
    assert queries.command_sheet().startswith(b"%PDF")
    made = queries.sheet_of(
        [("Tomatoes", f"(01){GTIN}(10)T-1"), ("Confirm", "LB:CONFIRM"), ("A-01", "https://a.b/c")]
    )
    assert made.startswith(b"%PDF")


def test_the_names_of_the_command_line(goods: Cast) -> None:
    assert queries.uid_of("lot", "S-1") == str(lot("S-1").uid)
    assert queries.uid_of("item", "SAUCE") == str(goods.sauce.uid)
    assert UUID(queries.uid_of("place", "A-01")) == goods.bin.uid
    assert queries.uid_of("command", "confirm") == "confirm"
    stocked(goods, ("TOM", "S-1", "5"))
    with pytest.raises(Refused):
        queries.uid_of("lot", "S-1")


def test_every_standard_design_is_one(cast: Cast) -> None:
    for what, spec in rules.BUILT_IN.items():
        assert rules.read_spec(what, spec.data()) == (what, spec)
