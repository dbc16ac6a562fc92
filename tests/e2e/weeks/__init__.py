"""What takes weeks, on one stack whose clock is moved. A package, so that the stack ends with its
tests: it would go on polling until the last test of all."""
