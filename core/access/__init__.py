"""Who may ask, and for what: roles, scopes, tokens and what is published to check them with."""
