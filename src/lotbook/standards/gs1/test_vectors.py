"""GS1's own vectors, where they are at hand: every verdict and every text must be theirs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lotbook.standards.gs1 import AIS, ApplicationIdentifier, Gs1Error, Message, Rules, read_bracketed
from lotbook.standards.gs1.digitallink import read_link
from lotbook.standards.gs1.elements import read_element_string
from lotbook.standards.gs1.linters import lint
from lotbook.standards.gs1.symbols import read_symbol, transmitted
from lotbook.standards.gs1.table import PREDEFINED_LENGTHS

pytestmark = pytest.mark.once

#: Two vectors stand for answers of a registry of company prefixes, which nobody asks here.
NEED_A_REGISTRY = {("gcppos1", "1234567")}
#: A slip of the pen in the name of one of theirs.
SPELT_ANEW = {"coupon_invalid_exipiration_date": "coupon_invalid_expiration_date"}


def vectors(shared: Path, name: str, *kinds: str) -> list[dict[str, Any]]:
    lines = (shared / "standards/gs1" / name).read_text("utf-8").splitlines()
    found = [vector for vector in map(json.loads, lines) if not kinds or vector["kind"].startswith(kinds)]
    assert len(found) > 5
    return found


def rules_of(vector: dict[str, Any], *, associations: bool = False) -> Rules:
    flags = vector["flags"]
    return Rules(associations, "unk" in flags, "alpha" in flags, "zs" in flags)


def test_checks_of_content(shared: Path) -> None:
    compared = 0
    for vector in vectors(shared, "linter_vectors.dev.jsonl"):
        if (vector["linter"], vector["in"]) in NEED_A_REGISTRY:
            continue
        fault = lint(vector["linter"], vector["in"])
        assert (fault is None) == vector["ok"], vector
        if fault is not None:
            theirs = vector["error"].removeprefix("GS1_LINTER_").lower()
            assert fault.code == SPELT_ANEW.get(theirs, theirs), vector
        compared += 1
    assert compared > 2000


def judged(read: Any, vector: dict[str, Any], rules: Rules) -> Any:
    """What was read, or None; the verdict must be the vector's."""
    try:
        answer = read(vector["in"], rules)
    except Gs1Error:
        assert not vector["ok"], vector
        return None
    assert vector["ok"], vector
    return answer


@pytest.mark.parametrize(
    ("kind", "read"),
    [("parseAIdata", read_bracketed), ("processAIdata", read_element_string), ("linters", read_bracketed)],
)
def test_element_strings(shared: Path, kind: str, read: Any) -> None:
    for vector in vectors(shared, "engine_vectors.dev.jsonl", kind):
        message = judged(read, vector, rules_of(vector))
        if message is not None and vector["expect"]:
            assert message.element_string() == vector["expect"]


def test_elements_together(shared: Path) -> None:
    for vector in vectors(shared, "engine_vectors.dev.jsonl", "validateAIs"):
        judged(read_bracketed, vector, rules_of(vector, associations=True))


@pytest.mark.parametrize("associations", [False, True])
def test_links(shared: Path, associations: bool) -> None:
    for vector in vectors(shared, "engine_vectors.dev.jsonl", "parseDLuri"):
        message = judged(read_link, vector, rules_of(vector, associations=associations))
        if message is not None:
            assert message.element_string() == vector["expect"]


def test_links_written(shared: Path) -> None:
    for vector in vectors(shared, "engine_vectors.dev.jsonl", "generateDLuri"):
        message = read_bracketed(vector["in"], rules_of(vector))
        link = message.digital_link(vector["in2"]) if vector["in2"] else message.digital_link()
        assert (link or "") == vector["expect"], vector


@pytest.mark.parametrize("associations", [False, True])
def test_scans(shared: Path, associations: bool) -> None:
    for vector in vectors(shared, "engine_vectors.dev.jsonl", "processScanData"):
        scan = judged(read_symbol, vector, rules_of(vector, associations=associations))
        if scan is not None:
            assert scan.notation == vector["expect"]


def test_scans_written(shared: Path) -> None:
    for vector in vectors(shared, "engine_vectors.dev.jsonl", "generateScanData"):
        try:
            scan = transmitted(vector["in"], vector["in2"])
        except Gs1Error:
            assert not vector["ok"], vector
        else:
            assert scan == vector["expect"], vector


# --- The dictionary ----------------------------------------------------------------------------------


def entries(shared: Path) -> Iterator[tuple[str, str, list[str]]]:
    """(code, flags, words) of every code in the dictionary, ranges drawn out."""
    for line in (shared / "standards/gs1/gs1-syntax-dictionary.txt").read_text("utf-8").splitlines():
        match = re.match(r"(\d+)(?:-(\d+))?\s+([*?]+\s)?(.*)", line)
        if match is None:
            continue
        first, last, flags, rest = match.groups()
        words = re.split(r"\s#\s", rest + " ")[0].split()
        for code in range(int(first), int(last or first) + 1):
            yield str(code).zfill(len(first)), flags or "", words


def part_of(ai: ApplicationIdentifier) -> list[str]:
    """The format as the dictionary writes it."""
    written = []
    for part in ai.parts:
        length = str(part.most) if part.least == part.most else f"..{part.most}"
        shape = f"[{part.kind}{length}]" if part.optional else part.kind + length
        written.append(",".join([shape, *part.checks]))
    return written


def attributes_of(ai: ApplicationIdentifier) -> set[str]:
    found = set()
    if ai.needs:
        found.add("req=" + ",".join("+".join(group) for group in ai.needs))
    if ai.bars:
        found.add("ex=" + ",".join(ai.bars))
    if ai.paths is not None:
        ways = "|".join(",".join(way) for way in ai.paths)
        found.add(f"dlpkey={ways}" if ways else "dlpkey")
    return found


def test_the_table_is_the_dictionary(shared: Path) -> None:
    seen = set()
    for code, flags, words in entries(shared):
        ai = AIS[code]
        formats = [word for word in words if re.match(r"\[?[NXYZ][\d.]", word)]
        assert part_of(ai) == formats
        assert attributes_of(ai) == set(words) - set(formats)
        assert ai.predefined == ("*" in flags)
        assert ai.attribute == ("?" in flags)
        if ai.predefined:
            assert len(code) + ai.longest == PREDEFINED_LENGTHS[code[:2]]
        seen.add(code)
    assert len(seen) > 500
    assert seen == set(AIS)


def test_titles_are_told(shared: Path) -> None:
    untitled = {code for code, ai in AIS.items() if not ai.title}
    assert untitled == {"8110", "8112"}
    assert Message((("8110", "1"),)).bracketed == "(8110)1"
