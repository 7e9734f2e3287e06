from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lotbook.standards.epcis import UnreadableError, events, instant, is_date_time, read, validate
from lotbook.standards.epcis.reading import DEPTH_MAX
from lotbook.standards.errors import MalformedError

pytestmark = pytest.mark.once


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_numbers_stay_exact_with_or_without_byte_order_mark(mark: bytes) -> None:
    value = read(mark + b'{"a": 0.1, "b": 25, "c": 1e3, "d": 12345678901234567890.123456789}')
    assert value == {"a": Decimal("0.1"), "b": 25, "c": 1000, "d": Decimal("12345678901234567890.123456789")}


def test_nothing_is_rounded_on_the_way() -> None:
    quantity = "0.10000000000000000000000000000000000000000000000001"
    assert str(read(f"[{quantity}]".encode())[0]) == quantity  # type: ignore[index]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "syntax"),
        (b"{", "syntax"),
        (b'{"a": NaN}', "syntax"),
        (b'{"a": -Infinity}', "syntax"),
        (b'{"a": 1e99999}', "syntax"),
        (b'{"a": 1e-99999}', "syntax"),
        (b'{"a": 1e999999999999999999999}', "syntax"),
        (b'{"a": ' + b"9" * 5_000 + b"}", "syntax"),
        (b'{"a": 0.' + b"9" * 5_000 + b"}", "syntax"),
        (b"[1]x", "syntax"),
        ('{"a": "é"}'.encode("latin-1"), "encoding"),
        ('{"a": 1}'.encode("utf-16"), "encoding"),
        (b'{"a": "\\ud800"}', "encoding"),
        (b'{"\\udc00": 1}', "encoding"),
        (b"[" * (DEPTH_MAX + 1) + b"]" * (DEPTH_MAX + 1), "depth"),
        (b'{"a":' * 50_000 + b"1" + b"}" * 50_000, "depth"),
        (b"[" * 3_000_000, "depth"),
    ],
)
def test_unreadable_bytes_are_a_fault(data: bytes, code: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        read(data)
    assert [fault.code for fault in caught.value.faults] == [code]
    assert "expected" in str(caught.value)


def test_the_greatest_depth_is_still_read_and_validated() -> None:
    value = read(b"[" * DEPTH_MAX + b"]" * DEPTH_MAX)
    assert validate(value) != []
    deep = read(b'[{"type":"a:b","x":' + b"[" * (DEPTH_MAX - 2) + b"]" * (DEPTH_MAX - 2) + b"}]")
    assert {fault.path for fault in validate(deep)} == {"/0/eventTime", "/0/eventTimeZoneOffset"}


def test_size_and_repeated_names() -> None:
    with pytest.raises(UnreadableError, match="at most 3 bytes"):
        read(b"[1, 2]", size_max_bytes=3)
    assert read(b'{"a": 1, "a": 2}') == {"a": 2}
    with pytest.raises(UnreadableError, match="'a' twice"):
        read(b'{"a": 1, "a": 2}', repeated_names=False)


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        value = read(data)
    except UnreadableError:
        return
    validate(value)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "type",
                    "action",
                    "epcList",
                    "eventList",
                    "epcisBody",
                    "@context",
                    "sensorElementList",
                    "quantityList",
                ]
            ),
            inner
            | st.sampled_from(
                ["ObjectEvent", "EPCISDocument", "EPCISQueryDocument", "TransformationEvent", "ADD"]
            ),
            max_size=5,
        )
    ),
    max_leaves=25,
)


@given(JSON)
def test_any_json_gets_a_verdict_and_is_walked_without_a_crash(value: object) -> None:
    validate(value)
    list(events(value))


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2027-03-31T08:15:00Z", datetime(2027, 3, 31, 8, 15, tzinfo=UTC)),
        ("2027-03-31t08:15:00.5z", datetime(2027, 3, 31, 8, 15, 0, 500_000, tzinfo=UTC)),
        ("2027-03-31T08:15:00.1234567+02:30", datetime(2027, 3, 31, 5, 45, 0, 123_456, tzinfo=UTC)),
        ("2027-03-31T08:15:00-05:00", datetime(2027, 3, 31, 13, 15, tzinfo=UTC)),
    ],
)
def test_moments(text: str, moment: datetime) -> None:
    assert instant(text) == moment


def test_a_moment_keeps_its_offset() -> None:
    assert instant("2027-03-31T08:15:00-05:30").utcoffset() == -timedelta(hours=5, minutes=30)


@pytest.mark.parametrize(
    "text", ["2027-03-31T08:15:00", "0001-01-01T00:00:00+02:00", "9999-12-31T23:59:59-02:00"]
)
def test_no_moment(text: str) -> None:
    with pytest.raises(MalformedError, match="a time: expected"):
        instant(text)


@given(st.datetimes(timezones=st.just(UTC)))
def test_every_written_moment_is_read_back(moment: datetime) -> None:
    text = moment.isoformat()
    assert is_date_time(text)
    assert instant(text) == moment


def test_events_of_every_shape_are_found_with_their_place_and_context() -> None:
    one, two = {"type": "ObjectEvent"}, {"type": "AggregationEvent"}
    body = {"type": "EPCISDocument", "@context": "urn:c", "epcisBody": {"eventList": [one, two]}}
    found = [("/epcisBody/eventList/0", one, "urn:c"), ("/epcisBody/eventList/1", two, "urn:c")]
    assert list(events(body)) == found
    results = {"queryResults": {"resultsBody": {"eventList": [one]}}}
    answer = {"type": "EPCISQueryDocument", "epcisBody": results}
    assert list(events(answer)) == [("/epcisBody/queryResults/resultsBody/eventList/0", one, None)]
    assert list(events([one, two])) == [("/0", one, None), ("/1", two, None)]
    assert list(events({"@context": "urn:c", "eventList": [one]})) == [("/eventList/0", one, "urn:c")]
    assert list(events(one)) == [("", one, None)]


def test_the_examples_hold_as_many_events_as_their_text_names(shared: Path) -> None:
    for path in (shared / "standards/epcis/examples-json").rglob("*.json*"):
        text = path.read_text("utf-8-sig")
        assert sum(1 for _ in events(read(path.read_bytes()))) == text.count('"eventTime"'), path
