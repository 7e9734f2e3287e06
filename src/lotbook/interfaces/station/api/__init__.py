"""The scan station over HTTP: `/api/v1/station`."""

from lotbook.interfaces.station.api import acts, reading
from lotbook.interfaces.station.api.shapes import router

__all__ = ["acts", "reading", "router"]
