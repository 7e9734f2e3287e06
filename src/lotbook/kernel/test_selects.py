"""A long choice is written as Django writes a short one."""

from __future__ import annotations

import pytest
from django import forms

from lotbook.kernel.selects import LongSelect

CHOICES = [("", "Everywhere"), ("A & B", "<Cold> store"), ("7", "Seven")]


def options(html: str) -> str:
    """The markup without the space between tags."""
    return "".join(line.strip() for line in html.splitlines())


@pytest.mark.once
@pytest.mark.parametrize("value", [None, "", "A & B", "7", 7, "not there"])
@pytest.mark.parametrize("attrs", [{}, {"id": "id_place", "aria-invalid": "true", "required": True}])
def test_it_says_what_django_says(value: object, attrs: dict[str, object]) -> None:
    ours = LongSelect(attrs={"class": "x"}, choices=CHOICES).render("place", value, attrs)
    theirs = forms.Select(attrs={"class": "x"}, choices=CHOICES).render("place", value, attrs)
    assert sorted(options(ours)) == sorted(options(theirs))
    assert options(ours).partition(">")[2] == options(theirs).partition(">")[2]
