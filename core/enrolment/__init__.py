"""Which registries are scanned: found by asking, supported or not, and switched on by somebody."""
