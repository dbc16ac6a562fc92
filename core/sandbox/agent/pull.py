"""The registry as a sandbox may see it: with the order's token, and no way to get another."""

from contextlib import AbstractAsyncContextManager

from core.registry.authentication import BearerToken, ByChallenge
from core.registry.client import RegistryClient
from core.registry.interface import Endpoint, Registry
from core.sandbox.interface import Order


def open_registry(order: Order) -> AbstractAsyncContextManager[Registry]:
    """The registry that the order names."""
    endpoint = Endpoint(login_server=order.image.registry, plain_http=order.plain_http)
    authentication = ByChallenge() if order.token is None else BearerToken(order.token)
    return RegistryClient(endpoint, authentication)
