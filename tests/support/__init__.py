"""What several tests need: samples, strategies, and a look into tables."""
