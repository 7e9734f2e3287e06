"""Convergence over HTTP: the same answer as ``lotbook converge --json``."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Router
from pydantic import BaseModel, Field

from lotbook.kernel.permissions import requires
from lotbook.traceability.ledger import wire
from lotbook.traceability.trace.convergence import present, queries, subjects
from lotbook.traceability.trace.convergence.rules import LOTS_MAX

router = Router()

SEQUENCE_MAX = 2**63 - 1
Name = Annotated[str, Field(min_length=1, max_length=2_000)]
Names = Annotated[list[Name], Field(max_length=LOTS_MAX)]


class ConvergenceIn(wire.Strict):
    """Lots by number, `ITEM:number`, id, URI, Digital Link or GS1 element string."""

    model_config = wire.example(lots=["GSR-26301", "ARR-26304"])

    lots: Annotated[Names, Field(min_length=1, description="Lots with a complaint.")]
    controls: Annotated[
        Names | None,
        Field(description="Lots without one. Left out: comparable lots of the same items and period."),
    ] = None
    as_of: Annotated[int | None, Field(ge=0, le=SEQUENCE_MAX)] = None


class ConvergenceLot(BaseModel):
    """A lot of the question."""

    id: str
    item: str
    lot: str


class ConvergenceCause(BaseModel):
    """A thing the lots have in common; `steps` is how many runs it is from the nearest complaint lot."""

    kind: Literal["lot", "unit", "run", "equipment", "place", "supplier", "time"]
    key: str
    name: str
    detail: str
    steps: int
    id: str | None


class ConvergenceGroup(BaseModel):
    """Causes that the very same lots descend from.

    `ratio` is hits against expected hits; `p` the chance of so many hits or more if complaints fell on the
    compared lots of the same item by chance, `p_all` that times the groups compared.
    """

    rank: int
    hits: int
    of: int
    control_hits: int
    controls: int
    expected: float
    ratio: float
    p: float
    p_all: float
    verdict: Literal["sure", "likely", "chance"]
    same: list[ConvergenceCause]
    more: int
    hit: list[str]


class ConvergenceOut(BaseModel):
    """The answer as of a sequence: asked again there with the same lots, it is the same."""

    as_of: int
    complaints: list[ConvergenceLot]
    controls: list[ConvergenceLot]
    controls_chosen: bool
    comparable: int
    compared: int
    least_p: float
    warnings: list[str]
    causes: list[ConvergenceGroup]


@router.post(
    "/trace/convergence",
    response=ConvergenceOut,
    summary="What lots with complaints have in common",
    operation_id="convergence",
)
@requires("trace.view")
def convergence(request: HttpRequest, asked: ConvergenceIn) -> dict[str, Any]:
    """Shared ancestors, runs, suppliers, places, equipment and times, ranked by hits against expected hits.

    Nothing is written: it is a POST because the lists may be long.
    """
    lots = subjects.lots(asked.lots, field="lots")
    controls = None if asked.controls is None else subjects.lots(asked.controls, field="controls")
    answer = queries.converge(
        [lot.id for lot in lots],
        None if controls is None else [lot.id for lot in controls],
        as_of=asked.as_of,
    )
    return present.as_json(answer)
