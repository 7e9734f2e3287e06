"""The examples in the module texts are true, and the floor stands on the standard library alone."""

from __future__ import annotations

import ast
import doctest
import importlib
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

FLOOR = Path(__file__).parent
SOURCES = [path for path in sorted(FLOOR.rglob("*.py")) if not path.name.startswith("test_")]
LESSONS = ["errors", "gs1.checks", "gs1.keys", "gs1.elements", "gs1.digitallink", "epc.urn", "epc.layout"]
LESSONS += ["epc.identity", "epcis.validation"]
LESSONS += ["gs1.associations", "gs1.dates", "gs1.errors", "gs1.identifiers", "gs1.linters", "gs1.message"]
LESSONS += ["gs1.separators", "gs1.symbols", "scans.collecting", "scans.layouts"]
LESSONS += ["scans.facts", "scans.understanding"]


@pytest.mark.parametrize("name", LESSONS)
def test_examples_in_texts(name: str) -> None:
    result = doctest.testmod(importlib.import_module(f"lotbook.standards.{name}"))
    assert result.attempted > 0
    assert result.failed == 0


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return names


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(FLOOR)))
def test_nothing_but_the_standard_library(path: Path) -> None:
    for name in imported(path):
        assert name.startswith("lotbook.standards") or name.split(".")[0] in sys.stdlib_module_names
