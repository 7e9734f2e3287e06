"""Goods leave to customers, and come back from them."""
