"""Events, movements and balances: the one door for writing stock."""
