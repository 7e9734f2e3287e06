"""Form pages that several rooms share: one way to submit, and fields for days and own attributes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from lotbook.kernel.errors import Refused
from lotbook.kernel.screens import render_form

TEMPLATE = "web/form.html"


def submit(
    request: HttpRequest,
    form: forms.Form,
    act: Callable[[dict[str, Any]], str],
    context: Mapping[str, Any],
    *,
    done: str,
    template: str = TEMPLATE,
) -> HttpResponse:
    """Show ``form``, or on POST run ``act`` with what was entered and go to the address it returns.

    A refusal goes back into the form with everything that was typed; a thing that is not there (404)
    is the page's own answer. ``done`` empty: ``act`` says itself what became of it.
    """
    shown = {**context, "form": form}
    if request.method != "POST":
        return render(request, template, shown)
    if not form.is_valid():
        return render_form(request, template, shown)
    try:
        url = act(form.cleaned_data)
    except Refused as refusal:
        return render_form(request, template, shown, refusal.faults, status=refusal.status)
    if done:
        messages.success(request, done)
    return HttpResponseRedirect(url)


def day_field(label: str, **more: Any) -> forms.DateField:
    """A date, entered with the browser's own calendar."""
    return forms.DateField(
        label=label, required=False, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}), **more
    )


def reason_field() -> forms.CharField:
    """Why something is changed: kept in the history."""
    return forms.CharField(label="Why", max_length=500, required=False, help_text="Kept in the history.")


class AttributesField(forms.CharField):
    """Own attributes as lines of ``name: value``; a value that is a plain number stays one."""

    def __init__(self, **more: Any) -> None:
        more.setdefault("help_text", "One a line, like “colour: red”.")
        super().__init__(required=False, widget=forms.Textarea(attrs={"rows": 3}), **more)

    def prepare_value(self, value: object) -> object:
        """Show a mapping as lines."""
        if isinstance(value, Mapping):
            return "\n".join(f"{name}: {_written(one)}" for name, one in value.items())
        return value

    def clean(self, value: object) -> dict[str, Any]:
        """Read the lines."""
        text = str(super().clean(value) or "")
        read: dict[str, Any] = {}
        for line in text.splitlines():
            name, colon, one = line.partition(":")
            if not line.strip():
                continue
            if not colon or not name.strip():
                raise forms.ValidationError(f"{line[:60]!r} is no “name: value”.")
            if name.strip() in read:
                raise forms.ValidationError(f"{name.strip()[:60]!r} is there twice.")
            read[name.strip()] = _value(one.strip())
        return read


def _written(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _value(text: str) -> Any:
    try:
        value = json.loads(text)
    except ValueError:
        return text
    # Only what is written exactly as we would write it: 007 and 1.50 are texts.
    return value if isinstance(value, bool | int | float) and json.dumps(value) == text else text
