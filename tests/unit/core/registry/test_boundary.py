"""How near an address is, whatever it is dressed as."""

import socket

import pytest

from core.registry.boundary import AddrInfo, Boundary, ForbiddenAddress, Zone, zone_of


@pytest.mark.parametrize(
    ("address", "zone"),
    [
        ("20.60.1.1", Zone.PUBLIC),
        ("2603:1030::1", Zone.PUBLIC),
        ("10.0.0.5", Zone.PRIVATE),
        ("172.16.0.1", Zone.PRIVATE),
        ("192.168.1.1", Zone.PRIVATE),
        ("100.64.0.1", Zone.PRIVATE),
        ("192.0.2.1", Zone.PRIVATE),
        ("fd00:ec2::254", Zone.PRIVATE),
        ("::ffff:10.0.0.5", Zone.PRIVATE),
        ("127.0.0.1", Zone.LOOPBACK),
        ("127.8.8.8", Zone.LOOPBACK),
        ("::1", Zone.LOOPBACK),
        ("::ffff:127.0.0.1", Zone.LOOPBACK),
        ("169.254.169.254", Zone.FORBIDDEN),
        ("::ffff:169.254.169.254", Zone.FORBIDDEN),
        ("168.63.129.16", Zone.FORBIDDEN),
        ("fe80::1%eth0", Zone.FORBIDDEN),
        ("0.0.0.0", Zone.FORBIDDEN),  # noqa: S104 - nothing is bound: it must be refused
        ("::", Zone.FORBIDDEN),
        ("224.0.0.1", Zone.FORBIDDEN),
        ("ff02::1", Zone.FORBIDDEN),
        ("64:ff9b::7f00:1", Zone.FORBIDDEN),
        ("::7f00:1", Zone.FORBIDDEN),
        ("2002:7f00:1::", Zone.FORBIDDEN),
        ("2001:0:7f00:1::1", Zone.FORBIDDEN),
    ],
)
def test_an_address_is_as_near_as_what_it_reaches(address: str, zone: Zone) -> None:
    assert zone_of(address) is zone


def info(address: str) -> AddrInfo:
    return socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (address, 443)


def admitted(boundary: Boundary, address: str) -> bool:
    try:
        boundary.foreign_socket(info(address)).close()
    except ForbiddenAddress:
        return False
    return True


@pytest.mark.parametrize(
    ("registry", "reachable"),
    [
        ("20.60.1.1", [True, False, False, False]),
        ("10.0.0.5", [True, True, False, False]),
        ("127.0.0.1", [True, True, True, False]),
        ("169.254.1.1", [True, True, True, False]),
    ],
)
def test_nothing_is_nearer_than_the_registry(registry: str, reachable: list[bool]) -> None:
    boundary = Boundary()
    boundary.registry_socket(info(registry)).close()
    addresses = ["20.60.2.2", "10.1.1.1", "127.0.0.1", "169.254.169.254"]
    assert [admitted(boundary, address) for address in addresses] == reachable


def test_before_the_registry_is_known_only_the_internet_is_reachable() -> None:
    assert admitted(Boundary(), "20.60.2.2")
    assert not admitted(Boundary(), "10.1.1.1")
