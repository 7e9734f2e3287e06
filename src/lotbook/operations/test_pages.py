"""The pages of the rooms as a person uses them: forms with lines, refusals with everything kept, lists."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.urls import reverse
from tests.rooms import Cast, stocked

from lotbook.foundation.accounts import actions as accounts
from lotbook.traceability.ledger import browsing
from lotbook.traceability.lots.models import Hold, Lot

PALLET = "340123456789012340"


@pytest.fixture
def ann(cast: Cast, client: Client) -> Client:
    return _logged_in(client, "manager")


def _logged_in(client: Client, role: str) -> Client:
    person = accounts.create_user(
        username=f"a.{role}", password="correct-horse-9", role=role, actor="lotbook"
    )
    client.force_login(person)
    return client


def form(lines: Sequence[Mapping[str, str]], prefix: str = "lines", **head: Any) -> dict[str, Any]:
    """What the browser sends."""
    sent = {"uid": str(uuid4()), f"{prefix}-count": str(len(lines)), **head}
    for index, line in enumerate(lines):
        sent |= {f"{prefix}-{index}-{name}": value for name, value in line.items()}
    return sent


def text(response: Any) -> str:
    return str(response.content.decode())


def number(pattern: str, page: str) -> str:
    found = re.search(pattern, page)
    assert found, page
    return found[1]


def test_every_page_opens(ann: Client, cast: Cast) -> None:
    stocked(cast, ("TOM", "T-1", "100"), ("JAR", "", "5"))
    for name in (
        "receiving:new", "receiving:supplier_return", "production:runs", "production:start",
        "production:record",
        "shipping:new", "shipping:return", "warehouse:stock", "warehouse:move", "warehouse:adjust",
        "warehouse:scrap", "warehouse:units", "warehouse:new_unit", "quality:holds", "quality:hold",
        "ledger:events",
    ):  # fmt: skip
        response = ann.get(reverse(name))
        assert response.status_code == 200, name
        assert "<h1>" in text(response)
    for name in ("warehouse:stock", "ledger:events", "production:runs", "quality:holds"):
        for file in ("csv", "xlsx"):
            assert ann.get(reverse(name), {"format": file}).status_code == 200
    assert ann.get(reverse("ledger:event", args=[uuid4()])).status_code == 404
    assert ann.get(reverse("production:run", args=[uuid4()])).status_code == 404


def test_who_may_not_is_refused(cast: Cast, client: Client) -> None:
    auditor = _logged_in(client, "auditor")
    assert auditor.get(reverse("warehouse:stock")).status_code == 200
    for name in ("receiving:new", "production:start", "shipping:new", "warehouse:move", "quality:hold"):
        assert auditor.get(reverse(name)).status_code == 403
        assert auditor.post(reverse(name), {}).status_code == 403


def test_more_lines_keep_what_was_typed(ann: Client) -> None:
    sent = form([{"item": "TOM", "quantity": "x"}], supplier="FARM", document="DN 5", more="lines")
    page = ann.post(reverse("receiving:new"), sent)
    assert page.status_code == 200
    assert 'name="lines-count" value="4"' in text(page)
    assert 'id="id_lines-0-item" value="TOM"' in text(page)
    assert 'value="DN 5"' in text(page)
    assert "lb-faults" not in text(page)


def test_a_receipt_with_faults_keeps_everything_and_links_each_fault_to_its_field(ann: Client) -> None:
    lines = [{}, {"item": "TOM", "quantity": "-1"}, {}, {"item": "NOPE", "quantity": "1"}]
    page = ann.post(reverse("receiving:new"), form(lines, supplier="FARM", place="STORE"))
    assert page.status_code == 422
    assert 'href="#id_lines-1-quantity"' in text(page)
    assert 'href="#id_lines-3-item"' in text(page)
    assert 'id="id_lines-1-quantity" value="-1"' in text(page)
    assert not browsing.events().exists()


def test_goods_are_received_once_and_seen_in_stock_and_reversed(ann: Client) -> None:
    sent = form([{"item": "TOM", "quantity": "10", "lot": "T-1"}], supplier="FARM", place="STORE")
    first = ann.post(reverse("receiving:new"), sent)
    assert first.status_code == 302
    assert ann.post(reverse("receiving:new"), sent)["Location"] == first["Location"]
    assert browsing.events().count() == 1
    stock = text(ann.get(reverse("warehouse:stock"), {"place": "PLANT", "text": "t-1"}))
    assert ">T-1</a>" in stock
    assert "13 MAR 2027" not in stock
    assert "T-1" in text(ann.get(first["Location"]))
    uid = UUID(first["Location"].rsplit("/", 1)[1])
    refused = ann.post(reverse("ledger:reverse", args=[uid]), {"uid": str(uuid4()), "reason": " "})
    assert refused.status_code == 422
    done = ann.post(reverse("ledger:reverse", args=[uid]), {"uid": str(uuid4()), "reason": "wrong supplier"})
    assert done.status_code == 302
    assert "Taken back by" in text(ann.get(first["Location"]))
    assert "T-1" not in text(ann.get(reverse("warehouse:stock")))


def test_a_run_by_its_pages(ann: Client, cast: Cast) -> None:
    stocked(cast, ("TOM", "T-1", "100"), ("SALT", "S-1", "5"))
    started = ann.post(
        reverse("production:start"), form([], item="SAUCE", site="PLANT", planned_quantity="100")
    )
    run = UUID(started["Location"].rsplit("/", 1)[1])
    take = [{"lot": "T-1", "quantity": "70"}, {"lot": "S-1", "quantity": "1"}]
    for name, sent in [
        ("consume", form(take, place="STORE")),
        (
            "produce",
            form([{"item": "SAUCE", "quantity": "190"}, {"item": "PEEL", "quantity": "2"}], place="STORE"),
        ),
        ("lose", form([{"lot": "T-1", "quantity": "1.5"}], reason="spilled")),
        ("unused", form([{"lot": "T-1", "quantity": "0.5"}], place="STORE")),
    ]:
        answer = ann.post(reverse(f"production:{name}", args=[run]), sent)
        assert answer.status_code == 302, text(answer)
    page = text(ann.get(reverse("production:run", args=[run])))
    assert "L270303-001" in page
    assert "70.5 kg" in page
    refused = ann.post(reverse("production:close", args=[run]), form([]))
    assert refused.status_code == 422
    assert "difference of 0.5 kg" in text(refused)
    assert ann.post(reverse("production:close", args=[run]), form([], reason="steam")).status_code == 302
    late = ann.post(reverse("production:consume", args=[run]), form(take, place="STORE"))
    assert late.status_code == 422
    assert "is closed" in text(late)


def test_a_whole_run_is_written_down(ann: Client, cast: Cast) -> None:
    stocked(cast, ("TOM", "T-1", "100"))
    sent = {
        **form([{"lot": "T-1", "quantity": "10"}], "inputs", item="PEEL", site="PLANT", place="STORE"),
        **form([{"item": "PEEL", "quantity": "9", "lot": "P-1"}], "outputs"),
        **form([{"lot": "T-1", "quantity": "1"}], "losses", loss_reason="stalks"),
    }
    answer = ann.post(reverse("production:record"), sent)
    assert answer.status_code == 302, text(answer)
    assert "Closed" in text(ann.get(answer["Location"]))


def test_a_held_lot_is_refused_and_overridden_by_who_may(ann: Client, cast: Cast, client: Client) -> None:
    stocked(cast, ("SAUCE", "S-1", "10"))
    lot = Lot.objects.get()
    held = ann.post(
        reverse("quality:hold"),
        form([{"lot": str(lot.uid)}], "lots", kind="quality", reason="taste", descendants="on"),
    )
    assert held.status_code == 302
    assert "taste" in text(ann.get(reverse("quality:holds")))
    assert "taste" in text(ann.get(reverse("quality:lot_panel", args=[lot.uid])))
    sent = form([{"lot": "S-1", "quantity": "1"}], customer="SHOP", place="STORE") | {"units-count": "0"}
    refused = ann.post(reverse("shipping:new"), sent)
    assert refused.status_code == 422
    assert "is on hold" in text(refused)
    assert 'name="override"' in text(refused)
    shipped = ann.post(reverse("shipping:new"), {**sent, "override": "the customer agreed"})
    assert shipped.status_code == 302
    clerk = _logged_in(client, "shipper")
    again = {**sent, "uid": str(uuid4()), "override": "please"}
    answer = clerk.post(reverse("shipping:new"), again)
    assert answer.status_code == 422
    assert 'name="override"' not in text(answer)


def test_holds_are_released_from_the_queue(ann: Client, cast: Cast) -> None:
    stocked(cast, ("SAUCE", "S-1", "10"))
    ann.post(reverse("quality:hold"), form([{"lot": "S-1"}], "lots", kind="customs", reason="papers"))
    hold = Hold.objects.get()
    nothing = ann.post(reverse("quality:release"), {"uid": str(uuid4()), "reason": "fine"})
    assert nothing.status_code == 422
    assert "no hold is chosen" in text(nothing)
    done = ann.post(
        reverse("quality:release"),
        {"uid": str(uuid4()), "reason": "fine", "hold": str(hold.uid), "cascade": "on"},
    )
    assert done.status_code == 302
    assert "Nothing is on hold" in text(ann.get(reverse("quality:holds")))


def test_a_pallet_by_its_pages(ann: Client, cast: Cast) -> None:
    stocked(cast, ("SAUCE", "S-1", "10"))
    made = ann.post(reverse("warehouse:new_unit"), form([], sscc=PALLET, place="STORE"))
    unit = UUID(made["Location"].rsplit("/", 1)[1])
    pack = form([{"lot": "S-1", "quantity": "6"}])
    assert ann.post(reverse("warehouse:pack", args=[unit]), pack).status_code == 302
    assert ann.post(reverse("warehouse:move_unit", args=[unit]), form([], to="A-01")).status_code == 302
    out = form([{"lot": "S-1", "quantity": "1"}])
    assert ann.post(reverse("warehouse:unpack", args=[unit]), out).status_code == 302
    page = text(ann.get(reverse("warehouse:unit", args=[unit])))
    assert "A-01" in page
    assert ">S-1</a>" in page
    where = text(ann.get(reverse("ledger:where", args=[Lot.objects.get().uid])))
    assert PALLET in where
    assert "Packed" in text(ann.get(reverse("ledger:timeline", args=[Lot.objects.get().uid])))
    shipped = form([], customer="SHOP") | {"units-count": "1", "units-0-unit": PALLET}
    assert ann.post(reverse("shipping:new"), shipped).status_code == 302
    assert "It is empty" in text(ann.get(reverse("warehouse:unit", args=[unit])))


def test_stock_is_moved_counted_written_off_and_taken_back(ann: Client, cast: Cast) -> None:
    stocked(cast, ("SAUCE", "S-1", "10"), ("TOM", "T-1", "5"))
    one = [{"item": "SAUCE", "lot": "S-1", "quantity": "1"}]
    for name, sent in [
        ("warehouse:move", form(one, place="STORE", to="A-01")),
        ("warehouse:scrap", form(one, place="STORE", reason="broken")),
        ("warehouse:adjust", form([{"lot": "S-1", "counted": "7"}], place="STORE", reason="count")),
        ("shipping:new", form(one, place="STORE", customer="SHOP") | {"units-count": "0"}),
        ("shipping:return", form(one, place="QUARANTINE", customer="SHOP", reason="unsold")),
        (
            "receiving:supplier_return",
            form([{"lot": "T-1", "quantity": "1"}], place="STORE", supplier="FARM", reason="bad"),
        ),
    ]:
        answer = ann.post(reverse(name), sent)
        assert answer.status_code == 302, text(answer)
    found = {(row.lot.number, row.place.code): row.on_hand for row in browsing.stock()}
    assert found == {
        ("S-1", "STORE"): 6, ("S-1", "A-01"): 1, ("S-1", "QUARANTINE"): 1, ("T-1", "STORE"): 4000,
    }  # fmt: skip
    listed = text(ann.get(reverse("ledger:events"), {"kind": "ship", "text": "S-1"}))
    assert listed.count("<tr>") == 2


def test_lines_start_with_what_a_link_says(ann: Client) -> None:
    page = text(ann.get(reverse("warehouse:move"), {"item": "TOM", "lot": "T-1", "place": "STORE"}))
    assert 'id="id_lines-0-lot" value="T-1"' in page
    assert '<option value="STORE" selected>' in page
    assert 'id="id_lines-0-place" value=""' in page


@pytest.mark.parametrize(
    "name", ["receiving:new", "shipping:new", "warehouse:move", "production:record", "quality:hold"]
)
def test_an_empty_post_is_a_refusal_and_no_accident(ann: Client, name: str) -> None:
    assert ann.post(reverse(name)).status_code == 422
    assert ann.post(reverse(name), {"uid": str(uuid4())}).status_code == 422
    assert (
        ann.post(reverse(name), {"uid": "x", "lines-count": "many", "occurred_at": "soon"}).status_code == 422
    )
