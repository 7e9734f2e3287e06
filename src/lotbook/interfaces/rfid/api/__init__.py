"""RFID over HTTP."""

from lotbook.interfaces.rfid.api import passes, portals, reads
from lotbook.interfaces.rfid.api.shapes import router

__all__ = ["passes", "portals", "reads", "router"]
