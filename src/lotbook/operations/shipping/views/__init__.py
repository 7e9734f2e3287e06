"""The pages of this room: orders, picking, shipments, returns and rules."""
