"""Measures Lotbook against what the machine can do: ratios in one run (``make bench``, docs/bench.md)."""
