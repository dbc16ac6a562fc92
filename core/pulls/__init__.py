"""Who still pulls what: read from the registries' own logs, because no event tells of a pull."""
