"""What the host refuses before it serves anything."""

from core.errors import ConfigurationError


class AppRefused(ConfigurationError):
    """The app cannot be served: Azure would refuse it too, or a function could never be reached."""
