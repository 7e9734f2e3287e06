"""What the customers' answer page puts into words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django import template

from lotbook.foundation.catalog.rules import symbol
from lotbook.insights.recall.answerwords import AnswerWords
from lotbook.insights.recall.queries.reconciling import DeliveryRow
from lotbook.kernel import clock
from lotbook.kernel.quantity import to_text

register = template.Library()


PIECES = {"Deutsch": "Stück", "Français": "pièces", "Español": "unidades", "Polski": "szt."}
"""Pieces by the language's name; other units are written the same in all of them."""


@register.filter
def counted(words: AnswerWords, unit: str) -> str:
    """The name of a unit in the customer's language."""
    return (PIECES.get(words.name) or "pieces") if unit == "H87" else symbol(unit)


def _amount(words: AnswerWords, row: DeliveryRow, quantity: int) -> dict[str, str]:
    item = row.lot.item
    text = to_text(quantity, item.scale)
    return {
        "quantity": text if words.name == "English" else text.replace(".", ","),
        "unit": counted(words, item.unit),
    }


@register.filter
def received(words: AnswerWords, row: DeliveryRow) -> str:
    """How much of a lot the customer got."""
    return words.received.format(**_amount(words, row, row.shipped))


@register.filter
def back(words: AnswerWords, row: DeliveryRow) -> str:
    """How much of it is back with us already."""
    return words.back_already.format(**_amount(words, row, row.returned))


@register.filter
def expires(words: AnswerWords, day: date) -> str:
    """The expiry date."""
    return words.expires.format(day=clock.written(day))


@register.filter
def delivery(words: AnswerWords, documents: Sequence[str]) -> str:
    """The documents it came with."""
    return words.delivery.format(documents=", ".join(documents))


@register.filter
def amounts(line: Any, words: AnswerWords) -> list[tuple[str, str, str]]:
    """Name, label and value of each quantity asked for."""
    labels = {
        "found": words.found, "destroyed": words.destroyed, "returning": words.returning,
        "sold_on": words.sold_on,
    }  # fmt: skip
    return [(name, label, line.values[name]) for name, label in labels.items()]


@register.filter
def keyed(name: str, index: int) -> str:
    """The name of a field in a row: found, 0 → found-0."""
    return f"{name}-{index}"


@register.filter
def at(faults: Mapping[str, str], key: str) -> str:
    """What is wrong with a field; empty when nothing is."""
    return faults.get(key, "")


@register.filter
def of(found: Any, key: int) -> Any:
    """What a mapping has of a key; None when nothing, or when there is no mapping."""
    return found.get(key) if isinstance(found, Mapping) else None
