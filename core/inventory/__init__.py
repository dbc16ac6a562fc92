"""From an SBOM to the packages in an image."""
