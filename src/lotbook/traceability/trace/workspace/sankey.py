"""The flows of a trace as a picture: columns of nodes, bands as wide as their mass. Numbers only, no style."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from lotbook.traceability.trace.workspace.flows import Flow, Node

WIDTH, HEIGHT, NODE, GAP, MARGIN = 980.0, 480.0, 14.0, 14.0, 8.0
LABEL = 200.0
"""Kept free on the right for the names of the last column."""
BAND_MIN = 1.0
LAST = ("customer", "here", "lost", "run", "other")
NAME_MAX = 26


@dataclass(frozen=True, slots=True)
class Box:
    """A node as drawn; ``kilograms`` is the greater of what comes and goes."""

    node: Node
    x: float
    y: float
    height: float
    label_x: float
    label_y: float
    name: str
    kilograms: Fraction


@dataclass(frozen=True, slots=True)
class Band:
    """A flow as drawn: ``path`` fills the band, ``back`` marks one that leads back."""

    flow: Flow
    path: str
    back: bool


@dataclass(frozen=True, slots=True)
class Sankey:
    """The picture; all numbers in its own units."""

    width: float
    height: float
    boxes: list[Box]
    bands: list[Band]


def draw(flows: Sequence[Flow]) -> Sankey:
    """Lay out flows that have a mass; the others stand in the table alone."""
    drawn = [flow for flow in flows if flow.kilograms > 0 and flow.source != flow.target]
    if not drawn:
        return Sankey(WIDTH, HEIGHT, [], [])
    columns = _columns(drawn)
    sizes = {node: max(_sum(drawn, node, True), _sum(drawn, node, False)) for node in columns}
    by_column: dict[int, list[Node]] = defaultdict(list)
    for node, column in columns.items():
        by_column[column].append(node)
    most = max(len(nodes) for nodes in by_column.values())
    room = max(HEIGHT, most * (GAP + 20)) - 2 * MARGIN
    scale = min(
        (room - GAP * (len(nodes) - 1)) / float(sum(sizes[node] for node in nodes))
        for nodes in by_column.values()
    )
    last = max(by_column)
    step = (WIDTH - LABEL - NODE - 2 * MARGIN) / max(last, 1)
    places: dict[Node, tuple[float, float]] = {}
    for column in sorted(by_column):
        y = MARGIN
        for node in sorted(by_column[column], key=lambda one: _rank(one, drawn, places)):
            places[node] = (MARGIN + column * step, y)
            y += max(float(sizes[node]) * scale, BAND_MIN) + GAP
    boxes = [
        Box(
            node, x, y, max(float(sizes[node]) * scale, BAND_MIN), x + NODE + 6,
            y + max(float(sizes[node]) * scale, BAND_MIN) / 2 + 4, _short(node.name), sizes[node],
        )
        for node, (x, y) in places.items()
    ]  # fmt: skip
    height = max(box.y + box.height for box in boxes) + MARGIN + 8
    return Sankey(WIDTH, height, boxes, _bands(drawn, places, columns, scale))


def _sum(flows: Iterable[Flow], node: Node, going: bool) -> Fraction:
    return sum((one.kilograms for one in flows if (one.source if going else one.target) == node), Fraction())


def _short(name: str) -> str:
    return name if len(name) <= NAME_MAX else name[: NAME_MAX - 1] + "…"


def _columns(flows: Sequence[Flow]) -> dict[Node, int]:
    """Each node right of all that flow into it; where that leads in a circle, the band leads back."""
    nodes = list(dict.fromkeys(node for one in flows for node in (one.source, one.target)))
    after: dict[Node, list[Node]] = defaultdict(list)
    for one in flows:
        after[one.source].append(one.target)
    forward = _forward(nodes, after)
    found = dict.fromkeys(nodes, 0)
    for _ in nodes:
        moved = False
        for source, target in forward:
            if found[target] < found[source] + 1:
                found[target], moved = found[source] + 1, True
        if not moved:
            break
    last = max(found.values())
    return {node: last if column and node.kind in LAST else column for node, column in found.items()}


def _forward(nodes: Sequence[Node], after: dict[Node, list[Node]]) -> list[tuple[Node, Node]]:
    """The edges that are left when those that close a circle are taken out (depth first)."""
    done: set[Node] = set()
    kept: list[tuple[Node, Node]] = []
    for start in nodes:
        if start in done:
            continue
        path, stack = {start}, [(start, iter(after[start]))]
        while stack:
            node, rest = stack[-1]
            target = next(rest, None)
            if target is None:
                done.add(node)
                path.discard(node)
                stack.pop()
            elif target not in path:
                kept.append((node, target))
                if target not in done:
                    path.add(target)
                    stack.append((target, iter(after[target])))
    return kept


def _rank(node: Node, flows: Sequence[Flow], places: dict[Node, tuple[float, float]]) -> tuple[float, str]:
    """Where a node wants to stand: at the mean height of what flows into it."""
    weights = [
        (places[one.source][1], float(one.kilograms))
        for one in flows
        if one.target == node and one.source in places
    ]
    total = sum(weight for _, weight in weights)
    mean = sum(y * weight for y, weight in weights) / total if total else 0.0
    return (mean, node.name)


def _bands(
    flows: Sequence[Flow], places: dict[Node, tuple[float, float]], columns: dict[Node, int], scale: float
) -> list[Band]:
    outgoing = {node: y for node, (_, y) in places.items()}
    incoming = dict(outgoing)
    found = []
    for one in sorted(flows, key=lambda flow: (places[flow.source][1], places[flow.target][1])):
        thick = max(float(one.kilograms) * scale, BAND_MIN)
        x1, x2 = places[one.source][0] + NODE, places[one.target][0]
        y1, y2 = outgoing[one.source], incoming[one.target]
        outgoing[one.source] += float(one.kilograms) * scale
        incoming[one.target] += float(one.kilograms) * scale
        found.append(Band(one, _path(x1, y1, x2, y2, thick), columns[one.target] <= columns[one.source]))
    return found


def _path(x1: float, y1: float, x2: float, y2: float, thick: float) -> str:
    half = (x1 + x2) / 2
    return (
        f"M{x1:.1f} {y1:.1f}C{half:.1f} {y1:.1f} {half:.1f} {y2:.1f} {x2:.1f} {y2:.1f}"
        f"V{y2 + thick:.1f}C{half:.1f} {y2 + thick:.1f} {half:.1f} {y1 + thick:.1f} {x1:.1f} {y1 + thick:.1f}Z"
    )
