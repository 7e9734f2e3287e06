"""Building the genealogy in memory while people go on: a page asks, shows how far it is, and asks again.

What is small is built at once. What is big is built by a thread of this process, one at a time, and the page is
told how long it takes; with several processes each has its own.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, field

from django.db import connection

from lotbook.kernel.errors import Fault, Refused
from lotbook.traceability.trace import engine
from lotbook.traceability.trace.memory import keeping, reading

log = logging.getLogger(__name__)

AT_ONCE = 80_000_000
"""Bytes up to which building takes about a second: nobody has to be told to wait."""
BYTES_PER_SECOND = 12_000_000
"""How quickly a slow machine builds; the progress shown is an estimate by it."""


@dataclass(slots=True)
class Building:
    """A genealogy being built: since when, how big, and what went wrong if anything did."""

    needed: int
    began: float = field(default_factory=time.monotonic)
    faults: list[Fault] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """How long it has been going."""
        return time.monotonic() - self.began

    @property
    def expected(self) -> float:
        """How long it takes, about."""
        return max(1.0, self.needed / BYTES_PER_SECOND)

    @property
    def percent(self) -> int:
        """How far it is, about; never all before it is."""
        return min(95, int(100 * self.seconds / self.expected))


_lock = threading.Lock()
_building: list[Building] = []


def waiting(as_of: int | None = None) -> Building | None:
    """What has to be waited for before a question about ``as_of`` is answered at once; None: nothing.

    Begins to build where nothing is there and nobody builds. Raises Refused where the last building failed, or the
    book needs more memory than it may take; the next question tries again.
    """
    with _lock:
        if _building:
            now = _building[0]
            if now.faults:
                _building.clear()
                raise Refused(now.faults)
            return now
        known = keeping.current()
        if known is not None and engine.watermark() - known.sequence <= keeping.STEP_MAX:
            return None
        needed = reading.bytes_needed()
        if needed <= AT_ONCE:
            return None
        begun = Building(needed)
        _building[:] = [begun]
    threading.Thread(target=_build, args=(begun,), name="genealogy", daemon=True).start()
    return begun


def _build(begun: Building) -> None:
    try:
        keeping.kept(engine.watermark())
    except Refused as refusal:
        begun.faults = list(refusal.faults)
    except Exception:
        log.exception("genealogy in memory: not built")
        begun.faults = [
            Fault("", "the genealogy could not be read into memory.", "Try again; the log says why.")
        ]
    finally:
        connection.close()
    if not begun.faults:
        with _lock:
            _building.clear()
