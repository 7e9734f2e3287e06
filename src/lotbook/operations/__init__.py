"""What people do with goods; each room posts to the ledger."""
