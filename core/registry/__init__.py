"""The container registry: its events coming in, and its images read through the V2 API."""
