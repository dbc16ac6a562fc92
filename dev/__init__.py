"""The local stack: all that stands in for Azure on a laptop. Nothing here is deployed."""
