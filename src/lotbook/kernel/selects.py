"""A choice among many, written quickly: Django renders a template for each option of a select."""

from __future__ import annotations

from typing import Any

from django import forms
from django.forms.utils import flatatt
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString


class LongSelect(forms.Select):
    """A select without groups, made in one go: a thousand places cost milliseconds, not a second."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """The element with its options, as Django's own writes them."""
        chosen = set(self.format_value(value))
        options = format_html_join(
            "",
            '<option value="{}"{}>{}</option>',
            (
                (key, SafeString(" selected") if str(key) in chosen else "", label)
                for key, label in self.choices
            ),
        )
        element = flatatt(self.build_attrs(self.attrs, {**(attrs or {}), "name": name}))
        return format_html("<select{}>{}</select>", element, options)


CHOICES_MAX = 300
"""More choices than these are not listed: 20,000 bins would be 2 MB a page, and nobody reads that far."""


class SearchSelect(LongSelect):
    """A select of up to 300 choices; of more, a text field that suggests what fits while somebody types.

    ``address`` names the page that answers ``?q=`` with options. Without a script the field is plain text:
    what is typed goes to the action, which knows things by code or name. The choices given may end after
    the first that is one too many.
    """

    def __init__(self, attrs: Any = None, choices: Any = (), *, address: str) -> None:
        super().__init__(attrs, choices)
        self.address = address

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """The select, or the text field with its list of suggestions."""
        offered = list(self.choices)
        empty = str(offered[0][1]) if offered and not offered[0][0] else ""
        if len(offered) - (1 if empty else 0) <= CHOICES_MAX:
            return super().render(name, value, attrs, renderer)
        typed = "".join(self.format_value(value)[:1])
        given = self.build_attrs(self.attrs, {**(attrs or {}), "name": name, "type": "text", "value": typed})
        found = f"{given.get('id', name)}_found"
        given |= {"list": found, "autocomplete": "off", "spellcheck": "false"}
        given["placeholder"] = f"{empty}: type code or name" if empty else "Type code or name"
        return format_html(
            '<input{}><datalist id="{}" data-search="{}"></datalist>',
            flatatt(given),
            found,
            reverse(self.address),
        )
