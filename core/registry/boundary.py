"""Where a registry may send us: never nearer to us than it is itself.

A registry answers requests for layers with redirects, and requests without a token with the
address of a token service. Both are text that somebody else wrote, and we run in a network where
an address can mean the machine itself, a neighbour, or the metadata service that hands out
identities. The rule: a redirect may lead outwards or sideways, never inwards. A public registry
redirects to public addresses only; one behind a private endpoint also to private ones; one on
loopback, for development, anywhere but to link-local and the like.

The rule is kept where a socket is made, for the very address that is connected to, so that no
spelling of an address and no name that changes its mind in between gets past it.
"""

import ipaddress
import socket
from enum import IntEnum

_WIRE_SERVER = ipaddress.ip_address("168.63.129.16")
"""Azure's own channel to a virtual machine: a public address that leads inside."""

_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")

type AddrInfo = tuple[
    int | socket.AddressFamily, int | socket.SocketKind, int, str, tuple[str | bytes | int, ...]
]
"""An address as `getaddrinfo` gives it."""


class Zone(IntEnum):
    """How near an address is."""

    PUBLIC = 0
    """The Internet."""
    PRIVATE = 1
    """Networks that are not routed on the Internet."""
    LOOPBACK = 2
    """This machine."""
    FORBIDDEN = 3
    """Link-local with its metadata services, multicast, and what has no business in a redirect."""


class ForbiddenAddress(OSError):
    """A redirect, or a token service, that leads further inwards than the registry is.

    An OSError, since the connector expects those of a socket and hands it on unharmed.
    """


class Boundary:
    """Learns where the registry is, and keeps everything else outside of it."""

    def __init__(self, reach: Zone | None = None) -> None:
        self._fixed = reach
        self._reach = Zone.PUBLIC if reach is None else reach

    def registry_socket(self, addr_info: AddrInfo) -> socket.socket:
        """A socket to the registry itself, wherever its administrator says that it is."""
        if self._fixed is None:
            self._reach = zone_of(str(addr_info[4][0]))
        return _socket(addr_info)

    def foreign_socket(self, addr_info: AddrInfo) -> socket.socket:
        """A socket to where the registry sends us; raises ForbiddenAddress where it must not."""
        zone = zone_of(str(addr_info[4][0]))
        if zone is Zone.FORBIDDEN or zone > self._reach:
            raise ForbiddenAddress("the address is nearer to us than the registry itself")
        return _socket(addr_info)


def zone_of(address: str) -> Zone:
    """How near an IP address is; an IPv4 address in the clothes of an IPv6 one is undressed."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    if ip.is_loopback:
        return Zone.LOOPBACK
    if ip.is_link_local or ip.is_multicast or ip.is_unspecified or ip == _WIRE_SERVER:
        return Zone.FORBIDDEN
    if isinstance(ip, ipaddress.IPv6Address) and _tunnels(ip):
        return Zone.FORBIDDEN
    return Zone.PUBLIC if ip.is_global else Zone.PRIVATE


def _tunnels(ip: ipaddress.IPv6Address) -> bool:
    """Whether it carries another address (NAT64, 6to4, Teredo), which would have to be judged."""
    embedded = ip.sixtofour is not None or ip.teredo is not None
    return embedded or (ip.is_global and ip not in _GLOBAL_UNICAST)


def _socket(addr_info: AddrInfo) -> socket.socket:
    family, kind, protocol, _, _ = addr_info
    return socket.socket(family, kind, protocol)
