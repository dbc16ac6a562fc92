"""Programs with one rule taken out, to see that the tests miss it: `make mutate`."""
