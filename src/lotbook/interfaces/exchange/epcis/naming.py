"""What the book calls the things and places that foreign events name; makes what it does not know yet.

Everything is looked up for a whole batch at once: the number of statements does not grow with the batch.
Foreign names never change what is ours: an item, place or partner of ours is found by GTIN, GLN or SSCC and
used as it is; everything made here is marked foreign.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

from django.db.models import Model

from lotbook.foundation.catalog import queries as catalog
from lotbook.foundation.catalog.models import Item, Packaging
from lotbook.foundation.catalog.rules import UNITS, Units
from lotbook.foundation.partners.models import Location, Partner
from lotbook.foundation.places.models import Place, PlaceKind
from lotbook.interfaces.exchange.epcis import rules
from lotbook.interfaces.exchange.epcis.rules import Amount, Plan, Spot, Thing
from lotbook.kernel import history
from lotbook.kernel.errors import Refused
from lotbook.kernel.ids import new_uid
from lotbook.traceability.ledger.rules import LotRef
from lotbook.traceability.lots import batch
from lotbook.traceability.lots.models import Lot

AT_ONCE = 5_000
"""Keys of one lookup: SQLite takes some 32,000 parameters a statement."""

MEASURED_SCALE = 6
KEY_MAX = 500
CODE_MAX = 120
PARTNER_CODE_MAX = 60
REASON = "captured from EPCIS"

M = TypeVar("M", bound=Model)


@dataclass(slots=True)
class Known:
    """A lot as the ledger takes it, with what its quantities can be said in.

    ``content`` is set where the identifier is that of a packaging level: so many smallest units each.
    """

    key: int | LotRef
    kind: int
    units: Units
    content: int | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A lot the book has: its key, its item's, how far it is told apart, and the URI it first came with."""

    lot: int
    item: int
    kind: int
    uri: str | None = None

    @staticmethod
    def of(row: Lot) -> Found:
        """The lot of a row."""
        return Found(row.pk, row.item_id, row.kind, row.uri)


class Naming:
    """The names of one batch. ``names`` are what a document's master data calls things, by canonical key."""

    def __init__(self, plans: Sequence[Plan], *, names: Mapping[str, str], actor: str) -> None:
        self._names = names
        self._told = frozenset(names.values())
        self._actor = actor
        self._lots: dict[str, Known] = {}
        self._uris: dict[str, str] = {}
        self._places: dict[tuple[str, str], Place] = {}
        self._units: dict[str, Place] = {}
        self._load_lots(plans)
        self._load_units(plans)
        self._load_spots(plans)

    # -- answers -----------------------------------------------------------------------------------

    def lot(self, thing: Thing) -> int | LotRef:
        """The lot of ``thing``, for the ledger."""
        return self._lots[thing.key].key

    def is_serial(self, thing: Thing) -> bool:
        """Whether ``thing`` is a lot of exactly one."""
        return self._lots[thing.key].kind == rules.SERIAL

    def unit(self, thing: Thing) -> int:
        """The logistic unit of ``thing``."""
        return int(self._units[thing.key].pk)

    def place(self, spot: Spot) -> Place:
        """The account behind ``spot``."""
        return self._places[spot.kind, spot.key]

    def quantity(self, thing: Thing, amount: Amount | None) -> tuple[int | None, str]:
        """``amount`` in smallest units of the lot's item, or None and why it does not fit."""
        if amount is None:
            return None, ""
        known = self._lots[thing.key]
        unit = UNITS.get(amount.unit)
        try:
            if known.content is not None and (unit is None or unit.dimension in ("count", "package")):
                whole = amount.number * known.content * int((unit.factor if unit else None) or 1)
                if whole != whole.to_integral_value() or abs(whole) >= 2**62:
                    return (
                        None,
                        f"{thing.uri}: {amount.number} {amount.unit} is no whole number of smallest units.",
                    )
                quantity = int(whole)
            else:
                quantity = known.units.convert(amount.number, amount.unit)
        except Refused as refusal:
            return None, f"{thing.uri}: {'; '.join(fault.cause for fault in refusal.faults)}"
        if known.kind == rules.SERIAL and quantity != 10**known.units.scale:
            return None, f"{thing.uri}: a serial is exactly one, got {amount.number} {amount.unit}."
        return quantity, ""

    # -- lots --------------------------------------------------------------------------------------

    def _load_lots(self, plans: Sequence[Plan]) -> None:
        things: dict[str, Thing] = {}
        # The units of each item's quantities in the order met, each once.
        uoms: dict[str, dict[str, None]] = {}
        facts: dict[str, dict[str, Any]] = {}
        for plan in plans:
            for thing, amount in _lots_of(plan):
                things.setdefault(thing.key, thing)
                if amount is not None:
                    uoms.setdefault(thing.code, {})[amount.unit] = None
            for key in plan.made:
                told = facts.setdefault(key, {})
                told.update({name: value for name, value in plan.facts.items() if name not in told})
        by_uri = {
            row.uri: Found.of(row)
            for row in _rows(Lot, "uri", [_stored_uri(one.uri) for one in things.values()])
        }
        found = {key: by_uri[one.uri] for key, one in things.items() if one.uri in by_uri}
        missing = [one for one in things.values() if one.key not in found]
        items, content = self._items(missing, uoms)
        found |= self._existing(missing, items)
        owners = {item.pk: item for item in items.values()}
        owners |= {
            item.pk: item for item in _rows(Item, "pk", {row.item for row in found.values()} - set(owners))
        }
        units = catalog.units_of_many(owners.values())
        packed = self._packagings([one for one in things.values() if one.key in found])
        for key, one in things.items():
            row = found.get(key)
            if row is not None:
                self._lots[key] = Known(row.lot, row.kind, units[row.item], packed.get((one.gtin, row.item)))
                self._uris[key] = row.uri or one.uri
            else:
                item = items[key]
                ref = LotRef(item.pk, one.number, one.kind, self._facts(one, facts.get(key, {})))
                self._lots[key] = Known(ref, one.kind, units[item.pk], content.get(key))

    @staticmethod
    def _facts(thing: Thing, told: Mapping[str, Any]) -> dict[str, Any]:
        facts: dict[str, Any] = {"uri": _stored_uri(thing.uri)}
        if thing.kind != rules.BULK:
            facts |= told
        if thing.kind == rules.SERIAL and thing.lot:
            facts["attributes"] = {"lot": thing.lot}
        return facts

    def _items(
        self, things: Sequence[Thing], uoms: Mapping[str, Iterable[str]]
    ) -> tuple[dict[str, Item], dict[str, int]]:
        """The item of each thing, by the thing's key, and the content of a packaging level's GTIN."""
        gtins = {one.gtin for one in things if one.gtin}
        by_gtin = {str(item.gtin): item for item in _rows(Item, "gtin", gtins)}
        levels = {str(one.gtin): one for one in _rows(Packaging, "gtin", gtins - set(by_gtin), "item")}
        codes = {one.code for one in things if not one.gtin or one.gtin not in by_gtin}
        by_code = {item.code: item for item in _rows(Item, "code", codes)}
        found: dict[str, Item] = {}
        content: dict[str, int] = {}
        wanted: dict[str, dict[str, Any]] = {}
        for one in things:
            # A serial of a carton is not the serial of a piece in it: it gets an item of its own.
            level = levels.get(one.gtin or "") if one.kind != rules.SERIAL else None
            if one.gtin in by_gtin:
                found[one.key] = by_gtin[str(one.gtin)]
            elif level is not None:
                found[one.key], content[one.key] = level.item, level.content
            elif one.code in by_code:
                found[one.key] = by_code[one.code]
            elif one.code not in wanted:
                gtin = None if one.gtin in levels else one.gtin
                wanted[one.code] = self._new_item(one, gtin, uoms.get(one.code, ()))
        made = self._make(Item, "code", wanted)
        for one in things:
            if one.key not in found:
                found[one.key] = made[one.code]
        self._rename(found.values(), {item.pk: (key, things) for key, item in found.items()})
        return found, content

    def _new_item(self, thing: Thing, gtin: str | None, uoms: Iterable[str]) -> dict[str, Any]:
        measured = [
            code for code in uoms if code not in UNITS or UNITS[code].dimension not in ("count", "package")
        ]
        packages = [code for code in uoms if code in UNITS and UNITS[code].dimension == "package"]
        unit = next(iter([*measured, *packages]), rules.PIECE)
        return {
            "uid": new_uid(),
            "code": thing.code,
            "name": self._item_name(thing) or _fallback_name(thing),
            "gtin": gtin,
            "unit": unit,
            "scale": MEASURED_SCALE if measured else 0,
            "tracking": {rules.SERIAL: "serial", rules.LOT: "lot"}.get(thing.kind, "none"),
            "uri": _stored_uri(_item_uri(thing)),
            "is_foreign": True,
        }

    def _item_name(self, thing: Thing) -> str:
        """The name in the master data: the class's first, then the thing's own."""
        return self._names.get(f"/01/{thing.gtin}", "") if thing.gtin else self._names.get(thing.key, "")

    def _rename(self, items: Iterable[Item], keys: Mapping[int, tuple[str, Sequence[Thing]]]) -> None:
        """Give foreign items that had none the name that later master data tells."""
        for item in {item.pk: item for item in items}.values():
            name = self._names.get(f"/01/{item.gtin}" if item.gtin else item.code, "")
            if (
                name
                and item.is_foreign
                and item.name != name
                and item.name == _plain_name(item.gtin, item.code)
            ):
                item.name = name
                history.save(item, actor=self._actor, reason=REASON)

    @staticmethod
    def _existing(things: Sequence[Thing], items: Mapping[str, Item]) -> dict[str, Found]:
        """Lots the book has already under another spelling, by the thing's key."""
        traded = {one.key: (items[one.key].pk, one.number, one.kind) for one in things if one.gtin}
        known = batch.by_identity(sorted(set(traded.values())))
        uris = dict(Lot.objects.filter(pk__in=[info.id for info in known.values()]).values_list("pk", "uri"))
        found = {
            key: Found(known[who].id, known[who].item, known[who].kind, uris[known[who].id])
            for key, who in traded.items()
            if who in known
        }
        # An item of its own has exactly one lot, whichever list it was named in first.
        alone = {one.key: items[one.key].pk for one in things if not one.gtin}
        only = {
            row.item_id: Found.of(row)
            for row in sorted(_rows(Lot, "item_id", alone.values()), key=lambda row: -row.pk)
        }
        return found | {key: only[item] for key, item in alone.items() if item in only}

    @staticmethod
    def _packagings(things: Sequence[Thing]) -> dict[tuple[str | None, int], int]:
        gtins = {one.gtin for one in things if one.gtin}
        return {(level.gtin, level.item_id): level.content for level in _rows(Packaging, "gtin", gtins)}

    # -- logistic units ----------------------------------------------------------------------------

    def _load_units(self, plans: Sequence[Plan]) -> None:
        things = {one.key: one for plan in plans for one in _units_of(plan)}
        by_key = {str(row.key): row for row in _rows(Place, "key", map(_stored_key, things))}
        ssccs = [one.sscc for key, one in things.items() if one.sscc and key not in by_key]
        by_sscc = {row.sscc: row for row in _rows(Place, "sscc", ssccs)}
        wanted: dict[str, dict[str, Any]] = {}
        for key, one in things.items():
            row = by_key.get(_stored_key(key)) or (by_sscc.get(one.sscc) if one.sscc else None)
            if row is not None:
                self._units[key] = row
            else:
                # A location in the role of a parent stays a location.
                kind = PlaceKind.ELSEWHERE if one.place else PlaceKind.UNIT
                name = self._names.get(key) or ("" if one.sscc else rules.printable(rules.readable(one.uri)))
                wanted[_stored_key(key)] = {
                    # One spelling for the goods and the unit of one name: trace knows them as one by it.
                    **self._new_place(kind, key, self._uris.get(key, one.uri), name),
                    "code": one.sscc or rules.shortened(key, CODE_MAX),
                    "sscc": one.sscc,
                }
        made = self._make(Place, "key", wanted)
        for key in things:
            if key not in self._units:
                self._units[key] = made[_stored_key(key)]

    @staticmethod
    def _new_place(kind: str, key: str, uri: str, name: str) -> dict[str, Any]:
        return {
            "uid": new_uid(),
            "code": rules.shortened(key, CODE_MAX),
            "name": name[:200],
            "kind": kind,
            "own": False,
            "is_foreign": True,
            "key": _stored_key(key),
            "uri": _stored_uri(uri),
        }

    # -- places ------------------------------------------------------------------------------------

    def _load_spots(self, plans: Sequence[Plan]) -> None:
        spots = {(one.kind, one.key): one for plan in plans for one in _spots_of(plan)}
        glns = {one.gln for one in spots.values() if one.gln}
        by_gln = {str(row.gln): row for row in _rows(Place, "gln", glns)}
        ours = {gln: row for gln, row in by_gln.items() if row.own}
        for (kind, key), one in spots.items():
            if one.gln in ours and kind in ("at", "party"):
                self._places[kind, key] = ours[str(one.gln)]
        wanted = [one for pair, one in spots.items() if pair not in self._places]
        self._load_outside(wanted)
        self._load_locations([one for one in wanted if one.kind == "at"], set(by_gln))
        self._load_runs([one for one in wanted if one.kind == "run"])
        self._load_parties([one for one in wanted if one.kind == "party"], _sides(plans))

    def _load_outside(self, spots: Sequence[Spot]) -> None:
        if any(one.kind == "loss" for one in spots):
            self._places["loss", ""] = Place.objects.get(code="LOSS")
        if any(one.kind == "elsewhere" for one in spots):
            wanted = {
                **self._new_place(PlaceKind.ELSEWHERE, "elsewhere", "", "Elsewhere"),
                "code": "ELSEWHERE",
                "uri": None,
            }
            self._places["elsewhere", ""] = self._found_or_made({"elsewhere": wanted})["elsewhere"]

    def _load_locations(self, spots: Sequence[Spot], glns: set[str]) -> None:
        wanted: dict[str, dict[str, Any]] = {}
        for one in spots:
            code = f"GLN {one.gln}" + (f".{one.extension}" if one.extension else "") if one.gln else one.key
            name = self._names.get(one.key) or self._names.get(f"/414/{one.gln}") or _spot_name(one)
            main = one.gln and not one.extension and one.gln not in glns
            wanted[_stored_key(one.key)] = {
                **self._new_place(PlaceKind.ELSEWHERE, one.key, one.uri, name),
                "code": rules.shortened(code, CODE_MAX),
                "gln": one.gln if main else None,
            }
        rows = self._found_or_made(wanted)
        for one in spots:
            self._places["at", one.key] = rows[_stored_key(one.key)]

    def _load_runs(self, spots: Sequence[Spot]) -> None:
        wanted = {
            _stored_key(one.key): {
                **self._new_place(
                    PlaceKind.RUN,
                    one.key,
                    one.uri,
                    f"Transformation {rules.printable(rules.readable(one.uri))}".strip(),
                ),
                "code": f"RUN-{hashlib.sha256(one.key.encode()).hexdigest()[:12].upper()}",
            }
            for one in spots
        }
        rows = self._found_or_made(wanted)
        for one in spots:
            self._places["run", one.key] = rows[_stored_key(one.key)]

    def _found_or_made(self, wanted: Mapping[str, dict[str, Any]]) -> dict[str, Place]:
        """Places by key."""
        found = {str(row.key): row for row in _rows(Place, "key", wanted)}
        for key, row in found.items():
            told = wanted[key]["name"]
            if row.is_foreign and told in self._told and row.name != told:
                row.name = told
                history.save(row, actor=self._actor, reason=REASON)
        return found | self._make(Place, "key", {key: new for key, new in wanted.items() if key not in found})

    # -- parties -----------------------------------------------------------------------------------

    def _load_parties(self, spots: Sequence[Spot], sides: Mapping[str, set[str]]) -> None:
        if not spots:
            return
        partners = self._partners(spots, sides)
        keys = {partner.pk for partner in partners.values()}
        places: dict[int, Place] = {}
        for row in Place.objects.filter(kind=PlaceKind.PARTNER, partner_id__in=keys).order_by("-pk"):
            places[int(row.partner_id or 0)] = row
        wanted: dict[str, dict[str, Any]] = {}
        for partner in partners.values():
            if partner.pk not in places:
                key = f"partner:{partner.uid}"
                new = self._new_place(PlaceKind.PARTNER, key, partner.uri or "", partner.name)
                wanted[key] = {
                    **new,
                    "code": rules.shortened(f"PARTNER {partner.code}", CODE_MAX),
                    "partner_id": partner.pk,
                }
        for row in self._make(Place, "key", wanted).values():
            places[int(row.partner_id or 0)] = row
        by_id = {partner.pk: partner for partner in partners.values()}
        for partner_id, row in places.items():
            row.partner = by_id[partner_id]
        for one in spots:
            self._places["party", one.key] = places[partners[one.key].pk]

    def _partners(self, spots: Sequence[Spot], sides: Mapping[str, set[str]]) -> dict[str, Partner]:
        """The partner behind each spot, by the spot's key."""
        glns = {one.gln for one in spots if one.gln}
        by_gln = {str(row.gln): row for row in _rows(Partner, "gln", glns)}
        for described in _rows(Location, "gln", glns, "partner"):
            if described.partner is not None:
                by_gln.setdefault(str(described.gln), described.partner)
        by_code = {row.code: row for row in _rows(Partner, "code", map(_partner_code, spots))}
        found: dict[str, Partner] = {}
        wanted: dict[str, dict[str, Any]] = {}
        for one in spots:
            row = by_gln.get(one.gln or "") or by_code.get(_partner_code(one))
            if row is not None:
                found[one.key] = row
                self._learn(row, one, sides.get(one.key, set()))
            else:
                wanted[_partner_code(one)] = {
                    "uid": new_uid(),
                    "code": _partner_code(one),
                    "name": self._party_name(one) or _spot_name(one),
                    "gln": one.gln,
                    "uri": _stored_uri(one.uri),
                    "is_foreign": True,
                    **dict.fromkeys(sides.get(one.key, ()), True),
                }
        made = self._make(Partner, "code", wanted)
        return {one.key: found.get(one.key) or made[_partner_code(one)] for one in spots}

    def _party_name(self, spot: Spot) -> str:
        keys = (spot.key, f"/417/{spot.gln}", f"/414/{spot.gln}") if spot.gln else (spot.key,)
        return next((self._names[key] for key in keys if key in self._names), "")

    def _learn(self, partner: Partner, spot: Spot, sides: set[str]) -> None:
        """Add what these events tell of a partner that only other foreign events have told of yet."""
        if not partner.is_foreign:
            return
        name = self._party_name(spot)
        told: dict[str, Any] = dict.fromkeys(sides, True)
        if name and partner.name == _spot_name(spot):
            told["name"] = name
        if any(getattr(partner, field) != value for field, value in told.items()):
            for field, value in told.items():
                setattr(partner, field, value)
            history.save(partner, actor=self._actor, reason=REASON)

    # -- making ------------------------------------------------------------------------------------

    def _make(self, model: type[M], by: str, wanted: Mapping[str, dict[str, Any]]) -> dict[str, M]:
        """Make rows, by their key; what somebody else makes meanwhile is taken as it is."""
        if not wanted:
            return {}
        found = self._insert(model, by, wanted)
        missing = {key: new for key, new in wanted.items() if key not in found}
        if missing:
            # A code, GLN or SSCC of theirs is already the name of something else of ours: ours keeps it.
            again: dict[str, dict[str, Any]] = {}
            for key, new in missing.items():
                code = f"{new['code'][:40]}~{hashlib.sha256(key.encode()).hexdigest()[:12]}"
                bare = {name: None for name in ("gln", "sscc", "gtin", "uri") if name in new}
                again[key] = {**new, **bare} if by == "code" else {**new, **bare, "code": code}
            found |= self._insert(model, by, again)
        return found

    def _insert(self, model: type[M], by: str, wanted: Mapping[str, dict[str, Any]]) -> dict[str, M]:
        rows: Any = model
        rows.objects.bulk_create(
            # In one order, so that two imports at once wait for each other instead of blocking each other.
            [model(**wanted[key]) for key in sorted(wanted)],
            ignore_conflicts=True,
            batch_size=500,
        )
        found = {str(getattr(row, by)): row for row in _rows(model, by, wanted)}
        uids = {new["uid"] for new in wanted.values()}
        made = [row for row in found.values() if getattr(row, "uid") in uids]  # noqa: B009 - every model here has one
        rows.history.bulk_history_create(
            made, batch_size=500, default_change_reason=f"{self._actor}{history.SEPARATOR}{REASON}"
        )
        return found


def _lots_of(plan: Plan) -> Iterator[tuple[Thing, Amount | None]]:
    for move in plan.moves:
        yield move.thing, move.amount
    for name in plan.names:
        if not name.thing.unit:
            yield name.thing, name.amount
    for pack in plan.packs:
        if pack.child is not None and not pack.child.unit:
            yield pack.child, pack.amount


def _units_of(plan: Plan) -> Iterator[Thing]:
    for name in plan.names:
        if name.thing.unit:
            yield name.thing
    for pack in plan.packs:
        yield pack.unit
        if pack.child is not None and pack.child.unit:
            yield pack.child


def _spots_of(plan: Plan) -> Iterator[Spot]:
    if plan.place is not None:
        yield plan.place
    for move in plan.moves:
        yield move.source
        yield move.destination
        if move.run is not None:
            yield move.run
    for name in plan.names:
        if name.run is not None:
            yield name.run
    yield from (spot for spot in (plan.sender, plan.receiver) if spot is not None)


def _sides(plans: Sequence[Plan]) -> dict[str, set[str]]:
    """Which parties send goods and which receive them, by the spot's key."""
    sides: dict[str, set[str]] = {}
    for plan in plans:
        ends = [(plan.sender, "is_supplier"), (plan.receiver, "is_customer")]
        for source, destination in {(move.source, move.destination) for move in plan.moves}:
            ends += [(source, "is_supplier"), (destination, "is_customer")]
        for spot, side in ends:
            if spot is not None and spot.kind == "party":
                sides.setdefault(spot.key, set()).add(side)
    return sides


def _rows(model: type[M], field: str, keys: Iterable[Any], *related: str) -> list[M]:
    """Rows whose ``field`` is one of ``keys``, in as few statements as SQLite takes."""
    manager: Any = model
    found: list[M] = []
    for part in _parts({key for key in keys if key is not None}):
        query = manager.objects.filter(**{f"{field}__in": part})
        found += query.select_related(*related) if related else query
    return found


def _parts(keys: Iterable[Any]) -> Iterator[list[Any]]:
    rest = iter(keys)
    while part := list(islice(rest, AT_ONCE)):
        yield part


def _stored_key(key: str) -> str:
    return rules.shortened(key, KEY_MAX)


def _stored_uri(uri: str) -> str | None:
    """A URI as first written, where it fits its column."""
    return uri if 0 < len(uri) <= rules.URI_MAX else None


def _plain_name(gtin: str | None, code: str) -> str:
    return f"GTIN {gtin}" if gtin else rules.printable(rules.readable(code))


def _fallback_name(thing: Thing) -> str:
    return _plain_name(thing.gtin, thing.code)


def _item_uri(thing: Thing) -> str:
    """The URI of an item's own: none for a GTIN, whose lots have URIs of their own."""
    return "" if thing.gtin else thing.uri


def _spot_name(spot: Spot) -> str:
    if spot.gln:
        return f"GLN {spot.gln}" + (f" ({spot.extension})" if spot.extension else "")
    return rules.printable(rules.readable(spot.uri)) or spot.key[:200]


def _partner_code(spot: Spot) -> str:
    return spot.gln or rules.shortened(spot.key, PARTNER_CODE_MAX)
