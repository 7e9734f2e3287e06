"""The ledger's SQL, once per database where measured need says so."""
