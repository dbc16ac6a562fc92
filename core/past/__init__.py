"""How the views stood at a moment of the past: each shard's prefix of the log, folded in memory."""
