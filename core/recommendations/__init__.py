"""What to do about the images that are unhealthy."""
