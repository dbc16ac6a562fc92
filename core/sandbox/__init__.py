"""The sandbox: an image's content is read here, and nowhere else."""
