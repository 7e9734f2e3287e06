"""Stock asked for and sent between places: requests, transfers with goods in transit, levels, expiring lots."""
