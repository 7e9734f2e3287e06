"""The pages of this room: the station itself, the inbox of contradictions, the devices."""
