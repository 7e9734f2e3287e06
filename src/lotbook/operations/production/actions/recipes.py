"""Recipes: written as drafts, put in force, and followed by a new version; an active one never changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from lotbook.foundation.catalog.models import Item
from lotbook.foundation.documents import actions as documents
from lotbook.kernel import clock, sheets
from lotbook.kernel.columns import where
from lotbook.kernel.errors import Conflict, Fault, Refused
from lotbook.kernel.ids import new_uid
from lotbook.operations.production import queries, rules
from lotbook.operations.production.models import (
    MICRO,
    OutputKind,
    Recipe,
    RecipeAlternative,
    RecipeInput,
    RecipeOutput,
    RecipeStatus,
    YieldRule,
)
from lotbook.operations.production.rules import RecipeWords
from lotbook.traceability.ledger.lines import Named, Reading, asked

KIND = "production.recipe"
PERCENT_MAX = 1000
RECIPES_MAX = 2_000
YIELDS = ("expected_yield", "yield_lower", "yield_upper")
TEXTS_MAX = {"code": 60, "instructions": 20_000}


@dataclass(slots=True)
class Understood:
    """A recipe whose words were all understood: the fields of its row, and its lines."""

    head: dict[str, Any]
    inputs: list[RecipeInput] = field(default_factory=list)
    others: list[list[RecipeAlternative]] = field(default_factory=list)
    outputs: list[RecipeOutput] = field(default_factory=list)


def create_recipe(*, recipe: RecipeWords, actor: str, uid: UUID | None = None) -> Recipe:
    """Write a recipe down as a draft; a code that is known gets its next version.

    The same ``uid`` makes one recipe. Raises Refused naming every field that is wrong
    (``inputs/<i>/quantity``), Conflict when the code has a draft already.
    """
    digest = asked(act="create_recipe", recipe=recipe)
    known = Recipe.objects.filter(uid=uid).first() if uid is not None else None
    if known is not None:
        if known.asked == digest:
            return known
        cause = "this form was sent before, with other content; the first one stands."
        raise Conflict(Fault("uid", cause, "Open a fresh form.", "other_content"))
    try:
        with transaction.atomic():
            return _create(_understand(recipe), actor, uid=uid or new_uid(), asked=digest)
    except IntegrityError:
        cause = f"{recipe.code} was given a new version at this moment."
        raise Conflict(Fault("code", cause, "Look at it, then try again.", "taken")) from None


@transaction.atomic
def change_recipe(*, name: Named, recipe: RecipeWords, actor: str, reason: str = "") -> Recipe:
    """Change a draft; every change is kept in its history. Conflict when it is no draft any more."""
    draft = _locked(name)
    if draft.status != RecipeStatus.DRAFT:
        cause = f"{draft} is {draft.status}: what was in force never changes."
        raise Conflict(Fault("recipe", cause, "Make a new version and change that.", "not_draft"))
    before = queries.words(draft)
    understood = _understand(replace(recipe, code=draft.code))
    if understood.head["item"].pk != draft.item_id:
        cause = f"{draft.code} makes {draft.item.code}."
        raise Refused(Fault("item", cause, "Write another recipe for another item."))
    for name_, value in understood.head.items():
        setattr(draft, name_, value)
    draft.save()
    draft.inputs.all().delete()
    draft.outputs.all().delete()
    _lines(draft, understood)
    changed = rules.changes(before, queries.words(draft))
    if changed:
        documents.record(
            draft.uid, KIND, "changed", actor=actor, text="; ".join(changed), reason=_why(reason)
        )
    return draft


@transaction.atomic
def new_version(*, name: Named, actor: str, uid: UUID | None = None) -> Recipe:
    """The next version as a draft, the same as the version named; Conflict while there is a draft."""
    known = Recipe.objects.filter(uid=uid).first() if uid is not None else None
    if known is not None:
        return known
    old = _locked(name)
    words = replace(queries.words(old), valid_from_on=None, valid_until_on=None)
    return _create(_understand(words), actor, uid=uid or new_uid(), asked="")


@transaction.atomic
def activate_recipe(*, name: Named, actor: str, reason: str = "") -> Recipe:
    """Put a draft in force; earlier versions are retired, or end the day before it begins.

    Raises Refused when it has no inputs, Conflict when it is no draft.
    """
    draft = _locked(name)
    if draft.status != RecipeStatus.DRAFT:
        raise Conflict(
            Fault("recipe", f"{draft} is {draft.status} already.", "Make a new version.", "not_draft")
        )
    if not draft.inputs.exists():
        raise Refused(Fault("inputs", f"{draft} has no inputs.", "Write down what it is made from."))
    today = clock.now().date()
    for older in Recipe.objects.filter(code=draft.code, status=RecipeStatus.ACTIVE):
        _succeed(older, draft, today, actor)
    draft.status = RecipeStatus.ACTIVE
    draft.save(update_fields=["status"])
    documents.record(draft.uid, KIND, "activated", actor=actor, reason=_why(reason))
    return draft


@transaction.atomic
def retire_recipe(*, name: Named, actor: str, reason: str) -> Recipe:
    """Take a recipe out of use; orders and runs that have it keep it. Needs a reason."""
    recipe = _locked(name)
    if recipe.status == RecipeStatus.RETIRED:
        raise Conflict(Fault("recipe", f"{recipe} is retired already.", "", "retired"))
    why = _why(reason, required=True)
    recipe.status = RecipeStatus.RETIRED
    recipe.save(update_fields=["status"])
    documents.record(recipe.uid, KIND, "retired", actor=actor, reason=why)
    return recipe


@transaction.atomic
def import_recipes(*, data: bytes, actor: str, encoding: str = "") -> list[Recipe]:
    """Recipes of a CSV or XLSX file (``rules.RECIPE_COLUMNS``) as drafts, all of them or none.

    A code with a draft has that draft changed; one that is in force gets a new version. Raises Refused
    naming row and column of every fault (rows count from 1, as spreadsheets do).
    """
    faults: list[Fault] = []
    made: list[Recipe] = []
    filed = rules.recipes_in(_rows(data, encoding))
    if len(filed) > RECIPES_MAX:
        cause = f"the file has {len(filed)} recipes, at most {RECIPES_MAX} are taken at once."
        raise Refused(Fault("file", cause, "Split it.", "too_large"))
    for one in filed:
        recipe = one.words
        try:
            with transaction.atomic():
                draft = Recipe.objects.filter(code=recipe.code.strip(), status=RecipeStatus.DRAFT).first()
                if draft is not None:
                    made.append(change_recipe(name=draft.uid, recipe=recipe, actor=actor, reason="imported"))
                else:
                    made.append(create_recipe(recipe=recipe, actor=actor))
        except Refused as refusal:
            faults += [replace(fault, field=where(*one.at(fault.field))) for fault in refusal.faults]
    if faults:
        raise Refused(faults)
    if not made:
        raise Refused(Fault("file", "the file has no recipe in it.", "Fill in the rows under the header."))
    return made


# -- steps -----------------------------------------------------------------------------------------


def _rows(data: bytes, encoding: str = "") -> list[tuple[int, Mapping[str, str]]]:
    known = frozenset(sheets.normal(name) for name in rules.RECIPE_COLUMNS)
    sheet = sheets.read(data, encoding=encoding, known=known)
    if isinstance(sheet, sheets.Question):
        sheet = sheets.read(data, encoding=sheet.choices[0][0], known=known)
    if isinstance(sheet, sheets.Question):
        raise Refused(Fault("file", "the file could not be read as a table.", "Save it as CSV in UTF-8."))
    names = {sheets.normal(name): name for name in rules.RECIPE_COLUMNS}
    columns = [names.get(sheets.normal(str(cell)), "") for cell in sheet.rows[0]]
    missing = [name for name in ("recipe", "item", "line item", "quantity") if name not in columns]
    if missing:
        cause = f"the header lacks {', '.join(missing)}."
        raise Refused(Fault("file", cause, "Export the list of recipes for a file to fill in."))
    return [
        (number, {name: _plain(cell) for name, cell in zip(columns, row, strict=False) if name})
        for number, row in sheet.body()
    ]


def _plain(cell: object) -> str:
    text = cell.isoformat() if isinstance(cell, date) else str(cell)
    # A text that a spreadsheet would run was made harmless when it was exported.
    return text.strip().removeprefix("'")


def _why(reason: str, *, required: bool = False) -> str:
    reading = Reading()
    why = reading.text("reason", reason, 2000, required=required, lines=True)
    reading.done()
    return why


def _locked(name: Named) -> Recipe:
    found = queries.recipe(name or "")
    return Recipe.objects.select_for_update(of=("self",)).select_related("item").get(pk=found.pk)


def _succeed(older: Recipe, newer: Recipe, today: date, actor: str) -> None:
    begins = newer.valid_from_on
    if begins is not None and begins > today:
        older.valid_until_on = begins - timedelta(days=1)
        older.save(update_fields=["valid_until_on"])
        text = f"ends the day before {newer} begins"
        documents.record(older.uid, KIND, "changed", actor=actor, text=text)
    else:
        older.status = RecipeStatus.RETIRED
        older.save(update_fields=["status"])
        documents.record(older.uid, KIND, "retired", actor=actor, text=f"followed by {newer}")


def _create(understood: Understood, actor: str, **more: Any) -> Recipe:
    code = understood.head["code"]
    before = list(Recipe.objects.select_for_update().filter(code=code).order_by("version"))
    if any(one.status == RecipeStatus.DRAFT for one in before):
        cause = f"{code} has a draft already."
        raise Conflict(Fault("code", cause, "Change that draft, or activate it first.", "draft"))
    if before and before[-1].item_id != understood.head["item"].pk:
        cause = f"{code} is a recipe for another item."
        raise Refused(Fault("code", cause, "Give this one another code."))
    recipe = Recipe.objects.create(
        version=before[-1].version + 1 if before else 1,
        created_at=clock.now(),
        created_by=actor,
        **understood.head,
        **more,
    )
    _lines(recipe, understood)
    text = f"after {before[-1]}" if before else ""
    documents.record(recipe.uid, KIND, "written", actor=actor, text=text)
    return recipe


def _lines(recipe: Recipe, understood: Understood) -> None:
    for line in understood.inputs:
        line.recipe = recipe
    for extra in understood.outputs:
        extra.recipe = recipe
    RecipeInput.objects.bulk_create(understood.inputs)
    for made, others in zip(understood.inputs, understood.others, strict=True):
        for other in others:
            other.input = made
    RecipeAlternative.objects.bulk_create([other for listed in understood.others for other in listed])
    RecipeOutput.objects.bulk_create(understood.outputs)


def _understand(recipe: RecipeWords) -> Understood:
    """The rows a recipe's words make; raises Refused with everything that is wrong."""
    reading = Reading()
    item = reading.item("item", recipe.item)
    base = reading.quantity("base", item, recipe.base_quantity or "1", recipe.unit) if item else None
    names = {"base/quantity": "base_quantity", "base/unit": "unit"}
    reading.faults = [replace(one, field=names.get(one.field, one.field)) for one in reading.faults]
    yields = {name: _percent(reading, name, getattr(recipe, name)) for name in YIELDS}
    starts, ends = (
        reading.day("valid_from_on", recipe.valid_from_on),
        reading.day("valid_until_on", recipe.valid_until_on),
    )
    head = {
        "code": reading.text("code", recipe.code, TEXTS_MAX["code"], required=True),
        "item": item,
        "base_quantity": base,
        "valid_from_on": starts,
        "valid_until_on": ends,
        **yields,
        "yield_rule": reading.choice("yield_rule", recipe.yield_rule, YieldRule.values),
        "over_issue": _percent(reading, "over_issue", recipe.over_issue) or 0,
        "in_vessel": reading.flag("in_vessel", recipe.in_vessel),
        "limits_expiry": reading.flag("limits_expiry", recipe.limits_expiry),
        "instructions": reading.text(
            "instructions", recipe.instructions, TEXTS_MAX["instructions"], lines=True
        ),
    }
    if starts and ends and ends < starts:
        reading.fault("valid_until_on", "lies before the day it begins.", "Check the days.")
    known = [value for value in (yields["yield_lower"], yields["expected_yield"], yields["yield_upper"])
             if value is not None]  # fmt: skip
    if known != sorted(known):
        cause = "the limits do not lie around the expected yield."
        reading.fault("yield_lower", cause, "Check the three percentages.")
    understood = Understood(head)
    _read_inputs(reading, recipe, understood)
    _read_outputs(reading, recipe, understood, item)
    reading.done()
    return understood


def _read_inputs(reading: Reading, recipe: RecipeWords, understood: Understood) -> None:
    if len(recipe.inputs) > rules.PARTS_MAX:
        reading.fault("inputs", f"at most {rules.PARTS_MAX} inputs, got {len(recipe.inputs)}.", "Split it.")
    seen: dict[int, int] = {}
    for index, line in enumerate(recipe.inputs[: rules.PARTS_MAX]):
        where = f"inputs/{index}"
        item = reading.item(f"{where}/item", line.item)
        scrap = _percent(reading, f"{where}/scrap", line.scrap) or 0
        if item is None:
            continue
        if item.pk in seen:
            cause = f"{item.code} is line {seen[item.pk] + 1} already."
            reading.fault(f"{where}/item", cause, "Add the two quantities in one line.")
        seen[item.pk] = index
        quantity = reading.quantity(where, item, line.quantity, line.unit)
        others = _alternatives(reading, where, line, item)
        if quantity is not None:
            understood.inputs.append(
                RecipeInput(position=index, item=item, quantity=quantity, scrap=scrap, optional=line.optional)
            )
            understood.others.append(others)


def _alternatives(
    reading: Reading, where: str, line: rules.Ingredient, item: Item
) -> list[RecipeAlternative]:
    found: dict[int, RecipeAlternative] = {}
    for other in line.alternatives[:20]:
        stands_in = reading.item(f"{where}/alternatives", other.item)
        factor = reading.decimal(f"{where}/alternatives", other.factor, places=6, positive=True)
        if stands_in is None or factor is None:
            continue
        if stands_in.pk == item.pk or stands_in.pk in found:
            reading.fault(f"{where}/alternatives", f"{stands_in.code} is named twice.", "Name it once.")
        elif factor > MICRO or not 0 < other.rank <= 1000:
            reading.fault(
                f"{where}/alternatives", f"a factor of {factor} at rank {other.rank} is odd.", "Check it."
            )
        else:
            found[stands_in.pk] = RecipeAlternative(
                item=stands_in, factor_micro=int(factor * MICRO), rank=other.rank
            )
    return list(found.values())


def _read_outputs(reading: Reading, recipe: RecipeWords, understood: Understood, main: Item | None) -> None:
    if len(recipe.outputs) > rules.PARTS_MAX:
        reading.fault(
            "outputs", f"at most {rules.PARTS_MAX} outputs, got {len(recipe.outputs)}.", "Split it."
        )
    seen: set[int] = {main.pk} if main else set()
    for index, line in enumerate(recipe.outputs[: rules.PARTS_MAX]):
        where = f"outputs/{index}"
        item = reading.item(f"{where}/item", line.item)
        kind = reading.choice(f"{where}/kind", line.kind, OutputKind.values)
        if item is None:
            continue
        if item.pk in seen:
            reading.fault(f"{where}/item", f"{item.code} comes out already.", "Name each output once.")
        seen.add(item.pk)
        quantity = reading.quantity(where, item, line.quantity, line.unit)
        if quantity is not None:
            understood.outputs.append(RecipeOutput(position=index, item=item, quantity=quantity, kind=kind))


def _percent(reading: Reading, name: str, text: str) -> int | None:
    number = reading.decimal(name, text, places=2)
    if number is not None and number > PERCENT_MAX:
        reading.fault(name, f"expected at most {PERCENT_MAX} percent, got {number}.", "Check it.")
        return None
    return None if number is None else int(number * 100)
