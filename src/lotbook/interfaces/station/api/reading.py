"""What a device reads: who holds it, the book, its changes, the jobs, and what a scan is."""

from __future__ import annotations
