"""The station judges scans as the server does: the same texts through both, and the same answers.

Nothing is listed as more lenient on the station: it has the whole table, the code lists and the associations.
"""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from tools.station_table import FILE, made

from lotbook.standards.gs1 import AIS, Gs1Error, Message
from lotbook.standards.gs1.checks import CSET_39, CSET_64, CSET_82, check_characters, check_digit
from lotbook.standards.gs1.elements import SEPARATOR
from lotbook.standards.gs1.linters import lint
from lotbook.standards.scans import Ambiguous, Collected, Scanner, Understood, facts_of, understand
from lotbook.standards.scans.commands import COMMANDS
from lotbook.standards.scans.layouts import LAYOUTS, typed
from lotbook.standards.scans.proving import PROOF_CODES, ProofCode
from tests.station.station_node import judged

pytestmark = pytest.mark.once

TODAY = date(2026, 11, 22)
UID = "0190b6a4-7e7c-7a3b-9f10-1234567890ab"
GTIN = "0104012345123456"
SCANNERS = (
    Scanner(),
    Scanner(proven=True),
    Scanner(proven=True, hosts=frozenset({"book.example"})),
    Scanner(separators=("~", "^]"), prefix="#", suffix="$"),
)


def test_the_table_of_the_station_is_the_one_of_the_standards() -> None:
    assert FILE.read_text(encoding="utf-8") == made(), "write it anew: python -m tools.station_table"


# --- Both sides --------------------------------------------------------------------------------------


def of_python(text: str, scanner: Scanner) -> dict[str, Any]:
    try:
        scan = understand(text, scanner)
    except Gs1Error as error:
        return {"is": "refused", "code": error.code}
    if isinstance(scan, Ambiguous):
        readings = [listed(reading) for reading in scan.readings]
        return {"is": "ambiguous", "text": scan.text, "readings": readings, "symbology": scan.symbology}
    command = {"name": scan.command.name, "number": scan.command.number} if scan.command else None
    return {
        "is": "understood", "kind": scan.kind, "text": scan.text, "symbology": scan.symbology,
        "elements": listed(scan.message) if scan.message is not None else None,
        "target": list(scan.target) if scan.target else None, "command": command,
    }  # fmt: skip


def of_station(meaning: dict[str, Any]) -> dict[str, Any]:
    if meaning["is"] != "refused":
        return meaning
    assert meaning["what"], meaning
    assert meaning["expected"], meaning
    assert meaning["got"], meaning
    return {"is": "refused", "code": meaning["code"]}


def listed(message: Message) -> list[list[str]]:
    return [list(element) for element in message.elements]


def asked(texts: list[str], scanner: Scanner, today: str = "") -> dict[str, Any]:
    told = {
        "separators": scanner.separators, "proven": scanner.proven, "prefix": scanner.prefix,
        "suffix": scanner.suffix, "hosts": sorted(scanner.hosts),
    }  # fmt: skip
    return {"texts": texts, "scanner": told, "today": today}


def compare(scans: list[tuple[str, Scanner]]) -> tuple[Counter[str], float, float]:
    """Both sides must say the same of every scan: how often they said what, and their slowest in seconds."""
    said: Counter[str] = Counter()
    slowest = slowest_there = 0.0
    answers = judged(asked([text], scanner) for text, scanner in scans)
    for (text, scanner), answer in zip(scans, answers, strict=True):
        began = time.process_time()
        here = of_python(text, scanner)
        slowest = max(slowest, time.process_time() - began)
        slowest_there = max(slowest_there, answer["ms"] / 1000)
        assert of_station(answer["meanings"][0]) == here, (text, scanner)
        said[here.get("kind") or here["is"]] += 1
    return said, slowest, slowest_there


# --- What is compared --------------------------------------------------------------------------------


def vectors(shared: Path) -> list[str]:
    found: list[str] = []
    for line in (shared / "standards/gs1/engine_vectors.dev.jsonl").read_text("utf-8").splitlines():
        vector = json.loads(line)
        if vector["kind"] == "processAIdata":
            found += [vector["in"].replace("^", SEPARATOR), "]d2" + vector["in"][1:].replace("^", SEPARATOR)]
        elif vector["kind"] in {"processScanData", "parseDLuri", "parseAIdata", "validateAIs", "linters"}:
            found.append(vector["in"])
    return found


def test_the_vectors_of_gs1(shared: Path) -> None:
    texts = vectors(shared)
    assert len(texts) > 150
    said, _, _ = compare([(text, scanner) for text in texts for scanner in SCANNERS[:2]])
    print(dict(said))


def test_every_check_by_the_vectors_of_gs1(shared: Path) -> None:
    lines = (shared / "standards/gs1/linter_vectors.dev.jsonl").read_text("utf-8").splitlines()
    cases = [(vector["linter"], vector["in"]) for vector in map(json.loads, lines)]
    # Names of earlier dictionaries check nothing any more: the table does not use them.
    cases = [case for case in cases if case[0] not in {"iso3166list", "keyoff1", "mmoptss"}]
    assert len(cases) > 2_000
    for case, answer in zip(cases, judged({"lint": case} for case in cases), strict=True):
        fault = lint(*case)
        assert answer["code"] == (fault.code if fault else None), case


CHARACTERS = {"N": "0123456789", "X": CSET_82, "Y": CSET_39, "Z": CSET_64}
DATES = ("270331", "270200", "281301", "991231", "260230", "000229")


class Codes:
    """Makes codes that are right, or nearly; the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)

    def value(self, code: str) -> str:
        """A value by the format of `code`; its checks are met where they are likely to matter."""
        value = ""
        for part in AIS[code].parts:
            if part.optional and self.dice.random() < 0.5:
                break
            length = self.dice.randint(part.least, min(part.most, part.least + 12))
            text = "".join(self.dice.choices(CHARACTERS[part.kind], k=length))
            if "csum" in part.checks:
                text = text[:-1] + check_digit(text[:-1])
            if "csumalpha" in part.checks and len(text) > 6:
                text = "4012" + text[4:-2] + check_characters("4012" + text[4:-2])
            if any(name.startswith(("yymmd", "yyyymmd")) for name in part.checks):
                text = ("20" if part.most == 8 else "") + self.dice.choice(DATES)
            value += text
        return value

    def message(self) -> Message:
        many = self.dice.randint(1, 4)
        front = ["01"] * (self.dice.random() < 0.6)
        rest = self.dice.choices(["10", "17", "21", "3103", "37", "00", "02", *AIS], k=many)
        return Message(tuple((code, self.value(code)) for code in (*front, *rest)))

    def text(self) -> str:
        """A scan of any form."""
        message = self.message()
        data = message.element_string(SEPARATOR)[1:]
        aim = self.dice.choice(["]C1", "]d2", "]Q3", "]e0", "]J1", "]C0", "]Q1", "]E0", "]e5", ""])
        form = self.dice.randrange(12)
        if form < 4:
            return aim + data
        if form < 6:
            return aim + data.replace(SEPARATOR, "")
        if form == 6:
            return message.bracketed
        if form == 7:
            link = message.digital_link("https://m.example/x") or "https://book.example/x/lots/" + UID
            return self.dice.choice(["", "]Q1", "]d1"]) + link
        if form == 8:
            return typed(aim + data, self.dice.choice(LAYOUTS))
        if form == 9:
            return "#" + aim + data.replace(SEPARATOR, "~") + "$"
        return self.dice.choice(SEEDS)

    def mutated(self) -> str:
        text = self.text()
        for _ in range(self.dice.choice([0, 1, 1, 1, 2, 4])):
            at = self.dice.randrange(len(text) + 1)
            new = self.dice.choice([
                "", chr(self.dice.randrange(0x20, 0x7F)), chr(self.dice.randrange(0x80)), SEPARATOR,
                chr(self.dice.randrange(0x3000)), text[:at], text[at : at + 1].swapcase(), "%2F", "|]e0",
            ])  # fmt: skip
            text = text[:at] + new + text[at + self.dice.randrange(2) :]
        return text[:400]


SEEDS = [
    f"]C1{GTIN}10AB-1{SEPARATOR}17270331",
    f"]C1{GTIN}10LOT-721S001",
    f"{GTIN}10{'A' * 15}17270331",
    "]E04012345123456|]e010AB",
    "]E0401234512345612",
    "]E3401234512345612",
    "]I114012345123453",
    "4012345123456",
    "40123455",
    "040123450000003338",
    "https://id.gs1.org/01/04012345123456/10/AB%2F1?17=270331&linkType=all",
    "https://id.gs1.org/gtin/04012345123456",
    "HTTPS://[::1]:80/414/4012345000009/254/A",
    f"https://book.example/lots/{UID}",
    f"]Q1HTTPS://BOOK.EXAMPLE/places/{UID}/",
    "urn:epc:id:sgtin:4012345.012345.S1",
    "urn:epc:class:lgtin:4012345.012345.L%2F1",
    "]Q1urn:epc:id:sscc:4012345.0000000333",
    "urn:epc:id:sgln:4012345.00000.0",
    "urn:epc:id:itip:4012345.012345.01.02.S",
    "urn:epc:id:gid:1.2.3",
    "urn:epc:id:adi:35962.PQ7VZ4.M37GXB92",
    "urn:epc:idpat:sgtin:4012345.012345.*",
    "(01)04012345123456(10)A\\(1)",
    "(8110)10614141012345678901200022110033",
    "RACK-7",
    "LB:CONFIRM",
    "LB:QTY:12.5",
    "]C0LB:DIGIT:.",
    *[f"LB:{word.word}" for word in COMMANDS.values()],
]


def test_codes_made_from_the_table() -> None:
    codes = Codes(20261122)
    said, _, _ = compare([(codes.text(), codes.dice.choice(SCANNERS)) for _ in range(3_000)])
    assert {"elements", "link", "epc", "own", "text", "command", "number", "ambiguous", "refused"} <= set(
        said
    )
    assert said["elements"] > 300
    print(dict(said))


def test_every_code_alone() -> None:
    codes = Codes(1)
    texts = ["]d2" + code + codes.value(code) for code in AIS for _ in range(3)]
    compare([(text, Scanner(proven=True)) for text in texts])


def test_mutated_codes_are_never_read_otherwise(long_run: bool) -> None:
    """No crash, none over a second, no silent guess: the station reads nothing otherwise than the server."""
    codes, left = Codes(20261123), 2_000_000 if long_run else 20_000
    said: Counter[str] = Counter()
    slowest = slowest_there = 0.0
    while left > 0:
        many = min(left, 50_000)
        scans = [(codes.mutated(), codes.dice.choice(SCANNERS)) for _ in range(many)]
        more, here, there = compare(scans)
        said += more
        slowest, slowest_there, left = max(slowest, here), max(slowest_there, there), left - many
    told = f"{said.total()} codes: {dict(said)}"
    print(f"{told}; slowest {slowest:.3f} s, on the station {slowest_there:.3f} s")
    assert max(slowest, slowest_there) < 1
    assert said["refused"] > said.total() / 20


@pytest.mark.parametrize("code", PROOF_CODES, ids=lambda code: code.name)
def test_proof_codes_can_be_printed_and_are_understood(code: ProofCode) -> None:
    sent = code.aim + code.data
    scan = understand(sent, Scanner(proven=True))
    assert isinstance(scan, Understood)
    gs1 = code.aim in {"]d2", "]C1"}
    written = scan.message.bracketed if gs1 and scan.message else code.data
    options = {"gs1": True} if gs1 else {}
    symbol = getattr(zxingcpp.BarcodeFormat, code.symbol)
    drawn = zxingcpp.create_barcode(written, symbol, **options).to_image(scale=4)
    (seen,) = zxingcpp.read_barcodes(drawn, text_mode=zxingcpp.TextMode.Plain)
    assert seen.symbology_identifier + seen.text == sent


# --- Several scans -----------------------------------------------------------------------------------


def test_scans_of_one_thing_say_the_same_together() -> None:
    codes, requests, expected = Codes(7), [], []
    for _ in range(1_000):
        texts = [codes.text() for _ in range(codes.dice.randint(1, 3))]
        requests.append(asked(texts, SCANNERS[2], TODAY.isoformat()))
        expected.append(collected(texts))
    outcomes: Counter[str] = Counter()
    for request, (here, code), answer in zip(requests, expected, judged(requests), strict=True):
        if here is None:
            assert answer["all"]["code"] == code, request["texts"]
            outcomes[code] += 1
            continue
        assert answer["all"]["elements"] == listed(here.message), request["texts"]
        assert answer["all"]["missing"] == list(here.missing)
        assert answer["all"]["texts"] == list(here.texts)
        assert answer["all"]["targets"] == [list(target) for target in here.targets]
        assert facts(answer["facts"]) == facts_here(here.message), request["texts"]
        outcomes["complete" if here.complete else "more to scan"] += 1
    assert len(outcomes) >= 5, outcomes


def collected(texts: list[str]) -> tuple[Collected | None, str]:
    together = Collected()
    for text in texts:
        try:
            scan = understand(text, SCANNERS[2])
        except Gs1Error:
            continue
        try:
            together = together.add(scan)
        except Gs1Error as error:
            return None, error.code
    return together, ""


def facts(told: dict[str, Any]) -> dict[str, Any] | str:
    return "refused" if told.get("is") == "refused" else told


def facts_here(message: Message) -> dict[str, Any] | str:
    try:
        told = facts_of(message, TODAY)
    except Gs1Error:
        return "refused"
    names = [name for name in type(told).__slots__ if name != "measures"]
    plain = {name: getattr(told, name) for name in names}
    written = {name: str(value) if value is not None else None for name, value in plain.items()}
    measures = [{"what": one.what, "value": str(one.value), "unit": one.unit} for one in told.measures]
    return {**written, "measures": measures}


def test_kinds_are_told_apart() -> None:
    """The comparison itself can fail: another answer is seen."""
    answer = judged([asked(["]E04012345123456"], Scanner())])[0]["meanings"][0]
    assert of_station(answer) == of_python("]E04012345123456", Scanner())
    assert of_station(answer) != of_python("]E04012345123457", Scanner())
    assert isinstance(understand("]E04012345123456"), Understood)
