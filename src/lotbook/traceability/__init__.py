"""The heart: lots, the ledger, trace and allocation."""
