"""Ancestors, descendants and quantities, read from the movements alone."""
