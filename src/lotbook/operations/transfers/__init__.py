"""Stock asked for and sent between places: requests, transfers in transit, levels, expiring lots."""
