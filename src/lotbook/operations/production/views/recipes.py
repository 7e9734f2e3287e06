"""Pages of recipes: the list, one version, the editor, and files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lotbook.foundation.documents.queries import timeline
from lotbook.kernel import pages, panels, tables
from lotbook.kernel.errors import NotFound, Refused
from lotbook.kernel.formpages import submit
from lotbook.kernel.lines import Lines
from lotbook.kernel.permissions import actor, requires
from lotbook.operations.production import actions, forms, queries, rules
from lotbook.operations.production.models import Recipe
from lotbook.operations.production.rules import Extra, Ingredient, RecipeWords
from lotbook.traceability.ledger.acting import ActPage, Filled, posted_by, suggested

SHOWN = 50
QUIET = ("kind", "optional")


@require_safe
@requires("production.view")
def recipes(request: HttpRequest) -> HttpResponseBase:
    """Every version of every recipe, the newest first; a file holds the newest version of each."""
    form = forms.RecipeFilter(request.GET)
    rows = queries.recipes(**(form.cleaned_data if form.is_valid() else {}))
    if "format" in request.GET:
        newest: dict[str, Recipe] = {}
        for row in rows[:FILE_MAX]:
            newest.setdefault(row.code, row)
        listed = queries.words_of(list(newest.values()))
        cells = (row for one in listed for row in rules.recipe_rows(one))
        return tables.export(cells, rules.RECIPE_COLUMNS, request.GET["format"], "recipes")
    page: pages.Page[Recipe] = pages.page(rows, request.GET.get("cursor", ""), SHOWN, descending=True)
    return render(
        request, "production/recipes.html", {"form": form, "recipes": page.items, "next": page.next}
    )


FILE_MAX = 10_000
"""Most recipes of one file."""


@require_safe
@requires("production.view")
def recipe(request: HttpRequest, uid: UUID) -> HttpResponse:
    """One version of a recipe: what goes in, what comes out, and its history."""
    found = queries.recipe(uid)
    context = {
        "recipe": found,
        "words": queries.words(found),
        "versions": queries.versions(found.code),
        "timeline": timeline(found.uid),
        "panels": panels.on("production.recipe", request, uid=found.uid),
    }
    return render(request, "production/recipe.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("production.plan")
def new(request: HttpRequest) -> HttpResponse:
    """Write a recipe down."""

    def act(values: dict[str, Any], filled: Filled) -> str:
        uid = values.pop("uid")
        made = actions.create_recipe(recipe=_words(values, filled), uid=uid, actor=actor(request))
        messages.success(request, f"{made} is a draft: activate it to use it.")
        return reverse("production:recipe", args=[made.uid])

    form = forms.RecipeForm(posted_by(request), initial=request.GET.dict())
    return _editor(request, form, act, RecipeWords("", ""), "New recipe")


@require_http_methods(["GET", "HEAD", "POST"])
@requires("production.plan")
def edit(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Change a draft."""
    found = queries.recipe(uid)
    words = queries.words(found)

    def act(values: dict[str, Any], filled: Filled) -> str:
        values.pop("uid")
        reason = values.pop("reason")
        actions.change_recipe(name=uid, recipe=_words(values, filled), reason=reason, actor=actor(request))
        messages.success(request, f"{found} is changed.")
        return reverse("production:recipe", args=[uid])

    initial = {name: value for name, value in asdict(words).items() if name not in ("inputs", "outputs")}
    form = forms.RecipeReasonForm(posted_by(request), initial=initial)
    form.fields["code"].widget.attrs["readonly"] = True
    return _editor(request, form, act, words, f"Change {found}")


def _editor(
    request: HttpRequest, form: forms.RecipeForm, act: Callable[..., str], words: RecipeWords, title: str
) -> HttpResponse:
    posted = posted_by(request)
    inputs = [
        {
            "item": one.item, "quantity": one.quantity, "unit": one.unit, "scrap": one.scrap,
            "optional": "yes" if one.optional else "",
            "alternatives": rules.alternatives_text(one.alternatives),
        }
        for one in words.inputs
    ]  # fmt: skip
    outputs = [asdict(one) for one in words.outputs]
    groups = {
        "inputs": Lines(forms.INPUTS, posted, inputs, prefix="inputs", start=len(inputs) + 3),
        "outputs": Lines(forms.OUTPUTS, posted, outputs, prefix="outputs", start=len(outputs) + 1),
    }
    context = {
        "title": title,
        "back": (reverse("production:recipes"), "Recipes"),
        "button": "Save the draft",
        "captions": {"inputs": "What goes in", "outputs": "What else comes out"},
        "suggested": suggested(),
    }
    return ActPage("production/form.html", form, act, groups, QUIET, context).answer(request)


def _words(values: dict[str, Any], filled: Filled) -> RecipeWords:
    for name in ("override", "occurred_at"):
        values.pop(name)
    for name in ("in_vessel", "limits_expiry"):
        values[name] = bool(values[name])
    values["yield_rule"] = values["yield_rule"] or "show"
    inputs = tuple(
        Ingredient(
            line["item"], line["quantity"], line["unit"], line["scrap"], bool(line["optional"]),
            rules.alternatives(line["alternatives"]),
        )
        for line in filled["inputs"]
    )  # fmt: skip
    return RecipeWords(**values, inputs=inputs, outputs=tuple(Extra(**line) for line in filled["outputs"]))


@require_POST
@requires("production.plan")
def version(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Make the next version."""
    made: list[Recipe] = []

    def act() -> str:
        made.append(actions.new_version(name=uid, actor=actor(request)))
        return f"{made[0]} is a draft, the same as before: change it, then activate it."

    answer = _done(request, uid, act)
    return HttpResponseRedirect(reverse("production:edit_recipe", args=[made[0].uid])) if made else answer


@require_POST
@requires("production.plan")
def activate(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Put a draft in force."""

    def act() -> str:
        return f"{actions.activate_recipe(name=uid, actor=actor(request))} is in force."

    return _done(request, uid, act)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("production.plan")
def retire(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Take a recipe out of use."""
    found = queries.recipe(uid)

    def act(values: dict[str, Any], _filled: Filled) -> str:
        actions.retire_recipe(name=uid, reason=values["reason"], actor=actor(request))
        messages.success(request, f"{found} is out of use.")
        return reverse("production:recipe", args=[uid])

    context = {
        "title": f"Retire {found}",
        "back": (reverse("production:recipe", args=[uid]), "Back to the recipe"),
        "button": "Retire it",
    }
    return ActPage("production/form.html", forms.ReasonForm(posted_by(request)), act, context=context).answer(
        request
    )


@require_http_methods(["GET", "HEAD", "POST"])
@requires("production.plan")
def import_file(request: HttpRequest) -> HttpResponse:
    """Read recipes out of a file."""
    form = forms.FileImport(posted_by(request), request.FILES or None)

    def act(values: dict[str, Any]) -> str:
        made = actions.import_recipes(data=values["file"].read(), actor=actor(request))
        return (
            reverse("production:recipes")
            if len(made) > 1
            else reverse("production:recipe", args=[made[0].uid])
        )

    context = {
        "title": "Import recipes",
        "submit": "Read the file",
        "cancel": reverse("production:recipes"),
        "note": "One row for each input or further output, with the columns of an exported list of recipes. "
        "Everything read becomes a draft; nothing in force changes.",
        "download": [
            (f"Template ({kind.upper()})", f"{reverse('production:recipes_template')}?format={kind}")
            for kind in tables.FORMATS
        ],
    }
    return submit(request, form, act, context, done="The recipes are read, as drafts.")


@require_safe
@requires("production.plan")
def template(request: HttpRequest) -> HttpResponseBase:
    """A list of recipes with its columns, and two rows that show how to fill them."""
    sample = {"recipe": "MARINARA", "item": "FG-MARINARA", "base quantity": "100", "expected yield": "95"}
    inputs = (("RM-TOMATO", "60", "KGM", ""), ("RM-SALT", "1.2", "KGM", "RM-SEASALT*1.1"))
    rows = [
        [{**sample, "line": "input", "line item": item, "quantity": quantity, "unit": unit,
          "alternatives": others}.get(name, "") for name in rules.RECIPE_COLUMNS]
        for item, quantity, unit, others in inputs
    ]  # fmt: skip
    return tables.export(rows, rules.RECIPE_COLUMNS, request.GET.get("format", "xlsx"), "recipes-template")


def _done(request: HttpRequest, uid: UUID, act: Callable[[], str]) -> HttpResponse:
    try:
        messages.success(request, act())
    except NotFound:
        raise
    except Refused as refusal:
        messages.error(request, " ".join(str(fault) for fault in refusal.faults))
    return HttpResponseRedirect(reverse("production:recipe", args=[uid]))
