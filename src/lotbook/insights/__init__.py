"""Insights read far and post no stock. No room is open yet; the floor stands so that its rules hold."""
