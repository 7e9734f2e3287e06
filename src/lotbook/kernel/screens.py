"""What pages with forms need: a refusal goes back into the form, nothing typed is lost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from lotbook.kernel.errors import Fault


def render_form(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any],
    faults: Iterable[Fault] = (),
    *,
    status: int = 422,
) -> HttpResponse:
    """The form's page again with every fault in its summary and beside its field, status 422.

    The template includes ``web/components/faults.html``; ``faults`` and ``fault_by_field`` are in the
    context, and a Django form under the key ``form`` gets the faults of the fields it has.
    """
    found = list(faults)
    form = context.get("form")
    if isinstance(form, BaseForm):
        found = merge(form, found)
    by_field: dict[str, str] = {}
    for fault in found:
        by_field.setdefault(fault.field, words(fault))
    values = {**context, "faults": found, "fault_by_field": by_field}
    return render(request, template, values, status=status if found else 200)


def merge(form: BaseForm, faults: Iterable[Fault]) -> list[Fault]:
    """Give ``form`` the faults of its fields; return these and its own, each once, for the summary."""
    found = form_faults(form)
    for fault in faults:
        if fault not in found:
            found.append(fault)
        if fault.field in form.fields and words(fault) not in form.errors.get(fault.field, []):
            form.add_error(fault.field, words(fault))
    return found


def form_faults(form: BaseForm) -> list[Fault]:
    """What Django's own validation found, as faults; a prefix shows in the field's name."""
    return [
        Fault(
            "" if name == "__all__" else form.add_prefix(name),
            str(message),
            code=str(error.code or "invalid"),
        )
        for name, errors in form.errors.as_data().items()
        for error in errors
        for message in error.messages
    ]


def words(fault: Fault) -> str:
    """A fault as a sentence beside its field."""
    return f"{fault.cause} {fault.remedy}".strip()


def element_id(field: str) -> str:
    """The id of the form element a fault's field path belongs to: lines/0/quantity → id_lines-0-quantity."""
    return "id_" + field.strip("/").replace("/", "-")
