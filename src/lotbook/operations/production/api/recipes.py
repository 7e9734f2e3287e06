"""Recipes over HTTP."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Status
from pydantic import BaseModel, Field

from lotbook.kernel import listfiles, permissions
from lotbook.kernel.listfiles import Answers, ListFile, ListOut, Preview
from lotbook.kernel.pages import LIMIT_USUAL, Cursor, Limit, Listed, page
from lotbook.kernel.permissions import requires
from lotbook.operations.production import actions, queries
from lotbook.operations.production.api.runs import Filter, router
from lotbook.operations.production.models import Recipe, RecipeInput, RecipeOutput
from lotbook.operations.production.rules import PARTS_MAX, Alternative, Extra, Ingredient, RecipeWords
from lotbook.traceability.ledger import wire

Percent = Annotated[str, Field(max_length=20, description="Percent as decimal text; empty: none.")]


class AlternativeIn(wire.Strict):
    """An item that may stand in: `factor` of its base unit for one of the input's; rank 1 comes first."""

    item: wire.Name
    factor: Annotated[str, Field(max_length=20)] = "1"
    rank: Annotated[int, Field(ge=1, le=1000)] = 1


class IngredientIn(wire.Strict):
    """An input for the recipe's base quantity; `scrap` in percent comes on top."""

    item: wire.Name
    quantity: wire.Amount
    unit: wire.UnitCode = ""
    scrap: Percent = ""
    optional: bool = False
    alternatives: Annotated[list[AlternativeIn], Field(max_length=20)] = Field(default_factory=list)


class ExtraIn(wire.Strict):
    """What else comes out: a co-product (co) or by-product (by)."""

    item: wire.Name
    quantity: wire.Amount
    unit: wire.UnitCode = ""
    kind: Literal["co", "by"] = "by"


class RecipeBody(wire.Strict):
    """A recipe: what `base_quantity` of `item` is made from; yields and over-issue in percent."""

    code: Annotated[str, Field(max_length=60)]
    item: wire.Name
    base_quantity: wire.Amount
    unit: wire.UnitCode = ""
    inputs: Annotated[list[IngredientIn], Field(max_length=PARTS_MAX)] = Field(default_factory=list)
    outputs: Annotated[list[ExtraIn], Field(max_length=PARTS_MAX)] = Field(default_factory=list)
    valid_from_on: date | None = None
    valid_until_on: date | None = None
    expected_yield: Percent = ""
    yield_lower: Percent = ""
    yield_upper: Percent = ""
    yield_rule: Literal["show", "ask", "stop"] = "show"
    over_issue: Percent = ""
    in_vessel: bool = False
    limits_expiry: bool = False
    instructions: Annotated[str, Field(max_length=20_000)] = ""

    def words(self) -> RecipeWords:
        """As the actions take it."""
        told = self.model_dump(include=set(RecipeWords.__slots__) - {"inputs", "outputs"})
        inputs = tuple(
            Ingredient(
                one.item, one.quantity, one.unit, one.scrap, one.optional,
                tuple(Alternative(**other.model_dump()) for other in one.alternatives),
            )
            for one in self.inputs
        )  # fmt: skip
        return RecipeWords(
            **told, inputs=inputs, outputs=tuple(Extra(**one.model_dump()) for one in self.outputs)
        )


class RecipeIn(RecipeBody):
    """A recipe to write down; the same `id` makes one."""

    id: UUID | None = None


class RecipeChange(RecipeBody):
    """A draft as it is to be, and why."""

    reason: wire.Reason = ""


class ProductionReasonIn(wire.Strict):
    """Why it is done."""

    reason: wire.Reason = ""


class RecipeOut(BaseModel):
    """A version of a recipe."""

    id: UUID
    code: str
    version: int
    status: str
    item: str
    valid_from_on: date | None
    valid_until_on: date | None
    created_at: datetime
    created_by: str


class AlternativeOut(BaseModel):
    """An item that may stand in."""

    item: str
    factor: str
    rank: int


class IngredientOut(BaseModel):
    """An input for the base quantity."""

    item: str
    quantity: str
    unit: str
    scrap: str
    optional: bool
    alternatives: list[AlternativeOut]


class ExtraOut(BaseModel):
    """A further output for the base quantity."""

    item: str
    quantity: str
    unit: str
    kind: str


class RecipeFull(RecipeOut):
    """A version of a recipe with its lines."""

    base_quantity: str
    unit: str
    inputs: list[IngredientOut]
    outputs: list[ExtraOut]
    expected_yield: str
    yield_lower: str
    yield_upper: str
    yield_rule: str
    over_issue: str
    in_vessel: bool
    limits_expiry: bool
    instructions: str


@router.get("/recipes", response=Listed[RecipeOut])
@requires("production.view")
def recipes(
    request: HttpRequest,
    text: Filter = "",
    item: Filter = "",
    status: Filter = "",
    cursor: Cursor = "",
    limit: Limit = LIMIT_USUAL,
) -> dict[str, Any]:
    """List versions of recipes, newest first."""
    rows = queries.recipes(text=text, item=item, status=status)
    return page(rows, cursor, limit, descending=True).shown(_recipe)


@router.post("/recipes", response={201: RecipeFull})
@requires("production.plan")
def create(request: HttpRequest, recipe: RecipeIn) -> Status[dict[str, Any]]:
    """Write a recipe down as a draft; a code that is known gets its next version."""
    made = actions.create_recipe(recipe=recipe.words(), uid=recipe.id, actor=permissions.actor(request))
    return Status(201, _full(made))


@router.post("/recipes/import", response=ListOut)
@requires("production.plan")
def import_file(
    request: HttpRequest, file: ListFile, answers: Answers, preview: Preview = False
) -> dict[str, Any]:
    """Read recipes out of a CSV or XLSX file, all of them as drafts or none.

    One row for each input or further output, with the columns of an exported list of recipes.
    """

    def act() -> listfiles.Made:
        made = actions.import_recipes(
            data=listfiles.content(file), encoding=answers.encoding, actor=permissions.actor(request)
        )
        rows = sum(kind.objects.filter(recipe__in=made).count() for kind in (RecipeInput, RecipeOutput))
        return listfiles.Made([str(one) for one in made], rows)

    return listfiles.taken(act, preview=preview)


@router.get("/recipes/{uid}", response=RecipeFull)
@requires("production.view")
def recipe(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """One version of a recipe with its lines."""
    return _full(queries.recipe(uid))


@router.put("/recipes/{uid}", response=RecipeFull)
@requires("production.plan")
def change(request: HttpRequest, uid: UUID, recipe: RecipeChange) -> dict[str, Any]:
    """Change a draft; what is in force never changes."""
    changed = actions.change_recipe(
        name=uid, recipe=recipe.words(), reason=recipe.reason, actor=permissions.actor(request)
    )
    return _full(changed)


@router.post("/recipes/{uid}/versions", response={201: RecipeFull})
@requires("production.plan")
def new_version(request: HttpRequest, uid: UUID) -> Status[dict[str, Any]]:
    """Make the next version as a draft, the same as this one."""
    return Status(201, _full(actions.new_version(name=uid, actor=permissions.actor(request))))


@router.post("/recipes/{uid}/activate", response=RecipeFull)
@requires("production.plan")
def activate(request: HttpRequest, uid: UUID, why: ProductionReasonIn) -> dict[str, Any]:
    """Put a draft in force; earlier versions are retired."""
    return _full(actions.activate_recipe(name=uid, reason=why.reason, actor=permissions.actor(request)))


@router.post("/recipes/{uid}/retire", response=RecipeFull)
@requires("production.plan")
def retire(request: HttpRequest, uid: UUID, why: ProductionReasonIn) -> dict[str, Any]:
    """Take a recipe out of use, with a reason."""
    return _full(actions.retire_recipe(name=uid, reason=why.reason, actor=permissions.actor(request)))


def _recipe(row: Recipe) -> dict[str, Any]:
    return {
        "id": row.uid,
        "code": row.code,
        "version": row.version,
        "status": row.status,
        "item": row.item.code,
        "valid_from_on": row.valid_from_on,
        "valid_until_on": row.valid_until_on,
        "created_at": row.created_at,
        "created_by": row.created_by,
    }


def _full(row: Recipe) -> dict[str, Any]:
    words = queries.words(row)
    told = {name: getattr(words, name) for name in RecipeWords.__slots__ if name not in ("inputs", "outputs")}
    return {
        **told,
        **_recipe(row),
        "inputs": [
            {
                "item": one.item,
                "quantity": one.quantity,
                "unit": one.unit,
                "scrap": one.scrap,
                "optional": one.optional,
                "alternatives": [
                    {"item": other.item, "factor": other.factor, "rank": other.rank}
                    for other in one.alternatives
                ],
            }
            for one in words.inputs
        ],
        "outputs": [
            {"item": one.item, "quantity": one.quantity, "unit": one.unit, "kind": one.kind}
            for one in words.outputs
        ],
    }
