"""The ledger and the trace against references so plain that they are plainly right."""
