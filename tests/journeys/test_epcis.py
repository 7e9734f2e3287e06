"""Files of other organisations go in, nothing is lost, and what they say can be traced.

The documents here are our own words; those of the standard's examples run in ``test_epcis_examples``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from tests.journeys.epcis_documents import CONTEXT, DAIRY, document, event, quantity, run

from lotbook.config.main import main
from lotbook.foundation.catalog import actions as catalog
from lotbook.foundation.catalog.models import Item
from lotbook.foundation.partners.models import Partner
from lotbook.foundation.places.models import Place
from lotbook.interfaces.exchange.epcis import actions, queries, rules
from lotbook.interfaces.exchange.epcis.actions import Outcome
from lotbook.interfaces.exchange.epcis.models import CapturedEvent
from lotbook.kernel import sql
from lotbook.kernel.quantity import to_text
from lotbook.standards.epc import identify
from lotbook.traceability.lots.models import Lot
from lotbook.traceability.trace import queries as tracing

pytestmark = pytest.mark.django_db

MILK = "urn:epc:class:lgtin:9521321.012345.MILK-1"
CREAM = "urn:epc:class:lgtin:9521321.054321.CREAM-2"
BUTTER = "urn:epc:class:lgtin:9521321.066666.BUTTER-3"
SHOP = "urn:epc:id:pgln:9524321.00002"
FARM = "urn:epc:id:pgln:9525555.00003"
PALLET = "urn:epc:id:sscc:9521321.0000000001"
CRATE = "urn:example:crate:77"

TABLES = [
    "ledger_event",
    "ledger_movement",
    "ledger_mention",
    "ledger_packing",
    "ledger_link",
    "ledger_balance",
    "epcis_captured_event",
    "lots_lot",
    "catalog_item",
    "catalog_item_history",
    "places_place",
    "places_place_history",
    "partners_partner",
    "partners_partner_history",
    "kernel_outbox",
]


def capture(*events: Mapping[str, Any], **header: Any) -> Outcome:
    outcome = actions.capture(document(*events, **header), source="test.json", actor="lotbook")
    assert outcome.rejected == ()
    return outcome


def counts() -> dict[str, int]:
    return {table: sql.rows(f"SELECT count(*) FROM {table}")[0][0] for table in TABLES}


def traced(uri: str, direction: str) -> tuple[set[str], set[str]]:
    """The URIs of the lots and the ids of the events on one side of ``uri``."""
    found = tracing.resolve(uri)
    assert len(found) == 1, (uri, found)
    answer = tracing.trace(found[0], direction)
    return {lot.uri for lot in answer.lots}, {one.id for one in answer.events}


def lots_of(uri: str, direction: str) -> set[str]:
    return traced(uri, direction)[0]


def ids(*events: Mapping[str, Any]) -> set[str]:
    return {one["eventID"] for one in events}


# -- what goes in ------------------------------------------------------------------------------------------


def test_a_chain_is_traced_both_ways_with_quantities() -> None:
    """FARM → MILK-1 → [run] → CREAM-2 → [run] → BUTTER-3 → SHOP."""
    receipt = event(
        "ObjectEvent",
        bizStep="receiving",
        quantityList=[quantity(MILK, 1000.5)],
        readPoint={"id": DAIRY},
        sourceList=[{"type": "owning_party", "source": FARM}],
    )
    skim = run([quantity(MILK, 1000.5)], [quantity(CREAM, 100)])
    churn = run([quantity(CREAM, 90)], [quantity(BUTTER, 40.25)])
    shipment = event(
        "ObjectEvent",
        bizStep="shipping",
        quantityList=[quantity(BUTTER, 40)],
        readPoint={"id": DAIRY},
        destinationList=[{"type": "owning_party", "destination": SHOP}],
    )
    names = {
        "epcisHeader": {
            "epcisMasterData": {
                "vocabularyList": [
                    {
                        "type": "urn:epcglobal:epcis:vtype:Party",
                        "vocabularyElementList": [
                            {"id": SHOP, "attributes": [{"id": "cbvmda:name", "attribute": "Corner Shop"}]}
                        ],
                    }
                ]
            }
        }
    }
    outcome = capture(receipt, skim, churn, shipment, **names)
    assert (outcome.captured, outcome.duplicates) == (4, 0)
    assert outcome.sequence == max(CapturedEvent.objects.values_list("sequence", flat=True))

    assert traced(BUTTER, "back") == ({MILK, CREAM}, ids(receipt, skim, churn, shipment))
    assert traced(MILK, "forward") == ({CREAM, BUTTER}, ids(receipt, skim, churn, shipment))
    answer = tracing.trace(tracing.resolve(MILK)[0], "both")
    amounts = {lot.uri: (lot.quantity, lot.unit, lot.scale) for lot in answer.lots}
    assert amounts[BUTTER] == (40_250_000, "KGM", 6)
    assert [partner.name for partner in answer.customers] == ["Corner Shop"]
    assert [partner.name for partner in answer.suppliers] == [f"GLN {identify(FARM).gln}"]
    assert Partner.objects.get(name="Corner Shop").is_customer


def test_the_event_is_kept_letter_by_letter() -> None:
    """White space, spelling of numbers, unknown extensions and the order of names survive."""
    text = (
        '{ "type":"ObjectEvent","eventTime" : "2026-03-03T10:00:00.000Z", "eventTimeZoneOffset":"+00:00",\n\t'
        '"action":"OBSERVE","quantityList":[{"epcClass":"' + MILK + '","quantity":1.50e1,"uom":"KGM"}],'
        '"ex:more":{"ex:k":[1,2.0,"\\u00e9 { [ \\" ]}"]} , "eventID":"urn:example:verbatim" }'
    )
    context = '["' + CONTEXT + '", {"ex":  "https://example.org/ns/"}]'
    source = (
        '{"@context":' + context + ',"type":"EPCISDocument","schemaVersion":"2.0",'
        '"creationDate":"2026-03-04T00:00:00Z","epcisBody":{"eventList":[ ' + text + " ]}}"
    )
    assert actions.capture(source.encode(), source="x", actor="lotbook").captured == 1
    kept = CapturedEvent.objects.get()
    assert kept.text == text
    assert kept.context == context
    assert kept.path == "/epcisBody/eventList/0"
    assert queries.of_event(kept.uid) == kept


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["bare", "byte-order mark"])
@pytest.mark.parametrize("shape", ["document", "query", "wrapped list", "list", "event"])
def test_every_shape_of_document(shape: str, mark: bytes) -> None:
    one = event("ObjectEvent", quantityList=[quantity(MILK, 5)])
    alone = {"@context": [CONTEXT], **one}
    results = {"queryName": "SimpleEventQuery", "resultsBody": {"eventList": [one]}}
    shapes: dict[str, Any] = {
        "document": json.loads(document(one)),
        "query": {
            "@context": [CONTEXT],
            "type": "EPCISQueryDocument",
            "schemaVersion": "2.0",
            "creationDate": "2026-03-04T00:00:00Z",
            "epcisBody": {"queryResults": results},
        },
        "wrapped list": {"@context": [CONTEXT], "eventList": [one]},
        "list": [alone],
        "event": alone,
    }
    outcome = actions.capture(mark + json.dumps(shapes[shape]).encode(), source="x", actor="lotbook")
    assert outcome.rejected == ()
    assert outcome.captured == 1
    kept = json.loads(CapturedEvent.objects.get().text)
    assert kept == (alone if shape in ("list", "event") else one)


def test_the_same_again_changes_nothing() -> None:
    """In another file, another shape, another spelling of numbers, and repeated inside one file."""
    first, second = run([quantity(MILK, 10)], [quantity(CREAM, 1)]), event("ObjectEvent", epcList=[PALLET])
    outcome = capture(first, second, first)
    assert (outcome.captured, outcome.duplicates) == (2, 1)
    before = counts()
    again = json.dumps([{"@context": [CONTEXT], **first}, {"@context": CONTEXT, **second}])
    outcome = actions.capture(
        again.replace('"quantity": 10,', '"quantity": 10.0,').encode(), source="y", actor="key:1"
    )
    assert (outcome.captured, outcome.duplicates, outcome.rejected) == (0, 2, ())
    assert counts() == before


def test_an_event_without_id_is_known_by_its_content() -> None:
    bare = event("ObjectEvent", named=False, quantityList=[quantity(MILK, 5)])
    capture(bare)
    assert capture(bare, {**bare, "recordTime": "2026-05-05T05:05:05Z"}).duplicates == 2
    assert CapturedEvent.objects.get().event_id.startswith("urn:uuid:")


def test_other_content_under_one_id_is_kept_beside_it_and_both_are_flagged() -> None:
    first = run([quantity(MILK, 10)], [quantity(CREAM, 1)])
    other = {**first, "outputQuantityList": [quantity(BUTTER, 1)]}
    capture(first)
    assert not CapturedEvent.objects.get().conflicting
    assert capture(other).captured == 1
    assert [one.conflicting for one in queries.with_event_id(first["eventID"])] == [True, True]
    assert lots_of(MILK, "forward") == {CREAM, BUTTER}


# -- refusals ----------------------------------------------------------------------------------------------


def test_an_invalid_document_is_refused_as_a_whole() -> None:
    good = event("ObjectEvent", quantityList=[quantity(MILK, 5)])
    bad = event(
        "ObjectEvent", quantityList=[quantity(MILK, 5)], bizStep="dancing", eventTimeZoneOffset="+1:00"
    )
    before = counts()
    outcome = actions.capture(document(good, bad), source="x", actor="lotbook")
    assert outcome.captured == 0
    assert {fault.event for fault in outcome.rejected} == {
        "/epcisBody/eventList/1/bizStep",
        "/epcisBody/eventList/1/eventTimeZoneOffset",
    }
    assert all(fault.problem for fault in outcome.rejected)
    assert counts() == before


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"\xff\xfe{}", b"[1,2]", b'"text"', b"{}", b"[" * 100_000, b'[{"type":1e999999}]'],
)
def test_what_is_no_document_is_refused(data: bytes) -> None:
    outcome = actions.capture(data, source="x", actor="lotbook")
    assert outcome.captured == 0
    assert outcome.rejected
    assert not CapturedEvent.objects.exists()


# -- errors taken back -------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", ["original first", "declaration first", "one file", "one file, backwards"])
@pytest.mark.parametrize("named", [True, False], ids=["with eventID", "without eventID"])
def test_an_event_declared_in_error_has_no_effect(order: str, named: bool) -> None:
    """MILK-1 → [run, declared in error] → CREAM-2, in whatever order the two arrive."""
    wrong = run([quantity(MILK, 10)], [quantity(CREAM, 5)], named=named)
    taken_back = {
        **wrong,
        "errorDeclaration": {"declarationTime": "2026-03-09T00:00:00Z", "reason": "did_not_occur"},
    }
    both = [wrong, taken_back]
    if order.endswith(("backwards", "declaration first")):
        both.reverse()
    if order.startswith("one file"):
        assert capture(*both).captured == 2
    else:
        assert [capture(one).captured for one in both] == [1, 1]
    assert capture(*both).duplicates == 2

    rows = {one.error_declaration: one for one in CapturedEvent.objects.all()}
    assert rows[False].declared_in_error
    assert not rows[True].declared_in_error
    assert not any(one.conflicting for one in rows.values())
    assert rows[True].event_id == rows[False].event_id
    lots, events = traced(MILK, "forward")
    assert lots == set()
    assert events == {rows[True].event_id}
    assert not sql.rows("SELECT 1 FROM ledger_balance WHERE on_hand <> 0")
    assert main(["check"]) == 0


def test_a_packing_declared_in_error_never_happened() -> None:
    packed = event(
        "AggregationEvent",
        action="ADD",
        parentID=PALLET,
        childQuantityList=[quantity(MILK, 5)],
    )
    shipped = event("ObjectEvent", at="2026-03-04T10:00:00Z", epcList=[PALLET], bizStep="shipping")
    capture(packed, shipped)
    assert traced(MILK, "forward")[1] == ids(packed, shipped)
    capture({**packed, "errorDeclaration": {"declarationTime": "2026-03-09T00:00:00Z"}})
    assert traced(MILK, "forward")[1] == ids(packed)


# -- identifiers -------------------------------------------------------------------------------------------


def test_a_lot_is_one_lot_however_it_is_written() -> None:
    link = f"https://id.example.org/01/{identify(MILK).gtin}/10/MILK-1?17=270331"
    capture(run([quantity(MILK, 10)], [quantity(CREAM, 1)]), run([quantity(link, 5)], [quantity(BUTTER, 1)]))
    assert Lot.objects.filter(number="MILK-1").count() == 1
    assert lots_of(link, "forward") == lots_of(MILK, "forward") == {CREAM, BUTTER}


@pytest.mark.parametrize(
    "uri",
    [
        "urn:gdst:example.org:product:lot:class:processor.7u.v1-0122-2026",
        "urn:uuid:6d1f0c2e-9b47-4a51-9a55-5d8a3c1e7f6b",
        "https://farm.example/lots/2026-17",
        "https://id.example.org/01/09521321123456/10/WRONG-CHECK-DIGIT",
        "urn:epc:id:giai:9521321.TANK-4",
        "urn:epc:idpat:sgtin:9521321.077777.*",
        "urn:epc:id:itip:9521321.077777.01.02.S1",
        "urn:epc:class:lgtin:9521321.012345.%00NUL%22",
        "urn:example:" + "very-" * 300 + "long",
    ],
)
@pytest.mark.parametrize("as_class_first", [True, False])
def test_any_uri_is_a_lot(uri: str, as_class_first: bool) -> None:
    """Named as a class of goods and as a thing, it is the same lot."""
    one, other = run([quantity(uri, 1, None)], [quantity(CREAM, 1)]), run([uri], [quantity(BUTTER, 1)])
    for each in (one, other) if as_class_first else (other, one):
        capture(each)
    lot = (
        Lot.objects.get(pk=int(tracing.resolve(uri)[0].lot or 0))
        if len(uri) < 500
        else Lot.objects.get(number__contains="very")
    )
    assert lot.uri == (uri if len(uri) < 500 else None)
    assert {row.number for row in Lot.objects.all()} == {lot.number, "CREAM-2", "BUTTER-3"}
    assert lots_of(CREAM, "back") == lots_of(BUTTER, "back")
    if len(uri) < 500:
        assert lots_of(uri, "forward") == {CREAM, BUTTER}


def test_two_kinds_of_serials_of_one_gtin_stay_apart() -> None:
    capture(
        run(["urn:epc:id:sgtin:9521321.012345.7"], [quantity(CREAM, 1)]),
        run(["urn:epc:id:upui:9521321.012345.7"], [quantity(BUTTER, 1)]),
    )
    assert lots_of("urn:epc:id:sgtin:9521321.012345.7", "forward") == {CREAM}
    assert lots_of("urn:epc:id:upui:9521321.012345.7", "forward") == {BUTTER}
    gtin = identify("urn:epc:id:sgtin:9521321.012345.7").gtin
    assert lots_of(f"https://id.example.org/01/{gtin}/21/7", "forward") == {CREAM}
    assert lots_of(f"https://id.example.org/01/{gtin}/235/7", "forward") == {BUTTER}


def test_a_carton_of_ours_is_so_many_pieces_of_its_lot() -> None:
    """The GTIN of a packaging level names the lot in it, and counts its content; its serials stay its own."""
    item = catalog.create_item(actor="lotbook", code="BAR", name="Bar", gtin=identify(MILK).gtin)
    carton = "urn:epc:class:lgtin:9521321.112345.MILK-1"
    catalog.add_packaging(
        actor="lotbook", uid=item.uid, name="Carton", gtin=identify(carton).gtin, content="24"
    )
    box = "urn:epc:id:sgtin:9521321.112345.7"
    capture(
        run([quantity(carton, 2, None)], [quantity(CREAM, 1)]),
        run([quantity(MILK, 5, None)], [quantity(BUTTER, 1)]),
        run([box], [quantity(CREAM, 1)]),
    )
    assert sorted(
        row[0] for row in sql.rows("SELECT quantity FROM ledger_movement WHERE quantity < 1000000")
    ) == [1, 5, 48]
    assert Lot.objects.filter(number="MILK-1").count() == 1
    assert lots_of(carton, "forward") == lots_of(MILK, "forward") == {CREAM, BUTTER}
    assert lots_of(box, "forward") == {CREAM}
    assert lots_of(f"https://id.example.org{identify(box).key}", "forward") == {CREAM}


def test_our_own_items_partners_and_units_are_used_and_not_doubled() -> None:
    catalog.create_item(
        actor="lotbook", code="CREAM", name="Cream", gtin=identify(CREAM).gtin, unit="GRM", scale=0
    )
    capture(
        event("ObjectEvent", quantityList=[quantity(CREAM, 2.5)], action="ADD", bizLocation={"id": DAIRY})
    )
    assert [item.code for item in Item.objects.all()] == ["CREAM"]
    assert sql.rows("SELECT quantity FROM ledger_movement") == [(2500,)]


def test_claims_of_others_never_move_our_stock() -> None:
    """A receipt that a supplier reports at our own gate is kept as an observation; genealogy still counts."""
    Place.objects.create(code="SITE", name="Our dairy", kind="site", own=True, gln=identify(DAIRY).gln)
    capture(
        event("ObjectEvent", action="ADD", quantityList=[quantity(MILK, 5)], bizLocation={"id": DAIRY}),
        run(
            [quantity(MILK, 5)],
            [quantity(CREAM, 1)],
            readPoint={"id": "urn:epc:id:sgln:9521321.00001.DOCK-2"},
        ),
    )
    assert not sql.rows("SELECT 1 FROM ledger_balance WHERE own")
    assert lots_of(MILK, "forward") == {CREAM}
    assert any("ours" in note for one in CapturedEvent.objects.all() for note in one.notes)
    assert Place.objects.filter(gln__startswith="952132100001").count() == 1


# -- quantities --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "then", "expected"),
    [
        ((2, "KGM"), (500, "GRM"), 500_000),
        ((2, "KGM"), (1, "LBR"), 453_592),  # finer than the scale: 0.45359237
        ((2, "KGM"), (3, "LTR"), None),
        ((2, "KGM"), (3, None), None),
        ((2, None), (3, None), 3),
        ((2, None), (2.5, None), None),
        ((2, "KGM"), (0, "KGM"), None),
        ((2, "KGM"), (1e30, "KGM"), None),
        ((2, "KGM"), (None, None), None),
        ((2, "XZZ"), (1.5, "XZZ"), 1_500_000),
    ],
)
def test_quantities_are_exact_or_only_words(first: Any, then: Any, expected: int | None) -> None:
    capture(run([quantity(MILK, *first)], [quantity(CREAM, 1)]))
    second = run([quantity(MILK, *then)], [quantity(BUTTER, 1)])
    assert capture(second).captured == 1
    moved = {row[0] for row in sql.rows("SELECT quantity FROM ledger_movement")}
    if expected is None or then == (1, "LBR"):
        assert moved == {2 * 10 ** (6 if first[1] else 0), 1_000_000}
    else:
        assert expected in moved
    # Whatever became of the quantity, the genealogy is there, and the words are.
    assert lots_of(MILK, "forward") == {CREAM, BUTTER}
    kept = sql.rows("SELECT data FROM ledger_event ORDER BY sequence DESC LIMIT 1")[0][0]
    words = (kept if isinstance(kept, dict) else json.loads(kept))["epcis"]["inputQuantityList"]
    assert words[0]["epcClass"] == MILK


def test_elsewhere_may_go_below_nothing() -> None:
    capture(run([quantity(MILK, 10)], [quantity(CREAM, 1)]))
    assert sql.rows("SELECT sum(on_hand), min(on_hand) FROM ledger_balance")[0] == (-9_000_000, -10_000_000)


# -- runs --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("backwards", [False, True])
def test_one_transformation_id_is_one_run(backwards: bool) -> None:
    """Inputs in one file, outputs in another, and more inputs in a third."""
    parts = [
        run([quantity(MILK, 10)], [], transformationID="urn:example:run:1"),
        run([], [quantity(BUTTER, 4)], transformationID="urn:example:run:1"),
        run([quantity(CREAM, 5)], [], transformationID="urn:example:run:1"),
    ]
    for part in reversed(parts) if backwards else parts:
        capture(part)
    assert traced(BUTTER, "back") == ({MILK, CREAM}, ids(*parts))
    assert Place.objects.filter(kind="run").count() == 1


def test_a_pallet_that_went_into_a_run_stands_for_its_contents() -> None:
    """MILK-1 and CREAM-2 are packed, CREAM-2 is taken out, then the pallet is used up for BUTTER-3."""
    capture(
        event(
            "AggregationEvent",
            action="ADD",
            parentID=PALLET,
            at="2026-03-01T08:00:00Z",
            childQuantityList=[quantity(MILK, 5), quantity(CREAM, 5)],
        ),
        event(
            "AggregationEvent",
            action="DELETE",
            parentID=PALLET,
            at="2026-03-02T08:00:00Z",
            childQuantityList=[quantity(CREAM, 5)],
        ),
        run([PALLET], [quantity(BUTTER, 3)], at="2026-03-03T08:00:00Z"),
    )
    assert lots_of(BUTTER, "back") == {MILK}
    assert lots_of(CREAM, "forward") == set()


# -- logistic units ----------------------------------------------------------------------------------------


def _pallet_story() -> list[dict[str, Any]]:
    return [
        event(
            "AggregationEvent",
            at="2026-03-01T08:00:00Z",
            action="ADD",
            parentID=CRATE,
            childQuantityList=[quantity(MILK)],
        ),
        event(
            "AggregationEvent", at="2026-03-01T09:00:00Z", action="ADD", parentID=PALLET, childEPCs=[CRATE]
        ),
        event("ObjectEvent", at="2026-03-02T08:00:00Z", bizStep="shipping", epcList=[PALLET]),
        event("ObjectEvent", at="2026-03-02T12:00:00Z", epcList=[CRATE]),
        event("AggregationEvent", at="2026-03-03T08:00:00Z", action="DELETE", parentID=PALLET),
        event("ObjectEvent", at="2026-03-04T08:00:00Z", epcList=[PALLET]),
    ]


@pytest.mark.parametrize("backwards", [False, True])
def test_who_got_a_pallet_got_what_was_on_it(backwards: bool) -> None:
    """MILK-1 in a carton on a pallet, shipped by its SSCC; CREAM-2 shipped by itself without quantity."""
    carton = "urn:epc:id:sgtin:9521321.299999.C1"
    to_shop: dict[str, Any] = {
        "destinationList": [{"type": "owning_party", "destination": SHOP}],
        "bizStep": "shipping",
    }
    story = [
        event(
            "AggregationEvent",
            at="2026-03-01T08:00:00Z",
            action="ADD",
            parentID=carton,
            childQuantityList=[quantity(MILK, 12, None)],
        ),
        event(
            "AggregationEvent", at="2026-03-01T09:00:00Z", action="ADD", parentID=PALLET, childEPCs=[carton]
        ),
        event("ObjectEvent", at="2026-03-02T08:00:00Z", epcList=[PALLET], **to_shop),
        event("ObjectEvent", at="2026-03-02T09:00:00Z", quantityList=[quantity(CREAM)], **to_shop),
        event(
            "ObjectEvent",
            at="2026-03-03T08:00:00Z",
            epcList=[PALLET],
            bizStep="receiving",
            sourceList=[{"type": "owning_party", "source": FARM}],
        ),
    ]
    for one in reversed(story) if backwards else story:
        capture(one)
    milk = tracing.trace(tracing.resolve(MILK)[0], "both")
    shop, farm = f"GLN {identify(SHOP).gln}", f"GLN {identify(FARM).gln}"
    assert [(one.name, one.lots, one.quantities) for one in milk.customers] == [(shop, 1, [("H87", 12, 0)])]
    assert [(one.name, one.lots, one.quantities) for one in milk.suppliers] == [(farm, 1, [("H87", 12, 0)])]
    cream = tracing.trace(tracing.resolve(CREAM)[0], "both")
    assert [(one.name, one.lots, one.quantities) for one in cream.customers] == [(shop, 1, [])]
    pallet = tracing.trace(tracing.resolve(PALLET)[0], "forward")
    # The carton is goods itself, and so is what it holds.
    assert [(one.name, one.lots, one.quantities) for one in pallet.customers] == [(shop, 2, [("H87", 13, 0)])]


@pytest.mark.parametrize("told_by", ["sender", "receiver", "both"])
def test_one_delivery_told_by_either_side_or_both_is_one(told_by: str) -> None:
    """FARM → SHOP, 40 kg of MILK-1: each event names both ends, as most senders and receivers do."""
    ends: dict[str, Any] = {
        "sourceList": [{"type": "owning_party", "source": FARM}],
        "destinationList": [{"type": "owning_party", "destination": SHOP}],
        "quantityList": [quantity(MILK, 40)],
    }
    if told_by != "receiver":
        capture(event("ObjectEvent", at="2026-03-02T08:00:00Z", bizStep="shipping", **ends))
    if told_by != "sender":
        capture(event("ObjectEvent", at="2026-03-02T18:00:00Z", bizStep="receiving", **ends))
    milk = tracing.trace(tracing.resolve(MILK)[0], "both")
    for partners, who in ((milk.suppliers, FARM), (milk.customers, SHOP)):
        (one,) = partners
        assert (one.name, one.lots) == (f"GLN {identify(who).gln}", 1)
        assert [(unit, to_text(amount, scale)) for unit, amount, scale in one.quantities] == [("KGM", "40")]


@pytest.mark.parametrize("backwards", [False, True])
def test_contents_are_followed_while_they_are_inside(backwards: bool) -> None:
    """MILK-1 in a crate (any URI) on a pallet; what happens to the empty pallet later is not its story."""
    story = _pallet_story()
    for one in reversed(story) if backwards else story:
        capture(one)
    assert traced(MILK, "forward")[1] == ids(*story[:5])
    found = traced(PALLET, "forward")
    assert found[0] == {MILK, CRATE}
    assert ids(*story) <= found[1]


def test_a_parent_that_is_goods_elsewhere_is_one_thing() -> None:
    """An SGTIN with parts in it, written in two ways, is made in one event and taken apart in another."""
    machine = "urn:epc:id:sgtin:9521321.088888.M1"
    as_link = f"https://id.example.org{identify(machine).key}"
    part = "urn:epc:id:sgtin:9521321.099999.P1"
    made = run([quantity(MILK, 1)], [as_link])
    mounted = event(
        "AssociationEvent", at="2026-03-05T08:00:00Z", action="ADD", parentID=machine, childEPCs=[part]
    )
    seen = event("ObjectEvent", at="2026-03-06T08:00:00Z", epcList=[machine])
    capture(made)
    capture(mounted, seen)
    assert traced(machine, "both")[1] == ids(made, mounted, seen)
    assert traced(part, "forward")[1] == ids(mounted, seen)


def test_order_of_files_does_not_matter() -> None:
    """The same events in any order give the same traces."""
    story = [
        *_pallet_story(),
        run([quantity(MILK, 5)], [quantity(CREAM, 1)], transformationID="urn:example:run:2"),
        run([quantity(CREAM, 1)], [quantity(BUTTER, 1)]),
    ]
    asked = [(uri, way) for uri in (MILK, CREAM, BUTTER, PALLET, CRATE) for way in ("back", "forward")]
    begin = transaction.savepoint()
    for one in story:
        capture(one)
    first = {question: traced(*question) for question in asked}
    transaction.savepoint_rollback(begin)
    assert not CapturedEvent.objects.exists()
    capture(*reversed(story))
    assert {question: traced(*question) for question in asked} == first
    assert first[BUTTER, "back"][0] == {MILK, CREAM}


# -- times -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "at",
    [
        "1066-10-14T09:00:00Z",
        "9999-12-31T23:59:59Z",
        "0001-01-01T00:00:00+14:00",
        "2026-02-28T23:59:59.123456789-12:00",
    ],
)
def test_any_time_is_a_claim(at: str) -> None:
    assert capture(event("ObjectEvent", at=at, quantityList=[quantity(MILK, 5)])).captured == 1


# -- the command -------------------------------------------------------------------------------------------


def test_the_command_takes_what_it_can(tmp_path: Any, capsys: pytest.CaptureFixture[str]) -> None:
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_bytes(document(event("ObjectEvent", quantityList=[quantity(MILK, 5)])))
    bad.write_bytes(document({**event("ObjectEvent", quantityList=[]), "action": "SEE"}))
    assert main(["import", str(bad), str(good), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["captured"], told["duplicates"]) == (1, 0)
    assert told["sequence"] > 0
    assert told["rejected"][0]["event"] == "/epcisBody/eventList/0/action"
    assert main(["import", str(good)]) == 0
    assert "1 duplicates" in capsys.readouterr().out
    assert main(["import", str(good), str(tmp_path / "none.json")]) == 2
    assert "none.json does not exist" in capsys.readouterr().err


# -- size --------------------------------------------------------------------------------------------------


def _many(count: int, part: str) -> list[dict[str, Any]]:
    """``count`` runs, each of a lot of its own into another."""
    return [
        run(
            [quantity(f"urn:epc:class:lgtin:9521321.0{n % 50:05}.IN-{part}-{n}", 12.5)],
            [quantity(f"urn:example:lot:{part}:{n}", 10)],
        )
        for n in range(count)
    ]


def test_statements_do_not_grow_with_the_batch() -> None:
    """Reading takes the same number of statements for ten events and for two hundred."""

    def reads(events: list[dict[str, Any]]) -> int:
        with CaptureQueriesContext(connection) as asked, sql.counted() as plain:
            assert capture(*events).captured == len(events)
        statements = [query["sql"] for query in asked.captured_queries] + plain
        return sum(statement.lstrip().upper().startswith("SELECT") for statement in statements)

    reads(_many(2, "warm"))
    assert reads(_many(10, "few")) == reads(_many(200, "many"))


def test_more_than_a_batch_goes_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "BATCH", 100)
    events = _many(250, "long")
    told: list[tuple[int, int]] = []
    outcome = actions.capture(
        document(*events, events[0]),
        source="x",
        actor="lotbook",
        progress=lambda done, total: told.append((done, total)),
    )
    assert (outcome.captured, outcome.duplicates) == (250, 1)
    assert told == [(100, 251), (200, 251), (251, 251)]


def test_more_things_than_an_event_may_move_are_mentioned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "MOVES_MAX", 5)
    serials = [f"urn:epc:id:sgtin:9521321.012345.{n}" for n in range(12)]
    capture(
        event("ObjectEvent", action="ADD", epcList=serials, bizLocation={"id": DAIRY}), run(serials, serials)
    )
    rows = sql.rows("SELECT event_id, count(*) FROM ledger_movement GROUP BY 1")
    assert [row[1] for row in rows] == [5, 5]
    assert Lot.objects.count() == 12
