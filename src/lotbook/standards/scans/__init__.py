"""What somebody holding a scanner means: any scan understood, and several scans taken together."""

from lotbook.standards.scans.collecting import Collected
from lotbook.standards.scans.understanding import Ambiguous, Scanner, Understood, understand

__all__ = ["Ambiguous", "Collected", "Scanner", "Understood", "understand"]
