"""Lots and serials: identity, dates, origin, status, numbering rules."""
