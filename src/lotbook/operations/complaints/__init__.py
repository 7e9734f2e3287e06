"""Complaints: who says what about which goods; posts no stock, and is where traces and recalls begin."""
