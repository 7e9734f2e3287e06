"""What somebody holding a scanner means: any scan understood, and several scans taken together."""

from lotbook.standards.scans.collecting import Collected
from lotbook.standards.scans.commands import COMMANDS, Command, command_of
from lotbook.standards.scans.facts import Facts, Measure, facts_of
from lotbook.standards.scans.understanding import Ambiguous, Scanner, Understood, understand

__all__ = [
    "COMMANDS",
    "Ambiguous",
    "Collected",
    "Command",
    "Facts",
    "Measure",
    "Scanner",
    "Understood",
    "command_of",
    "facts_of",
    "understand",
]
