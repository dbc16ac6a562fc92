"""Switches every plan on, for a core that runs without a host: tests and measurements."""

from functions.bootstrap import Services


async def enrol(services: Services) -> None:
    """Find the registries, and have all of them scanned from now on."""
    await services.holdings.discovery.run()
    for subscription in await services.plans.all():
        await services.plans.switch(subscription.id, on=True, by="dev")
