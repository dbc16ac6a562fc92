"""The machine's line says when others are using it, and memory is read as the kernel writes it."""

import os

from bench.machine import machine_line, memory_in, resident_bytes


def test_a_busy_machine_is_called_busy() -> None:
    assert "busy" in machine_line(2, 1.6)


def test_a_quiet_machine_is_not() -> None:
    line = machine_line(2, 1.5)
    assert line.startswith("2 cores, load average 1.5 at the start; Python 3")
    assert "busy" not in line


def test_resident_memory_is_in_bytes() -> None:
    assert memory_in("Name:\tx\nVmHWM:\t   200 kB\nVmRSS:\t   100 kB\n") == 100 * 1024


def test_this_process_has_memory() -> None:
    assert resident_bytes(os.getpid()) > 1024 * 1024
