"""Everything that is written in this room."""

from lotbook.interfaces.rfid.actions.asides import forget_old, seen, set_aside
from lotbook.interfaces.rfid.actions.ending import choose_job, close, drop, end, end_silent, post
from lotbook.interfaces.rfid.actions.intake import Taken, take
from lotbook.interfaces.rfid.actions.portals import set_job, set_portal
from lotbook.interfaces.rfid.actions.posting import NEEDS

__all__ = [
    "NEEDS",
    "Taken",
    "choose_job",
    "close",
    "drop",
    "end",
    "end_silent",
    "forget_old",
    "post",
    "seen",
    "set_aside",
    "set_job",
    "set_portal",
    "take",
]
