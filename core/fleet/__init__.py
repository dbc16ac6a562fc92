"""The fleet's inventory: which packages there are, which images have them, and what of it changes
when other advisories come into force. `docs/adr/0007-fleet-inventory.md` says why it looks so.
"""
