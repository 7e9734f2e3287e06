"""A trace as a picture: columns from suppliers to customers, bounded, with bundles that open. Pure.

Every edge runs from left to right, except where goods went back into an earlier run (``loop``). What would
not fit is folded: many lots of one item and column become a bundle that can be opened by its id, and what
is still too much becomes "12 more", so that a trace of any size gives at most ``NODES_MAX`` nodes.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

NODES_MAX = 300
"""Most nodes drawn at once."""

GROUP_SHOWN = 4
"""Lots of one item in one column that are drawn one by one; more become a bundle."""

PARTNERS_SHOWN = 10
"""Suppliers (or customers) drawn one by one before the rest is folded."""

OPENED_MAX = 60
"""Members drawn of an opened bundle."""

COLUMNS_MAX = 40
"""Columns on each side of the subject; what lies further is one bundle."""

BENDS_MAX = 1500
"""Most bends of long edges; beyond, edges run straight behind the nodes."""

SWEEPS = 8

Amounts = dict[str, tuple[int, int]]
"""Unit → quantity in smallest units and its scale."""


@dataclass(frozen=True, slots=True)
class Thing:
    """A node of the genealogy: a lot, a run or a logistic unit, and what is written on it."""

    node: int
    kind: str
    label: str
    number: str = ""
    item: str = ""
    uid: str = ""
    status: str = ""
    quantity: int | None = None
    unit: str = ""
    scale: int = 0
    matches: bool = True


@dataclass(frozen=True, slots=True)
class Deal:
    """A partner gave (``supplier``) or got (``customer``) so much of the lot at ``node``."""

    side: str
    partner: int
    name: str
    node: int
    quantity: int
    unit: str
    scale: int
    uid: str = ""


@dataclass(slots=True)
class Picture:
    """What is to be drawn: ``ahead`` and ``behind`` are the lots found downstream and upstream."""

    main: int
    seeds: frozenset[int]
    things: Mapping[int, Thing]
    edges: Sequence[tuple[int, int]]
    ahead: Collection[int] = ()
    behind: Collection[int] = ()
    amounts: Mapping[tuple[int, int], tuple[int, str, int]] = field(default_factory=dict)
    deals: Sequence[Deal] = ()


@dataclass(slots=True)
class Drawn:
    """A node of the drawing. ``bundle`` opens it when it is passed in ``expand``; a folded rest has none."""

    id: str
    kind: str
    label: str
    layer: int
    count: int = 1
    number: str = ""
    item: str = ""
    uid: str = ""
    statuses: Counter[str] = field(default_factory=Counter)
    amounts: Amounts = field(default_factory=dict)
    bundle: str = ""
    matches: bool = True
    subject: bool = False
    column: int = 0
    order: int = 0


@dataclass(slots=True)
class Line:
    """An edge of the drawing, over the bends in ``via``."""

    source: str
    target: str
    amounts: Amounts = field(default_factory=dict)
    loop: bool = False
    via: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Bend:
    """Where a long edge passes a column between other nodes."""

    id: str
    column: int
    order: int


@dataclass(slots=True)
class Drawing:
    """The picture, laid out: nodes with column and order, titles of the columns, what is open."""

    nodes: list[Drawn] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    bends: list[Bend] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    opened: list[tuple[str, str]] = field(default_factory=list)


def draw(picture: Picture, *, expand: Collection[str] = (), limit: int = NODES_MAX) -> Drawing:
    """The bounded, ordered drawing of ``picture`` with the bundles named in ``expand`` open."""
    placed = layers(picture)
    drawing = Drawing()
    members = _members(picture, placed, frozenset(expand), drawing)
    _bound(drawing, members, limit)
    drawing.lines = _lines(picture, members, drawing.nodes)
    _columns(drawing)
    _order(drawing)
    return drawing


# -- layers -------------------------------------------------------------------------------------------


def layers(picture: Picture) -> dict[int, int]:
    """A layer for every node: 0 for the subject, negative upstream, positive downstream.

    Longest paths, so that edges run forward; a node on both sides (rework) stands where it is nearer.
    """
    onward: dict[int, list[int]] = defaultdict(list)
    backward: dict[int, list[int]] = defaultdict(list)
    for source, target in picture.edges:
        onward[source].append(target)
        backward[target].append(source)
    down = _distances(picture.seeds, picture.ahead, onward)
    up = _distances(picture.seeds, picture.behind, backward)
    for source, target in picture.edges:
        # A logistic unit that went into a run comes from nowhere in the genealogy.
        if source not in down and source not in up:
            (down if target in down else up)[source] = 1
    ahead = {node for node, steps in down.items() if steps <= up.get(node, steps)}
    behind = set(up) - ahead
    ahead -= picture.seeds
    behind -= picture.seeds
    placed = dict.fromkeys(picture.seeds, 0)
    for near, distances, nodes, sign in ((onward, down, ahead, 1), (backward, up, behind, -1)):
        for node, layer in _longest(picture.seeds, nodes, near, distances).items():
            placed[node] = sign * layer
    return placed


def _distances(
    seeds: Collection[int], others: Collection[int], onward: Mapping[int, Sequence[int]]
) -> dict[int, int]:
    """Steps from the seeds; ``others`` that no edge leads to count as one step away."""
    found = dict.fromkeys(sorted(seeds), 0)
    for start in (sorted(seeds), sorted(others)):
        frontier = [node for node in start if node in found or found.setdefault(node, 1)]
        while frontier:
            reached = []
            for node in frontier:
                for far in onward.get(node, ()):
                    if far not in found:
                        found[far] = found[node] + 1
                        reached.append(far)
            frontier = reached
    return found


def _longest(
    seeds: Collection[int], nodes: set[int], onward: Mapping[int, Sequence[int]], distances: Mapping[int, int]
) -> dict[int, int]:
    """The longest path from the seeds to each node; loops are cut where they are nearest to the seeds."""
    waiting: Counter[int] = Counter()
    for node in (*seeds, *nodes):
        waiting.update(far for far in onward.get(node, ()) if far in nodes)
    result = dict.fromkeys(nodes, 1)
    ready = sorted(seeds) + sorted(node for node in nodes if not waiting[node])
    nearest = sorted(nodes, key=lambda node: (distances.get(node, 1), node), reverse=True)
    done: set[int] = set()
    while True:
        while ready:
            node = ready.pop()
            done.add(node)
            layer = result.get(node, 0) + 1
            for far in onward.get(node, ()):
                if far in nodes and far not in done:
                    result[far] = max(result[far], layer)
                    waiting[far] -= 1
                    if not waiting[far]:
                        ready.append(far)
        while nearest and nearest[-1] in done:
            nearest.pop()
        if not nearest:
            return result
        ready.append(nearest.pop())


# -- bundles ------------------------------------------------------------------------------------------


def _members(
    picture: Picture, placed: Mapping[int, int], expand: frozenset[str], drawing: Drawing
) -> dict[str, list[int]]:
    """Put nodes into the drawing, singly or bundled; which nodes each drawn one stands for."""
    groups: dict[str, list[int]] = defaultdict(list)
    makes = _made_items(picture)
    for node, layer in placed.items():
        if node in picture.things:
            groups[_group(picture, node, layer, makes)].append(node)
    members: dict[str, list[int]] = {}
    for name in sorted(groups):
        nodes = sorted(groups[name], key=lambda node: (picture.things[node].number, node))
        shown = _shown(nodes, name in expand, GROUP_SHOWN)
        if name in expand and len(nodes) > GROUP_SHOWN:
            drawing.opened.append((name, _bundle_label(picture, nodes)))
        for node in shown:
            one = _single(picture, node, placed)
            members[one.id] = [node]
            drawing.nodes.append(one)
        if rest := nodes[len(shown) :]:
            bundle = _bundle(picture, name, rest, placed, opens=not shown)
            members[bundle.id] = rest
            drawing.nodes.append(bundle)
    _partners(picture, placed, expand, drawing)
    return members


def _made_items(picture: Picture) -> dict[int, str]:
    """For each run the first item it made, by which runs are bundled."""
    makes: dict[int, str] = {}
    for source, target in picture.edges:
        thing = picture.things.get(target)
        if source % 2 and thing and thing.item:
            makes[source] = min(makes.get(source, thing.item), thing.item)
    return makes


def _group(picture: Picture, node: int, layer: int, makes: Mapping[int, str]) -> str:
    if node == picture.main:
        return "subject"
    if abs(layer) > COLUMNS_MAX:
        return "further" if layer > 0 else "earlier"
    thing = picture.things[node]
    return f"{layer}:{thing.item}" if thing.kind == "lot" else f"{layer}:{thing.kind}:{makes.get(node, '')}"


def _shown(nodes: Sequence[int], opened: bool, few: int) -> Sequence[int]:
    if len(nodes) <= few:
        return nodes
    return nodes[:OPENED_MAX] if opened else []


def _clamped(layer: int) -> int:
    return max(-COLUMNS_MAX - 1, min(COLUMNS_MAX + 1, layer))


def _single(picture: Picture, node: int, placed: Mapping[int, int]) -> Drawn:
    thing = picture.things[node]
    return Drawn(
        id=f"n{node}",
        kind=thing.kind,
        label=thing.label,
        layer=_clamped(placed[node]),
        number=thing.number,
        item=thing.item,
        uid=thing.uid,
        statuses=Counter([thing.status] if thing.status else []),
        amounts=_amounts([(thing.quantity, thing.unit, thing.scale)]),
        matches=thing.matches,
        subject=node == picture.main,
    )


def _bundle(
    picture: Picture, name: str, nodes: Sequence[int], placed: Mapping[int, int], *, opens: bool
) -> Drawn:
    things = [picture.things[node] for node in nodes]
    kinds = {thing.kind for thing in things}
    return Drawn(
        id=f"b{name}" if opens else f"r{name}",
        kind="lots"
        if kinds == {"lot"}
        else "runs"
        if kinds == {"run"}
        else "units"
        if kinds == {"unit"}
        else "more",
        label=_bundle_label(picture, nodes),
        layer=_clamped(placed[nodes[0]]),
        count=len(nodes),
        item=things[0].item if len({thing.item for thing in things}) == 1 else "",
        statuses=Counter(thing.status for thing in things if thing.status),
        amounts=_amounts((thing.quantity, thing.unit, thing.scale) for thing in things),
        bundle=name if opens and name not in ("further", "earlier") else "",
        matches=any(thing.matches for thing in things),
    )


def _bundle_label(picture: Picture, nodes: Sequence[int]) -> str:
    things = [picture.things[node] for node in nodes]
    labels = {thing.label for thing in things if thing.kind == "lot"}
    return labels.pop() if len(labels) == 1 and len({thing.kind for thing in things}) == 1 else ""


def _partners(picture: Picture, placed: Mapping[int, int], expand: frozenset[str], drawing: Drawing) -> None:
    """Suppliers left of everything, customers right of it; the ones with most lots are drawn first."""
    inner = [_clamped(layer) for layer in placed.values()] or [0]
    for side, layer in (("supplier", min(inner) - 1), ("customer", max(inner) + 1)):
        lots: Counter[tuple[int, str]] = Counter()
        uids: dict[int, str] = {}
        for deal in picture.deals:
            if deal.side == side and deal.node in placed:
                lots[deal.partner, deal.name] += 1
                uids[deal.partner] = deal.uid
        ranked = sorted(lots, key=lambda key: (-lots[key], key[1], key[0]))
        group = f"{side}s"
        opened = group in expand
        shown = (
            ranked
            if len(ranked) <= PARTNERS_SHOWN + 1
            else ranked[: OPENED_MAX if opened else PARTNERS_SHOWN]
        )
        if opened and len(ranked) > PARTNERS_SHOWN + 1:
            drawing.opened.append((group, ""))
        drawing.nodes += [
            Drawn(
                id=f"{side[0]}{key}",
                kind=side,
                label=name,
                layer=layer,
                uid=uids[key],
                amounts=_amounts(
                    (deal.quantity, deal.unit, deal.scale)
                    for deal in picture.deals
                    if (deal.side, deal.partner) == (side, key) and deal.node in placed
                ),
            )
            for key, name in shown
        ]
        if rest := ranked[len(shown) :]:
            kept = {key for key, _ in rest}
            drawing.nodes.append(
                Drawn(
                    id=f"{side[0]}more",
                    kind=group,
                    label="",
                    layer=layer,
                    count=len(rest),
                    bundle="" if opened else group,
                    amounts=_amounts(
                        (deal.quantity, deal.unit, deal.scale)
                        for deal in picture.deals
                        if deal.side == side and deal.partner in kept and deal.node in placed
                    ),
                )
            )


def _amounts(parts: Iterable[tuple[int | None, str, int]]) -> Amounts:
    """One sum per unit, at the finest scale met; what nobody said is left out."""
    sums: Amounts = {}
    for quantity, unit, scale in parts:
        if quantity is not None:
            sums[unit] = _added(sums.get(unit, (0, 0)), (quantity, scale))
    return sums


def _added(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    finest = max(one[1], other[1])
    return one[0] * 10 ** (finest - one[1]) + other[0] * 10 ** (finest - other[1]), finest


# -- bounds -------------------------------------------------------------------------------------------


def _bound(drawing: Drawing, members: dict[str, list[int]], limit: int) -> None:
    """Fold the smallest of each layer until the drawing holds at most ``limit`` nodes."""
    if len(drawing.nodes) <= limit:
        return
    by_layer: dict[int, list[Drawn]] = defaultdict(list)
    for one in drawing.nodes:
        by_layer[one.layer].append(one)
    quota = limit
    while quota > 1 and sum(min(len(found), quota) for found in by_layer.values()) > limit:
        quota -= 1
    kept: list[Drawn] = []
    for layer, found in sorted(by_layer.items()):
        found.sort(key=lambda one: (not one.subject, -one.count, one.item, one.number, one.label, one.id))
        if len(found) <= quota:
            kept += found
            continue
        keep = max(quota - 1, int(found[0].subject))
        kept += found[:keep]
        kept.append(_folded(layer, found[keep:], members))
    drawing.nodes = kept


def _folded(layer: int, rest: Sequence[Drawn], members: dict[str, list[int]]) -> Drawn:
    whole = Drawn(id=f"more{layer}", kind="more", label="", layer=layer, count=0)
    inside: list[int] = []
    for one in rest:
        whole.count += one.count
        whole.statuses += one.statuses
        inside += members.pop(one.id, [])
        for unit, amount in one.amounts.items():
            whole.amounts[unit] = _added(whole.amounts.get(unit, (0, 0)), amount)
    kinds = {one.kind.rstrip("s") for one in rest}
    if len(kinds) == 1:
        whole.kind = kinds.pop() + "s"
    whole.matches = any(one.matches for one in rest)
    members[whole.id] = inside
    return whole


# -- lines --------------------------------------------------------------------------------------------


def _lines(picture: Picture, members: Mapping[str, Sequence[int]], drawn: Sequence[Drawn]) -> list[Line]:
    """The edges between drawn nodes, sums of those they stand for."""
    owner = {node: name for name, nodes in members.items() for node in nodes}
    layer = {one.id: one.layer for one in drawn}
    rest = {one.kind: one.id for one in drawn if one.kind in ("suppliers", "customers")}
    lines: dict[tuple[str, str], Line] = {}

    def add(source: str | None, target: str | None, amount: tuple[int, str, int] | None) -> None:
        if source is None or target is None or source == target:
            return
        line = lines.setdefault((source, target), Line(source, target))
        line.loop = layer[target] <= layer[source]
        if amount:
            quantity, unit, scale = amount
            line.amounts[unit] = _added(line.amounts.get(unit, (0, 0)), (quantity, scale))

    for edge in picture.edges:
        add(owner.get(edge[0]), owner.get(edge[1]), picture.amounts.get(edge))
    for deal in picture.deals:
        own = f"{deal.side[0]}{deal.partner}"
        partner = own if own in layer else rest.get(f"{deal.side}s")
        amount = (deal.quantity, deal.unit, deal.scale)
        if deal.side == "supplier":
            add(partner, owner.get(deal.node), amount)
        else:
            add(owner.get(deal.node), partner, amount)
    return [lines[key] for key in sorted(lines)]


# -- columns and order --------------------------------------------------------------------------------


def _columns(drawing: Drawing) -> None:
    """Number the layers that hold something from the left, and say what stands in them."""
    found = sorted({one.layer for one in drawing.nodes})
    column = {layer: number for number, layer in enumerate(found)}
    for one in drawing.nodes:
        one.column = column[one.layer]
    kinds: dict[int, set[str]] = defaultdict(set)
    for one in drawing.nodes:
        kinds[one.layer].add(one.kind)
    drawing.titles = [""] * len(found)
    with_lots = [layer for layer in found if kinds[layer] & {"lot", "lots", "more"}]
    for layer in found:
        steps = sum(1 for other in with_lots if 0 < abs(other) <= abs(layer) and other * layer > 0)
        drawing.titles[column[layer]] = _title(layer, kinds[layer], steps, layer in with_lots)


def _title(layer: int, kinds: set[str], steps: int, has_lots: bool) -> str:
    if kinds & {"supplier", "suppliers"}:
        return "Suppliers"
    if kinds & {"customer", "customers"}:
        return "Customers"
    if layer == 0:
        return "Traced"
    if not has_lots:
        return ""
    if layer < 0:
        return "Made from" if steps == 1 else f"{steps} steps back"
    return "Went into" if steps == 1 else f"{steps} steps on"


def _order(drawing: Drawing) -> None:
    """Order every column by the mean position of its neighbours (barycentre), and keep the best sweep."""
    column = {one.id: one.column for one in drawing.nodes}
    forward = [line for line in drawing.lines if not line.loop]
    _bend(forward, column)
    chains = [[line.source, *line.via, line.target] for line in forward]
    before: dict[str, list[str]] = defaultdict(list)
    after: dict[str, list[str]] = defaultdict(list)
    for chain in chains:
        for left, right in pairwise(chain):
            after[left].append(right)
            before[right].append(left)
    columns: list[list[str]] = [[] for _ in drawing.titles]
    start = {one.id: (one.item, one.number, one.label, one.id) for one in drawing.nodes}
    for name in sorted(column, key=lambda name: start.get(name, ("", "", "", name))):
        columns[column[name]].append(name)
    best, fewest = columns, _crossings(columns, after)
    for sweep in range(SWEEPS):
        if not fewest:
            break
        rightward = sweep % 2 == 0
        columns = _swept(columns, before if rightward else after, rightward=rightward)
        crossings = _crossings(columns, after)
        if crossings < fewest:
            best, fewest = columns, crossings
    rank = {name: index for names in best for index, name in enumerate(names)}
    for one in drawing.nodes:
        one.order = rank[one.id]
    drawn = {one.id for one in drawing.nodes}
    drawing.bends = [Bend(name, column[name], rank[name]) for name in column if name not in drawn]
    drawing.nodes.sort(key=lambda one: (one.column, one.order))


def _bend(lines: Sequence[Line], column: dict[str, int]) -> None:
    """Give long edges a bend in every column they pass, unless there would be too many."""
    if sum(max(0, column[line.target] - column[line.source] - 1) for line in lines) > BENDS_MAX:
        return
    for number, line in enumerate(lines):
        for passed in range(column[line.source] + 1, column[line.target]):
            name = f"e{number}.{passed}"
            column[name] = passed
            line.via.append(name)


def _swept(
    columns: Sequence[Sequence[str]], towards: Mapping[str, Sequence[str]], *, rightward: bool
) -> list[list[str]]:
    """Every column sorted by the mean position of its neighbours on the side already sorted."""
    result = [list(names) for names in columns]
    order = range(1, len(result)) if rightward else range(len(result) - 2, -1, -1)
    for index in order:
        beside = result[index - 1 if rightward else index + 1]
        place = {name: (at + 0.5) / len(beside) for at, name in enumerate(beside)}
        own = result[index]
        keys = []
        for at, name in enumerate(own):
            found = [place[other] for other in towards.get(name, ()) if other in place]
            keys.append((sum(found) / len(found) if found else (at + 0.5) / len(own), at, name))
        result[index] = [name for _, _, name in sorted(keys)]
    return result


def _crossings(columns: Sequence[Sequence[str]], after: Mapping[str, Sequence[str]]) -> int:
    """How many pairs of edges between neighbouring columns cross."""
    total = 0
    for left, right in pairwise(columns):
        place = {name: at for at, name in enumerate(right)}
        seen: list[int] = []
        for name in left:
            ends = sorted(place[far] for far in after.get(name, ()) if far in place)
            total += sum(len(seen) - bisect_right(seen, end) for end in ends)
            for end in ends:
                insort(seen, end)
    return total
