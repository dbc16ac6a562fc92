"""Answers: what the views and the log say, as JSON."""
