"""From complaint lots to what they share: ancestors, runs, suppliers, places, equipment and times, ranked."""
