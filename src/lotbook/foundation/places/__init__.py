"""Every place goods can be: ours, and the places outside."""
