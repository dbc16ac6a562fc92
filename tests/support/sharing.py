"""Which tests go to the same worker when tests run side by side (`--dist loadscope`).

A whole stack takes half a minute to start, and goes on polling for as long as it is there: it is
started once, and not once by each worker that happens to get one of its tests. And its tests mostly
wait: they leave the processors to whoever has others.
"""

from xdist.scheduler import LoadScopeScheduling

STACKS = ("tests/e2e/",)
"""Folders whose tests have a stack."""


class Shared(LoadScopeScheduling):
    """Tests of stacks go together, and all others by their file."""

    def _split_scope(self, nodeid: str) -> str:
        return shared_with(nodeid)


def shared_with(nodeid: str) -> str:
    """What names the tests that one goes with."""
    file = nodeid.partition("::")[0]
    return next((stack for stack in STACKS if file.startswith(stack)), file)
