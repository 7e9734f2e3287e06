"""`lotbook decode`, as people and as other programs use it."""

from __future__ import annotations

import argparse
import io
import json
import subprocess
import sys
from typing import Any

import pytest

from lotbook.interfaces.scans.commands import _refusal, decode, looks_like, register, serve

pytestmark = pytest.mark.once

SCAN = "]C1010401234512345610AB-1\x1d17270331"
KEYS = {"ok", "elements", "element_string", "digital_link", "data", "error"}


def answers(*requests: object) -> list[dict[str, Any]]:
    lines = [request if isinstance(request, bytes) else json.dumps(request).encode() for request in requests]
    written = io.StringIO()
    serve([line + b"\n" for line in lines], written, decode, _refusal)
    return [json.loads(line) for line in written.getvalue().splitlines()]


def run(*arguments: str) -> int:
    """The exit code of `lotbook` with `arguments`."""
    parser = argparse.ArgumentParser()
    register(parser.add_subparsers())
    options = parser.parse_args(arguments)
    code: int = options.run(options)
    return code


def test_an_answer() -> None:
    assert answers({"in": SCAN, "as": "scan"}) == [
        {
            "ok": True,
            "elements": [["01", "04012345123456"], ["10", "AB-1"], ["17", "270331"]],
            "element_string": "^010401234512345610AB-1^17270331",
            "digital_link": "https://id.gs1.org/01/04012345123456/10/AB-1?17=270331",
            "data": "^010401234512345610AB-1^17270331",
            "error": None,
        }
    ]


def test_a_refusal() -> None:
    (answer,) = answers({"in": "(01)04012345123457", "as": "bracketed"})
    assert answer == {
        "ok": False,
        "elements": [],
        "element_string": None,
        "digital_link": None,
        "data": None,
        "error": {
            "code": "incorrect_check_digit",
            "message": "(01) GTIN: expected check digit 6, got 7 in 04012345123457",
            "expected": "check digit 6",
            "got": "7 in 04012345123457",
        },
    }


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("scan", "]C1010401234512345610AB"),
        ("element_string", "^010401234512345610AB"),
        ("bracketed", "(01)04012345123456(10)AB"),
        ("digital_link", "https://m.example/x/01/04012345123456/10/AB"),
    ],
)
def test_every_form_gives_the_same(form: str, text: str) -> None:
    (answer,) = answers({"in": text, "as": form})
    assert answer["elements"] == [["01", "04012345123456"], ["10", "AB"]]
    assert answer["element_string"] == "^010401234512345610AB"
    assert answer["digital_link"] == "https://id.gs1.org/01/04012345123456/10/AB"
    assert looks_like(text) == form


@pytest.mark.parametrize(
    ("text", "switch", "refused"),
    [
        ("(10)AB", {"associations": False}, "required_missing"),
        ("(10)A(10)B", {"associations": False}, "repeated_differently"),
        ("(89)AB", {"unknown_ais": True}, "unknown_ai"),
        ("https://m.example/gtin/04012345123456", {"aliases": True}, "alias_refused"),
        ("https://m.example/01/40123455", {"zero_suppressed": True}, "value_too_short"),
    ],
)
def test_switches(text: str, switch: dict[str, bool], refused: str) -> None:
    plain = {"in": text, "as": looks_like(text)}
    without, with_ = answers(plain, plain | switch)
    assert without["error"]["code"] == refused
    assert with_["ok"], with_


def test_no_line_stops_the_next() -> None:
    odd: list[object] = [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"1e999", b"NaN"]
    odd += [b'{"in": 1}', b'{"in": "x", "as": 1}', {"in": "x", "as": "barcode"}, {"as": "scan"}, [], None]
    odd += [{"in": SCAN, "aliases": "yes"}, {"in": "\ud800"}]
    *refused, last = answers(*odd, {"in": SCAN})
    assert len(refused) == len(odd)
    assert all(answer.keys() == KEYS and not answer["ok"] for answer in refused)
    assert {answer["error"]["code"] for answer in refused} == {"bad_request", "no_symbology"}
    assert last["ok"]


def test_what_a_plain_code_says() -> None:
    answer = decode({"in": "]Q1^LOT", "as": "scan"})
    assert (answer["ok"], answer["elements"], answer["element_string"], answer["data"]) == (
        True,
        [],
        None,
        r"\^LOT",
    )


def test_elements_without_a_place_in_a_link_have_none() -> None:
    assert decode({"in": "(99)A", "as": "bracketed"})["digital_link"] is None


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["(01)04012345123456(17)270331"], 0, ["GTIN", "04012345123456", "USE BY or EXPIRY", "270331"]),
        (["]C1010401234512345610A{GS}21S"], 0, ["SERIAL", "S"]),
        (["]Q1LOT-7"], 0, ["plain text: LOT-7"]),
        (["(10)A"], 1, ["expected (10) with (01)", "required_missing"]),
        (["(10)A", "--alone"], 0, ["BATCH/LOT"]),
        (["https://m.example/gtin/40123455", "--aliases", "--zero-suppressed"], 0, ["00000040123455"]),
        (["(89)A", "--unknown-ais"], 0, ["(89  )"]),
        (["^10A", "--as", "scan"], 1, ["no_symbology"]),
        (["4012345123456"], 0, ["GTIN", "04012345123456"]),
        (["RACK-7"], 0, ["plain text: RACK-7"]),
        (["010401234512345610LOT-721S001"], 1, ["ambiguous", "(10)LOT-721S001 or (01)"]),
        (["urn:epc:id:sscc:4012345.0000000333"], 0, ["SSCC", "040123450000003338"]),
        (["(99)A", "--json"], 0, ['"ok": true']),
        ([], 2, ["TEXT or --jsonl"]),
    ],
)
def test_for_people(
    arguments: list[str], code: int, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("decode", *arguments) == code
    out, err = capsys.readouterr()
    for word in words:
        assert word in out + err


def test_it_starts_without_a_book_and_without_django() -> None:
    script = (
        "import sys; from lotbook.config.main import main;"
        " code = main(['decode', '--jsonl']); sys.exit(code or int('django' in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        input=json.dumps({"in": SCAN}).encode() + b"\nrubbish\n",
        capture_output=True,
        timeout=60,
        check=True,
    )
    assert [json.loads(line)["ok"] for line in done.stdout.splitlines()] == [True, False]
