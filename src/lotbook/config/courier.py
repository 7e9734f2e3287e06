"""The courier: one thread of the server that delivers the outbox, and runs what comes round again."""

from __future__ import annotations

import logging
import threading
import time

from django.db import close_old_connections

from lotbook.kernel import outbox, periodic

PAUSE_S = 2.0
"""Seconds between two rounds: the longest a listener waits on a quiet server."""

JOBS_EVERY_S = 20.0
"""Seconds between two looks at what comes round again (``kernel.periodic``)."""

_log = logging.getLogger(__name__)


def start() -> threading.Thread:
    """Start the courier; it ends with the process."""
    thread = threading.Thread(target=_go_round, name="courier", daemon=True)
    thread.start()
    return thread


def _go_round() -> None:
    looked_at = 0.0
    while True:
        time.sleep(PAUSE_S)
        try:
            outbox.deliver()
            if time.monotonic() - looked_at >= JOBS_EVERY_S:
                looked_at = time.monotonic()
                periodic.run_due()
        except Exception:  # noqa: BLE001 - nothing may end the courier
            # The book may be busy or away for a moment: what waits is delivered on a later round.
            _log.exception("the outbox could not be delivered; trying again")
        finally:
            close_old_connections()
