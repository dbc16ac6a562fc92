"""An issuer of tokens on this machine, which stands in for Microsoft Entra."""
