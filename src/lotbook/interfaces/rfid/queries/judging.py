"""A pass judged: what was expected, is there, is missing, should not be there, or is stopped."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from lotbook.foundation.places import queries as places
from lotbook.interfaces.rfid import rules
from lotbook.interfaces.rfid.models import Pass, Purpose, Tag
from lotbook.interfaces.rfid.queries import jobs, things
from lotbook.interfaces.rfid.queries.jobs import Expected, Job, Wanted
from lotbook.interfaces.rfid.queries.things import BAD, Book, Thing
from lotbook.kernel.errors import NotFound
from lotbook.kernel.quantity import to_text

STOPPED = {"hold": "on hold", "quarantine": "in quarantine"}
STATES = ("present", "missing", "extra", "stopped", "unknown", "edge", "other")


@dataclass(slots=True)
class Row:
    """One line of a verdict: a tag, or something expected that no tag said. ``why`` says what is wrong."""

    state: str
    what: str
    number: str = ""
    quantity: str = ""
    unit: str = ""
    sscc: str = ""
    why: str = ""
    status: str = ""
    thing: Thing | None = None


@dataclass(slots=True)
class Verdict:
    """What a pass is. ``expected`` is its document's (None: none, or none for sure, see ``choices``).

    ``ways`` are the directions tags went; ``goes`` the one that is posted ("": not to be told).
    """

    book: Book
    expected: Expected | None
    choices: list[Job] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    ways: frozenset[str] = frozenset()
    goes: str = "in"
    accepted: list[Thing] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def many(self, state: str) -> int:
        """How many lines are of a state."""
        return sum(1 for row in self.rows if row.state == state)

    @property
    def counts(self) -> dict[str, int]:
        """The verdict in numbers; ``expected`` are the lines of the document, units included."""
        found = {state: self.many(state) for state in STATES}
        wanted = 0
        if self.expected is not None:
            wanted = sum(1 for one in self.expected.wanted if one.quantity) + len(self.expected.units)
        return {"expected": wanted, **found}

    @property
    def shown_counts(self) -> dict[str, int]:
        """The same for whoever looks: a blind count does not tell what the book says."""
        found = self.counts
        if self.expected is not None and self.expected.blind:
            del found["expected"], found["missing"]
        return found

    @property
    def is_clean(self) -> bool:
        """Whether nobody has to look: complete, and nothing is there that should not be."""
        bad = any(row.state in ("missing", "extra", "stopped", "unknown") for row in self.rows)
        return bool(self.accepted) and not bad and not self.faults


def judge(one: Pass, tags: Sequence[Tag] | None = None, *, goes: str = "") -> Verdict:
    """Judge a pass as the book is now; ``goes`` is the direction somebody chose where tags went both ways."""
    book = things.read(one, tags)
    ways = frozenset(thing.way for thing in book.things if thing.kind in ("goods", "unit"))
    verdict = Verdict(book, None, ways=ways, goes=goes if goes in ways else next(iter(ways), "in"))
    if len(ways) > 1 and goes not in ways:
        # Nobody guesses which way the goods were meant to go.
        verdict.goes = "in"
        verdict.faults.append("tags went both ways: choose which of them is the pass")
    _find_job(verdict, one)
    _settle(verdict, one)
    return verdict


def _find_job(verdict: Verdict, one: Pass) -> None:
    portal = one.portal
    if one.job is not None and one.job_by != "matched":
        try:
            verdict.expected = jobs.of(portal, one.job_kind, one.job)
        except NotFound as gone:
            verdict.faults.append(gone.faults[0].cause.rstrip("."))
        return
    for kind in jobs.KINDS[portal.purpose]:
        found = jobs.candidates(portal, kind, verdict.book)
        scores = {str(index): _overlap(each, verdict.book) for index, each in enumerate(found)}
        if kind == "count":
            # A count is about a place, whatever was read there.
            scores = dict.fromkeys(scores, 1)
        top = [found[int(index)] for index in rules.best(scores)]
        if len(top) == 1:
            verdict.expected = top[0]
            return
        if top:
            verdict.choices = [each.job for each in top]
            verdict.faults.append(f"{len(top)} documents fit equally: choose one")
            return
    if portal.purpose != Purpose.MOVE:
        verdict.faults.append("no open document expects any of this: choose one")


def _overlap(expected: Expected, book: Book) -> int:
    """How many of the tags a document wants."""
    left: dict[tuple[int, str], int] = defaultdict(int)
    for one in expected.wanted:
        for number in one.numbers or ("",):
            left[one.item.pk, number] += one.quantity
    score = len(book.units.keys() & expected.units.keys())
    for thing in book.goods:
        for key in (thing.name, (thing.name[0], "")):
            if left.get(key, 0) >= thing.quantity:
                left[key] -= thing.quantity
                score += 1
                break
    return score


# -- what is there, and what is not ----------------------------------------------------------------


def _settle(verdict: Verdict, one: Pass) -> None:
    book, expected = verdict.book, verdict.expected
    for thing in book.things:
        if thing.kind in ("unknown", "edge", "other"):
            verdict.rows.append(_row(thing, thing.kind, thing.why))
    live = [thing for thing in book.things if thing.kind in ("goods", "unit")]
    for thing in live:
        if thing.way != verdict.goes:
            verdict.rows.append(_row(thing, "extra", "went the other way"))
    mine = [thing for thing in live if thing.way == verdict.goes]
    if one.portal.purpose == Purpose.MOVE:
        _moved(verdict, one, mine)
    elif expected is None:
        verdict.rows += [_row(thing, "extra", "nothing is expected") for thing in mine]
    else:
        _matched(verdict, one, expected, mine)


def _matched(verdict: Verdict, one: Pass, expected: Expected, mine: list[Thing]) -> None:
    """Goods against what the document wants, units first: what is in them came with them."""
    units = {thing.tag.sscc: thing for thing in mine if thing.kind == "unit"}
    goods = [thing for thing in mine if thing.kind == "goods"]
    counting = expected.job.kind == "count"
    for each in expected.wanted:
        each.left = each.quantity
    read = Counter(thing.name for thing in goods)
    for thing in units.values():
        _one_unit(verdict, thing, expected, counting=counting)
    by_name: dict[tuple[int, str], list[Wanted]] = defaultdict(list)
    for each in expected.wanted:
        for number in each.numbers or ("",):
            by_name[each.item.pk, number].append(each)
    for thing in goods:
        _one_goods(verdict, thing, by_name, counting=counting)
    _missing(verdict, one, expected, units, read)


def _one_unit(verdict: Verdict, thing: Thing, expected: Expected, *, counting: bool) -> None:
    sscc = thing.tag.sscc
    if sscc in expected.units or any(each.sscc == sscc for each in expected.wanted):
        verdict.accepted.append(thing)
        verdict.rows.append(_row(thing, "present"))
    elif counting and thing.unit is not None:
        why = f"the book has it at {thing.unit.parent or 'no place'}"
        verdict.rows.append(_row(thing, "extra", why))
    else:
        verdict.rows.append(_row(thing, "extra", "not expected" if thing.unit else "not known, not expected"))


def _missing(
    verdict: Verdict,
    one: Pass,
    expected: Expected,
    units: dict[str, Thing],
    read: Counter[tuple[int, str]],
) -> None:
    """What is left of the document: it came with its unit, or is missing."""
    for each in expected.wanted:
        in_unit = each.sscc in units or (each.pallet != "" and each.pallet in units)
        tagged = any(read[each.item.pk, number] for number in each.numbers)
        trusted = one.portal.trusts_units or (each.item.tracking != "serial" and not tagged)
        if each.left and in_unit and trusted:
            each.came, each.left, each.with_unit = each.quantity, 0, True
            verdict.rows.append(_wanted_row(each, "present", each.quantity, "came with its unit"))
        elif each.left:
            verdict.rows.append(_wanted_row(each, "missing", each.left, "no tag of it was read"))
    for sscc, pallet in expected.units.items():
        # A case whose pallet was read came with it.
        if sscc not in units and not (pallet and pallet in units and one.portal.trusts_units):
            verdict.rows.append(Row("missing", "Logistic unit", sscc=sscc, why="its tag was not read"))


def _one_goods(
    verdict: Verdict, thing: Thing, by_name: dict[tuple[int, str], list[Wanted]], *, counting: bool
) -> None:
    takers = by_name.get(thing.name) or by_name.get((thing.name[0], ""), [])
    rest = thing.quantity
    if thing.status in BAD and not counting:
        for each in takers:
            share = min(each.left, rest)
            each.left -= share
            rest -= share
        verdict.rows.append(_row(thing, "stopped", f"its lot is {STOPPED.get(thing.status, thing.status)}"))
        return
    if sum(each.left for each in takers) < rest:
        if counting and thing.lot is not None:
            verdict.accepted.append(thing)
        verdict.rows.append(_row(thing, "extra", _why_extra(thing, takers)))
        return
    for each in takers:
        share = min(each.left, rest)
        each.left -= share
        each.came += share
        rest -= share
    verdict.accepted.append(thing)
    verdict.rows.append(_row(thing, "present"))


def _why_extra(thing: Thing, takers: list[Wanted]) -> str:
    if takers:
        return "more than is expected"
    if thing.stands:
        return f"not expected; the book has it at {thing.stands[0].place_name or thing.stands[0].place_code}"
    return "not expected"


def _moved(verdict: Verdict, one: Pass, mine: list[Thing]) -> None:
    """What stands in front of the gate goes behind it; what is in a unit that was read goes with the unit."""
    portal = one.portal
    ends = [portal.from_place or portal.place, portal.place]
    source, target = ends if verdict.goes == "in" else ends[::-1]
    inside = set(places.subtree_ids(source.pk))
    beyond = set(places.subtree_ids(target.pk))
    units = {thing.tag.sscc for thing in mine if thing.kind == "unit"}
    left: dict[tuple[int, int], int] = {}
    for thing in mine:
        if thing.kind == "unit":
            _unit_moved(verdict, thing, inside, units)
        elif thing.status in BAD:
            verdict.rows.append(
                _row(thing, "stopped", f"its lot is {STOPPED.get(thing.status, thing.status)}")
            )
        elif thing.inside in units:
            verdict.rows.append(_row(thing, "present", "goes with its unit"))
        else:
            _one_moved(verdict, thing, inside, beyond, left)
    _left_in_units(verdict, one, mine, units)


def _unit_moved(verdict: Verdict, thing: Thing, inside: set[int], units: set[str]) -> None:
    stands = thing.unit.parent if thing.unit is not None else None
    if stands is not None and stands.sscc in units:
        # A case on a pallet that was read, too, goes with the pallet.
        verdict.rows.append(_row(thing, "present", "goes with its pallet"))
    elif stands is not None and stands.pk in inside:
        verdict.accepted.append(thing)
        verdict.rows.append(_row(thing, "present"))
    elif thing.unit is not None:
        verdict.rows.append(_row(thing, "extra", f"the book has it at {stands or 'no place'}"))
    else:
        verdict.rows.append(_row(thing, "extra", "the book does not know it"))


def _left_in_units(verdict: Verdict, one: Pass, mine: list[Thing], units: set[str]) -> None:
    """What the book has in a unit whose other goods were read, and no tag told."""
    for sscc in units & verdict.book.contents.keys():
        seen = {thing.lot.pk for thing in mine if thing.lot is not None}
        tagged = any(thing.inside == sscc for thing in mine)
        for row in verdict.book.contents[sscc]:
            if tagged and not one.portal.trusts_units and row.lot not in seen:
                text = to_text(row.on_hand, row.scale)
                why = "the book has it in this unit, no tag of it was read"
                verdict.rows.append(Row("missing", row.item_name, row.number, text, row.unit, sscc, why))


def _one_moved(
    verdict: Verdict, thing: Thing, inside: set[int], beyond: set[int], left: dict[tuple[int, int], int]
) -> None:
    for row in thing.stands:
        if row.place not in inside or row.place in beyond - inside:
            continue
        free = left.setdefault((row.lot, row.place), row.on_hand)
        if free >= thing.quantity:
            left[row.lot, row.place] = free - thing.quantity
            thing.stands = [row]
            verdict.accepted.append(thing)
            verdict.rows.append(_row(thing, "present"))
            return
    where = "not in the book's stock"
    if thing.stands:
        where = f"the book has it at {thing.stands[0].place_name or thing.stands[0].place_code}"
    verdict.rows.append(_row(thing, "extra", where))


def _row(thing: Thing, state: str, why: str = "") -> Row:
    tag = thing.tag
    if thing.item is not None:
        text = to_text(thing.quantity, thing.item.scale) if thing.quantity else ""
        number = thing.number or tag.serial
        return Row(state, thing.item.name, number, text, thing.item.unit, "", why, thing.status, thing)
    if tag.sscc:
        return Row(state, "Logistic unit", sscc=tag.sscc, why=why, thing=thing)
    what = f"GTIN {tag.gtin}" if tag.gtin else {"other": tag.scheme or "No goods"}.get(tag.kind, "Unreadable")
    return Row(state, what, tag.serial or tag.key[:120], why=why, thing=thing)


def _wanted_row(one: Wanted, state: str, quantity: int, why: str) -> Row:
    number = one.numbers[0] if one.numbers else ""
    text = to_text(quantity, one.item.scale)
    return Row(state, one.item.name, number, text, one.item.unit, one.sscc, why)
