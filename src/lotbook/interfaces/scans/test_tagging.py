"""``lotbook epc``: every request has an answer of the same shape."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys

import pytest

from lotbook.interfaces.scans import commands, tagging

pytestmark = pytest.mark.once


def main(arguments: list[str]) -> int:
    """The exit code of `lotbook` with `arguments`."""
    parser = argparse.ArgumentParser()
    commands.register(parser.add_subparsers())
    options = parser.parse_args(arguments)
    code: int = options.run(options)
    return code


SGTIN = {
    "scheme": "SGTIN-96",
    "filter": 3,
    "bin": format(0x3074257BF7194E4000001A85, "096b"),
    "hex": "3074257BF7194E4000001A85",
    "tag": "urn:epc:tag:sgtin-96:3.0614141.812345.6789",
    "pure": "urn:epc:id:sgtin:0614141.812345.6789",
    "digital_link": "https://id.gs1.org/01/80614141123458/21/6789",
    "element_string": "(01)80614141123458(21)6789",
    "elements": [["01", "80614141123458"], ["21", "6789"]],
}


@pytest.mark.parametrize(
    "request_",
    [
        {"hex": SGTIN["hex"]},
        {"bin": SGTIN["bin"], "note": "ignored"},
        {"tag": SGTIN["tag"]},
        {"pure": SGTIN["pure"], "scheme": "SGTIN-96", "filter": 3},
        {"digital_link": SGTIN["digital_link"], "scheme": "SGTIN-96", "filter": 3, "gcp_len": 7},
    ],
)
def test_every_request_tells_every_form(request_: dict[str, object]) -> None:
    assert tagging.answer(request_) == {"ok": True, **SGTIN, "error": None}


def test_forms_that_a_scheme_does_not_have_are_null() -> None:
    plus = tagging.answer({"digital_link": SGTIN["digital_link"], "scheme": "SGTIN+", "filter": 3})
    assert (plus["ok"], plus["tag"], plus["pure"]) == (True, None, None)
    general = tagging.answer({"pure": "urn:epc:id:gid:31415.271828.1414", "scheme": "GID-96"})
    assert [general[name] for name in ("digital_link", "element_string", "elements", "filter")] == [None] * 4


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (7, "a JSON object"),
        ({}, "one of hex, bin, tag, pure, digital_link"),
        ({"hex": "30", "bin": "0"}, "hex and bin"),
        ({"hex": 7}, '"hex" as text'),
        ({"hex": "zz"}, "hexadecimal digits"),
        ({"pure": SGTIN["pure"]}, '"scheme" as text'),
        ({"pure": SGTIN["pure"], "scheme": "SGTIN-96", "filter": "3"}, '"filter" as a number'),
        ({"digital_link": SGTIN["digital_link"], "scheme": "SGTIN-96"}, "length of the company prefix"),
    ],
)
def test_a_wrong_request_says_what_is_wrong(request_: object, expected: str) -> None:
    answer = tagging.answer(request_)
    assert set(answer) == {"ok", *SGTIN, "error"}
    assert not answer["ok"]
    assert expected in answer["error"]["message"]


def test_lines_are_answered_one_by_one_whatever_they_are() -> None:
    lines = [json.dumps({"hex": SGTIN["hex"]}), "", "nonsense", "[[[", json.dumps({"tag": SGTIN["tag"]})]
    done = subprocess.run(
        [sys.executable, "-m", "lotbook", "epc", "--jsonl"],
        input="\n".join(lines),
        capture_output=True,
        text=True,
        check=True,
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["ok"] for answer in answers] == [True, False, False, False, True]


def test_a_person_asks_for_one_tag(capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        main(
            ["epc", str(SGTIN["digital_link"]), "--scheme", "sgtin-96", "--filter", "3", "--gcp-length", "7"]
        )
        == 0
    )
    assert "3074257BF7194E4000001A85" in capsys.readouterr().out
    assert main(["epc", "zz"]) == 1
    assert "hexadecimal digits" in capsys.readouterr().err
    assert main(["epc"]) == 2
    assert main(["epc", "--json", "zz"]) == 1
    assert json.loads(capsys.readouterr().out)["ok"] is False
