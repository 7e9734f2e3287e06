"""Supply-chain events that others wrote: captured verbatim, and mapped to the ledger as far as they say."""
