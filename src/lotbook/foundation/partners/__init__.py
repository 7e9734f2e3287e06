"""Suppliers, customers, carriers and contract makers, and where they are."""
