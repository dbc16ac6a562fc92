"""Advisories: read, compiled, and matched with what is in an image."""
