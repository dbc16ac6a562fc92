"""Triggers: each decodes what came, calls the core, and encodes what comes out."""
