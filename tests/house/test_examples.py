"""The examples in docstrings say what the functions do."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest
from django.urls import reverse

import lotbook

pytestmark = pytest.mark.once

EXAMPLES_MIN = 200


def test_examples_are_true() -> None:
    reverse("web:today")  # loads every room, so that no module is the first to import another
    root = Path(lotbook.__path__[0])
    names = [
        ".".join(("lotbook", *path.relative_to(root).with_suffix("").parts)).removesuffix(".__init__")
        for path in root.rglob("*.py")
        if ">>>" in path.read_text(encoding="utf-8")
    ]
    results = {name: doctest.testmod(importlib.import_module(name)) for name in names if ".test_" not in name}
    assert [name for name, result in results.items() if result.failed] == []
    assert sum(result.attempted for result in results.values()) >= EXAMPLES_MIN
