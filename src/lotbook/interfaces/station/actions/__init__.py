"""Everything that is written in this room."""

from lotbook.interfaces.station.actions.contacts import Bearer, bearer, logged_in
from lotbook.interfaces.station.actions.intake import take_in
from lotbook.interfaces.station.actions.resolving import resolve

__all__ = ["Bearer", "bearer", "logged_in", "resolve", "take_in"]
