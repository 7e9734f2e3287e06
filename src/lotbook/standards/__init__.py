"""Standards as pure functions and frozen values: no Django, no clock, no network."""
