"""Small things every room needs: clock, quantity, errors, idempotency, outbox, permissions, panels."""
