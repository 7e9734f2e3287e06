"""One word for one thing: the vocabulary of ``design`` in code, pages and documents, and no other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.apps import apps

ROOT = Path(__file__).parents[2]
LABELS = {app.label for app in apps.get_app_configs() if app.name.startswith("lotbook.")}

INSTEAD = {
    "batch number": "lot number",
    "batch_number": "number",
    "batch_no": "number",
    "lot_no": "number",
    "sku": "item",
    "stock keeping unit": "item",
    "product_id": "item",
    "vendor_id": "supplier",
    "vendors": "suppliers",
    "bin location": "bin",
    "warehouse_id": "site",
    "location_code": "place code",
    "handling unit": "logistic unit",
    "license plate": "logistic unit",
    "expiry_date": "expires_on",
    "expiration_date": "expires_on",
    "best_before_date": "best_before_on",
    "qty": "quantity",
    "manufacturing order": "run",
    "work order": "run",
    "genealogy tree": "genealogy",
}
"""A word that slips in from other systems, and ours."""

ELSEWHERE = {"standards", "exchange", "onboarding", "opening-stock.md"}
"""Rooms that read other people's words: standards, foreign events, columns of spreadsheets."""

FIELDS = re.compile(r"(_date|_dt|_ts|_qty|_no|_num|_flag)$")


def pages_and_code() -> list[Path]:
    files = [
        *ROOT.glob("src/lotbook/**/*.py"),
        *ROOT.glob("src/lotbook/**/*.html"),
        *ROOT.glob("docs/**/*.md"),
    ]
    return [
        path
        for path in files
        if not ELSEWHERE & set(path.parts)
        and not path.name.startswith("test_")
        and "migrations" not in path.parts
    ]


def strangers(text: str) -> list[str]:
    return [word for word in INSTEAD if re.search(rf"\b{re.escape(word)}\b", text, re.IGNORECASE)]


@pytest.mark.once
def test_code_pages_and_documents_use_our_words() -> None:
    found = {
        str(path.relative_to(ROOT)): words
        for path in pages_and_code()
        if (words := strangers(path.read_text()))
    }
    assert found == {}, {word: INSTEAD[word] for words in found.values() for word in words}


@pytest.mark.once
@pytest.mark.parametrize(
    ("text", "seen"), [("the batch number", True), ("the lot number", False), ("a Qty of 5", True)]
)
def test_the_search_for_words_sees_them(text: str, seen: bool) -> None:
    assert bool(strangers(text)) is seen


@pytest.mark.once
def test_fields_say_units_and_kinds_in_our_way() -> None:
    """``expires_on`` is a date, ``posted_at`` a moment, ``shelf_life_days`` a number of days."""
    wrong = [
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        if model._meta.app_label in LABELS
        and not model.__name__.startswith("Historical")
        and model._meta.label != "accounts.User"
        for field in model._meta.local_concrete_fields
        if FIELDS.search(field.name)
        or (field.get_internal_type() == "DateField" and not field.name.endswith("_on"))
        or (field.get_internal_type() == "DateTimeField" and not field.name.endswith("_at"))
    ]
    assert wrong == []
