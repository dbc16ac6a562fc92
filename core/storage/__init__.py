"""Rows, artifacts and queues, behind ports; one file an adapter."""
