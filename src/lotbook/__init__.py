"""Lotbook: one true record of every lot and serial, from supplier to customer."""

__version__ = "0.1.0"
