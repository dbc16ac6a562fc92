"""Views: folds of the log that people query, and that can be thrown away."""
