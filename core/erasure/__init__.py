"""One subscription of several is forgotten: a copy of the log that leaves out what is its own."""
