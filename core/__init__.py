"""Pratique: from a push to findings, on an append-only log."""
