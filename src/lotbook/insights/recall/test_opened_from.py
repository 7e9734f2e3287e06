"""A case is opened from wherever something is wrong: each way over HTTP, with suspects and source."""

from __future__ import annotations

import html
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from tests import cast
from tests.cast import Cast

from lotbook.insights.recall.models import Case
from lotbook.kernel import clock
from lotbook.kernel.ids import new_uid
from lotbook.operations.complaints import actions as complaints
from lotbook.operations.complaints.reading import Told
from lotbook.traceability.ledger.actions import post_one
from lotbook.traceability.ledger.rules import Draft, LotRef, PutHold
from lotbook.traceability.lots.models import Lot

pytestmark = pytest.mark.once


@pytest.fixture
def quinn(world: Cast) -> Client:
    found = Client()
    found.force_login(cast.person("quinn"))
    return found


def text(answer: Any) -> str:
    return html.unescape(str(answer.content.decode()))


def uid(number: str) -> str:
    return str(Lot.objects.get(number=number).uid)


def opened(client: Client, page: str, marker: str = "/recall/new?") -> Case:
    """Follow the link of a page to the form, send the form as it stands, and give the case."""
    shown = text(client.get(page, follow=True))
    link = next(one for one in re.findall(r'href="([^"]+)"', shown) if marker in one)
    form = text(client.get(link)).split("<main")[1]
    values = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))
    lots = re.findall(r'<textarea name="lots"[^>]*>\s*(.*?)</textarea>', form, re.DOTALL)
    values["lots"] = lots[0]
    answer = client.post("/recall/new", {**values, "uid": new_uid(), "reason": "glass", "kind": "recall"})
    assert answer.status_code == 302, text(answer)
    return Case.objects.order_by("-pk")[0]


def test_from_a_failed_inspection(world: Cast, quinn: Client) -> None:
    held = PutHold(LotRef(world.tomatoes.pk, "TOM-1", 1), "quality", new_uid())
    post_one(
        Draft(
            "hold", clock.now(), document_kind="inspection", document_number="INS-0007", holds=[held],
            reason="12 % mouldy",
        ),
        actor="user:quinn",
    )  # fmt: skip
    for page in ("/quality/holds", f"/lots/{uid('TOM-1')}/holds"):
        case = opened(quinn, page)
        assert (case.source_kind, case.source) == ("inspection", "INS-0007")
        assert case.suspects == {"lots": [uid("TOM-1")]}


def test_from_a_hold_that_no_inspection_put_on(world: Cast, quinn: Client) -> None:
    cast.hold(world, world.tomatoes, "TOM-2")
    case = opened(quinn, "/quality/holds")
    assert (case.source_kind, case.source) == ("lot", "RM-TOMATO TOM-2")


def test_from_a_lot(quinn: Client) -> None:
    case = opened(quinn, f"/lots/{uid('TOM-1')}/recall")
    assert (case.source_kind, case.source, case.suspects) == (
        "lot",
        "RM-TOMATO TOM-1",
        {"lots": [uid("TOM-1")]},
    )


def test_from_a_complaint(world: Cast, quinn: Client) -> None:
    told = Told(item="FG-MARINARA", lot="SAUCE-1", symptoms=("taste",), description="bitter")
    one = complaints.receive(actor="user:quinn", told=told)
    case = opened(quinn, f"/complaints/{one.uid}")
    assert (case.source_kind, case.source, case.suspects) == (
        "complaint",
        one.number,
        {"lots": [uid("SAUCE-1")]},
    )


@pytest.mark.parametrize("page", ["scope", "exposure", "what-if"])
def test_from_a_page_of_the_trace(quinn: Client, page: str) -> None:
    case = opened(quinn, f"/trace/{page}?s=run+RUN-1&s={uid('TOM-2')}")
    assert (case.source_kind, set(case.suspects)) == ("trace", {"runs", "lots"})
    assert case.suspects["lots"] == [uid("TOM-2")]


def test_from_what_if_with_the_suspects_that_are_left(quinn: Client) -> None:
    case = opened(quinn, f"/trace/what-if?s=run+RUN-1&s={uid('TOM-2')}&x=run+RUN-1")
    assert case.suspects == {"lots": [uid("TOM-2")]}


def test_from_what_complaint_lots_share(quinn: Client) -> None:
    shown = text(quinn.get("/trace/converge", {"lots": "SAUCE-1", "controls": "TOM-2"}))
    links = [one for one in re.findall(r'href="([^"]+)"', shown) if "/trace/scope?s=" in one]
    kinds = {parse_qs(urlsplit(one).query)["s"][0].split(" ")[0] for one in links}
    assert {"run", "supplier"} <= kinds
    case = opened(quinn, next(one for one in links if "s=supplier" in one))
    assert (case.source_kind, set(case.suspects)) == ("trace", {"deliveries"})
