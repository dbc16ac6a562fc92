"""The append-only event log: what happened, in an order that nobody can change."""
