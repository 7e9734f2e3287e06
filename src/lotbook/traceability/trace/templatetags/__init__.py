"""Filters of the trace page."""
