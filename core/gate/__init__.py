"""The gate: whether an image may go on, asked by pipelines."""
