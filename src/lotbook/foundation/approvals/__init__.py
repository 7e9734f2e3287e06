"""What needs somebody else's yes: rules, the asks, and the decisions signed one by one."""
