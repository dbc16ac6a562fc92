"""From a push to findings and back, on one stack. A package, so that the stack ends with its tests:
it would go on polling until the last test of all."""
