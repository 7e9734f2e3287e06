"""Scope: everything affected by what is suspected, where it is, who got it, what became of it (docs/trace.md)."""

from __future__ import annotations

from lotbook.traceability.trace.scope.queries import scope
from lotbook.traceability.trace.scope.rules import Comparison, Scope, compare

__all__ = ["Comparison", "Scope", "compare", "scope"]
