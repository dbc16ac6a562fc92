"""A second copy of the truth: the log and its artifacts, in another account, proved whole."""
