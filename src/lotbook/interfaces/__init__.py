"""How the world comes in."""
