"""Runs: lots go in, lots come out, and what is lost on the way has a name."""
