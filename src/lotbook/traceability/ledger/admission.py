"""What the book admits: known places and lots, fitting kinds, facts that agree with what is known."""

from __future__ import annotations

from datetime import date
from typing import Any

from lotbook.kernel.errors import Fault
from lotbook.kernel.quantity import to_text
from lotbook.traceability.ledger import canonical, rules, storage
from lotbook.traceability.ledger.entries import SERIAL, Batch, Entry, lot_keys, other_places
from lotbook.traceability.ledger.rules import KINDS, LotKey, LotRef, Move
from lotbook.traceability.ledger.storage import ItemInfo
from lotbook.traceability.lots import batch as lots

TRACKED = {"none": 0, "lot": 1, "serial": 2}
ASK_FOR = ("Leave the lot out.", "Give its lot number.", "Give its serial.")
CALLED = ("quantity without lot", "lot", "serial")
UNCOMPARED = {"uri", "attributes"}
"""Facts kept for new lots only: several are true of one lot."""


def check_by_itself(batch: Batch) -> None:
    """What a draft says wrong by itself, before the book is asked."""
    for entry in batch.entries:
        draft = entry.draft
        entry.data = dict(draft.data)
        if draft.override:
            entry.data["override"] = draft.override
        entry.faults += rules.faults(draft, batch.now)
        entry.faults += canonical.data_faults(entry.data)
        for name in ("document_kind", "document_number", "reason", "device"):
            entry.faults += canonical.text_faults(getattr(draft, name), name)


def check_known(batch: Batch) -> None:
    """Every place, item and lot named is one the book knows, or a lot it may make."""
    for entry in batch.live():
        draft = entry.draft
        if draft.place is not None and draft.place not in batch.places:
            entry.refuse(Fault("place", "the book does not know this place.", "Check its code."), 404)
        for index, move in enumerate(draft.moves):
            for side, place in (("source", move.source), ("destination", move.destination)):
                if place not in batch.places:
                    where = f"moves/{index}/{side}"
                    entry.refuse(Fault(where, "the book does not know this place.", "Check its code."), 404)
        if any(key not in batch.places for key in other_places(draft)):
            entry.refuse(Fault("place", "the book does not know this logistic unit or run."), 404)
        for where, key in lot_keys(draft):
            _check_lot_known(batch, entry, key, where)
        for uid in draft.releases:
            if uid not in batch.holds:
                entry.refuse(Fault("releases", f"the book has no hold {uid}.", "Check the id."), 404)


def _check_lot_known(batch: Batch, entry: Entry, key: LotKey, where: str) -> None:
    if type(key) is not LotRef:
        if key not in batch.lots:
            entry.refuse(Fault(where, "the book does not know this lot.", "Receive or make it first."), 404)
        return
    item = batch.items.get(key.item)
    if item is None:
        entry.refuse(Fault(where, "the book does not know this item.", "Enter the item first."), 404)
        return
    if len(key.number) > lots.NUMBER_MAX:
        entry.refuse(Fault(where, f"a lot number has at most {lots.NUMBER_MAX} characters."))
    entry.faults += canonical.text_faults(key.number, where)
    entry.faults += _facts_faults(key, where)
    if not key.create and (key.item, key.number, key.kind) not in batch.known:
        cause = f"{item.code} has no lot {key.number}."
        entry.refuse(Fault(where, cause, "Check the number, or receive the lot first."), 404)


def _facts_faults(key: LotRef, where: str) -> list[Fault]:
    found: list[Fault] = []
    for name, value in key.facts.items():
        kind = lots.FACTS.get(name)
        if kind is None:
            found.append(Fault(f"{where}/{name}", "a lot has no such field."))
        elif value not in (None, "") and not isinstance(value, kind):
            found.append(Fault(f"{where}/{name}", f"expected {kind.__name__}, got {value!r}."))
        elif isinstance(value, str):
            found += canonical.text_faults(value, f"{where}/{name}")
        elif name == "attributes":
            found += canonical.data_faults(value, f"{where}/attributes")
    return found


NAMED = {"supplier_id": "partners_partner", "tlc_source_id": "partners_location", "inside_id": "lots_lot"}
"""Facts that name a row of another table: events keep its uid, which outlives the database."""


def tell_facts(batch: Batch) -> None:
    """Keep with each event what it tells of its lots, so that the lots can be checked against the events."""
    telling = [
        (entry, where, key)
        for entry in batch.live()
        for where, key in lot_keys(entry.draft)
        if type(key) is LotRef and key.facts
    ]
    uids = {
        name: storage.uids(table, {key.facts[name] for _, _, key in telling if key.facts.get(name)})
        for name, table in NAMED.items()
    }
    told: dict[int, dict[lots.Identity, dict[str, Any]]] = {}
    for entry, where, key in telling:
        for name, known in uids.items():
            if key.facts.get(name) and key.facts[name] not in known:
                what = name.removesuffix("_id").replace("_", " ")
                entry.refuse(Fault(f"{where}/{what}", f"the book does not know this {what}."), 404)
        if entry.live:
            one = told.setdefault(entry.index, {})
            one.setdefault((key.item, key.number, key.kind), _told(batch.items[key.item], key, uids))
    for index, facts in told.items():
        batch.entries[index].data["lots"] = list(facts.values())


def _told(item: ItemInfo, key: LotRef, uids: dict[str, dict[int, str]]) -> dict[str, Any]:
    facts: dict[str, Any] = {"item": item.uid, "number": key.number, "kind": key.kind}
    for name, value in key.facts.items():
        if value in (None, "", {}):
            continue
        if name in NAMED:
            facts[name.removesuffix("_id")] = uids[name][value]
        else:
            facts[name] = value.isoformat() if isinstance(value, date) else value
    return facts


def check_allowed(batch: Batch) -> None:
    """Places fit the kind of event, lots fit their item's tracking, facts fit the lots."""
    for entry in batch.live():
        if entry.original is not None and entry.original.reversed_by is not None:
            cause = "this event has been reversed already."
            entry.refuse(Fault("reverses", cause, "Nothing is left to do."), 409)
        for hold in batch.released(entry):
            if not hold.open:
                cause = "this hold has been released already."
                entry.refuse(Fault("releases", cause, "Nothing is left to do."), 409)
        for index, move in enumerate(entry.draft.moves):
            _check_move(batch, entry, move, f"moves/{index}")
        for where, key in lot_keys(entry.draft):
            if type(key) is LotRef and (key.item, key.number, key.kind) not in batch.known:
                _check_new_lot(batch, entry, key, where)
    _check_facts(batch)


def _check_move(batch: Batch, entry: Entry, move: Move, where: str) -> None:
    kind = KINDS[entry.draft.kind]
    sides = (("source", move.source, kind.sources), ("destination", move.destination, kind.destinations))
    for side, key, allowed in sides:
        place = batch.places[key]
        if place.kind not in allowed:
            entry.refuse(
                Fault(
                    f"{where}/{side}",
                    f"{place.code} is a place of kind {place.kind}; {kind.label.lower()} goods"
                    f" {'come from' if side == 'source' else 'go to'} {', '.join(sorted(allowed)) or 'nowhere'}.",
                    "Choose another place or another kind of event.",
                )
            )
        elif not place.active and kind.name != "foreign":
            entry.refuse(Fault(f"{where}/{side}", f"{place.code} is closed.", "Choose a place in use."))
    if move.claim is not None and not batch.places[move.source].own:
        cause = f"nothing is reserved at {batch.places[move.source].code}, which is no place of our stock."
        entry.refuse(Fault(f"{where}/claim", cause, "Leave the reservation out.", "claim"))
    if batch.kind_of(move.lot) == SERIAL:
        item = move.lot.item if type(move.lot) is LotRef else batch.lots[move.lot].item  # type: ignore[index]  # keyed where it is no LotRef
        scale = batch.items[item].scale
        if move.quantity != 10**scale:
            got = to_text(move.quantity, scale)
            entry.refuse(Fault(f"{where}/quantity", f"a serial is exactly 1, got {got}."))


def _check_new_lot(batch: Batch, entry: Entry, key: LotRef, where: str) -> None:
    if entry.draft.kind == "foreign":
        return
    item = batch.items[key.item]
    if not item.active:
        entry.refuse(Fault(where, f"the item {item.code} is no longer in use.", "Choose an active item."))
    expected = TRACKED[item.tracking]
    if key.kind != expected:
        cause = f"{item.code} is tracked by {item.tracking}, got a {CALLED[key.kind]}."
        entry.refuse(Fault(where, cause, ASK_FOR[expected]))


def _check_facts(batch: Batch) -> None:
    """Facts claimed of a lot the book knows must not contradict it; nor may two claims of one batch."""
    claims = [
        (entry, key, where)
        for entry in batch.live()
        if entry.draft.kind != "foreign"
        for where, key in lot_keys(entry.draft)
        if type(key) is LotRef and key.facts
    ]
    if not claims:
        return
    names = sorted({name for _, key, _ in claims for name in key.facts} - UNCOMPARED)
    known = {identity: info.id for identity, info in batch.known.items()}
    held = lots.facts_of(sorted(known.values()), names) if names and known else {}
    first: dict[lots.Identity, dict[str, Any]] = {}
    for entry, key, where in claims:
        identity = (key.item, key.number, key.kind)
        ours = held[known[identity]] if identity in known else first.setdefault(identity, {})
        for name, value in key.facts.items():
            if name in UNCOMPARED or value in (None, ""):
                continue
            have = ours.get(name)
            if identity not in known:
                ours.setdefault(name, value)
            if have not in (None, "") and have != value:
                cause = f"lot {key.number} has {name} {have}, got {value}."
                fault = Fault(f"{where}/{name}", cause, "Correct the input, or amend the lot first.")
                entry.refuse(fault, 409)
