"""Suspects out of the parameters of an address: the API's GET and the file take the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lotbook.foundation.partners import queries as partners
from lotbook.foundation.places import queries as places
from lotbook.foundation.places.models import Place
from lotbook.kernel.errors import Fault, Refused
from lotbook.traceability.trace import queries, suspects
from lotbook.traceability.trace.suspects import Suspects

LISTS = ("lot", "unit", "run", "place", "without")


def read(words: Mapping[str, Sequence[str]]) -> Suspects:
    """Suspects from words as people write them: a lot by anything that names it, the rest by code or id.

    ``words`` has lists for ``lot``, ``unit``, ``run``, ``place``, ``without``, and one text each for ``supplier``,
    ``from``, ``until`` (the times of the supplier's deliveries and of the places) and ``query``. Raises Refused
    naming the word that names nothing, or several things.
    """
    times = {name: words[name][0] for name in ("from", "until") if words.get(name) and words[name][0]}
    given: dict[str, Any] = {
        "lots": [_thing("lot", text) for text in words.get("lot", ())],
        "units": [_thing("unit", text) for text in words.get("unit", ())],
        "without": [_thing("without", text) for text in words.get("without", ())],
        "runs": [_place("run", text) for text in words.get("run", ())],
        "places": [{"place": _place("place", text), **times} for text in words.get("place", ())],
        "deliveries": [
            {"partner": _partner(text), **times} for text in words.get("supplier", ()) if text.strip()
        ],
        "query": next(iter(words.get("query", ())), ""),
    }
    if times and not (given["places"] or given["deliveries"]):
        raise Refused(
            Fault(
                next(iter(times)), "is the time of a supplier's deliveries or a place.", "Name one of them."
            ),
            status=400,
        )
    found = suspects.from_json(given)
    if not found:
        raise Refused(
            Fault("suspects", "nothing is suspected.", "Name a lot, unit, supplier, run, place or query."),
            status=400,
        )
    return found


def _thing(field: str, text: str) -> str:
    """The id of the one lot (or logistic unit) a text names."""
    wanted = "logistic unit" if field == "unit" else "lot"
    found = [one for one in queries.resolve(text) if (one.unit if field == "unit" else one.lot) is not None]
    if not found:
        raise Refused(
            Fault(field, f"the book knows no {wanted} named {text[:60]!r}.", "Check the number.", "unknown"),
            status=404,
        )
    if len(found) > 1:
        names = ", ".join(f"{one.item} {one.number} ({one.uid})".strip() for one in found[:5])
        raise Refused(
            Fault(field, f"{text[:60]!r} may be {names}.", "Name it by its id.", "ambiguous"), status=409
        )
    # A thing that is both, goods and unit, has the lot's id: of a unit the place is asked for.
    return _unit_uid(found[0].unit or 0) if field == "unit" else found[0].uid


def _unit_uid(key: int) -> str:
    return str(Place.objects.values_list("uid", flat=True).get(pk=key))


def _place(field: str, text: str) -> str:
    found = places.named(text)
    if found is None:
        cause = f"there is no {'run' if field == 'run' else 'place'} {text[:60]!r}."
        raise Refused(Fault(field, cause, "Give its code or id.", "unknown"), status=404)
    return str(found.uid)


def _partner(text: str) -> str:
    found = partners.named(text)
    if found is None:
        raise Refused(
            Fault("supplier", f"there is no partner {text[:60]!r}.", "Give the code or id.", "unknown"),
            status=404,
        )
    return str(found.uid)
