"""Goods come in: receipts from suppliers, and returns to them."""
