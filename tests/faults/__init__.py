"""Storage that fails on purpose, and the tests that use it."""
