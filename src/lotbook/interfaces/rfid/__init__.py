"""RFID reads in bulk: thousands of tags at a portal become one receipt, move, count or shipment."""
