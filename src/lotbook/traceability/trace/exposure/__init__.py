"""Which share of each affected lot stems from the suspects, in two readings (docs/trace.md)."""
