"""From an event of a registry to a verdict: what happens between the log and the sandbox."""
