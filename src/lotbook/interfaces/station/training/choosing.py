"""Which exercises a book has to offer: pure decisions over what a device is told (`book` and `jobs`).

An exercise is left out where the book has nothing for it: no code is printed that leads nowhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from lotbook.standards.gs1 import AIS, Gs1Error, verify
from lotbook.standards.scans import commands

Told = Mapping[str, Any]

LINES_MAX = 5
"""Most lines of an exercise: more teach nothing new."""
GOOD_FOR_DAYS = 90
TWO_WAYS = "LOT-721S001"
"""A lot number that could be two numbers: 21 is what stands before a serial."""


@dataclass(frozen=True, slots=True)
class Code:
    """Something to scan: symbology and content as `kernel.pdf.code` takes them, and what people call it."""

    symbology: str
    content: str
    caption: str


@dataclass(frozen=True, slots=True)
class Step:
    """What to do, what to scan for it (or nothing), and what the station answers."""

    do: str
    code: Code | None = None
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Exercise:
    """One thing to learn."""

    title: str
    aim: str
    steps: Sequence[Step]


@dataclass(frozen=True, slots=True)
class World:
    """What the exercises are made of: `today` is the site's, `url` where labels of our own lead."""

    book: Told
    jobs: Sequence[Told]
    today: date
    url: str
    items: dict[str, Told] = field(init=False)
    lots: dict[str, Told] = field(init=False)
    places: dict[str, Told] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "items", {one["code"]: one for one in self.book["items"]})
        object.__setattr__(self, "lots", {one["id"]: one for one in self.book["lots"]})
        object.__setattr__(self, "places", {one["code"]: one for one in self.book["places"]})

    def of(self, kind: str) -> Iterable[Told]:
        """The jobs of one kind, in their order."""
        return (job for job in self.jobs if job["kind"] == kind)

    def lot(self, uid: str) -> Code:
        """The label of a lot of the book."""
        lot = self.lots[uid]
        item = self.items.get(lot["item"], {})
        caption = " · ".join(filter(None, (item.get("name", lot["item"]), lot["number"])))
        elements = _lot_elements(item, lot["number"], lot["expires_on"])
        if elements:
            return Code("gs1-datamatrix", elements, caption)
        return Code("qr", f"{self.url}/lots/{uid}", caption)

    def place(self, code: str) -> Code | None:
        """The label of a place, or of a logistic unit called by its SSCC."""
        if code in self.places:
            place = self.places[code]
            return Code("qr", f"{self.url}/places/{place['id']}", f"{place['name']} · {code}")
        return sscc(code) if len(code) == 18 and code.isdigit() else None


def sscc(number: str) -> Code:
    """The code of a logistic label."""
    return Code("gs1-128", f"(00){number}", f"SSCC {number}")


def document(number: str) -> Code:
    """The number of a document."""
    return Code("code128", number, number)


def command(name: str, number: str = "") -> Code:
    """A printed command."""
    return Code("code128", commands.payload(name, number), commands.caption(name, number))


def exercises(world: World) -> list[Exercise]:
    """What this book can be practised with, in the order people learn it."""
    makers = (look_up, receive_pallet, receive_label, put_away, pick, stopped, produce, count, lost_separator)
    return [made for make in makers if (made := make(world)) is not None]


def look_up(world: World) -> Exercise | None:
    """Ask what a lot is."""
    free = (one for one in world.book["lots"] if one["status"] == "released" and one["number"] and one["at"])
    lot = next(free, None)
    if lot is None:
        return None
    answer = "Item, lot, expiry, where it stands and how much."
    return Exercise(
        "Look up",
        "Ask what something is.",
        [Step("On the first page, scan a lot.", world.lot(lot["id"]), answer)],
    )


def receive_pallet(world: World) -> Exercise | None:
    """Take in a pallet that was announced."""
    for job in world.of("receive"):
        unit = next((one for one in job["units"] if not one["received"]), None)
        if unit is not None:
            break
    else:
        return None
    steps = [
        Step("Scan the label of the pallet.", sscc(unit["sscc"]), f"What {job['partner']} announced."),
        *_at_place(world, job["place"], "Scan where it stands.", "Green: all of it is in the book."),
    ]
    return Exercise("Receive a pallet", f"Notice {job['number']}: two scans, nothing typed.", steps)


def receive_label(world: World) -> Exercise | None:
    """Take in goods by the maker's label."""
    for job in world.of("receive"):
        for line in job["lines"] if job["document"] == "order" else ():
            until = world.today + timedelta(days=GOOD_FOR_DAYS)
            item = world.items.get(line["item"], {})
            elements = _lot_elements(item, line["lot"] or "PRACTICE-1", until.isoformat())
            if elements:
                label = Code("gs1-datamatrix", elements, f"{item['name']} · {line['lot'] or 'PRACTICE-1'}")
                steps = [
                    Step("Scan the order.", document(job["number"]), "What is expected."),
                    Step("Scan the label of the goods.", label, "Lot and expiry are read from the code."),
                    *_at_place(world, job["place"], "Scan where they stand.", "Green, and the next line."),
                ]
                return Exercise("Receive by label", f"Order {job['number']} of {job['partner']}.", steps)
    return None


def put_away(world: World) -> Exercise | None:
    """Bring goods from the dock to their place."""
    for job in world.of("put_away"):
        for line in job["lines"]:
            goods = sscc(line["sscc"]) if line["sscc"] else world.lot(line["lot"])
            to = world.place(line["to"]) or _other_place(world, job["place"])
            if to is not None:
                steps = [
                    Step("Scan the goods.", goods, "Where to, and why."),
                    Step("Scan the place.", to, "Green: moved. Two scans."),
                ]
                return Exercise("Put away", f"From {job['title']}.", steps)
    return None


def pick(world: World) -> Exercise | None:
    """Pick an order by first expiry, and meet a wrong lot."""
    jobs = [job for job in world.of("pick") if all(line["lot"] in world.lots for line in job["lines"])]
    if not jobs:
        return None
    job = max(jobs, key=lambda one: min(len(one["lines"]), LINES_MAX))
    lines = job["lines"][:LINES_MAX]
    steps = [Step("Scan the order.", document(job["number"]), "The first place and lot, with the reason.")]
    wrong = _another_lot(world, lines[0])
    if wrong is not None:
        steps.append(
            Step(
                "Scan a wrong one on purpose.",
                world.lot(wrong),
                "Red: what is wrong, and what to take instead.",
            )
        )
    steps += [
        Step(f"Take {line['quantity']} {line['unit']} at {line['place']}.", world.lot(line["lot"]), "Green.")
        for line in lines
    ]
    return Exercise("Pick", f"Order {job['number']} for {job['partner']}.", steps)


def stopped(world: World) -> Exercise | None:
    """Meet the hard stops."""
    steps = []
    for status, words in (("hold", "on hold"), ("expired", "expired"), ("quarantine", "in quarantine")):
        lot = next((one for one in world.book["lots"] if one["status"] == status and one["at"]), None)
        if lot is not None:
            say = f"Red: {lot['why'] or words}. Nothing is booked."
            steps.append(Step(f"Try to pick a lot that is {words}.", world.lot(lot["id"]), say))
    aim = "What may not leave, does not leave. The station says why and what to do."
    return Exercise("Stopped", aim, steps) if steps else None


def produce(world: World) -> Exercise | None:
    """Feed a run."""
    jobs = [job for job in world.of("produce") if job["take"]]
    if not jobs:
        return None
    job = max(jobs, key=lambda one: len(one["take"]))
    lines = [line for line in job["take"] if line["lot"] in world.lots][:LINES_MAX]
    steps = [
        Step("Scan the run.", document(job["number"]), "What it needs, and which lots to take."),
        *(
            Step(
                f"Issue {line['quantity']} {line['unit']}.",
                world.lot(line["lot"]),
                "Green: in the run.",
            )
            for line in lines
        ),
        Step("Say how much came out, and confirm.", command("confirm"), "The new lot, and its label."),
    ]
    return Exercise("Produce", f"Run {job['number']}: {job['title']}.", steps)


def count(world: World) -> Exercise | None:
    """Count a place without knowing what should be there."""
    for job in world.of("count"):
        for place in job["places"]:
            code = world.place(place["code"])
            there = [
                one["id"]
                for one in world.book["lots"]
                if any(at["place"] == place["code"] for at in one["at"])
            ]
            if code is not None and there:
                steps = [
                    Step("Scan the place.", code, "Nobody tells what should be there."),
                    *(Step("Scan what is there.", world.lot(uid), "How many?") for uid in there[:LINES_MAX]),
                    Step("Say that this is all.", command("confirm"), "Counted, or: count again."),
                ]
                return Exercise("Count", f"Count {job['number']}.", steps)
    return None


def lost_separator(world: World) -> Exercise | None:
    """Meet a code that can be read in two ways.

    A GS1-128 with nothing behind its lot: no separator is in it, and of a scanner that is not tested nobody
    knows whether it left one out. A plain Code 128 would be no GS1 code to scanners that name the symbol.
    """
    item = next((one for one in world.book["items"] if one["gtins"]), None)
    if item is None:
        return None
    elements = _lot_elements(item, TWO_WAYS, None)
    say = (
        f"Yellow: lot {TWO_WAYS}, or lot LOT-7 with serial S001? Choose what stands below the bars:"
        " nothing is guessed. A tested scanner is believed, because it sends the sign where one is."
    )
    step = Step("On the first page, scan.", Code("gs1-128", elements, elements), say)
    return Exercise("Two ways to read", "Some scanners drop the sign between lot and serial.", [step])


def _lot_elements(item: Told, number: str, expires_on: str | None) -> str:
    """The elements of a lot's label, in brackets; nothing for what no GS1 code can say."""
    if not item.get("gtins") or not number:
        return ""
    elements = [("01", str(item["gtins"][0]["gtin"]).zfill(14))]
    if expires_on:
        elements.append(("17", expires_on.replace("-", "")[2:]))
    elements.append(("10", number))
    try:
        for code, value in elements:
            verify(AIS[code], value)
    except Gs1Error:
        return ""
    return "".join(f"({code}){value}" for code, value in elements)


def _at_place(world: World, place: str, do: str, answer: str) -> list[Step]:
    code = world.place(place)
    return [Step(do, code, answer)] if code is not None else []


def _other_place(world: World, than: str) -> Code | None:
    for place in world.book["places"]:
        if place["kind"] == "bin" and place["usable"] and place["code"] != than:
            return world.place(place["code"])
    return None


def _another_lot(world: World, line: Told) -> str | None:
    """A free lot of another item, else of the same."""
    free = [
        one
        for one in world.book["lots"]
        if one["status"] == "released" and one["number"] and one["id"] != line["lot"]
    ]
    other = next((one for one in free if one["item"] != line["item"]), None)
    found = other or next(iter(free), None)
    return None if found is None else str(found["id"])
