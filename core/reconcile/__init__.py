"""Finds by looking what no event announced: images, tags that moved or went, deletions, imports."""
