"""What somebody holding a scanner means: any scan understood, and several scans taken together."""

from lotbook.standards.scans.collecting import Collected
from lotbook.standards.scans.facts import Facts, Measure, facts_of
from lotbook.standards.scans.understanding import Ambiguous, Scanner, Understood, understand

__all__ = [
    "Ambiguous",
    "Collected",
    "Facts",
    "Measure",
    "Scanner",
    "Understood",
    "facts_of",
    "understand",
]
