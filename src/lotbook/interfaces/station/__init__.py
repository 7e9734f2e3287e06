"""The scan station's server side: what devices know, what they did, and what contradicts the book."""
