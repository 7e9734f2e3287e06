"""Base page, today, search, menu and components."""
