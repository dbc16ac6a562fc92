"""What is true of images, in plain values and functions: no I/O, only the standard library."""
