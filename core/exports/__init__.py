"""Findings in the forms that other tools read, for one image and for many."""
