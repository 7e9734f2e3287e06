from __future__ import annotations

import json
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lotbook.standards.epcis import content_key, event_id, read

pytestmark = pytest.mark.once

EVENT: dict[str, Any] = {
    "type": "ObjectEvent",
    "eventID": "urn:uuid:12345678-1234-1234-1234-123456789abc",
    "eventTime": "2027-03-31T08:15:00Z",
    "quantityList": [{"epcClass": "urn:epc:class:lgtin:4012345.012345.MILK-1", "quantity": 25}],
    "acme:fat": "acme:high",
}


def with_quantity(quantity: object) -> dict[str, Any]:
    return {**EVENT, "quantityList": [{**EVENT["quantityList"][0], "quantity": quantity}]}


@pytest.mark.parametrize(
    "same", [25, 25.0, Decimal(25), Decimal("25.00"), Decimal("2.5e1"), Decimal("0.25E+2")]
)
def test_a_number_is_the_same_however_it_is_spelled(same: object) -> None:
    assert content_key(with_quantity(same)) == content_key(EVENT)


@pytest.mark.parametrize(
    "other", ["25", 26, 250, 2.5, -25, Decimal("25.0000000000000000000000000000001"), None, True]
)
def test_another_number_is_another_content(other: object) -> None:
    assert content_key(with_quantity(other)) != content_key(EVENT)


def test_what_repositories_and_writers_may_change() -> None:
    key = content_key(EVENT)
    assert content_key({**EVENT, "recordTime": "2027-04-01T00:00:00Z"}) == key
    assert content_key(dict(reversed(EVENT.items()))) == key
    assert (
        content_key({**EVENT, "@context": "https://ref.gs1.org/standards/epcis/epcis-context.jsonld"}) == key
    )
    assert content_key(json.loads(json.dumps(EVENT, indent=4))) == key


@pytest.mark.parametrize(
    "change",
    [
        {"eventID": "urn:uuid:12345678-1234-1234-1234-123456789abd"},
        {"eventTime": "2027-03-31T10:15:00+02:00"},
        {"quantityList": []},
        {"acme:fat": "acme:low"},
        {"disposition": "in_transit"},
        {"errorDeclaration": {"declarationTime": "2027-03-31T08:15:00Z"}},
    ],
)
def test_what_makes_another_content(change: dict[str, Any]) -> None:
    assert content_key({**EVENT, **change}) != content_key(EVENT)


def test_prefixes_are_spelled_out_wherever_they_are_declared() -> None:
    """The same event inside a document, alone, and with another prefix for the same namespace."""
    url = "https://ref.gs1.org/standards/epcis/epcis-context.jsonld"
    inside = content_key(EVENT, [url, {"acme": "https://acme.example/"}])
    alone = content_key({"@context": [{"acme": "https://acme.example/"}, url], **EVENT})
    text = json.dumps(EVENT).replace("acme:", "a:")
    renamed = content_key(json.loads(text), {"a": "https://acme.example/"})
    assert inside == alone == renamed
    assert content_key(EVENT, {"acme": "https://other.example/"}) != inside


def test_an_event_without_id_gets_a_stable_one() -> None:
    assert event_id(EVENT) == EVENT["eventID"]
    nameless = {name: value for name, value in EVENT.items() if name != "eventID"}
    made = event_id(nameless)
    assert made == event_id({**nameless, "recordTime": "2027-04-01T00:00:00Z"})
    assert made != event_id({**nameless, "acme:fat": "acme:low"})
    uuid = UUID(made.removeprefix("urn:uuid:"))
    assert (uuid.version, uuid.variant) == (8, "specified in RFC 4122")


def test_the_key_never_changes_between_releases() -> None:
    """Keys are stored; whoever changes the canonical form must migrate them."""
    assert content_key(EVENT) == "84e297fc21c2f5698d132a84141326336b8268b828fa732c98e7797799e22340"


numbers = (
    st.decimals(allow_nan=False, allow_infinity=False)
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
)


@given(numbers, numbers)
def test_numbers_agree_exactly_when_they_are_equal(one: object, two: object) -> None:
    exact = [
        Decimal(repr(number)) if isinstance(number, float) else Decimal(str(number)) for number in (one, two)
    ]
    assert (content_key({"n": one}) == content_key({"n": two})) == (exact[0] == exact[1])


@given(
    st.dictionaries(
        st.text(max_size=5), st.text(max_size=5) | st.lists(st.integers(), max_size=3), max_size=5
    )
)
def test_a_round_trip_through_bytes_keeps_the_key(event: dict[str, Any]) -> None:
    again = read(json.dumps(event).encode())
    assert isinstance(again, dict)
    assert content_key(again) == content_key(event)
