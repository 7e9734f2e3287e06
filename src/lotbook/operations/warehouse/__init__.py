"""Stock inside the house: where it is, moved, packed into units, adjusted, lost."""
