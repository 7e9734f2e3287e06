"""What the tab with the texts of a case shows."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest

from lotbook.insights.recall import casetexts
from lotbook.insights.recall.actions.texts import BODY_MAX
from lotbook.insights.recall.forms import Plain
from lotbook.insights.recall.models import Case, TextKind
from lotbook.insights.recall.queries import texts

TAB = "texts"


class TextForm(Plain):
    """A text to edit."""

    kind = forms.CharField(widget=forms.HiddenInput)
    language = forms.CharField(widget=forms.HiddenInput)
    title = forms.CharField(label="Title", max_length=300)
    body = forms.CharField(
        label="Text", max_length=BODY_MAX, widget=forms.Textarea(attrs={"rows": 26, "spellcheck": "true"})
    )


def context(request: HttpRequest, case: Case) -> dict[str, Any]:
    """What the tab shows."""
    asked = request.POST if request.method == "POST" else request.GET
    fresh, version = "fresh" in asked, asked.get("version", "")
    found = texts.shown(case, asked.get("kind", ""), asked.get("language", ""), fresh=fresh, version=version)
    sent = request.method == "POST" and "body" in asked
    title, body = (asked.get("title", ""), asked["body"]) if sent else (found.title, found.body)
    form = TextForm(initial={"kind": found.kind, "language": found.language, "title": title, "body": body})
    return {
        "draft": found,
        "text_form": form,
        "versions": texts.texts(case)[:50],
        "kinds": [(value, str(label), value == found.kind) for value, label in TextKind.choices],
        "languages": [(code, name, code == found.language) for code, name in casetexts.LANGUAGES.items()],
    }
