"""One copy of the genealogy a process: built when first asked for, brought up to date when asked again.

Readers never wait for each other and keep what they were given, which does not change; one thread at a time
builds or brings up to date. A book that was exchanged (a restored backup) is noticed by the hash of its last
event. Above ``LOTBOOK_TRACE_MEMORY_MB`` nothing is built, and the answer says so.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

from django.conf import settings

from lotbook.kernel.errors import Fault, Refused
from lotbook.traceability.trace.memory import reading
from lotbook.traceability.trace.memory.goods import Goods
from lotbook.traceability.trace.memory.graph import Graph
from lotbook.traceability.trace.rows import Integers

STEP_MAX = 200_000
"""Events since then from which on it is quicker to build anew."""


@dataclass(frozen=True, slots=True)
class Kept:
    """The genealogy as of ``graph.sequence``; how long building and the last bringing up to date took."""

    graph: Graph
    goods: Goods
    fingerprint: str
    build_seconds: float
    update_seconds: float = 0.0
    bridges: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    later: dict[int, tuple[Integers, Integers]] = field(default_factory=dict)
    """Read for one sequence once; the few that people ask for, until the next bringing up to date."""

    @property
    def sequence(self) -> int:
        """Up to which sequence it knows the book."""
        return self.graph.sequence

    @property
    def size(self) -> int:
        """Bytes."""
        return self.graph.size + self.goods.size


_lock = threading.Lock()
_kept: list[Kept] = []


def kept(as_of: int) -> Kept:
    """The genealogy up to ``as_of`` (a decided sequence) at least.

    Raises Refused where the book needs more memory than it may take.
    """
    known = current()
    if known is not None and known.sequence >= as_of:
        return known
    with _lock:
        known = current()
        if known is not None and known.sequence >= as_of:
            return known
        until = reading.watermark()
        if known is None or until - known.sequence > STEP_MAX:
            fresh = _built(until)
        else:
            fresh = _brought_up(known, until)
        _kept[:] = [fresh]
        return fresh


def forget() -> None:
    """Give the memory back."""
    with _lock:
        _kept.clear()


def current() -> Kept | None:
    """What is kept, if anything is, and of this book."""
    for one in _kept[:]:
        if one.fingerprint == reading.fingerprint(one.sequence):
            return one
    return None


def _built(until: int) -> Kept:
    needed, most = reading.bytes_needed(), settings.TRACE_MEMORY_MB * 1_000_000
    if needed > most:
        raise Refused(
            Fault(
                "",
                f"the genealogy needs about {needed // 1_000_000:,} MB of memory, and may take "
                f"{most // 1_000_000:,} MB.",
                "Set LOTBOOK_TRACE_MEMORY_MB higher, or ask for the two scopes one by one.",
                "too_large",
            )
        )
    began = time.monotonic()
    _kept.clear()
    graph, goods = reading.graph(until), reading.goods(until)
    return Kept(graph, goods, reading.fingerprint(until), time.monotonic() - began)


def _brought_up(known: Kept, until: int) -> Kept:
    began = time.monotonic()
    graph = known.graph.grown(reading.fresh_links(known.sequence, until), sequence=until)
    goods = reading.grown_goods(known.goods, known.sequence, until)
    seconds = time.monotonic() - began
    return Kept(graph, goods, reading.fingerprint(until), known.build_seconds, seconds)
