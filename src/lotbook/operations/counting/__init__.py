"""Counts: what people find is compared with what the book said at that moment, and decided on."""
