"""Which lots a run should take and why, what is reserved for it, and what there is of what an order needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from lotbook.foundation.places import queries as places
from lotbook.foundation.places.models import Place
from lotbook.kernel.quantity import to_text
from lotbook.operations.production import rules
from lotbook.operations.production.models import Order, Run
from lotbook.operations.production.queries.runs import needs
from lotbook.traceability.allocation import queries as allocation
from lotbook.traceability.allocation.rules import Answer, Demand
from lotbook.traceability.ledger.browsing import Share
from lotbook.traceability.lots.models import Lot

RUN = "production.run"
ORDER = "production.order"


@dataclass(slots=True)
class Suggested:
    """What to take of an item: so much of each lot, and the first of them in words."""

    portions: dict[int, int] = field(default_factory=dict)
    text: str = ""


@dataclass(frozen=True, slots=True)
class Take:
    """So much of a lot to take from a place for a line of the plan, and why; ``claim`` when reserved."""

    line: rules.PlannedInput
    lot: Lot
    place: Place
    quantity: int
    why: str
    claim: int | None = None

    @property
    def quantity_text(self) -> str:
        """The quantity in the item's base unit."""
        return to_text(self.quantity, self.line.scale)


@dataclass(frozen=True, slots=True)
class Offer:
    """A line of the plan that still needs something: what to take, and what is missing."""

    need: rules.Need
    takes: tuple[Take, ...]
    missing: int
    why_not: str


def site(place: Place) -> Place:
    """The whole site a run or order stands at: material may lie anywhere in it."""
    return places.site_of(place) or place


def site_key(place: int) -> int:
    """The same by key."""
    return site(Place.objects.select_related("parent").get(pk=place)).pk


def claims_for(run: Run) -> list[allocation.Claim]:
    """What is reserved for a run, and for its order."""
    found = allocation.claims(run.uid)
    return found + (allocation.claims(run.order.uid) if run.order else [])


def offers(run: Run, shares: Iterable[Share]) -> list[Offer]:
    """For every input that still needs something: first what is reserved, then by earliest expiry."""
    return offers_of([(run, list(shares), site(run.site).pk)])[run.pk]


def offers_of(runs: Iterable[tuple[Run, Sequence[Share], int]]) -> dict[int, list[Offer]]:
    """The same for many runs, each with its shares and the key of its site, by the run's key.

    What is free is offered to the first that needs it. As many statements for many runs as for one.
    """
    wanted: dict[int, list[rules.Need]] = {}
    known: dict[int, tuple[Run, int]] = {}
    for run, shares, where in runs:
        plan = rules.Plan.from_json(run.snapshot)
        listed = needs(plan, shares) if plan is not None else []
        wanted[run.pk] = [need for need in listed if need.left and not need.line.optional]
        known[run.pk] = run, where
    kept = _kept([known[key][0] for key, needed in wanted.items() if needed])
    demands: dict[tuple[int, int], Demand] = {}
    for key, needed in wanted.items():
        run, where = known[key]
        for need in needed:
            line = need.line
            left = need.left - sum(claim.quantity for claim in kept.get((key, line.position), ()))
            if left > 0:
                demands[key, line.position] = Demand(
                    line.item, left, where, RUN, run.uid, line.position, number=run.number
                )
    answers = dict(zip(demands, allocation.suggest(list(demands.values())), strict=True))
    lots, stands = _named(answers.values(), [one for listed in kept.values() for one in listed])
    found: dict[int, list[Offer]] = {key: [] for key in wanted}
    for key, needed in wanted.items():
        for need in needed:
            at = key, need.line.position
            found[key].append(_offer(need, kept.get(at, ()), answers.get(at), lots, stands))
    return found


def _kept(runs: Sequence[Run]) -> dict[tuple[int, int], list[allocation.Claim]]:
    """What is reserved for runs, and for their orders, by the run's key and the line."""
    if not runs:
        return {}
    claims = allocation.claims_of({run.uid for run in runs} | {run.order.uid for run in runs if run.order})
    found: dict[tuple[int, int], list[allocation.Claim]] = {}
    for run in runs:
        for claim in claims.get(run.uid, []) + (claims.get(run.order.uid, []) if run.order else []):
            found.setdefault((run.pk, claim.line), []).append(claim)
    return found


def _offer(
    need: rules.Need,
    kept: Sequence[allocation.Claim],
    answer: Answer | None,
    lots: Mapping[int, Lot],
    stands: Mapping[int, Place],
) -> Offer:
    """What is reserved for a line of the plan, then what is free."""
    takes, left = [], need.left
    for claim in kept:
        if left > 0 and claim.lot_id in lots:
            much = min(left, claim.quantity)
            left -= much
            takes.append(
                Take(need.line, lots[claim.lot_id], stands[claim.place_id], much, claim.why, claim.id)
            )
    takes += [
        Take(need.line, lots[one.lot], stands[one.place], one.quantity, one.why)
        for one in (answer.portions if answer else ())
    ]
    missing, why_not = (answer.missing, answer.why_not) if answer else (0, "")
    return Offer(need, tuple(takes), missing, why_not)


def suggested_lots(run: Run, shares: Iterable[Share]) -> dict[int, Suggested]:
    """What the run should take of each item still needed, by item key."""
    found: dict[int, Suggested] = {}
    for offer in offers(run, shares):
        for take in offer.takes:
            one = found.setdefault(take.line.item, Suggested())
            one.portions[take.lot.pk] = one.portions.get(take.lot.pk, 0) + take.quantity
            one.text = one.text or f"{take.lot} {take.why}".strip()
    return found


def _named(
    answers: Iterable[Answer], claims: Sequence[allocation.Claim]
) -> tuple[dict[int, Lot], dict[int, Place]]:
    portions = [one for answer in answers for one in answer.portions]
    lots = {one.lot for one in portions} | {one.lot_id for one in claims}
    stands = {one.place for one in portions} | {one.place_id for one in claims}
    return Lot.objects.select_related("item").in_bulk(lots), Place.objects.in_bulk(stands)


@dataclass(frozen=True, slots=True)
class Material:
    """What an order still needs of an item, what is free at its site, and what is reserved for it."""

    line: rules.PlannedInput
    free: int
    reserved: int
    alternatives: tuple[tuple[rules.StandIn, int], ...] = ()

    @property
    def short(self) -> int:
        """What is missing of it."""
        return max(self.line.quantity - self.free - self.reserved, 0)


def material(order: Order, plan: rules.Plan) -> list[Material]:
    """Whether there is enough at the order's site for ``plan``, in few statements."""
    items = {line.item for line in plan.inputs}
    items |= {other.item for line in plan.inputs for other in line.alternatives}
    free = allocation.available(items, site(order.site).pk)
    kept: dict[int, int] = {}
    for claim in allocation.claims(order.uid):
        kept[claim.line] = kept.get(claim.line, 0) + claim.quantity
    return [
        Material(
            line,
            free[line.item],
            kept.get(line.position, 0),
            tuple((other, free[other.item]) for other in line.alternatives),
        )
        for line in plan.inputs
    ]
