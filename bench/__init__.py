"""What the performance table is made from (`make bench`). It decides nothing: tests do."""
