"""What can be asked of the app, as its description has it."""

from functions.openapi import described
from tests.support.served import handlers

handlers()
OPERATIONS = {
    one.id: one.operation
    for one in described()
    if not one.operation.arm or "/registries/" in one.operation.path
}
"""Every operation; those in Azure's shapes in the narrowest scope."""
READS = {name: one for name, one in OPERATIONS.items() if one.method == "GET"}
"""Those that change nothing."""
