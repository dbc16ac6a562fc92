"""The tests; they mirror the tree, and share the helpers of `tests.support` and `tests.faults`."""
