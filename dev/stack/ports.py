"""Ports on loopback: the one that is wished for when it is free, otherwise whichever is."""

import socket

ANY = 0
"""What asks the kernel for a free port."""


def wished(port: int) -> int:
    """`port` when nothing listens there, else `ANY`.

    Somebody may still take it in between; then the process that was told to use it says so.
    """
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            return ANY
    return port
