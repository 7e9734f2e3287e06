"""Django's PostgreSQL engine, sparing the statement it sends before every request.

Settings name it as ``lotbook.kernel.pg``. A kept connection is asked for a sign of life (``SELECT 1``) only
where there is something to read from it: the server says so when it stops or ends a session, and is silent
otherwise. A network that went away silently is met by the next statement, whichever that is.
"""

from __future__ import annotations

from selectors import EVENT_READ, DefaultSelector
from typing import Any

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection to PostgreSQL."""

    def is_usable(self) -> bool:
        """Whether the connection lives."""
        raw: Any = self.connection
        if raw is None or raw.closed:
            return False
        with DefaultSelector() as waiting:
            waiting.register(raw.pgconn.socket, EVENT_READ)
            silent = not waiting.select(timeout=0)
        return silent or super().is_usable()
