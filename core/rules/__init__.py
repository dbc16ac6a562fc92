"""Disable rules at work: read, matched with findings, applied to the images they touch."""
