"""The examples in docstrings say what the functions do."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest
from django.urls import reverse

import lotbook

pytestmark = pytest.mark.once

LEFT_OUT = (".migrations", ".test_", ".conftest", ".__main__")
EXAMPLES_MIN = 200


def test_examples_are_true() -> None:
    reverse("web:today")  # loads every room, so that no module is the first to import another
    names = [one.name for one in pkgutil.walk_packages(lotbook.__path__, "lotbook.")]
    results = {
        name: doctest.testmod(importlib.import_module(name))
        for name in names
        if not any(part in name for part in LEFT_OUT)
    }
    assert [name for name, result in results.items() if result.failed] == []
    assert sum(result.attempted for result in results.values()) >= EXAMPLES_MIN
