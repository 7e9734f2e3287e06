"""Reading recipes: one, in lists, the one in force, and as the plan of a run."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from django.db.models import Q, QuerySet

from lotbook.foundation.catalog.models import Item
from lotbook.foundation.catalog.rules import symbol
from lotbook.kernel.checks import storable
from lotbook.kernel.errors import Fault, NotFound
from lotbook.kernel.quantity import to_text
from lotbook.operations.production import rules
from lotbook.operations.production.models import Recipe, RecipeStatus
from lotbook.operations.production.rules import Alternative, Extra, Ingredient, RecipeWords, percent_text


def recipe(name: UUID | str) -> Recipe:
    """The recipe version with this uid, or the newest active (else newest) version of this code."""
    text = str(name).strip()
    rows = Recipe.objects.select_related("item")
    try:
        found = rows.filter(uid=UUID(text)).first()
    except ValueError:
        named = rows.none() if storable(text) else rows.filter(code__iexact=text).order_by("-version")
        found = named.filter(status=RecipeStatus.ACTIVE).first() or named.first()
    if found is None:
        cause = f"there is no recipe {text[:60]!r}."
        raise NotFound(Fault("recipe", cause, "Look it up in the list of recipes."))
    return found


def recipes(*, text: str = "", item: str = "", status: str = "") -> QuerySet[Recipe]:
    """Versions of recipes, the newest first."""
    rows = Recipe.objects.select_related("item").order_by("-pk")
    if any(storable(word) for word in (text, item, status)):
        return rows.none()
    if text:
        rows = rows.filter(
            Q(code__icontains=text) | Q(item__code__icontains=text) | Q(item__name__icontains=text)
        )
    if item:
        rows = rows.filter(item__code__iexact=item)
    if status:
        rows = rows.filter(status=status)
    return rows


def versions(code: str) -> QuerySet[Recipe]:
    """Every version of a recipe, newest first."""
    return Recipe.objects.filter(code=code).select_related("item").order_by("-version")


def in_force(item: Item, day: date) -> Recipe | None:
    """The recipe an item is made by on a day: active, valid that day, the newest version."""
    valid = (Q(valid_from_on=None) | Q(valid_from_on__lte=day)) & (
        Q(valid_until_on=None) | Q(valid_until_on__gte=day)
    )
    rows = Recipe.objects.filter(valid, item=item, status=RecipeStatus.ACTIVE)
    return rows.select_related("item").order_by("code", "-version").first()


def plan(one: Recipe, planned: int) -> rules.Plan:
    """The recipe for ``planned`` smallest units of its item."""
    inputs = tuple(
        rules.PlannedInput(
            position=row.position,
            item=row.item_id,
            code=row.item.code,
            name=row.item.name,
            unit=row.item.unit,
            scale=row.item.scale,
            quantity=rules.needed(row.quantity, one.base_quantity, planned, row.scrap),
            optional=row.optional,
            alternatives=tuple(
                rules.StandIn(
                    other.item_id, other.item.code, other.item.scale, other.factor_micro, other.rank
                )
                for other in row.alternatives.all()
            ),
        )
        for row in one.inputs.select_related("item").prefetch_related("alternatives__item")
    )
    outputs = [_output(one.item, planned, "main")]
    for extra in one.outputs.select_related("item"):
        quantity = extra.quantity * planned // one.base_quantity
        if quantity:
            outputs.append(_output(extra.item, quantity, extra.kind))
    return rules.Plan(
        recipe=one.code,
        version=one.version,
        inputs=inputs,
        outputs=tuple(outputs),
        expected_yield=one.expected_yield,
        yield_lower=one.yield_lower,
        yield_upper=one.yield_upper,
        yield_rule=one.yield_rule,
        over_issue=one.over_issue,
        limits_expiry=one.limits_expiry,
        instructions=one.instructions,
    )


def _output(item: Item, quantity: int, kind: str) -> rules.PlannedOutput:
    return rules.PlannedOutput(item.pk, item.code, item.name, item.unit, item.scale, quantity, kind)


def words(one: Recipe) -> RecipeWords:
    """A recipe as people write it: what the editor shows, a file holds and the history compares."""
    return words_of([one])[0]


def words_of(many: Sequence[Recipe]) -> list[RecipeWords]:
    """The same for many recipes, in few statements."""
    rows = Recipe.objects.filter(pk__in=[one.pk for one in many]).select_related("item")
    found = {
        one.pk: _words(one)
        for one in rows.prefetch_related("inputs__item", "inputs__alternatives__item", "outputs__item")
    }
    return [found[one.pk] for one in many]


def _words(one: Recipe) -> RecipeWords:
    return RecipeWords(
        code=one.code,
        item=one.item.code,
        base_quantity=to_text(one.base_quantity, one.item.scale),
        unit=symbol(one.item.unit),
        inputs=tuple(
            Ingredient(
                row.item.code,
                to_text(row.quantity, row.item.scale),
                symbol(row.item.unit),
                percent_text(row.scrap) if row.scrap else "",
                row.optional,
                tuple(
                    Alternative(other.item.code, to_text(other.factor_micro, 6), other.rank)
                    for other in row.alternatives.all()
                ),
            )
            for row in one.inputs.all()
        ),
        outputs=tuple(
            Extra(row.item.code, to_text(row.quantity, row.item.scale), symbol(row.item.unit), row.kind)
            for row in one.outputs.all()
        ),
        valid_from_on=one.valid_from_on,
        valid_until_on=one.valid_until_on,
        expected_yield=percent_text(one.expected_yield),
        yield_lower=percent_text(one.yield_lower),
        yield_upper=percent_text(one.yield_upper),
        yield_rule=one.yield_rule,
        over_issue=percent_text(one.over_issue) if one.over_issue else "",
        in_vessel=one.in_vessel,
        limits_expiry=one.limits_expiry,
        instructions=one.instructions,
    )
