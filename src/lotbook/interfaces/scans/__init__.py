"""Scans and tags at the command line; the pure part is in `lotbook.standards`."""
