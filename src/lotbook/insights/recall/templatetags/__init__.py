"""Filters of the answer page."""
