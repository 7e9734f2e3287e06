"""The genealogy in memory, for questions asked over and over: what if (docs/trace.md)."""
