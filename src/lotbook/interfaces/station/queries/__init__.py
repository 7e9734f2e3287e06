"""Reads of the station: who holds the device, its site, the book it takes along, and what changes."""
