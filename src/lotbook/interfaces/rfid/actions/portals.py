"""Portals set up and changed, and what comes next at them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction

from lotbook.foundation.documents import actions as documents
from lotbook.interfaces.rfid import queries, rules
from lotbook.interfaces.rfid.models import Portal, Purpose
from lotbook.interfaces.rfid.queries import jobs
from lotbook.kernel import clock, history
from lotbook.kernel.errors import Fault, Refused
from lotbook.traceability.ledger.lines import Named, Reading

KIND = "rfid.portal"
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")
_PREFIX = re.compile(r"[0-9]{4,12}")
OURS = frozenset({"site", "area", "bin"})


@transaction.atomic
def set_portal(
    *,
    actor: str,
    code: str,
    purpose: str,
    place: Named,
    name: str = "",
    from_place: Named = "",
    antennas: Mapping[str, str] | None = None,
    rssi_min: Any = None,
    reads_min: Any = 1,
    silence_s: Any = 10,
    longest_s: Any = 1800,
    schemes: Sequence[str] = (),
    prefixes: Sequence[str] = (),
    trusts_units: bool = False,
    posts_itself: bool = False,
    posts_as: str = "",
    is_active: bool = True,
    portal: UUID | str | None = None,
) -> Portal:
    """Set up a portal, or change the one named ``portal``. See ``models.Portal`` for what the words mean.

    ``posts_as`` is the username of who answers when it posts by itself. Raises Refused with every fault.
    """
    one = queries.portal(portal) if portal is not None else Portal()
    reading = Reading()
    one.code = reading.text("code", code, 60, required=True)
    if one.code and not _CODE.fullmatch(one.code):
        cause = "expected letters, digits, dots, hyphens and underscores."
        reading.fault("code", cause, "It stands in the topic of the broker: write it like dock-1.")
    one.name = reading.text("name", name, 200)
    one.purpose = reading.choice("purpose", purpose, Purpose.values)
    where = reading.place("place", place, kinds=OURS)
    source = reading.place("from_place", from_place, kinds=OURS) if from_place else None
    if one.purpose == Purpose.MOVE:
        if source is None and not from_place:
            reading.fault("from_place", "a gate has two sides.", "Say where goods come from.", "required")
        elif source is not None and where is not None and source.pk == where.pk:
            reading.fault("from_place", "both sides are the same place.", "Choose another one.")
    elif source is not None:
        reading.fault("from_place", "only a gate goods move through has it.", "Leave it empty.")
    one.antennas = _antennas(reading, antennas or {})
    lowest, highest = rules.RSSI_LOWEST, rules.RSSI_HIGHEST
    one.rssi_min = None
    if rssi_min not in (None, ""):
        one.rssi_min = reading.whole("rssi_min", rssi_min, lowest, highest)
    one.reads_min = reading.whole("reads_min", reads_min, 1, 10_000) or 1
    one.silence_s = reading.whole("silence_s", silence_s, 1, 3600) or 10
    one.longest_s = reading.whole("longest_s", longest_s, 10, 24 * 3600) or 1800
    one.schemes = _known(reading, schemes)
    one.prefixes = _prefixes(reading, prefixes)
    one.trusts_units, one.is_active = bool(trusts_units), bool(is_active)
    one.posts_itself = bool(posts_itself)
    one.posts_as = reading.text("posts_as", posts_as, 150) if posts_itself else ""
    if posts_itself and not one.posts_as:
        reading.fault("posts_as", "somebody must answer for it.", "Name a person.", "required")
    reading.done()
    assert where is not None
    one.place, one.from_place = where, source
    one.changed_at, one.changed_by = clock.now(), actor
    with history.unique("code", f"there is a portal {one.code} already.", "Choose another code."):
        one.save()
    verb = "changed" if portal is not None else "set up"
    documents.record(one.uid, KIND, verb, actor=actor, text=one.get_purpose_display())
    return one


def _antennas(reading: Reading, antennas: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    if len(antennas) > 256:
        reading.fault("antennas", "at most 256 antennas.", "Set up several portals.")
    for number, side in list(antennas.items())[:256]:
        key = reading.whole("antennas", number, 0, rules.ANTENNA_MAX)
        if side not in rules.SIDES:
            cause = f"antenna {str(number)[:10]}: expected from or to, got {str(side)[:20]!r}."
            reading.fault("antennas", cause, "Say on which side it looks.")
        elif key is not None:
            found[str(key)] = side
    return found


def _known(reading: Reading, schemes: Sequence[str]) -> list[str]:
    for name in schemes:
        if name not in rules.ALL_SCHEMES:
            cause = f"{name[:20]!r} is no scheme of tags."
            reading.fault("schemes", cause, f"Choose of {', '.join(rules.ALL_SCHEMES[:3])} …")
    return sorted({name for name in schemes if name in rules.ALL_SCHEMES})


def _prefixes(reading: Reading, prefixes: Sequence[str]) -> list[str]:
    for text in prefixes:
        if not _PREFIX.fullmatch(text):
            cause = f"{text[:20]!r} is no GS1 company prefix."
            reading.fault("prefixes", cause, "Write its 4 to 12 digits.")
    return sorted(set(prefixes))


def set_job(*, portal: UUID | str, kind: str, job: UUID | None, actor: str) -> Portal:
    """Say what comes next at a portal (``job`` None: nothing special); NotFound when it is not open."""
    with transaction.atomic():
        one = queries.portal(portal)
        if job is None:
            one.job_kind, one.job, one.job_number = "", None, ""
        else:
            if kind not in jobs.KINDS[one.purpose]:
                cause = f"{kind[:20]!r} is no document of this portal."
                raise Refused(Fault("kind", cause, "Choose from the list."))
            found = jobs.of(one, kind, job).job
            one.job_kind, one.job, one.job_number = found.kind, found.uid, found.number
        one.save(update_fields=["job_kind", "job", "job_number"])
        documents.record(one.uid, KIND, "next", actor=actor, text=one.job_number or "nothing in particular")
    return one
