"""What the performance table is made from: `make bench`. Nothing here decides whether tests pass."""
