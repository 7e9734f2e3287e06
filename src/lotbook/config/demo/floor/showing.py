"""Papers and pictures on documents, filters everybody shares, and a deputy for the manager."""

from __future__ import annotations

from lotbook.config.demo.floor import pictures
from lotbook.config.demo.floor.scene import Scene
from lotbook.config.demo.masterdata import COMPANY
from lotbook.foundation.accounts.models import User
from lotbook.foundation.approvals import actions as approvals
from lotbook.foundation.documents import actions as documents
from lotbook.interfaces.web import saved
from lotbook.kernel import clock, pdf
from lotbook.operations.production.models import Run
from lotbook.operations.receiving.models import Order
from lotbook.operations.shipping.models import Return
from lotbook.traceability.ledger import browsing
from lotbook.traceability.lots.models import Lot

FILTERS = (
    ("petra", "/receiving/orders", "due=late", "Late orders"),
    ("petra", "/orders", "status=part_allocated", "Short orders"),
    ("anna", "/production/orders", "late=on", "Late"),
    ("anna", "/events", "kind=adjust", "Adjustments"),
    ("quinn", "/lots", "status=hold", "On hold"),
)
"""Who keeps it, of which list, what is filtered, and its name."""


def show(scene: Scene) -> None:
    """Leave papers and filters behind."""
    with scene.on(3, 10, 40):
        _certificate(scene)
    with scene.on(3, 9, 50):
        _photos()
    with scene.on(2, 8):
        for username, path, query, name in FILTERS:
            person = User.objects.get(username=username)
            saved.save(person=person, at=saved.list_at(path), query=query, name=name, shared=True)
        approvals.delegate(
            from_person="anna", to_person="quinn", starts_on=scene.day(-10), ends_on=scene.day(-20),
            actor="user:anna", reason="Holidays",
        )  # fmt: skip


def _certificate(scene: Scene) -> None:
    """A certificate of analysis, for the pepper that waits in quarantine and for its order."""
    lot = Lot.objects.filter(item__code="RM-PEPPER", supplier__code="SAFFRONGATE").latest("pk")
    results = (
        ("Salmonella in 25 g", "not found", "not found"),
        ("Moisture", "10.8 %", "at most 12 %"),
        ("Volatile oil", "2.1 ml/100 g", "at least 1.5"),
        ("Ochratoxin A", "3 µg/kg", "at most 15"),
    )
    facts = [("Item", "Black pepper, ground"), ("Lot of the supplier", lot.supplier_lot), ("For", COMPANY)]
    tests = pdf.section("Results", ["Test", "Result", "Limit"], results)
    data = {
        "company": "Saffron Gate Spice Traders", "title": "Certificate of analysis",
        "number": f"COA {lot.number}", "sections": [pdf.section("Product", facts=facts), tests],
    }  # fmt: skip
    body = pdf.render(pdf.DOCUMENT, data, by="Saffron Gate laboratory", at=clock.now())
    order = Order.objects.filter(supplier__code="SAFFRONGATE").latest("pk")
    for kind, subject in (("lot", lot.uid), ("receiving.order", order.uid)):
        documents.attach(
            kind=kind, subject=subject, files=[("certificate-of-analysis.pdf", body)], actor="user:rita",
            note="Came with the delivery",
        )  # fmt: skip


def _photos() -> None:
    """What people took with their phones."""
    back = Return.objects.select_related("shipment").filter(code="damaged").latest("pk")
    assert back.shipment is not None
    honey, jars = (
        browsing.events(kind="receive", text=number).get().uid for number in ("NW-77120", "CB-2088")
    )
    run = Run.objects.filter(order__item__code="FG-DRESSING").latest("pk")
    note = pictures.delivery_note(
        "Northwind Dry Goods", "NW-77120", ["200 kg  Wildflower honey", "408 l  Sunflower oil"]
    )
    for kind, subject, name, body, who, said in (
        ("shipping.shipment", back.shipment.uid, "torn-labels.png", pictures.torn_labels(), "rita",
         "All twelve jars of the case"),
        ("ledger.event", honey, "delivery-note.png", note, "rita", "Signed by R. Moreno"),
        ("ledger.event", jars, "chipped-rims.png", pictures.chipped_rims(), "rita", "Upper two layers"),
        ("production.run", run.uid, "label.png", pictures.label_proof(), "paul", "Mustard is named"),
    ):  # fmt: skip
        documents.attach(kind=kind, subject=subject, files=[(name, body)], actor=f"user:{who}", note=said)
