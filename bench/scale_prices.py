"""What Azure charges for the parts that grow with the number of images, in US dollars.

As published for regions of the United States in 2025 and 2026; a contract may say otherwise.
"""

VCPU_SECOND = 0.00001125
GB_SECOND = 0.00000124
"""Container instances, by the second, on the size that was asked for."""

FUNCTION_GB_SECOND = 0.000026
"""Functions on Flex Consumption."""
EXECUTION = 0.40 / 1_000_000
OPERATION = 0.04 / 10_000
"""A storage operation, tables, queues and blobs together: most are cheaper."""


def sandboxes(container_seconds: float, *, vcpu: float = 1.0, gb: float = 3.0) -> float:
    """What containers cost that were there for so many seconds in all."""
    return container_seconds * (vcpu * VCPU_SECOND + gb * GB_SECOND)


def handling(executions: int, operations: int) -> float:
    """What the app itself costs: executions of a second and 2 GB, the least that is charged."""
    return executions * (EXECUTION + 2 * FUNCTION_GB_SECOND) + operations * OPERATION
