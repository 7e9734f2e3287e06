"""How a batch of drafts becomes rows: the steps behind the one door, in the order they must happen.

The order is the lock order: logistic units, then lots, then balances, each by key (limits, trap 3). The
number of SQL statements does not depend on the size of the batch.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid5

from lotbook.kernel import clock, sql
from lotbook.kernel.errors import Conflict, Fault, Refused
from lotbook.kernel.ids import new_uid
from lotbook.kernel.quantity import to_text
from lotbook.traceability.ledger import canonical, holds, reversing, rules, storage
from lotbook.traceability.ledger.rules import KINDS, Draft, LotKey, LotRef, Move, Receipt, Refusal
from lotbook.traceability.ledger.storage import ItemInfo, PlaceInfo
from lotbook.traceability.lots import batch as lots
from lotbook.traceability.lots.rules import expired

NEVER = 2**63 - 1
SERIAL = 2


class TryAgain(Exception):
    """Another writer was faster: the same batch will find his rows next time."""


class Short(Exception):
    """The quick way met a balance that would fall below nothing; the careful way finds out whose."""


@dataclass(slots=True)
class Entry:
    """A draft on its way into the book."""

    index: int
    draft: Draft
    uid: UUID
    moves: list[tuple[int, int, int, int, int, int | None]] = field(default_factory=list)
    """Lot, source, destination, quantity, catch weight, claim: keys all."""
    content_hash: str = ""
    sequence: int = 0
    faults: list[Fault] = field(default_factory=list)
    status: int = 422
    receipt: Receipt | None = None
    original: reversing.Original | None = None
    by_ledger: bool = False
    data: dict[str, Any] = field(default_factory=dict)

    @property
    def live(self) -> bool:
        """Still to be written."""
        return not self.faults and self.receipt is None

    def refuse(self, fault: Fault, status: int = 422) -> None:
        """Take it out of the batch, with the reason."""
        self.faults.append(fault)
        self.status = status


class Posting:
    """One attempt to post a batch inside a transaction."""

    def __init__(self, drafts: Sequence[Draft], *, actor: str, each: bool, careful: bool) -> None:
        self.actor = actor
        self.each = each
        self.careful = careful or not sql.is_postgres()
        self.now = clock.now()
        self.entries = [Entry(index, draft, draft.uid or new_uid()) for index, draft in enumerate(drafts)]
        self.size = len(self.entries)
        self.places: dict[int, PlaceInfo] = {}
        self.items: dict[int, ItemInfo] = {}
        self.lots: dict[int, lots.LotInfo] = {}
        self.known: dict[lots.Identity, lots.LotInfo] = {}
        self.totals: dict[int, int] = {}
        self.emptied: set[tuple[int, int, int]] = set()
        self.releasing: dict[UUID, holds.OpenHold] = {}

    def run(self) -> list[Receipt | Refusal]:
        """All steps; raises Refused unless per-event verdicts were asked for."""
        self._check_by_itself()
        storage.announce()
        self._look_up()
        self._check_in_the_book()
        self._hash()
        self._settle_repeats()
        self._verdict()
        self._make_lots()
        self._lock()
        self._verdict()
        self._balance()
        self._verdict()
        self._write()
        return [self._answer(entry) for entry in self.entries[: self.size]]

    # -- what a draft says by itself ---------------------------------------------------------------

    def _check_by_itself(self) -> None:
        for entry in self.entries:
            entry.faults += rules.faults(entry.draft, self.now)
            entry.data = self._data(entry.draft)
            entry.faults += canonical.data_faults(entry.data)
            for name in ("document_kind", "document_number", "reason", "device"):
                entry.faults += canonical.text_faults(getattr(entry.draft, name), name)
            if len(entry.draft.document_kind) > 40 or len(entry.draft.document_number) > 500:
                entry.refuse(Fault("document", "kind is at most 40 characters and number at most 500."))
            if len(entry.draft.device) > 100:
                entry.refuse(Fault("device", "at most 100 characters."))

    @staticmethod
    def _data(draft: Draft) -> dict[str, Any]:
        """What is kept with the event: the caller's data, and what the ledger itself needs to replay it."""
        data = dict(draft.data)
        if draft.override:
            data["override"] = draft.override
        return data

    # -- what the book knows -----------------------------------------------------------------------

    def _live(self) -> list[Entry]:
        return [entry for entry in self.entries if entry.live]

    def _look_up(self) -> None:
        reversing.load(self._live())
        self._find_holds()
        live = self._live()
        place_keys: set[int] = set()
        lot_keys: set[int] = set()
        identities: set[lots.Identity] = set()
        for entry in live:
            draft = entry.draft
            if draft.place is not None:
                place_keys.add(draft.place)
            for move in draft.moves:
                place_keys.add(move.source)
                place_keys.add(move.destination)
                _note(move.lot, lot_keys, identities)
            for name in draft.names:
                place_keys.update(key for key in (name.unit, name.run) if key is not None)
                _note(name.lot, lot_keys, identities)
            for pack in draft.packs:
                place_keys.update(key for key in (pack.unit, pack.child) if key is not None)
                _note(pack.lot, lot_keys, identities)
            for hold in draft.holds:
                _note(hold.lot, lot_keys, identities)
            if entry.original is not None:
                for lot, source, destination, *_ in entry.original.moves:
                    place_keys.update((source, destination))
                    lot_keys.add(lot)
            lot_keys.update(hold.lot for hold in self._released(entry))
        self.places = storage.places(sorted(place_keys)) if place_keys else {}
        self.lots = lots.by_id(sorted(lot_keys))
        self.known = lots.by_identity(sorted(identities))
        self.lots.update((info.id, info) for info in self.known.values())
        item_keys = {info.item for info in self.lots.values()} | {item for item, _, _ in identities}
        self.items = storage.items(sorted(item_keys)) if item_keys else {}

    # -- what the book allows ----------------------------------------------------------------------

    def _check_in_the_book(self) -> None:
        for entry in self._live():
            draft, kind = entry.draft, KINDS[entry.draft.kind]
            if draft.place is not None and draft.place not in self.places:
                entry.refuse(Fault("place", "the book does not know this place."), 404)
            for index, move in enumerate(draft.moves):
                self._check_move(entry, kind, move, f"moves/{index}")
            for where, key in self._other_lots(draft):
                self._check_lot(entry, key, where)
            for key in [k for n in draft.names for k in (n.unit, n.run) if k is not None] + [
                k for p in draft.packs for k in (p.unit, p.child) if k is not None
            ]:
                if key not in self.places:
                    entry.refuse(Fault("place", "the book does not know this logistic unit or run."), 404)
        self._check_facts()

    @staticmethod
    def _other_lots(draft: Draft) -> Iterable[tuple[str, LotKey]]:
        for group in ("names", "packs", "holds"):
            for index, part in enumerate(getattr(draft, group)):
                if part.lot is not None:
                    yield f"{group}/{index}/lot", part.lot

    def _check_move(self, entry: Entry, kind: rules.Kind, move: Move, where: str) -> None:
        for side, key, allowed in (
            ("source", move.source, kind.sources),
            ("destination", move.destination, kind.destinations),
        ):
            place = self.places.get(key)
            if place is None:
                entry.refuse(
                    Fault(f"{where}/{side}", "the book does not know this place.", "Check its code."), 404
                )
            elif place.kind not in allowed:
                entry.refuse(
                    Fault(
                        f"{where}/{side}",
                        f"{place.code} is a place of kind {place.kind}; {kind.label.lower()} goods"
                        f" {'come from' if side == 'source' else 'go to'} {', '.join(sorted(allowed)) or 'nowhere'}.",
                        "Choose another place or another kind of event.",
                    )
                )
            elif not place.active and kind.name not in ("foreign", "reverse"):
                entry.refuse(Fault(f"{where}/{side}", f"{place.code} is closed.", "Choose a place in use."))
        item = self._check_lot(entry, move.lot, f"{where}/lot")
        if item is None:
            return
        if _kind_of(move.lot, self.lots) == SERIAL and move.quantity != 10**item.scale:
            entry.refuse(
                Fault(
                    f"{where}/quantity", f"a serial is exactly 1, got {to_text(move.quantity, item.scale)}."
                )
            )

    def _check_lot(self, entry: Entry, key: LotKey, where: str) -> ItemInfo | None:
        if type(key) is not LotRef:
            info = self.lots.get(key)  # type: ignore[arg-type]  # an int, then
            if info is None:
                entry.refuse(
                    Fault(where, "the book does not know this lot.", "Receive or make it first."), 404
                )
                return None
            return self.items[info.item]
        item = self.items.get(key.item)
        if item is None:
            entry.refuse(Fault(where, "the book does not know this item.", "Enter the item first."), 404)
            return None
        if len(key.number) > 500:
            entry.refuse(Fault(where, "a lot number has at most 500 characters."))
        for fault in canonical.text_faults(key.number, where):
            entry.refuse(fault)
        if (key.item, key.number, key.kind) in self.known:
            return item
        if not key.create:
            entry.refuse(
                Fault(
                    where,
                    f"{item.code} has no lot {key.number}.",
                    "Check the number, or receive the lot first.",
                ),
                404,
            )
            return None
        if not item.active:
            entry.refuse(Fault(where, f"the item {item.code} is no longer in use.", "Choose an active item."))
        expected = {"lot": (1,), "serial": (2,), "none": (0,)}[item.tracking]
        if entry.draft.kind != "foreign" and key.kind not in expected:
            entry.refuse(
                Fault(
                    where,
                    f"{item.code} is tracked by {item.tracking}, got a"
                    f" {('quantity without lot', 'lot', 'serial')[key.kind]}.",
                    {
                        "lot": "Give its lot number.",
                        "serial": "Give its serial.",
                        "none": "Leave the lot out.",
                    }[item.tracking],
                )
            )
        return item

    def _check_facts(self) -> None:
        """Facts claimed of a lot the book knows must not contradict it; what a new lot is told is kept."""
        claims: list[tuple[Entry, LotRef, str]] = []
        for entry in self._live():
            seen: set[lots.Identity] = set()
            told = []
            for where, key in [
                *((f"moves/{i}/lot", m.lot) for i, m in enumerate(entry.draft.moves)),
                *self._other_lots(entry.draft),
            ]:
                if type(key) is not LotRef or not key.facts:
                    continue
                claims.append((entry, key, where))
                if (key.item, key.number, key.kind) not in seen:
                    seen.add((key.item, key.number, key.kind))
                    told.append(self._told(key))
            if told:
                entry.data["lots"] = told
        if not claims:
            return
        names = {name for _, key, _ in claims for name in key.facts}
        unknown = names - set(lots.FACTS)
        known = {identity: info.id for identity, info in self.known.items()}
        compared = sorted(names - unknown - {"uri", "attributes"})
        held = lots.facts_of(sorted(known.values()), compared) if compared and known else {}
        first: dict[lots.Identity, dict[str, Any]] = {}
        for entry, key, where in claims:
            identity = (key.item, key.number, key.kind)
            for name in unknown & set(key.facts):
                entry.refuse(Fault(f"{where}/{name}", "a lot has no such field."))
            theirs = held.get(known[identity], {}) if identity in known else first.setdefault(identity, {})
            for name, value in key.facts.items():
                if name in unknown or name in ("uri", "attributes") or value in (None, ""):
                    continue
                if not isinstance(value, lots.FACTS[name]):
                    entry.refuse(
                        Fault(f"{where}/{name}", f"expected {lots.FACTS[name].__name__}, got {value!r}.")
                    )
                    continue
                ours = theirs.get(name)
                if identity not in known:
                    theirs.setdefault(name, value)
                if ours not in (None, "") and ours != value and entry.draft.kind != "foreign":
                    entry.refuse(
                        Fault(
                            f"{where}/{name}",
                            f"lot {key.number} has {name} {ours}, got {value}.",
                            "Correct the input, or amend the lot first.",
                        ),
                        409,
                    )

    def _told(self, key: LotRef) -> dict[str, Any]:
        item = self.items.get(key.item)
        facts = {
            name: value.isoformat() if isinstance(value, date) else value
            for name, value in key.facts.items()
            if value not in (None, "", {})
        }
        return {"item": item.uid if item else "", "number": key.number, "kind": key.kind, **facts}

    # -- the same again ----------------------------------------------------------------------------

    def _hash(self) -> None:
        for entry in self._live():
            if entry.draft.holds or entry.draft.releases:
                entry.data |= self._hold_data(entry.draft)
            entry.content_hash = self._content_hash(entry, self.actor)

    def _hold_data(self, draft: Draft) -> dict[str, Any]:
        data: dict[str, Any] = {}
        if draft.holds:
            data["holds"] = [
                {
                    "hold": str(hold.uid),
                    "lot": self._lot_name(hold.lot),
                    "kind": hold.kind,
                    **({"source": str(hold.source)} if hold.source else {}),
                }
                for hold in draft.holds
            ]
        if draft.releases:
            data["releases"] = [str(uid) for uid in draft.releases]
        return data

    def _lot_name(self, key: LotKey | None) -> list[Any] | None:
        if key is None:
            return None
        if type(key) is LotRef:
            return [self.items[key.item].uid, key.number, key.kind]
        info = self.lots[key]  # type: ignore[index]  # an int, then
        return [self.items[info.item].uid, info.number, info.kind]

    def _place_name(self, key: int | None) -> str | None:
        return None if key is None else self.places[key].uid

    def _content_hash(self, entry: Entry, actor: str) -> str:
        draft = entry.draft
        original = entry.original
        moves: Iterable[Any] = (
            (m.lot, m.source, m.destination, m.quantity, m.catch_weight) for m in draft.moves
        )
        if original is not None:
            moves = ((lot, to, source, q, w) for lot, source, to, q, w, _ in original.moves)
        content = canonical.content(
            uid=entry.uid,
            kind=draft.kind,
            occurred_at=draft.occurred_at,
            offset_minutes=_offset(draft.occurred_at),
            actor=actor,
            device=draft.device,
            place=self._place_name(draft.place),
            document=(draft.document_kind, draft.document_number),
            reason=draft.reason,
            reverses=draft.reverses,
            data=entry.data,
            moves=[
                (
                    *self._lot_name(lot),
                    self._place_name(source),
                    self._place_name(destination),
                    quantity,
                    weight,
                )  # type: ignore[misc]
                for lot, source, destination, quantity, weight in moves
            ],
            names=[
                (n.role, self._lot_name(n.lot), self._place_name(n.unit), self._place_name(n.run), n.quantity)
                for n in draft.names
            ],
            packs=[
                (
                    self._place_name(p.unit),
                    p.action,
                    self._lot_name(p.lot),
                    self._place_name(p.child),
                    p.quantity,
                )
                for p in draft.packs
            ],
        )
        return canonical.digest(
            canonical.encode(content, plain=not entry.data or canonical.plain_keys(entry.data))
        )

    def _settle_repeats(self) -> None:
        live = [entry for entry in self._live() if entry.draft.uid is not None]
        known = storage.events_known([entry.uid for entry in live])
        first: dict[UUID, Entry] = {}
        for entry in live:
            if entry.uid in known:
                sequence, content_hash, actor = known[entry.uid]
                if content_hash == entry.content_hash or content_hash == self._content_hash(entry, actor):
                    entry.receipt = Receipt(entry.uid, sequence, duplicate=True)
                else:
                    entry.refuse(_other_content(entry.uid), 409)
            elif entry.uid in first:
                if first[entry.uid].content_hash == entry.content_hash:
                    entry.original = None
                    self._repeat_of(entry, first[entry.uid])
                else:
                    entry.refuse(_other_content(entry.uid), 409)
            else:
                first[entry.uid] = entry
        for entry in self._live():
            if entry.original is not None and entry.original.reversed_by is not None:
                entry.refuse(
                    Fault("reverses", "this event has been reversed already.", "Nothing is left to do."), 409
                )

    def _repeat_of(self, entry: Entry, first: Entry) -> None:
        # Its sequence is not known yet: the answer is written when the first one is.
        entry.receipt = Receipt(first.uid, -1 - first.index, duplicate=True)

    # -- lots and their locks ----------------------------------------------------------------------

    def _make_lots(self) -> None:
        wanted: dict[lots.Identity, dict[str, Any]] = {}
        for entry in self._live():
            for key in self._references(entry.draft):
                identity = (key.item, key.number, key.kind)
                if identity not in self.known:
                    wanted.setdefault(identity, {}).update(
                        {k: v for k, v in key.facts.items() if v not in (None, "")}
                    )
        if wanted:
            made = lots.create(wanted, self.now)
            if len(made) < len(wanted):
                made |= lots.by_identity([identity for identity in wanted if identity not in made])
            if len(made) < len(wanted):
                raise TryAgain
            self.known |= made
            self.lots.update((info.id, info) for info in made.values())
        for entry in self._live():
            if entry.original is not None:
                entry.moves = [
                    (lot, to, source, q, w, None) for lot, source, to, q, w, _ in entry.original.moves
                ]
            else:
                entry.moves = [
                    (self._key(m.lot), m.source, m.destination, m.quantity, m.catch_weight, m.claim)
                    for m in entry.draft.moves
                ]

    @staticmethod
    def _references(draft: Draft) -> Iterable[LotRef]:
        for parts in (draft.moves, draft.names, draft.packs, draft.holds):
            for part in parts:
                if type(part.lot) is LotRef:
                    yield part.lot

    def _key(self, key: LotKey | None) -> int | None:
        if type(key) is LotRef:
            return self.known[(key.item, key.number, key.kind)].id
        return key  # type: ignore[return-value]  # an int or None

    def _lock(self) -> None:
        live = self._live()
        units = {key for e in live for m in e.moves for key in m[1:3] if self.places[key].kind == "unit"}
        units |= {p.child for e in live for p in e.draft.packs if p.child is not None}
        storage.lock_units(sorted(units), change=any(e.draft.kind == "unit_move" for e in live))
        change = False
        wanted: set[int] = set()
        for entry in live:
            for key in (hold.lot for hold in entry.draft.holds):
                wanted.add(self._key(key))  # type: ignore[arg-type]  # holds name lots
                change = True
            wanted.update(hold.lot for hold in self._released(entry))
            change = change or bool(entry.draft.releases)
            free = KINDS[entry.draft.kind].free
            for lot, source, destination, *_ in entry.moves:
                serial = self.lots[lot].kind == SERIAL and self.places[destination].own
                change = change or serial
                if serial or (free and self.places[source].kind != "run"):
                    wanted.add(lot)
        if not wanted:
            return
        for lot, (held, expires_on) in lots.lock(sorted(wanted), change=change).items():
            self.lots[lot].held = held
            self.lots[lot].expires_on = expires_on
        self._check_free(live)
        self._check_serials([e for e in live if e.live])

    def _find_holds(self) -> None:
        """Which holds the batch releases: all of them must be open."""
        releasing = [entry for entry in self._live() if entry.draft.releases]
        self.releasing = holds.find([uid for entry in releasing for uid in entry.draft.releases])
        for entry in releasing:
            for uid in entry.draft.releases:
                hold = self.releasing.get(uid)
                if hold is None:
                    entry.refuse(Fault("releases", f"the book has no hold {uid}.", "Check the id."), 404)
                elif not hold.open:
                    entry.refuse(
                        Fault("releases", "this hold has been released already.", "Nothing is left to do."),
                        409,
                    )

    def _released(self, entry: Entry) -> list[holds.OpenHold]:
        return [self.releasing[uid] for uid in entry.draft.releases]

    def _check_free(self, live: list[Entry]) -> None:
        """Held, expired and unusable goods are refused, or their use goes on record as an override."""
        extra: list[Entry] = []
        for entry in live:
            if not KINDS[entry.draft.kind].free:
                continue
            lacking: dict[int, str] = {}
            for index, (lot, source, *_) in enumerate(entry.moves):
                if self.places[source].kind == "run":
                    continue
                why = self._why_not_free(entry, lot, source)
                if why and not entry.draft.override:
                    entry.refuse(
                        Fault(
                            f"moves/{index}/lot",
                            f"lot {self.lots[lot].number} {why}.",
                            "Use another lot, or have somebody with the permission override it with a reason.",
                            "not_free",
                        )
                    )
                elif why:
                    lacking[lot] = why
            if lacking and entry.live:
                extra.append(self._override(entry, lacking))
        self.entries += extra

    def _why_not_free(self, entry: Entry, lot: int, source: int) -> str:
        info = self.lots[lot]
        if info.held:
            return "is on hold"
        today = entry.draft.occurred_at.date()
        if info.expires_on is not None and expired(info.expires_on, today):
            return f"expired on {clock.written(info.expires_on)}"
        if not self.places[source].usable:
            return f"is at {self.places[source].code}, where goods may not be used"
        return ""

    def _override(self, entry: Entry, lacking: dict[int, str]) -> Entry:
        uid = uuid5(entry.uid, "override")
        draft = Draft(
            kind="override",
            occurred_at=entry.draft.occurred_at,
            uid=uid,
            names=[rules.Name("concerned", lot=lot) for lot in lacking],
            place=entry.draft.place,
            document_kind=entry.draft.document_kind,
            document_number=entry.draft.document_number,
            reason=entry.draft.override,
            data={"of": str(entry.uid), "why": [lacking[lot] for lot in lacking]},
            device=entry.draft.device,
        )
        made = Entry(len(self.entries), draft, uid, by_ledger=True, data=dict(draft.data))
        made.content_hash = self._content_hash(made, self.actor)
        return made

    def _check_serials(self, live: list[Entry]) -> None:
        """A serial is a lot of exactly one: it cannot stand at two of our places at once."""
        serials = {
            lot
            for entry in live
            for lot, _, destination, *_ in entry.moves
            if self.lots[lot].kind == SERIAL and self.places[destination].own
        }
        if not serials:
            return
        totals = storage.own_totals(sorted(serials))
        for entry in live:
            changes: dict[int, int] = defaultdict(int)
            for lot, source, destination, quantity, *_ in entry.moves:
                if lot in serials:
                    changes[lot] += quantity * (self.places[destination].own - self.places[source].own)
            for lot, change in changes.items():
                one = 10 ** self.items[self.lots[lot].item].scale
                if totals.get(lot, 0) + change > one:
                    entry.refuse(
                        Fault(
                            "moves",
                            f"serial {self.lots[lot].number} is at one of our places already.",
                            "Check the serial; a serial exists only once.",
                        ),
                        409,
                    )
            if entry.live:
                for lot, change in changes.items():
                    totals[lot] = totals.get(lot, 0) + change

    # -- balances ----------------------------------------------------------------------------------

    def _balance(self) -> None:
        live = self._live()
        if self.careful:
            before = storage.balances(list({key for e in live for key in self._own_keys(e)}))
            self._replay(live, {key: on_hand for key, (on_hand, _) in before.items()}, before)
            live = [entry for entry in live if entry.live]
            if not self.each and any(entry.faults for entry in self.entries):
                return
        changes = self._changes(live)
        after = storage.change_balances(changes) if changes else {}
        if not self.careful:
            start: dict[tuple[int, int], int] = {}
            for key, (own, change, _) in changes.items():
                if own:
                    on_hand, reserved, made = after[key]
                    if made and change < 0 or on_hand < reserved:
                        raise Short
                    start[key] = on_hand - change
            self._replay(live, start, {})
            if any(entry.faults for entry in live):
                raise Short

    def _own_keys(self, entry: Entry) -> Iterable[tuple[int, int]]:
        for lot, source, destination, *_ in entry.moves:
            if self.places[source].own:
                yield (lot, source)
            if self.places[destination].own:
                yield (lot, destination)

    def _changes(self, live: list[Entry]) -> dict[tuple[int, int], tuple[bool, int, int]]:
        changes: dict[tuple[int, int], int] = defaultdict(int)
        weights: dict[tuple[int, int], int] = defaultdict(int)
        for entry in live:
            for lot, source, destination, quantity, weight, _ in entry.moves:
                changes[lot, source] -= quantity
                changes[lot, destination] += quantity
                if weight:
                    weights[lot, source] -= weight
                    weights[lot, destination] += weight
        return {
            key: (self.places[key[1]].own, change, weights.get(key, 0))
            for key, change in changes.items()
            if self.places[key[1]].kind != "run"
        }

    def _replay(
        self,
        live: list[Entry],
        on_hand: dict[tuple[int, int], int],
        before: dict[tuple[int, int], tuple[int, int]],
    ) -> None:
        """Apply the events one by one: whoever would take what is not there is refused, by name."""
        for entry in live:
            done: list[tuple[tuple[int, int], int]] = []
            for index, (lot, source, destination, quantity, *_) in enumerate(entry.moves):
                if self.places[source].own:
                    key = (lot, source)
                    have = on_hand.get(key, 0)
                    reserved = before[key][1] if key in before else 0
                    if have - reserved < quantity:
                        entry.refuse(self._too_little(index, lot, source, quantity, have, reserved))
                        break
                    on_hand[key] = have - quantity
                    done.append((key, quantity))
                    if have == quantity and self.places[source].kind == "unit":
                        self.emptied.add((entry.index, lot, source))
                if self.places[destination].own:
                    key = (lot, destination)
                    on_hand[key] = on_hand.get(key, 0) + quantity
                    done.append((key, -quantity))
            if entry.faults:
                for key, quantity in reversed(done):
                    on_hand[key] += quantity

    def _too_little(self, index: int, lot: int, place: int, wanted: int, have: int, reserved: int) -> Fault:
        info = self.lots[lot]
        item = self.items[info.item]
        kept = f", {to_text(reserved, item.scale)} of it reserved" if reserved else ""
        return Fault(
            f"moves/{index}/quantity",
            f"{self.places[place].code} has {to_text(have, item.scale)} {item.unit} of {item.code} lot"
            f" {info.number}{kept}, not {to_text(wanted, item.scale)}.",
            "Take less, take it from another place, or record what is missing first.",
            "too_little",
        )

    # -- writing -----------------------------------------------------------------------------------

    def _write(self) -> None:
        live = self._live()
        if not live:
            return
        if len(self.entries) > self.size:
            live = self._beside(live)
        for entry, sequence in zip(live, storage.sequences(len(live)), strict=True):
            entry.sequence = sequence
        rows = storage.Rows([], [], [], [], [])
        for entry in live:
            self._add_rows(rows, entry)
        storage.insert(rows)
        self._write_links_voided(live)
        self._write_holds(live)
        self._write_units(live)
        storage.tell(
            {
                "sequences": [[live[0].sequence, live[-1].sequence]]
                if live[-1].sequence - live[0].sequence == len(live) - 1
                else [[entry.sequence, entry.sequence] for entry in live],
                "kinds": sorted({entry.draft.kind for entry in live}),
            },
            self.now,
        )

    def _beside(self, live: list[Entry]) -> list[Entry]:
        """Overrides stand right after the events they allow."""
        beside = {entry.draft.data["of"]: entry for entry in live if entry.by_ledger}
        ordered: list[Entry] = []
        for entry in live:
            if not entry.by_ledger:
                ordered.append(entry)
                if (extra := beside.get(str(entry.uid))) is not None:
                    ordered.append(extra)
        return ordered

    def _add_rows(self, rows: storage.Rows, entry: Entry) -> None:
        draft, sequence = entry.draft, entry.sequence
        kind = KINDS[draft.kind]
        occurred_at = sql.from_moment(draft.occurred_at)
        rows.events.append(
            (
                sequence,
                sql.from_uid(entry.uid),
                draft.kind,
                occurred_at,
                _offset(draft.occurred_at),
                sql.from_moment(self.now),
                self.actor,
                draft.device,
                draft.place,
                draft.document_kind,
                draft.document_number,
                draft.reason,
                entry.original.sequence if entry.original else None,
                storage.to_json(entry.data) if entry.data else "{}",
                entry.content_hash,
            )
        )
        nodes: set[tuple[int, int]] = set()
        places = self.places
        for lot, source, destination, quantity, weight, claim in entry.moves:
            start, end = places[source], places[destination]
            crossing = _crossing(entry, start.kind, end.kind)
            rows.movements.append((sequence, lot, source, destination, quantity, weight, claim, crossing))
            if kind.links and entry.original is None:
                if end.kind == "run":
                    nodes.add((2 * lot, 2 * destination + 1))
                elif start.kind == "run" and end.kind != "loss":
                    nodes.add((2 * source + 1, 2 * lot))
            if end.kind == "unit":
                rows.packings.append((sequence, destination, lot, None, 1, quantity, occurred_at, True))
            if start.kind == "unit":
                gone = quantity if (entry.index, lot, source) not in self.emptied else None
                rows.packings.append((sequence, source, lot, None, -1, gone, occurred_at, True))
        for name in draft.names:
            key = self._key(name.lot)
            rows.mentions.append((sequence, key, name.unit, name.run, name.role, name.quantity))
            if name.run is not None:
                run = 2 * name.run + 1
                node = 2 * key if key is not None else 2 * (name.unit or 0) + 1
                nodes.add((node, run) if name.role == "input" else (run, node))
        for hold in draft.holds:
            rows.mentions.append((sequence, self._key(hold.lot), None, None, "concerned", None))
        for released in self._released(entry):
            rows.mentions.append((sequence, released.lot, None, None, "concerned", None))
        for pack in draft.packs:
            rows.packings.append(
                (
                    sequence,
                    pack.unit,
                    self._key(pack.lot),
                    pack.child,
                    pack.action,
                    pack.quantity,
                    occurred_at,
                    False,
                )
            )
        rows.links += [(source, target, sequence, NEVER) for source, target in sorted(nodes)]

    def _write_links_voided(self, live: list[Entry]) -> None:
        originals = {e.original.sequence: e.sequence for e in live if e.original is not None}
        if originals:
            storage.void_links(originals)

    def _write_holds(self, live: list[Entry]) -> None:
        placed = [
            (hold, lot, entry)
            for entry in live
            for hold in entry.draft.holds
            if (lot := self._key(hold.lot)) is not None
        ]
        released = [(hold, entry) for entry in live for hold in self._released(entry)]
        if placed or released:
            holds.write(placed, released, actor=self.actor)
        if any(entry.draft.kind in ("produce", "transform") for entry in live):
            drafts = holds.inherited(live, self.places)
            if drafts:
                # What a run makes from a held lot is held too: events of their own beside the production.
                Posting(drafts, actor="lotbook", each=False, careful=self.careful).run()

    def _write_units(self, live: list[Entry]) -> None:
        storage.move_units(
            {
                pack.child: pack.unit
                for entry in live
                if entry.draft.kind == "unit_move"
                for pack in entry.draft.packs
                if pack.child is not None and pack.action > 0
            }
        )

    # -- answers -----------------------------------------------------------------------------------

    def _verdict(self) -> None:
        """With all-or-nothing, the first step that refuses anything ends the batch."""
        refused = [entry for entry in self.entries if entry.faults]
        if self.each or not refused:
            return
        single = self.size == 1
        faults = [f if single else f.under(f"events/{e.index}") for e in refused for f in e.faults]
        status = refused[0].status if len({e.status for e in refused}) == 1 else 422
        raise (Conflict if status == 409 else Refused)(faults, status=status)

    def _answer(self, entry: Entry) -> Receipt | Refusal:
        if entry.faults:
            return Refusal(entry.index, entry.draft.uid, tuple(entry.faults), entry.status)
        if entry.receipt is not None:
            if entry.receipt.sequence < 0:
                first = self.entries[-1 - entry.receipt.sequence]
                if first.faults:
                    return Refusal(entry.index, entry.uid, tuple(first.faults), first.status)
                return replace(entry.receipt, sequence=first.sequence)
            return entry.receipt
        return Receipt(entry.uid, entry.sequence)


def _note(key: LotKey | None, keys: set[int], identities: set[lots.Identity]) -> None:
    if key is None:
        return
    if type(key) is LotRef:
        identities.add((key.item, key.number, key.kind))
    else:
        keys.add(key)  # type: ignore[arg-type]  # an int, then


def _kind_of(key: LotKey, known: dict[int, lots.LotInfo]) -> int:
    return key.kind if type(key) is LotRef else known[key].kind  # type: ignore[index]


def _crossing(entry: Entry, start: str, end: str) -> int:
    """How a movement crosses to or from a partner (``models.Crossing``); reversals are negative."""
    kind, sign = entry.draft.kind, 1
    if entry.original is not None:
        kind, sign, start, end = entry.original.kind, -1, end, start
    if start == "partner" and end == "partner":
        return 3 * sign
    if start == "partner" or (start == "elsewhere" and kind == "receive"):
        return (4 if kind == "return" else 1) * sign
    if end == "partner":
        return (5 if kind == "supplier_return" else 2) * sign
    return 0


def _offset(moment: datetime) -> int:
    if moment.tzinfo is UTC:
        return 0
    offset = moment.utcoffset()
    return int(offset.total_seconds() // 60) if offset else 0


def _other_content(uid: UUID) -> Fault:
    return Fault(
        "id",
        f"the event {uid} is in the book already, with other content.",
        "Give a new event a new id; to correct the old one, reverse it.",
        "other_content",
    )
