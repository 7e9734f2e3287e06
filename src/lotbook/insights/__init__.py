"""Insights read far and post no stock of their own: what they hold, they hold through the ledger's door."""
